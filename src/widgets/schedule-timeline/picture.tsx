// The drawing: for each policy a row a request, and under them the tokens of each step, all on one axis.
import type { ReactNode } from "react";
import { formatCount, formatSeconds } from "../../ui/format.ts";
import { round } from "../../ui/marker.tsx";
import { Hatch, hatchFill, type DrawnPicture } from "../../ui/picture.tsx";
import { createScale, type Scale } from "../../ui/scale.ts";
import {
  tokensOf,
  type Cursor,
  type Lane,
  type Row,
  type SegmentKind,
  type TimelineScene,
} from "./scene.ts";

const TITLE = 22;
const BARS = 30;
const LANE_GAP = 18;
const AXIS = 34;
/** Below this width a row is named by its number alone. */
const NARROW = 560;
const NUM_COLOURS = 8;

export interface TimelineLayout {
  readonly left: number;
  readonly plotWidth: number;
  readonly rowPitch: number;
  readonly laneHeight: number;
  readonly scale: Scale;
  toX(place: number): number;
}

export function layOut({ requests, extent, axis }: TimelineScene, width: number): TimelineLayout {
  const left = width < NARROW ? 22 : 112;
  const plotWidth = width - left - 6;
  const rowPitch = requests.length > 10 ? 11 : 14;
  const scale = createScale([0, extent], {
    kind: "linear",
    min: 0,
    max: extent,
    tickCount: Math.max(3, Math.round(plotWidth / (axis === "time" ? 110 : 90))),
  });
  return {
    left,
    plotWidth,
    rowPitch,
    laneHeight: TITLE + requests.length * rowPitch + 4 + BARS + LANE_GAP,
    scale,
    toX: (place) => round(left + scale.place(place) * plotWidth),
  };
}

/** The lane and the place on the axis under a point of the drawing. */
export function findPlace(
  scene: TimelineScene,
  layout: TimelineLayout,
  x: number,
  y: number,
): { readonly lane: number; readonly place: number } | undefined {
  const lane = Math.floor(y / layout.laneHeight);
  const fraction = (x - layout.left) / layout.plotWidth;
  if (scene.lanes[lane] === undefined || fraction < 0 || fraction > 1) return undefined;
  return { lane, place: fraction * scene.extent };
}

/** Share of the row's height, and how it is filled. */
const SHAPES: Readonly<
  Record<SegmentKind, { readonly height: number; readonly className: string }>
> = {
  queued: { height: 0.12, className: "schedule-timeline-queued" },
  prefill: { height: 0.86, className: "schedule-timeline-prefill" },
  decode: { height: 0.5, className: "schedule-timeline-decode" },
  paused: { height: 0.12, className: "schedule-timeline-paused" },
  preempted: { height: 0.3, className: "schedule-timeline-preempted" },
  padding: { height: 0.5, className: "schedule-timeline-padding" },
};
const KINDS: readonly SegmentKind[] = [
  "queued",
  "paused",
  "padding",
  "decode",
  "prefill",
  "preempted",
];

function kindPath({ segments }: Row, kind: SegmentKind, layout: TimelineLayout): string {
  const height = round(layout.rowPitch * SHAPES[kind].height);
  const top = round((layout.rowPitch - height) / 2);
  return segments
    .filter((segment) => segment.kind === kind)
    .map(({ from, to }) => {
      const [x, end] = [layout.toX(from), layout.toX(to)];
      return `M${x} ${top}H${Math.max(end, round(x + 0.75))}v${height}H${x}z`;
    })
    .join("");
}

interface RowProps {
  readonly row: Row;
  readonly index: number;
  readonly layout: TimelineLayout;
  readonly isNarrow: boolean;
  readonly hatch: string;
}

