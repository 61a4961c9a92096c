// What a record of the batch experiment says about both halves of the claim: more tokens in all, slower for each. Pure.
import { findModel } from "../../core/catalog/models/models.ts";
import { weightBytesPerStep } from "../../core/cost/decode.ts";
import { kvBytesPerToken } from "../../core/cost/kv-cache.ts";
import { readingSpeed } from "../../core/serving/reading-speed.ts";
import { scaleEstimate, type Estimate } from "../../core/statistics/estimate.ts";
import type { ExperimentRecord, Method, Series } from "../../experiments/record.ts";
import type { DataTable } from "../../figure/widget.ts";
import type { ChartRule, ChartSeries } from "../../ui/chart.tsx";
import {
  formatBytes,
  formatCount,
  formatInterval,
  formatNumber,
  formatRate,
  formatRatio,
  formatSeconds,
} from "../../ui/format.ts";
import type { Stat } from "../../ui/parts.tsx";

/** The story model keeps weights and cache in 32-bit floats. */
const BYTES_PER_ELEMENT = 4;

export interface BatchPoint {
  readonly batch: number;
  /** Tokens a second; of all sequences together, and of one. */
  readonly all: Estimate;
  readonly each: Estimate;
  /** Seconds a step, which is the time of a token for each reader. */
  readonly step: Estimate;
  /** No other batch gives at least as much of both and more of one, by the medians. */
  readonly isOnFrontier: boolean;
}

/** One over an estimate of a time, times a count: the ends change places. */
function rateOf(count: number, { median, low, high, ...rest }: Estimate): Estimate {
  return { ...rest, median: count / median, low: count / high, high: count / low };
}

/** Along the curve where there is one, else of the two arms; batches without a usable sample are left out. */
export function pointsOf({ curve, comparison }: ExperimentRecord): BatchPoint[] {
  const series = curve?.series ?? [comparison.baseline, comparison.contender];
  const points = series.flatMap(({ step: { batch }, duration }) =>
    duration === undefined
      ? []
      : [{ batch, step: duration, all: rateOf(batch, duration), each: rateOf(1, duration) }],
  );
  const dominates = (other: (typeof points)[number], point: (typeof points)[number]) =>
    other.all.median >= point.all.median &&
    other.each.median >= point.each.median &&
    (other.all.median > point.all.median || other.each.median > point.each.median);
  return points
    .map((point) => ({
      ...point,
      isOnFrontier: !points.some((other) => dominates(other, point)),
    }))
    .toSorted((a, b) => a.batch - b.batch);
}

/** The largest batch of which a reader still gets text as fast as people read; undefined if none does. */
export function largestReadable(points: readonly BatchPoint[]): BatchPoint | undefined {
  return points.findLast(({ each }) => each.median >= readingSpeed());
}

/** The frontier in order, and apart from it the batches that another one beats in both. */
export function makeSeries(points: readonly BatchPoint[]): ChartSeries[] {
  const toPoint = ({ each, all }: BatchPoint) => ({
    x: each.median,
    y: all.median,
    low: all.low,
    high: all.high,
  });
  const [frontier, beaten] = [true, false].map((isOn) =>
    points.filter(({ isOnFrontier }) => isOnFrontier === isOn).map(toPoint),
  );
  const series: ChartSeries[] = [
    { id: "frontier", label: "Pareto frontier", style: 0, points: frontier ?? [] },
  ];
  if (beaten === undefined || beaten.length === 0) return series;
  return [
    ...series,
    { id: "beaten", label: "beaten in both", style: 3, mark: "points", points: beaten },
  ];
}

export function readingRule(): ChartRule {
  const speed = readingSpeed();
  return { axis: "x", value: speed, label: `reading, ${formatNumber(speed, 2)} tokens/s` };
}

export interface StepBytes {
  readonly weights: number;
  readonly caches: number;
}

/** What a step of a batch reads by the model's shape, before anything was measured. */
export function stepBytes(batch: number, position: number): StepBytes {
  const model = findModel("stories-1m");
  if (model === undefined) throw new Error("The catalogue holds no story model.");
  const { shape } = model;
  return {
    weights: weightBytesPerStep(shape, BYTES_PER_ELEMENT),
    caches: batch * position * kvBytesPerToken(shape, BYTES_PER_ELEMENT),
  };
}

function total({ weights, caches }: StepBytes): number {
  return weights + caches;
}

export function modelledStats(batch: number, position: number): Stat[] {
  const [one, many] = [stepBytes(1, position), stepBytes(batch, position)];
  return [
    {
      label: "Weights read a step",
      value: formatBytes(many.weights),
      detail: "once, whatever the batch",
    },
    {
      label: "KV caches read a step",
      value: `${formatBytes(one.caches)} → ${formatBytes(many.caches)}`,
      detail: `batch 1 → ${formatCount(batch)}`,
    },
    {
      label: "Bytes a token",
      value: `${formatBytes(total(one))} → ${formatBytes(total(many) / batch)}`,
      detail: `${formatRatio((total(one) * batch) / total(many), 3)} fewer`,
    },
  ];
}

function writeRange({ median, low, high }: Estimate, format: (value: number) => string): string {
  return `${format(median)} (${formatInterval(low, high, (value) => format(value ?? Number.NaN))})`;
}

