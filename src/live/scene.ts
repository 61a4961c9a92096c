// From a run of an experiment, and the ladder of the device that it ran on, to points on a roofline, curves and
// sentences. Pure.
import { arithmeticIntensity } from "../core/cost/cost.ts";
import type { MeasuredGpu } from "../core/roofline/measured/measured-gemm.ts";
import { bytes, flops } from "../core/units/units.ts";
import type { AnyRecord, KernelRecord, KernelSeries } from "../experiments/kernel-record.ts";
import type { ExperimentRecord, RecordedFit, Series, TimedSeries } from "../experiments/record.ts";
import {
  judgeBound,
  memoryRoof,
  rateOf,
  readRoofs,
  type BoundVerdict,
  type Bracket,
  type Roofs,
} from "../experiments/roofs.ts";
import type { DataTable } from "../figure/widget.ts";
import type { ChartSeries } from "../ui/chart.tsx";
import {
  formatInterval,
  formatNumber,
  formatSeconds,
  formatSi,
  type MaybeNumber,
} from "../ui/format.ts";
import { A100, bestOnA100 } from "./published.ts";

/** Work whose arithmetic is known, for a point that nobody timed. */
export interface ModelledPoint {
  readonly label: string;
  /** FLOP a byte, every operand counted once. */
  readonly intensity: number;
}

/** What somebody else timed. */
export interface PublishedPoint extends ModelledPoint {
  readonly gpu: MeasuredGpu;
  /** Of attention by itself, and not of products. */
  readonly isAttention?: boolean;
  /** FLOP a second. */
  readonly rate: number;
}

/** A series of either kind of record, with the bytes that it goes over. */
export type PointSeries = TimedSeries &
  Pick<KernelSeries, "footprintBytes"> & {
    readonly kernel?: KernelSeries["kernel"];
    readonly step?: Series["step"];
  };

/** What a live figure knows of its experiment. */
export interface Subject {
  /** Of what the points are: "The linear layer". */
  readonly what: string;
  /** The horizontal axis of the times. */
  readonly x: {
    readonly label: string;
    readonly kind: "log" | "linear";
    /** In a fit: "rows". */
    readonly name: string;
    /** On the axis. */
    readonly format: (value: number) => string;
    /** In a sentence: "16 rows". */
    readonly say: (value: number) => string;
  };
  /** Arms of the record that are drawn, each a series of points. */
  readonly arms: readonly { readonly arm: string; readonly label: string }[];
  readonly xOf: (series: PointSeries) => number;
  /** Drawn at best on the A100, modelled from its published figures. */
  readonly modelled: readonly ModelledPoint[];
  readonly published: readonly PublishedPoint[];
}

/** Series of a record of kernels as they are; of a model's steps the curve's, which go over the weights. */
function seriesOf(record: AnyRecord): readonly PointSeries[] {
  return "series" in record ? record.series : seriesOfSteps(record);
}

function seriesOfSteps({ comparison, curve, model }: ExperimentRecord) {
  const series = curve?.series ?? [comparison.baseline, comparison.contender];
  return series.map((one) => ({ ...one, footprintBytes: model.weightBytes }));
}

export interface LivePoint {
  readonly id: string;
  readonly label: string;
  readonly x: number;
  /** Kernels that were timed, where the record names them. */
  readonly kernel: string | undefined;
  /** FLOP a byte, every operand counted once. */
  readonly intensity: number;
  /** FLOP a second. */
  readonly rate: Bracket;
  readonly duration: Bracket;
  /** By the wall clock, where `duration` is by the device's: the cross-check. */
  readonly wallDuration: Bracket | undefined;
  readonly verdict: BoundVerdict;
}

export interface Run<R extends AnyRecord = AnyRecord> {
  readonly record: R;
  /** Of the same device; undefined where none was taken. */
  readonly ladder: KernelRecord | undefined;
  /** Why none was taken, to go on after a colon. */
  readonly noLadder?: string;
}

export interface LiveScene {
  readonly run: Run;
  readonly roofs: Roofs;
  /** Absent on a software adapter, which has none, and without a ladder. */
  readonly roof: { readonly bandwidth: Bracket; readonly rate: Bracket } | undefined;
  /** By arm, in the subject's order. */
  readonly arms: readonly {
    readonly arm: string;
    readonly label: string;
    readonly points: readonly LivePoint[];
  }[];
}

const NO_ROOFS: Omit<Roofs, "isSoftware"> = {
  rungs: [],
  arithmetic: undefined,
  launch: undefined,
  roundTrip: undefined,
  method: { clock: "wall" },
};

