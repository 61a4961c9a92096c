// What the card works out: both times of nn.Linear(1024, 4096) on an A100, and what real kernels took. Pure.
import { findGpu, ridgePoint, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { arithmeticIntensity } from "../../core/cost/cost.ts";
import { measuredGemm } from "../../core/roofline/measured/measured-gemm.ts";
import { crossoverBatch, linearLayerCost, timeOfCost } from "../../core/roofline/roofline.ts";
import type { DataTable } from "../../figure/widget.ts";
import { formatCount, formatNumber, formatRatio, formatSeconds } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";

const GPU = "a100-80gb-sxm";
const LAYER = { inputs: 1024, outputs: 4096, bytesPerElement: 2 };
const MAX_BATCH = 1024;

/** What the card runs on, said on it before and after. */
export const RUNS_ON =
  "This card runs on datasheet figures, beside times of real kernels that others published; chapter 2 has experiments on your own GPU.";

export function getGpu(): GpuEntry {
  const gpu = findGpu(GPU);
  if (gpu === undefined) throw new Error(`The catalogue holds no GPU "${GPU}".`);
  return gpu;
}

export interface LayerRow {
  readonly batch: number;
  readonly intensity: number;
  readonly memory: number;
  readonly compute: number;
  /** The longer of the two: no kernel can be faster. */
  readonly least: number;
  readonly bound: string;
}

export function rowAt(batch: number): LayerRow {
  const cost = linearLayerCost({ ...LAYER, batch });
  const time = timeOfCost(cost, getGpu());
  return {
    batch,
    intensity: arithmeticIntensity(cost),
    memory: time.memory,
    compute: time.compute,
    least: time.seconds,
    bound: time.bound,
  };
}

export interface Measured {
  readonly batch: number;
  readonly seconds: number;
}

/** The attention output of Llama 2 7B split among four GPUs is a layer of exactly this size. */
export function measuredTimes(): Measured[] {
  return measuredGemm("a100", "llama-2-7b", 4, "attention-out")
    .filter(({ tokens }) => tokens <= MAX_BATCH)
    .map(({ tokens, seconds }) => ({ batch: tokens, seconds }));
}

/** Whole batches from 1 to 1,024, about ten for each doubling. */
export function curve(): LayerRow[] {
  const steps = Array.from({ length: 101 }, (_, i) => Math.round(MAX_BATCH ** (i / 100)));
  return [...new Set(steps)].map(rowAt);
}

export function getCrossover(): number {
  const crossover = crossoverBatch(LAYER, getGpu());
  if (crossover === undefined) throw new Error("The layer never becomes compute bound.");
  return crossover;
}

export function openCrossover(): OpenedNumber {
  const ridge = ridgePoint(getGpu());
  const [rb, kn] = [2 * ridge, LAYER.inputs * LAYER.outputs];
  const below = 2 * kn - rb * (LAYER.inputs + LAYER.outputs);
  const text = formatCount(getCrossover());
  const gpu = getGpu();
  return {
    text,
    title: "The batch at which arithmetic overtakes memory",
    formula: "B ≥ R·b·K·N / (2·K·N − R·b·(K + N))",
    inputs: [
      {
        symbol: "R",
        meaning: "ridge: peak / bandwidth",
        value: `${formatNumber(ridge, 5)} FLOP/B`,
      },
      { symbol: "K", meaning: "inputs", value: formatCount(LAYER.inputs) },
      { symbol: "N", meaning: "outputs", value: formatCount(LAYER.outputs) },
      { symbol: "b", meaning: "bytes of a number", value: formatCount(LAYER.bytesPerElement) },
    ],
    substitution: `${formatNumber(rb, 5)} · ${formatCount(kn)} / (${formatCount(2 * kn)} − ${formatNumber(rb, 5)} · ${formatCount(LAYER.inputs + LAYER.outputs)}) = ${formatNumber((rb * kn) / below, 5)}, so ${text}`,
    sources: [{ label: `${gpu.name}, read on ${gpu.source.readOn}`, url: gpu.source.url }],
  };
}

export function writeVerdict(): string {
  const ridge = formatNumber(ridgePoint(getGpu()));
  return `Memory bound at batch 1, compute bound at 512: the line is crossed at ${getCrossover()}, not at the ridge, ${ridge}.`;
}

/** What the real kernels say: more rows cost next to nothing first, and nearly their full price later. */
export function writeEvidence(measured: readonly Measured[]): string[] {
  const at = (batch: number) => measured.find((point) => point.batch === batch)?.seconds;
  const [one, few, half, full] = [at(1), at(32), at(512), at(1024)];
  const [before, after] = [at(192), at(200)];
  if (!one || !few || !half || !full || !before || !after) return [];
  return [
    `Real kernels agree with both ends: from batch 1 to 32 the work grows 32 times and the time ${formatRatio(few / one)}, from 512 to 1,024 the work doubles and the time grows ${formatRatio(full / half)}.`,
    `They do not bend at one point: between 192 and 200 rows the time jumps from ${formatSeconds(before)} to ${formatSeconds(after)}, as it would where a product needs a second wave of tiles.`,
  ];
}

const COLUMNS = ["Batch", "FLOP/B", "Memory (s)", "Arithmetic (s)", "Measured (s)", "Bound by"];

/** @param isWorkedOut - before that, only the sizes: the times are the question. */
export function makeTable(isWorkedOut: boolean): DataTable {
  if (!isWorkedOut) {
    return {
      caption: "The layer; the times follow when the card is worked out",
      columns: ["Inputs", "Outputs", "Bytes of a number", "GPU"],
      rows: [[LAYER.inputs, LAYER.outputs, LAYER.bytesPerElement, getGpu().name]],
    };
  }
  return {
    caption: `nn.Linear(1024, 4096) on the ${getGpu().name}; measured times by microsoft/vidur`,
    columns: COLUMNS,
    rows: measuredTimes().map(({ batch, seconds }) => {
      const { intensity, memory, compute, bound } = rowAt(batch);
      return [batch, intensity, memory, compute, seconds, bound];
    }),
  };
}