function RequestRow({ row, index, layout, isNarrow, hatch }: RowProps): ReactNode {
  const { request } = row;
  const middle = layout.rowPitch / 2;
  return (
    <g
      className={`schedule-timeline-request-${(index % NUM_COLOURS) + 1}`}
      transform={`translate(0 ${TITLE + index * layout.rowPitch})`}
    >
      <text x={layout.left - 6} y={middle + 4} textAnchor="end">
        <tspan className="schedule-timeline-id">{request.id}</tspan>
        {!isNarrow &&
          ` ${formatCount(request.numPromptTokens)} + ${formatCount(request.maxTokens)}`}
      </text>
      {KINDS.map((kind) => {
        const path = kindPath(row, kind, layout);
        if (path === "") return null;
        return (
          <path
            key={kind}
            className={SHAPES[kind].className}
            fill={kind === "padding" ? hatchFill(hatch) : undefined}
            d={path}
          />
        );
      })}
      <path
        className="schedule-timeline-arrival"
        d={`M${layout.toX(row.arrival)} 1v${layout.rowPitch - 2}`}
      />
      <circle
        className="schedule-timeline-end"
        cx={layout.toX(row.end)}
        cy={middle}
        r={layout.rowPitch * 0.24}
      />
    </g>
  );
}

interface Column {
  from: number;
  to: number;
  readonly prompt: number;
  readonly decode: number;
  readonly padding: number;
}

/** Tokens of the steps from left to right; equal neighbours are one. */
function columnsOf({ run }: Lane, axis: TimelineScene["axis"]): Column[] {
  const columns: Column[] = [];
  for (const [index, step] of run.steps.entries()) {
    const decode = step.entries.filter(({ isDecode }) => isDecode).length;
    const prompt = tokensOf(step) - step.numPadding - decode;
    const [from, to] = axis === "time" ? [step.start, step.end] : [index, index + 1];
    const last = columns.at(-1);
    const isSame =
      last?.prompt === prompt && last.decode === decode && last.padding === step.numPadding;
    if (last && isSame && last.to === from) last.to = to;
    else columns.push({ from, to, prompt, decode, padding: step.numPadding });
  }
  return columns;
}

interface BarsProps {
  readonly lane: Lane;
  readonly scene: TimelineScene;
  readonly layout: TimelineLayout;
  readonly hatch: string;
  readonly top: number;
}

/** What the bars of a lane reach up to. */
function mostTokens({ run }: Lane): number {
  return Math.max(run.budget ?? 0, ...run.steps.map(tokensOf));
}

/** Tokens of each step: prompts, then decodes, then padding, upwards; at least a line where there are any. */
function TokenBars({ lane, scene, layout, hatch, top }: BarsProps): ReactNode {
  const { budget } = lane.run;
  const most = mostTokens(lane);
  const toHeight = (tokens: number) => (tokens === 0 ? 0 : Math.max(1, (tokens / most) * BARS));
  const columns = columnsOf(lane, scene.axis);
  const part = (below: (column: Column) => number, tokens: (column: Column) => number) =>
    columns
      .filter((column) => tokens(column) > 0)
      .map((column) => {
        const [x, end] = [layout.toX(column.from), layout.toX(column.to)];
        const base = round(BARS - below(column));
        return `M${x} ${base}H${end}v${round(-toHeight(tokens(column)))}H${x}z`;
      })
      .join("");
  return (
    <g transform={`translate(0 ${top})`}>
      <text x={layout.left - 6} y={BARS - 2} textAnchor="end">
        {layout.left > 60 ? "tokens a step" : ""}
      </text>
      <path
        className="schedule-timeline-base"
        d={`M${layout.left} ${BARS}H${layout.toX(scene.extent)}`}
      />
      <path
        className="schedule-timeline-prompt-bar"
        d={part(
          () => 0,
          ({ prompt }) => prompt,
        )}
      />
      <path
        className="schedule-timeline-decode-bar"
        d={part(
          ({ prompt }) => toHeight(prompt),
          ({ decode }) => decode,
        )}
      />
      <path
        fill={hatchFill(hatch)}
        d={part(
          ({ prompt, decode }) => toHeight(prompt) + toHeight(decode),
          ({ padding }) => padding,
        )}
      />
      {budget !== undefined && (
        <path
          className="schedule-timeline-budget"
          d={`M${layout.left} ${round(BARS - toHeight(budget))}H${layout.toX(scene.extent)}`}
        />
      )}
    </g>
  );
}

function writeBudget(lane: Lane, isNarrow: boolean): string {
  const { budget } = lane.run;
  if (budget !== undefined) {
    return isNarrow
      ? `budget ${formatCount(budget)}`
      : `token budget ${formatCount(budget)}, dashed`;
  }
  const most = formatCount(mostTokens(lane));
  return isNarrow ? `up to ${most}` : `no token budget; steps of up to ${most}`;
}

