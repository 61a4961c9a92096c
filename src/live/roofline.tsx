// A roofline with points of three kinds: modelled ones and published measurements are hollow, each with shapes and a colour
// of its own; what was measured here, or recorded elsewhere, is filled, with whiskers and a ring that says what binds it.
import type { ReactNode } from "react";
import type { Bracket, BoundVerdict } from "../experiments/roofs.ts";
import { formatNumber, formatSi } from "../ui/format.ts";
import { Marker, round, seriesClass, seriesDash } from "../ui/marker.tsx";
import { createLogPlot, PlotAxes, powerTicks, type Plot } from "../ui/plot.tsx";
import { KeyMark, PointMark } from "./point-marks.tsx";
import { A100, bestOnA100 } from "./published.ts";
import { decades, type ModelledPoint, type PublishedPoint } from "./scene.ts";

/** A roof that was measured. */
export interface DrawnRoof {
  readonly id: string;
  /** Position in the palette. */
  readonly style: number;
  readonly bandwidth: Bracket;
  readonly rate: Bracket;
}

/** A point that was measured. */
export interface DrawnPoint {
  readonly id: string;
  readonly style: number;
  readonly intensity: number;
  readonly rate: Bracket;
  readonly kind: BoundVerdict["kind"];
  /** Beside some of the points; "" for the others. */
  readonly label: string;
}

export interface RooflineProps {
  readonly size: { readonly width: number; readonly height: number };
  readonly modelled: readonly ModelledPoint[];
  readonly published: readonly PublishedPoint[];
  readonly roofs: readonly DrawnRoof[];
  readonly points: readonly DrawnPoint[];
}

/** Of the modelled points; more labels would lie on each other. */
const LABELLED_EVERY = 3;

/** Intensities that are drawn at least. */
const INTENSITIES = [0.25, 1000] as const;

function plotOf({ size, modelled, published, roofs, points }: RooflineProps): Plot {
  const intensities = [
    ...INTENSITIES,
    ...[...published, ...points].map(({ intensity }) => intensity),
  ];
  const x = { min: Math.min(...intensities), max: Math.max(...intensities) };
  const rates = decades([
    A100.gpu.bandwidth * x.min,
    A100.gpu.peakFlops,
    ...modelled.map(({ intensity }) => bestOnA100(intensity)),
    ...published.map(({ rate }) => rate),
    ...points.flatMap(({ rate }) => [rate.low, rate.high]),
    ...roofs.flatMap(({ bandwidth, rate }) => [bandwidth.median * x.min, rate.median]),
  ]);
  return createLogPlot(
    size,
    {
      x: {
        ...x,
        ticks: powerTicks(10, x.min, x.max),
        label: "Arithmetic intensity (FLOP/B)",
        format: (value) => formatNumber(value, 1),
      },
      y: {
        ...rates,
        ticks: powerTicks(10, rates.min, rates.max),
        label: "FLOP/s",
        format: (value) => formatSi(value, "", 1),
      },
    },
    { top: 24, right: 24, bottom: 44, left: 48 },
  );
}

/** Up along the bandwidth from the left or the bottom edge, then level at the rate. */
function roofPath(plot: Plot, bandwidth: number, rate: number): string {
  const start = Math.max(plot.x.min, plot.y.min / bandwidth);
  return `M${plot.toX(start)} ${plot.toY(start * bandwidth)}L${plot.toX(rate / bandwidth)} ${plot.toY(rate)}H${plot.right}`;
}

/** Ends at `x`. */
function roofLabel(x: number, y: number, text: string): ReactNode {
  return (
    <text className="live-published-label chart-halo" x={round(x)} y={round(y)} textAnchor="end">
      {text}
    </text>
  );
}

