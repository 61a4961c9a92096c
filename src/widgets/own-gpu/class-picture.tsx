// The two charts of a class: every machine a point among lines of equal ridge, and every machine a ladder. Grey, but for
// the reader's own machine and the one that is pointed at or chosen.
import type { ReactNode } from "react";
import { A100 } from "../../live/published.ts";
import { formatNumber } from "../../ui/format.ts";
import { Marker, round, seriesClass } from "../../ui/marker.tsx";
import { PlotAxes, type Plot } from "../../ui/plot.tsx";
import {
  createLaddersPlot,
  createScatterPlot,
  placeLabels,
  placeMembers,
  ridgeLine,
  ridgeLines,
  type LabelRequest,
  type PlacedMember,
  type RidgeLine,
  type Size,
  type Spot,
} from "./class-plot.ts";
import type { ClassMember } from "./class-scene.ts";

/** Places in the palette. */
export const OWN_STYLE = 0;
export const CHOSEN_STYLE = 1;

export interface ClassPictureProps {
  readonly members: readonly ClassMember[];
  /** Id of the machine that stands out beside the reader's own. */
  readonly lit: string | undefined;
  readonly size: Size;
}

const LONGEST_NAME = 24;
/** Of a character of a name, 12 px and bold, and of what stands beside the grey points, 11 px. */
const NAME_WIDTH = 7;
const SMALL_WIDTH = 6.2;
/** From this width on, in full screen, there is room for the names of many. */
const WIDE_ENOUGH = 700;

/** What fits beside a point or a line. */
function shortName(label: string): string {
  return label.length <= LONGEST_NAME ? label : `${label.slice(0, LONGEST_NAME - 1).trimEnd()}…`;
}

function styleOf(member: ClassMember, lit: string | undefined): number | undefined {
  if (member.isOwn) return OWN_STYLE;
  return member.id === lit ? CHOSEN_STYLE : undefined;
}

function RidgeLabel({ line }: { readonly line: RidgeLine }): ReactNode {
  const { to, label, edge } = line;
  return edge === "top" ? (
    <text className="own-gpu-ridge-label" x={to.x} y={to.y - 5} textAnchor="middle">
      {label}
    </text>
  ) : (
    <text className="own-gpu-ridge-label" x={to.x + 4} y={to.y + 4}>
      {label}
    </text>
  );
}

function Ridges({ plot }: { readonly plot: Plot }): ReactNode {
  return (
    <>
      <text className="own-gpu-ridge-label" x={plot.width} y={10} textAnchor="end">
        Dotted: ridge (FLOP/B)
      </text>
      {ridgeLines(plot).map((line) => (
        <g key={line.ridge}>
          <path
            className="own-gpu-ridge"
            d={`M${line.from.x} ${line.from.y}L${line.to.x} ${line.to.y}`}
          />
          <RidgeLabel line={line} />
        </g>
      ))}
    </>
  );
}

function Whiskers({ plot, member }: { readonly plot: Plot; readonly member: ClassMember }) {
  const { read, multiplyAdd } = member;
  if (read === undefined || multiplyAdd === undefined) return null;
  const [x, y] = [plot.toX(read.median), plot.toY(multiplyAdd.median)];
  return (
    <path
      className="own-gpu-class-whisker"
      d={`M${plot.toX(read.low)} ${y}H${plot.toX(read.high)}M${x} ${plot.toY(multiplyAdd.low)}V${plot.toY(multiplyAdd.high)}`}
    />
  );
}

function Point({ plot, placed }: { readonly plot: Plot; readonly placed: PlacedMember }) {
  const { member, x, y } = placed;
  return (
    <g>
      <Whiskers plot={plot} member={member} />
      <circle className="own-gpu-class-point" cx={x} cy={y} r={4.5} />
    </g>
  );
}

function StrongPoint({ x, y, style }: Pick<PlacedMember, "x" | "y"> & { readonly style: number }) {
  return (
    <g className={seriesClass(style)}>
      <circle className="own-gpu-class-ring" cx={x} cy={y} r={10} />
      <Marker index={style} x={x} y={y} radius={5.5} />
    </g>
  );
}

/**
 * Names of the own and the lit machine, and of as many others as there is room for: their names in a wide picture, else
 * their places in the table.
 */
function labelRequests(
  placed: readonly PlacedMember[],
  { lit, size }: ClassPictureProps,
): readonly LabelRequest[] {
  const named = placed.filter(({ member }) => styleOf(member, lit) !== undefined);
  const others = placed.filter((one) => !named.includes(one));
  return [
    ...named
      .toSorted((one, other) => Number(other.member.id === lit) - Number(one.member.id === lit))
      .map(({ member, x, y }) => ({
        id: member.id,
        x,
        y,
        texts: [shortName(member.label)],
        charWidth: NAME_WIDTH,
        isNeeded: true,
      })),
    ...others.map(({ member, x, y }) => ({
      id: member.id,
      x,
      y,
      texts: [...(size.width < WIDE_ENOUGH ? [] : [shortName(member.label)]), String(member.place)],
      charWidth: SMALL_WIDTH,
      isNeeded: false,
    })),
  ];
}

