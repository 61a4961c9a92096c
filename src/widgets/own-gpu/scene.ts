// From the records of some machines to roofs, points, curves and sentences. Pure.
import { arithmeticIntensity } from "../../core/cost/cost.ts";
import { bytes, flops, MEBI } from "../../core/units/units.ts";
import type { KernelRecord, KernelSeries } from "../../experiments/kernel-record.ts";
import {
  judgeBound,
  rateOf,
  readRoofs,
  type BoundVerdict,
  type Bracket,
  type Roofs,
} from "../../experiments/roofs.ts";
import { linearLayerCost } from "../../core/roofline/roofline.ts";
import type { DataTable } from "../../figure/widget.ts";
import type { ChartSeries } from "../../ui/chart.tsx";
import {
  formatBandwidth,
  formatCount,
  formatInterval,
  formatSeconds,
  formatSi,
  NO_NUMBER,
  type MaybeNumber,
} from "../../ui/format.ts";
import { LAYER_1024_4096, publishedPoints } from "../../live/measured.tsx";
import { A100, bestOnA100 } from "../../live/published.ts";
import { BOUND_WORDS, decades, roofOf, sayBound, type PublishedPoint } from "../../live/scene.ts";

/** A machine whose ladder is at hand: the reader's own, a recorded one, or one from a file. */
export interface Machine {
  readonly id: string;
  readonly label: string;
  readonly ladder: KernelRecord;
  readonly linear?: KernelRecord;
}

/** One batch of the linear layer on one machine. */
export interface LayerPoint {
  readonly batch: number;
  readonly kernel: string;
  /** FLOP a byte, every operand counted once. */
  readonly intensity: number;
  /** FLOP a second. */
  readonly rate: Bracket;
  readonly duration: Bracket;
  /** By the wall clock, where `duration` is by the device's. */
  readonly wallDuration: Bracket | undefined;
  readonly verdict: BoundVerdict;
}

export interface MachineScene {
  readonly machine: Machine;
  /** Position in the palette; one a machine, wherever it is drawn. */
  readonly style: number;
  readonly roofs: Roofs;
  /** Bandwidth and rate of the roof; absent on a software adapter, which has none. */
  readonly roof: { readonly bandwidth: Bracket; readonly rate: Bracket } | undefined;
  readonly points: readonly LayerPoint[];
}

function pointOf(series: KernelSeries, roofs: Roofs): LayerPoint[] {
  const { plan, kernel, duration, wallDuration } = series;
  if (duration === undefined) return [];
  const cost = {
    flops: flops(plan.flops),
    bytesRead: bytes(plan.bytesRead),
    bytesWritten: bytes(plan.bytesWritten),
  };
  return [
    {
      batch: plan.numRows,
      kernel: kernel.id,
      intensity: arithmeticIntensity(cost),
      rate: rateOf(plan.flops, duration),
      duration,
      wallDuration,
      verdict: judgeBound(series, roofs),
    },
  ];
}

export function createScene(machines: readonly Machine[]): readonly MachineScene[] {
  return machines.map((machine, style) => {
    const roofs = readRoofs(machine.ladder);
    return {
      machine,
      style,
      roofs,
      roof: roofOf(roofs),
      points: (machine.linear?.series ?? [])
        .flatMap((series) => pointOf(series, roofs))
        .toSorted((one, other) => one.batch - other.batch),
    };
  });
}

/** The reading rate against the working set, a line for each machine. */
export function ladderSeries(scenes: readonly MachineScene[]): readonly ChartSeries[] {
  return scenes.map(({ machine, style, roofs }) => ({
    id: machine.id,
    label: machine.label,
    style,
    points: roofs.rungs.map(({ footprintBytes, rate }) => ({
      x: footprintBytes,
      y: rate.median,
      low: rate.low,
      high: rate.high,
    })),
  }));
}

/** The layer under the published roof: what the A100 would do at best, in 32 bits. */
interface LayerAtBest {
  readonly batch: number;
  readonly label: string;
  readonly intensity: number;
  readonly rate: number;
}

const LAYER = { inputs: 1024, outputs: 4096, bytesPerElement: 4 };
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