const writeRate = (value: number) => formatRate(value, "tokens/s");

function writeArm({ label, step, duration }: Series): string {
  if (duration === undefined) return `${label}: no usable sample`;
  return `${label}: ${writeRange(rateOf(step.batch, duration), writeRate)} in all, ${writeRange(duration, formatSeconds)} a token for each`;
}

export function writeTimes({ comparison: { baseline, contender } }: ExperimentRecord): string {
  return `${writeArm(baseline)}; ${writeArm(contender)}. In brackets: 95 % intervals.`;
}

/** How many times as long each reader waits for a token in the larger batch. */
export function findSlowdown({ comparison }: ExperimentRecord): Estimate | undefined {
  const { ratio, baselineTokens, contenderTokens } = comparison;
  if (ratio === undefined) return undefined;
  const { median, low, high, ...rest } = ratio;
  const inverse = { ...rest, median: 1 / median, low: 1 / high, high: 1 / low };
  return scaleEstimate(inverse, contenderTokens / baselineTokens);
}

function writeInterval(estimate: Estimate | undefined): string | undefined {
  if (estimate === undefined) return undefined;
  return `${formatNumber(estimate.low)} to ${formatNumber(estimate.high)}`;
}

export function writeStats(record: ExperimentRecord): Stat[] {
  const { ratio, contender } = record.comparison;
  const slowdown = findSlowdown(record);
  const readable = largestReadable(pointsOf(record));
  return [
    {
      label: `Tokens a second, batch ${formatCount(contender.step.batch)} over 1`,
      value: formatRatio(ratio?.median, 3),
      detail: writeInterval(ratio),
    },
    {
      label: "Wait for a token, each reader",
      value: formatRatio(slowdown?.median, 3),
      detail: writeInterval(slowdown),
    },
    {
      label: "Largest batch that keeps up with reading",
      value: readable === undefined ? "none" : formatCount(readable.batch),
      detail: "of those that were run",
    },
  ];
}

/** Which batch gave the most in all, no further than the intervals allow. */
function judgeOffline(points: readonly BatchPoint[], last: BatchPoint): string {
  const best = points.reduce((one, other) => (other.all.median > one.all.median ? other : one));
  const close = points.filter(({ all }) => all.high >= best.all.low);
  const [first] = close;
  if (!close.includes(last)) {
    return `batch ${formatCount(best.batch)} gave the most tokens a second, batch ${formatCount(last.batch)} fewer`;
  }
  if (close.length === 1 || first === undefined) {
    return `the largest batch, ${formatCount(last.batch)}, gave the most tokens a second`;
  }
  return `which of the batches from ${formatCount(first.batch)} on gives the most is too close to call`;
}

function judgeOnline(points: readonly BatchPoint[], last: BatchPoint): string {
  const readable = largestReadable(points);
  if (readable === undefined) return "not even one sequence comes as fast as people read";
  if (readable === last) {
    return `even batch ${formatCount(last.batch)} writes faster than people read: this model is too small for the limit to bite`;
  }
  return `up to batch ${formatCount(readable.batch)} every reader gets text as fast as people read, by the medians`;
}

/** What the claim is worth after this run, offline and online. */
export function judgeClaim(record: ExperimentRecord): string {
  const points = pointsOf(record);
  const last = points.at(-1);
  if (last === undefined) return "Nothing could be measured.";
  return `Offline: ${judgeOffline(points, last)}. Online: ${judgeOnline(points, last)}.`;
}

export function describeFrontier(record: ExperimentRecord): string {
  const points = pointsOf(record);
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return "No batch gave a usable sample.";
  return `Tokens a second of all sequences against those of each: batch ${formatCount(first.batch)} gives ${writeRate(first.all.median)}, all to one; batch ${formatCount(last.batch)} gives ${writeRate(last.all.median)}, ${writeRate(last.each.median)} to each.`;
}

export function describeMethod({ clock, quantumSeconds, numRounds }: Method): string {
  const by = clock === "wall" ? "slopes of the wall clock" : "the device's timestamps";
  const step =
    quantumSeconds === undefined ? "" : `, in steps of ${formatSeconds(quantumSeconds, 2)}`;
  return `Timed by ${by}${step}; ${formatNumber(numRounds, 1)} pairs in random order.`;
}

export function describeOrigin({ device, model }: ExperimentRecord): string {
  const kind = device.isSoftware ? "software, no GPU" : "hardware";
  return `Device: ${device.name} (${kind}). Model: ${model.name}, ${formatCount(model.numParameters)} parameters.`;
}

/** A row for each batch. */
export function makeTable(record: ExperimentRecord): DataTable {
  const { baseline } = record.comparison;
  return {
    caption: `A step with ${formatCount(baseline.step.position)} tokens in each cache, ${record.device.name}, ${record.startedAt.slice(0, 10)}`,
    columns: [
      "Batch",
      "Time of a step",
      "95 % interval",
      "All (tokens/s)",
      "Each (tokens/s)",
      "On the frontier",
    ],
    rows: pointsOf(record).map(({ batch, step, all, each, isOnFrontier }) => [
      batch,
      formatSeconds(step.median),
      formatInterval(step.low, step.high, formatSeconds),
      formatNumber(all.median),
      formatNumber(each.median),
      isOnFrontier ? "yes" : "no",
    ]),
  };
}
