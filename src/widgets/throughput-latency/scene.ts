// What a sweep shows: curves of one latency, the knee of each, the best goodput. Pure.
import { findGpu } from "../../core/catalog/gpus/gpus.ts";
import { findModel } from "../../core/catalog/models/models.ts";
import { policies } from "../../core/scheduling/policies.ts";
import { readingSpeed } from "../../core/serving/reading-speed.ts";
import type { DataTable } from "../../figure/widget.ts";
import type { ChartRule, ChartSeries } from "../../ui/chart.tsx";
import { formatCount, formatNumber, formatRate, formatSeconds } from "../../ui/format.ts";
import modelled from "./modelled-sweep.json";
import {
  isSweepOf,
  type Sweep,
  type SweepCurve,
  type SweepPoint,
  type SweepValues,
} from "./sweep.ts";

/** The sweep of the default settings, as the simulator gave it; a test runs it again. */
export const MODELLED_SWEEP: Sweep = modelled;

export interface LatencyKind {
  readonly id: string;
  /** "TPOT, mean". */
  readonly label: string;
  /** Whether it is a pace, which the reading speed can be held against. */
  readonly isPace: boolean;
  of(point: SweepPoint): number;
}

const KINDS: readonly LatencyKind[] = [
  {
    id: "tpot-mean",
    label: "TPOT, mean",
    isPace: true,
    of: ({ timePerOutputToken }) => timePerOutputToken.mean,
  },
  {
    id: "tpot-p99",
    label: "TPOT, p99",
    isPace: true,
    of: ({ timePerOutputToken }) => timePerOutputToken.p99,
  },
  {
    id: "ttft-mean",
    label: "TTFT, mean",
    isPace: false,
    of: ({ timeToFirstToken }) => timeToFirstToken.mean,
  },
  {
    id: "ttft-p99",
    label: "TTFT, p99",
    isPace: false,
    of: ({ timeToFirstToken }) => timeToFirstToken.p99,
  },
];

export function latencyOf(id: string): LatencyKind {
  const kind = KINDS.find((one) => one.id === id);
  if (kind === undefined) throw new Error(`There is no latency "${id}".`);
  return kind;
}

/**
 * The knee: the point with the most throughput for its latency, which Kleinrock calls power. Where the curve is drawn on
 * linear axes it is where a straight line from the origin just touches it.
 */
export function findKnee(
  points: readonly SweepPoint[],
  latency: LatencyKind,
): SweepPoint | undefined {
  let knee: SweepPoint | undefined;
  for (const point of points) {
    if (!(latency.of(point) > 0)) continue;
    if (knee === undefined || powerOf(point, latency) > powerOf(knee, latency)) knee = point;
  }
  return knee;
}

/** Output tokens a second, over the latency in seconds. */
export function powerOf(point: SweepPoint, latency: LatencyKind): number {
  return point.tokensPerSecond / latency.of(point);
}

/** The point with the most requests a second that met the objective. */
export function findBest(points: readonly SweepPoint[]): SweepPoint | undefined {
  return points.toSorted((a, b) => b.goodput - a.goodput)[0];
}

/** Schedulers keep their colour whichever of them are drawn. */
const STYLES: ReadonlyMap<string, number> = new Map([
  ["static", 1],
  ["orca-max", 2],
  ["vllm-v0", 4],
  ["vllm-v1", 0],
]);
/** A diamond, which lies visibly on the marker of its run. */
const KNEE_STYLE = 3;

export function nameOf(policy: string): string {
  return policies.find(({ id }) => id === policy)?.name ?? policy;
}

export function makeSeries({ curves }: Sweep, latency: LatencyKind): ChartSeries[] {
  const toPoint = (point: SweepPoint) => ({ x: point.tokensPerSecond, y: latency.of(point) });
  const lines: ChartSeries[] = curves.map(({ policy, points }) => ({
    id: policy,
    label: nameOf(policy),
    style: STYLES.get(policy),
    points: points.map(toPoint),
  }));
  const knees = curves.flatMap(({ points }) => findKnee(points, latency) ?? []);
  return [
    ...lines,
    {
      id: "knee",
      label: "knee: most throughput for its latency",
      style: KNEE_STYLE,
      mark: "points",
      points: knees.map(toPoint),
    },
  ];
}

/** The reading speed is a pace: a first token has none. */
export function makeRules(
  latency: LatencyKind,
  { firstToken, perToken }: SweepValues,
): ChartRule[] {
  const objective = (latency.isPace ? perToken : firstToken) / 1000;
  const reading = 1 / readingSpeed();
  const rule = {
    axis: "y" as const,
    value: objective,
    label: `objective, ${formatSeconds(objective)}`,
  };
  if (!latency.isPace) return [rule];
  const line = {
    axis: "y" as const,
    value: reading,
    label: `reading, ${formatNumber(readingSpeed(), 2)} tokens/s`,
  };
  // The two would lie on each other.
  return Math.abs(objective / reading - 1) < 0.2 ? [line] : [line, rule];
}

/** Of the axis: a little above all that is drawn, so that no line lies on its edge. */
export function roofOf({ curves, values }: Sweep, latency: LatencyKind): number {
  const drawn = curves.flatMap(({ points }) => points.map((point) => latency.of(point)));
  const rules = makeRules(latency, values).map(({ value }) => value);
  return 2 * Math.max(...rules, ...drawn.filter((value) => Number.isFinite(value)));
}

export function describeServer({ model, hardware, prompt, output, period }: SweepValues): string {
  const names = `${findModel(model)?.name ?? model} on an ${findGpu(hardware)?.name ?? hardware}`;
  return `${names}; prompts of ${formatCount(prompt)} and outputs of ${formatCount(output)} tokens on average, arriving at random for ${formatCount(period)} s`;
}

function describeCurve({ policy, points }: SweepCurve, latency: LatencyKind): string {
  const knee = findKnee(points, latency);
  const most = Math.max(...points.map(({ tokensPerSecond }) => tokensPerSecond));
  const end = `${nameOf(policy)} gives at most ${formatRate(most, "tokens/s")}`;
  if (knee === undefined) return end;
  return `${end}, with its knee at ${formatRate(knee.tokensPerSecond, "tokens/s")} and ${formatSeconds(latency.of(knee))}`;
}

export function describeSweep({ values, curves }: Sweep, latency: LatencyKind): string {
  const sentences = curves.map((curve) => describeCurve(curve, latency));
  return `${latency.label} against throughput, ${describeServer(values)}. ${sentences.join("; ")}.`;
}

/** Other settings have no curves until they are simulated. */
export function describeSettings(values: SweepValues, latency: LatencyKind): string {
  if (isSweepOf(MODELLED_SWEEP, values)) return describeSweep(MODELLED_SWEEP, latency);
  return `The settings: ${describeServer(values)}. Until they are simulated, ${latency.label} of the last run is drawn.`;
}

export function makeTable({ values, curves }: Sweep): DataTable {
  return {
    caption: `Simulated: ${describeServer(values)}`,
    columns: [
      "Scheduler",
      "Arrivals (requests/s)",
      "Requests",
      "Throughput (tokens/s)",
      "TPOT, mean",
      "TPOT, p99",
      "TTFT, mean",
      "TTFT, p99",
      "Goodput (requests/s)",
    ],
    rows: curves.flatMap(({ policy, points }) =>
      points.map((point) => [
        nameOf(policy),
        formatNumber(point.rate, 2),
        point.numRequests,
        formatNumber(point.tokensPerSecond),
        ...KINDS.map((kind) => formatSeconds(kind.of(point))),
        formatNumber(point.goodput),
      ]),
    ),
  };
}