const A100_RIDGE = A100.floatRate / A100.gpu.bandwidth;
const A100_LABEL = `A100: ${formatNumber(A100_RIDGE, 2)}`;

/** The A100's ridge in the same numbers, along which it would lie. */
function PublishedRidge({ line }: { readonly line: RidgeLine | undefined }): ReactNode {
  if (line === undefined) return null;
  const { from, to } = line;
  // Turned with the line, below its upper end.
  const angle = (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
  return (
    <>
      <path className="live-published" d={`M${from.x} ${from.y}L${to.x} ${to.y}`} />
      <text
        className="live-published-label"
        transform={`translate(${to.x} ${to.y}) rotate(${round(angle)})`}
        x={-8}
        y={14}
        textAnchor="end"
      >
        {A100_LABEL}
      </text>
    </>
  );
}

/** Spots along that label, which others are kept off. */
function spotsOfLabel(line: RidgeLine | undefined): readonly Spot[] {
  if (line === undefined) return [];
  const { from, to } = line;
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const [right, down] = [(to.x - from.x) / length, (to.y - from.y) / length];
  return Array.from({ length: A100_LABEL.length }, (_, index) => {
    const along = 8 + index * NAME_WIDTH;
    return { x: to.x - along * right - 10 * down, y: to.y - along * down + 10 * right };
  });
}

/** Each machine a point: its reading from memory across, its multiply-adds up. */
export function ClassScatter(props: ClassPictureProps): ReactNode {
  const { members, lit, size } = props;
  const plot = createScatterPlot(members, size);
  const placed = placeMembers(plot, members);
  const published = ridgeLine(plot, A100_RIDGE);
  const labels = placeLabels(
    labelRequests(placed, props),
    [...placed, ...spotsOfLabel(published)],
    {
      left: plot.left,
      top: plot.top,
      width: plot.right - plot.left,
      height: plot.bottom - plot.top,
    },
  );
  const styles = new Map(placed.map(({ member }) => [member.id, styleOf(member, lit)]));
  return (
    <g aria-hidden="true">
      <PlotAxes plot={plot} />
      <Ridges plot={plot} />
      <PublishedRidge line={published} />
      {placed.map((one) => (
        <Point key={one.member.id} plot={plot} placed={one} />
      ))}
      {placed.map(({ member, x, y }) => {
        const style = styles.get(member.id);
        return style === undefined ? null : <StrongPoint key={member.id} {...{ x, y, style }} />;
      })}
      {labels.map(({ id, ...label }) => (
        <Label key={id} style={styles.get(id)} {...label} />
      ))}
    </g>
  );
}

interface LabelProps {
  readonly style: number | undefined;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: "start" | "middle" | "end";
}

function Label({ style, text, x, y, anchor }: LabelProps): ReactNode {
  const kind = style === undefined ? "own-gpu-place" : `own-gpu-name ${seriesClass(style)}`;
  return (
    <text className={kind} x={x} y={y} textAnchor={anchor}>
      {text}
    </text>
  );
}

function ladderPath(plot: Plot, { scene }: ClassMember): string {
  return scene.roofs.rungs
    .map(({ footprintBytes, rate }, index) => {
      return `${index === 0 ? "M" : "L"}${plot.toX(footprintBytes)} ${plot.toY(rate.median)}`;
    })
    .join("");
}

/** A ladder that stands out, named at the end where the other of the two is not. */
function StrongLadder({
  plot,
  member,
  style,
}: {
  readonly plot: Plot;
  readonly member: ClassMember;
  readonly style: number;
}): ReactNode {
  const { rungs } = member.scene.roofs;
  const end = style === OWN_STYLE ? rungs.at(-1) : rungs[0];
  if (end === undefined) return null;
  const [x, y] = [plot.toX(end.footprintBytes), plot.toY(end.rate.median)];
  return (
    <g className={seriesClass(style)}>
      <path className="own-gpu-ladder-strong" d={ladderPath(plot, member)} />
      {rungs.map(({ footprintBytes, rate }) => (
        <Marker
          key={footprintBytes}
          index={style}
          x={plot.toX(footprintBytes)}
          y={plot.toY(rate.median)}
        />
      ))}
      <Label
        style={style}
        text={shortName(member.label)}
        x={x}
        y={y - 9}
        anchor={style === OWN_STYLE ? "end" : "start"}
      />
    </g>
  );
}

/** Each machine a line: its reading rate against the working set. */
export function ClassLadders({ members, lit, size }: ClassPictureProps): ReactNode {
  const plot = createLaddersPlot(members, size);
  const y = plot.toY(A100.gpu.bandwidth);
  return (
    <g aria-hidden="true">
      <PlotAxes plot={plot} />
      <line className="live-published" x1={plot.left} x2={plot.right} y1={y} y2={y} />
      <text className="live-published-label" x={plot.right} y={y - 6} textAnchor="end">
        A100, memory (published)
      </text>
      {members.map((member) => (
        <path key={member.id} className="own-gpu-ladder" d={ladderPath(plot, member)} />
      ))}
      {members.map((member) => {
        const style = styleOf(member, lit);
        return style === undefined ? null : (
          <StrongLadder key={member.id} {...{ plot, member, style }} />
        );
      })}
    </g>
  );
}