export function modelledPoints(): readonly LayerAtBest[] {
  return BATCHES.map((batch) => {
    const intensity = arithmeticIntensity(linearLayerCost({ ...LAYER, batch }));
    return { batch, label: String(batch), intensity, rate: bestOnA100(intensity) };
  });
}

/** The layer as others measured it, in 16 bits. */
export const PUBLISHED_POINTS: readonly PublishedPoint[] = publishedPoints(
  LAYER_1024_4096,
  BATCHES,
);

/** Axes of the ladder's chart: every working set a tick, or every other where there are many; rates by decades. */
export function ladderAxes(scenes: readonly MachineScene[]) {
  const sets = new Set(
    scenes.flatMap(({ roofs }) => roofs.rungs.map(({ footprintBytes }) => footprintBytes)),
  );
  const ticks = [...sets]
    .toSorted((one, other) => one - other)
    .filter((_, index) => sets.size < 6 || index % 2 === 0);
  const rates = scenes.flatMap(({ roofs }) =>
    roofs.rungs.flatMap(({ rate }) => [rate.low, rate.high]),
  );
  return {
    ticks,
    /** Room for the last tick's label. */
    maxSet: 1.4 * Math.max(...sets),
    // Room above the highest rule for its label.
    ...decades([...rates, A100.gpu.bandwidth, 2 * A100.l2.rate]),
  };
}

/** Working sets are whole MiB: "256 MiB". */
export function formatSet(size: MaybeNumber): string {
  return typeof size === "number" ? `${formatCount(size / MEBI)}\u00a0MiB` : NO_NUMBER;
}

/** "12.3 GB/s (12.1 GB/s to 12.5 GB/s)" as a figure and its interval. */
function withInterval(
  value: Bracket | undefined,
  format: (amount: MaybeNumber) => string,
): { readonly value: string; readonly detail: string } {
  return {
    value: format(value?.median),
    detail: formatInterval(value?.low, value?.high, format),
  };
}

const formatFlopRate = (rate: MaybeNumber) => formatSi(rate, "FLOP/s");

/** The rungs in numbers. A software adapter's reading rate is no bandwidth and is not called one. */
export function ladderStats({ roofs, roof }: MachineScene) {
  const smallest = roofs.rungs[0];
  const largest = roofs.rungs.at(-1);
  const reading = (rung: typeof largest) =>
    `Reads ${formatSet(rung?.footprintBytes)}${roof === undefined ? " (no roof)" : " over and over"}`;
  return [
    { label: reading(largest), ...withInterval(largest?.rate, formatBandwidth) },
    { label: reading(smallest), ...withInterval(smallest?.rate, formatBandwidth) },
    { label: "Multiply-adds, f32", ...withInterval(roofs.arithmetic, formatFlopRate) },
    { label: "A dispatch", ...withInterval(roofs.launch, formatSeconds) },
    { label: "A submission, awaited", ...withInterval(roofs.roundTrip, formatSeconds) },
  ];
}

/** The same rungs of the A100, as far as somebody has published them. */
export const A100_STATS = [
  { label: "Reads more than its L2", value: formatBandwidth(A100.gpu.bandwidth), detail: "peak" },
  {
    label: `Reads up to ${formatSet(A100.l2.size)}, its L2`,
    value: formatBandwidth(A100.l2.rate),
    detail: "peak",
  },
  { label: "Multiply-adds, f32", value: formatFlopRate(A100.floatRate), detail: "peak" },
  { label: "A launch", value: formatSeconds(A100.launch), detail: "fitted to measured kernels" },
];

function sayBatches(batches: readonly number[]): string {
  if (batches.length < 3) return batches.join(" and ");
  return `${batches.slice(0, -1).join(", ")} and ${batches.at(-1)}`;
}