interface LaneProps {
  readonly lane: Lane;
  readonly scene: TimelineScene;
  readonly layout: TimelineLayout;
  readonly isNarrow: boolean;
  readonly hatch: string;
}

function LaneDrawing({ lane, scene, layout, isNarrow, hatch }: LaneProps): ReactNode {
  return (
    <>
      <text x={0} y={13} className="schedule-timeline-title">
        {lane.run.policy.name}
      </text>
      <text x={layout.left + layout.plotWidth} y={13} textAnchor="end">
        {writeBudget(lane, isNarrow)}
      </text>
      {lane.rows.map((row, index) => (
        <RequestRow
          key={row.request.id}
          row={row}
          index={index}
          layout={layout}
          isNarrow={isNarrow}
          hatch={hatch}
        />
      ))}
      <TokenBars
        lane={lane}
        scene={scene}
        layout={layout}
        hatch={hatch}
        top={TITLE + lane.rows.length * layout.rowPitch + 4}
      />
    </>
  );
}

function Axis({ scene, layout }: Pick<LaneProps, "scene" | "layout">): ReactNode {
  const format = scene.axis === "time" ? (tick: number) => formatSeconds(tick, 2) : formatCount;
  return (
    <g transform={`translate(0 ${scene.lanes.length * layout.laneHeight - LANE_GAP + 6})`}>
      {layout.scale.ticks.map((tick) => (
        <g key={tick}>
          <path className="schedule-timeline-base" d={`M${layout.toX(tick)} 0v5`} />
          <text
            x={layout.toX(tick)}
            y={17}
            textAnchor={tick === 0 ? "start" : tick > 0.96 * scene.extent ? "end" : "middle"}
          >
            {tick === 0 ? "0" : format(tick)}
          </text>
        </g>
      ))}
      <text x={layout.left + layout.plotWidth} y={32} textAnchor="end">
        {scene.axis === "time" ? "Time since the first arrival" : "Steps"}
      </text>
    </g>
  );
}

/** A band over the step, and a line at the same moment in the other policies. */
function CursorMark({
  scene,
  layout,
  cursor,
}: Pick<LaneProps, "scene" | "layout"> & { readonly cursor: Cursor }): ReactNode {
  const step = scene.lanes[cursor.lane]?.run.steps[cursor.step];
  if (!step) return null;
  const [from, to] =
    scene.axis === "time" ? [step.start, step.end] : [cursor.step, cursor.step + 1];
  const [x, end] = [layout.toX(from), layout.toX(to)];
  const top = cursor.lane * layout.laneHeight + TITLE - 2;
  const height = layout.laneHeight - TITLE - LANE_GAP + 4;
  const bottom = scene.lanes.length * layout.laneHeight - LANE_GAP;
  return (
    <g aria-hidden="true">
      <path className="schedule-timeline-moment" d={`M${x} ${TITLE}V${bottom}`} />
      <rect
        className="schedule-timeline-cursor"
        x={x - 1}
        y={top}
        width={Math.max(2, end - x) + 2}
        height={height}
      />
    </g>
  );
}

export function drawTimeline(
  scene: TimelineScene,
  { width, id, cursor }: { readonly width: number; readonly id: string; readonly cursor?: Cursor },
): DrawnPicture {
  const layout = layOut(scene, width);
  const hatch = `${id}hatch`;
  return {
    height: scene.lanes.length * layout.laneHeight - LANE_GAP + AXIS + 8,
    content: (
      <g className="schedule-timeline-text">
        <Hatch id={hatch} colour="muted" />
        {scene.lanes.map((lane, index) => (
          <g key={lane.run.policy.id} transform={`translate(0 ${index * layout.laneHeight})`}>
            <LaneDrawing
              lane={lane}
              scene={scene}
              layout={layout}
              isNarrow={width < NARROW}
              hatch={hatch}
            />
          </g>
        ))}
        <Axis scene={scene} layout={layout} />
        {cursor && <CursorMark scene={scene} layout={layout} cursor={cursor} />}
      </g>
    ),
  };
}