function PublishedRoof({ plot }: { readonly plot: Plot }): ReactNode {
  const { gpu, floatRate } = A100;
  return (
    <>
      <path className="live-published" d={roofPath(plot, gpu.bandwidth, floatRate)} />
      <path
        className="live-published live-faint"
        d={`M${plot.toX(floatRate / gpu.bandwidth)} ${plot.toY(floatRate)}L${plot.toX(gpu.peakFlops / gpu.bandwidth)} ${plot.toY(gpu.peakFlops)}H${plot.right}`}
      />
      {roofLabel(plot.right - 4, plot.toY(floatRate) - 6, "A100, f32")}
      {/* Left of its corner: measured points lie above and below the level part. */}
      {roofLabel(
        plot.toX(gpu.peakFlops / gpu.bandwidth) - 8,
        plot.toY(gpu.peakFlops) - 12,
        "A100, 16-bit tensor cores",
      )}
    </>
  );
}

function Modelled({
  plot,
  points,
}: {
  readonly plot: Plot;
  readonly points: readonly ModelledPoint[];
}): ReactNode {
  return points.map(({ label, intensity }, index) => {
    const [x, y] = [plot.toX(intensity), plot.toY(bestOnA100(intensity))];
    return (
      <g key={label}>
        <PointMark kind="modelled" x={x} y={y} />
        {(points.length < LABELLED_EVERY || index % LABELLED_EVERY === 0) && (
          <text className="live-modelled-label chart-halo" x={x} y={y + 20} textAnchor="middle">
            {label}
          </text>
        )}
      </g>
    );
  });
}

function Published({
  plot,
  points,
}: {
  readonly plot: Plot;
  readonly points: readonly PublishedPoint[];
}): ReactNode {
  return points.map(({ gpu, isAttention = false, label, intensity, rate }) => (
    <PointMark
      key={`${gpu} ${label}`}
      kind={isAttention ? "attention" : gpu}
      x={plot.toX(intensity)}
      y={plot.toY(rate)}
    />
  ));
}

function Point({ plot, point }: { readonly plot: Plot; readonly point: DrawnPoint }): ReactNode {
  const { style, intensity, rate, kind, label } = point;
  const [x, y] = [plot.toX(intensity), plot.toY(rate.median)];
  return (
    <g className={seriesClass(style)}>
      <path
        className="chart-whisker"
        stroke="var(--series)"
        fill="none"
        d={`M${x - 4} ${plot.toY(rate.low)}h8m-4 0V${plot.toY(rate.high)}m-4 0h8`}
      />
      <circle className={`live-bound live-${kind}`} cx={x} cy={y} r={7} />
      <Marker index={style} x={x} y={y} />
      {label !== "" && (
        <text className="live-label chart-halo" x={x} y={y + 22} textAnchor="middle">
          {label}
        </text>
      )}
    </g>
  );
}

export function Roofline(props: RooflineProps): ReactNode {
  const plot = plotOf(props);
  return (
    <g aria-hidden="true">
      <PlotAxes plot={plot} />
      <PublishedRoof plot={plot} />
      <Modelled plot={plot} points={props.modelled} />
      <Published plot={plot} points={props.published} />
      {props.roofs.map(({ id, style, bandwidth, rate }) => (
        <path
          key={id}
          className={`live-roof ${seriesClass(style)}`}
          strokeDasharray={seriesDash(style) || undefined}
          d={roofPath(plot, bandwidth.median, rate.median)}
        />
      ))}
      {props.points.map((point) => (
        <Point key={point.id} plot={plot} point={point} />
      ))}
    </g>
  );
}

/** What the kinds of points and lines are; said under each roofline. */
export function RooflineKey({
  modelled,
  published,
  isMeasured,
}: {
  /** What the diamonds are: "the same layer, by its rows". */
  readonly modelled: string | undefined;
  /** What the squares and triangles are, and where from; absent: there are none. */
  readonly published: ReactNode;
  readonly isMeasured: boolean;
}): ReactNode {
  return (
    <p className="live-note">
      {isMeasured &&
        "Filled points with whiskers were measured. A ring says what binds one: solid, memory; dashed, arithmetic; dotted, overhead; none, it cannot be told. "}
      {modelled !== undefined && (
        <>
          <KeyMark kind="modelled" /> Hollow diamonds: {modelled} at best on the {A100.gpu.name} in
          32 bits, modelled from its published figures (<a href={A100.gpu.source.url}>datasheet</a>,{" "}
          <a href={A100.floatSource.url}>white paper</a>).{" "}
        </>
      )}
      {published}
    </p>
  );
}