/** A series of kernels as a point; nothing where no sample counts. */
function pointOf(
  series: PointSeries,
  { x, label }: Pick<LivePoint, "x" | "label">,
  roofs: Roofs,
): LivePoint[] {
  const { id, plan, duration, wallDuration, kernel } = series;
  if (duration === undefined) return [];
  const cost = {
    flops: flops(plan.flops),
    bytesRead: bytes(plan.bytesRead),
    bytesWritten: bytes(plan.bytesWritten),
  };
  return [
    {
      id,
      label,
      x,
      kernel: kernel === undefined ? undefined : [kernel.id, ...(kernel.next ?? [])].join(" + "),
      intensity: arithmeticIntensity(cost),
      rate: rateOf(plan.flops, duration),
      duration,
      wallDuration,
      verdict: judgeBound(series, roofs),
    },
  ];
}

export function createScene(subject: Subject, run: Run): LiveScene {
  const { record, ladder } = run;
  const roofs =
    ladder === undefined
      ? { ...NO_ROOFS, isSoftware: record.device.isSoftware }
      : readRoofs(ladder);
  const series = seriesOf(record);
  return {
    run,
    roofs,
    roof: roofOf(roofs),
    arms: subject.arms.map(({ arm, label }) => ({
      arm,
      label,
      points: series
        .filter((one) => one.arm === arm)
        .flatMap((one) => {
          const x = subject.xOf(one);
          return pointOf(one, { x, label: subject.x.say(x) }, roofs);
        })
        .toSorted((one, other) => one.x - other.x),
    })),
  };
}

/** The bandwidth and the rate of a roof; a software adapter has none. */
export function roofOf(roofs: Roofs): LiveScene["roof"] {
  const bandwidth = memoryRoof(roofs);
  if (roofs.isSoftware || bandwidth === undefined || roofs.arithmetic === undefined) {
    return undefined;
  }
  return { bandwidth, rate: roofs.arithmetic };
}

export function timeSeries({ arms }: LiveScene): readonly ChartSeries[] {
  return arms.map(({ arm, label, points }, style) => ({
    id: arm,
    label,
    style,
    points: points.map(({ x, duration }) => ({
      x,
      y: duration.median,
      low: duration.low,
      high: duration.high,
    })),
  }));
}

export const BOUND_WORDS = {
  memory: "memory bound",
  compute: "compute bound",
  overhead: "overhead bound",
  unknown: "cannot tell",
} as const;

export function sayBound({ kind }: BoundVerdict): string {
  return BOUND_WORDS[kind];
}