/** Which batches are bound by what, as one sentence. */
export function sayLayer(points: readonly LayerPoint[]): string {
  const kinds = ["overhead", "memory", "compute", "unknown"] as const;
  const parts = kinds.flatMap((kind) => {
    const batches = points.filter(({ verdict }) => verdict.kind === kind).map(({ batch }) => batch);
    if (batches.length === 0) return [];
    const said = `batch ${sayBatches(batches)}`;
    return [
      kind === "unknown" ? `of ${said} it cannot be told` : `at ${said} it is ${BOUND_WORDS[kind]}`,
    ];
  });
  return parts.length === 0
    ? "The linear layer has not been timed."
    : `The linear layer: ${parts.join("; ")}.`;
}

export function describeMachine({ machine, roofs, roof, points }: MachineScene): string {
  const rate = formatSi(roofs.arithmetic?.median, "FLOP/s");
  const reading = roofs.isSoftware
    ? `${machine.label} is software and has no bandwidth roof`
    : roof === undefined
      ? `${machine.label} has no roof, since its reading or its arithmetic was not timed`
      : `${machine.label} reads ${formatBandwidth(roof.bandwidth.median)} from its largest working set`;
  return `${reading}; it multiplies and adds at ${rate}, and a dispatch takes ${formatSeconds(roofs.launch?.median)}. ${sayLayer(points)}`;
}

/** What the published roof says by itself. */
export const DESCRIBE_PUBLISHED = `Published for the ${A100.gpu.name}: ${formatBandwidth(A100.gpu.bandwidth)} of memory bandwidth, ${formatSi(A100.floatRate, "FLOP/s")} in 32 bits and ${formatSi(A100.gpu.peakFlops, "FLOP/s")} of its tensor cores in 16.`;

export function describeScenes(scenes: readonly MachineScene[]): string {
  if (scenes.length === 0) {
    return `${DESCRIBE_PUBLISHED} At best, the linear layer would be memory bound there up to batch 16 and compute bound from batch 32 on.`;
  }
  return [...scenes.map(describeMachine), DESCRIBE_PUBLISHED].join(" ");
}

/** How the times were taken, in a sentence. */
export function describeMethod({ comparison: { method } }: KernelRecord): string {
  const by = method.clock === "wall" ? "slopes of the wall clock" : "the device’s timestamps";
  const step =
    method.quantumSeconds === undefined
      ? ""
      : `, whose step is ${formatSeconds(method.quantumSeconds)}`;
  return `Medians by ${by}${step}; all sampled in turn, in random order; ${formatCount(method.numRounds)} pairs for the verdict. Whiskers and brackets: 95 % intervals of the median, or the range where there are fewer than 6 samples.`;
}

export function makeTable(scenes: readonly MachineScene[]): DataTable {
  return {
    caption:
      "Rungs of each ladder, and the linear layer 1024 → 4096; of the A100, the layer at best; of an A100 and an H100, as others measured it",
    columns: ["Machine", "What", "Rate", "Unit", "Low", "High", "Kernel", "Bound by"],
    rows: [
      ...scenes.flatMap(measuredRows),
      ...modelledPoints().map(modelledRow),
      ...PUBLISHED_POINTS.map(publishedRow),
    ],
  };
}

function publishedRow({ gpu, label, rate }: PublishedPoint): DataTable["rows"][number] {
  const name = gpu === "a100" ? "A100" : "H100";
  return [name, `batch ${label} in 16 bits, published`, rate, "FLOP/s", "", "", "", ""];
}

function modelledRow({ batch, rate }: LayerAtBest): DataTable["rows"][number] {
  const bound = rate < A100.floatRate ? "memory bound" : "compute bound";
  return [A100.gpu.name, `batch ${batch}, modelled`, rate, "FLOP/s", "", "", "", bound];
}

function measuredRows(scene: MachineScene): DataTable["rows"] {
  const { machine, roofs, points } = scene;
  return [
    ...roofs.rungs.map(({ footprintBytes, rate, series }) => [
      machine.label,
      `reads ${formatSet(footprintBytes)}`,
      rate.median,
      "B/s",
      rate.low,
      rate.high,
      series.kernel.id,
      "",
    ]),
    ...points.map(({ batch, rate, kernel, verdict }) => [
      machine.label,
      `batch ${batch}`,
      rate.median,
      "FLOP/s",
      rate.low,
      rate.high,
      kernel,
      sayBound(verdict),
    ]),
  ];
}