export function sayList(words: readonly string[]): string {
  if (words.length < 3) return words.join(" and ");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** Labels of some of the points; three or more that follow each other are given by their ends. */
function sayPoints(all: readonly LivePoint[], some: readonly LivePoint[]): string {
  const [first, last] = [some[0], some.at(-1)];
  if (first === undefined || last === undefined) return "";
  const isRun = some.length >= 3 && all.indexOf(last) - all.indexOf(first) === some.length - 1;
  return isRun ? `${first.label} to ${last.label}` : sayList(some.map(({ label }) => label));
}

/** Which points are bound by what, as one sentence. */
export function sayBounds(what: string, points: readonly LivePoint[]): string {
  if (points.length === 0) return `${what}: nothing could be timed.`;
  const kinds = ["overhead", "memory", "compute", "unknown"] as const;
  const parts = kinds.flatMap((kind) => {
    const bound = points.filter(({ verdict }) => verdict.kind === kind);
    if (bound.length === 0) return [];
    const said = sayPoints(points, bound);
    return [
      kind === "unknown" ? `of ${said} it cannot be told` : `at ${said} ${BOUND_WORDS[kind]}`,
    ];
  });
  return `${what}: ${parts.join("; ")}.`;
}

/** Of every arm, in one breath where nothing can be told of any point. */
export function sayScene({ what }: Subject, { arms }: LiveScene): string {
  const points = arms.flatMap((one) => one.points);
  if (points.length > 0 && points.every(({ verdict }) => verdict.kind === "unknown")) {
    return `${what}: at no point can it be told what binds it.`;
  }
  return arms
    .map(({ label, points: own }) => sayBounds(arms.length > 1 ? `${what}, ${label}` : what, own))
    .join(" ");
}

/** The bound that all points share, for the colour of the verdict. */
export function sharedBound(
  scene: LiveScene,
): "memory-bound" | "compute-bound" | "overhead-bound" | undefined {
  const kinds = new Set(
    scene.arms.flatMap(({ points }) => points.map(({ verdict }) => verdict.kind)),
  );
  const [only] = kinds.size === 1 ? kinds : [];
  return only === undefined || only === "unknown" ? undefined : `${only}-bound`;
}

function fitsOf(record: AnyRecord): readonly RecordedFit[] {
  return "series" in record ? record.fits : (record.curve?.fits ?? []);
}

function formatExponent(value: number): string {
  return value.toFixed(2).replace("-", "−");
}

/** "Time grows as rows^0.31 (95 % 0.12 to 0.50)." for each arm that has a fit. */
export function sayGrowth(subject: Subject, record: AnyRecord): string[] {
  return fitsOf(record).map(({ label, exponent: { value, low, high } }) => {
    return `Growth of ${label}: time goes as the ${subject.x.name} to the power of ${formatExponent(value)} (95 % interval ${formatExponent(low)} to ${formatExponent(high)}), if one power is to hold for all points.`;
  });
}

export function describeScene(subject: Subject, scene: LiveScene): string {
  const { device, verdict } = scene.run.record;
  return `Measured on ${device.name}. ${sayScene(subject, scene)} ${verdict.sentence}`;
}

/** What is drawn before anything was run. */
export function describeModelled({ what, modelled }: Subject): string {
  const [first, last] = [modelled[0], modelled.at(-1)];
  if (first === undefined || last === undefined) return `${what} has not been timed yet.`;
  return `${what}, modelled: ${formatNumber(first.intensity)} FLOP/B at ${first.label}, ${formatNumber(last.intensity)} at ${last.label}; the ${A100.gpu.name} would do ${formatRate(bestOnA100(first.intensity))} and ${formatRate(bestOnA100(last.intensity))} in 32 bits at best.`;
}

export const formatRate = (rate: MaybeNumber): string => formatSi(rate, "FLOP/s");

export function describeMethod({ comparison, device }: AnyRecord): string {
  const { clock, quantumSeconds, numRounds } = comparison.method;
  const by = clock === "wall" ? "slopes of the wall clock" : "the device’s timestamps";
  const step =
    quantumSeconds === undefined ? "" : `, in steps of ${formatSeconds(quantumSeconds, 2)}`;
  return `Timed by ${by}${step}; ${numRounds} pairs in random order for the verdict. Whiskers: 95 % interval of the median. Device: ${device.name}${device.isSoftware ? " (software, no GPU)" : ""}.`;
}

export function makeTable(scene: LiveScene): DataTable {
  const { record } = scene.run;
  return {
    caption: `${record.device.name}, ${record.startedAt.slice(0, 10)}`,
    columns: [
      "Arm",
      "Point",
      "Median (s)",
      "Low (s)",
      "High (s)",
      "FLOP/B",
      "FLOP/s",
      "Kernels",
      "Bound",
    ],
    rows: scene.arms.flatMap(({ label, points }) =>
      points.map((point) => [
        label,
        point.label,
        point.duration.median,
        point.duration.low,
        point.duration.high,
        point.intensity,
        point.rate.median,
        point.kernel ?? "",
        sayBound(point.verdict),
      ]),
    ),
  };
}

/** The points that stand there before anything was run: modelled ones, and what others measured. */
export function makeModelledTable({ what, modelled, published }: Subject): DataTable {
  return {
    caption: `${what} at best on the ${A100.gpu.name} in 32 bits, from its published figures${published.length > 0 ? "; and times that others measured, in 16 bits" : ""}`,
    columns: ["Point", "FLOP/B", "FLOP/s", "From"],
    rows: [
      ...modelled.map(({ label, intensity }) => [
        label,
        intensity,
        bestOnA100(intensity),
        "modelled",
      ]),
      ...published.map(({ gpu, label, intensity, rate }) => [
        label,
        intensity,
        rate,
        `measured on ${gpu === "a100" ? "an A100" : "an H100"}, published`,
      ]),
    ],
  };
}

/** Three more columns for a table with a row for each of some points, in their order. */
export function addBounds(table: DataTable, points: readonly (LivePoint | undefined)[]): DataTable {
  return {
    ...table,
    columns: [...table.columns, "FLOP/B", "FLOP/s", "Bound"],
    rows: table.rows.map((row, index) => {
      const point = points[index];
      if (point === undefined) return [...row, "", "", ""];
      return [
        ...row,
        formatNumber(point.intensity),
        formatRate(point.rate.median),
        sayBound(point.verdict),
      ];
    }),
  };
}

export interface AxisRange {
  readonly min: number;
  readonly max: number;
}

/** The powers of ten around some positive values; two different ones, or an axis would have no length. */
export function decades(values: readonly number[]): AxisRange {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  return { min: 10 ** low, max: 10 ** Math.max(high, low + 1) };
}

/** "1.24 ms (1.20 ms to 1.31 ms)". */
function sayTime({ median, low, high }: Bracket): string {
  return `${formatSeconds(median)} (${formatInterval(low, high, formatSeconds)})`;
}

/** The time by the clock that the verdict rests on, and by the wall clock where that is another. */
export function sayTimes({
  duration,
  wallDuration,
}: Pick<LivePoint, "duration" | "wallDuration">): string {
  return wallDuration === undefined
    ? sayTime(duration)
    : `${sayTime(duration)}, by the wall clock ${formatSeconds(wallDuration.median)}`;
}
