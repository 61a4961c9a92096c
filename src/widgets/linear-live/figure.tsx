// What the figure knows of its experiment: the layer by its rows, modelled, published and recorded.
import { arithmeticIntensity } from "../../core/cost/cost.ts";
import { linearLayerCost } from "../../core/roofline/roofline.ts";
import type { KernelRecord } from "../../experiments/kernel-record.ts";
import { LAYER_1024_4096, publishedPoints, sayMeasured } from "../../live/measured.tsx";
import { A100 } from "../../live/published.ts";
import type { LiveFigure } from "../../live/poster.tsx";
import { findBest, findLadder } from "../../live/recorded.ts";
import { formatRate, type LiveScene, type Subject } from "../../live/scene.ts";
import { askRange, type Range } from "../../live/prediction.ts";
import { formatBandwidth, formatCount, formatNumber } from "../../ui/format.ts";

const LAYER = { inputs: 1024, outputs: 4096 };
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

const subject: Subject = {
  what: "The linear layer",
  x: {
    label: "Batch (rows)",
    kind: "log",
    name: "rows",
    format: formatCount,
    say: (rows) => (rows === 1 ? "1 row" : `${formatCount(rows)} rows`),
  },
  arms: [{ arm: "linear", label: "linear layer" }],
  xOf: ({ plan }) => plan.numRows,
  modelled: BATCHES.map((batch) => ({
    label: formatCount(batch),
    intensity: arithmeticIntensity(linearLayerCost({ ...LAYER, batch, bytesPerElement: 4 })),
  })),
  published: publishedPoints(LAYER_1024_4096, BATCHES),
};

const RECORDS = import.meta.glob<KernelRecord>("../../../public/recorded/linear-batch.*.json", {
  eager: true,
  import: "default",
});
const record = findBest(RECORDS);

/** Rows at which the layer's intensity reaches a ridge, in 32 bits; undefined where none do. */
export function rowsAtRidge(
  ridge: number,
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
): number | undefined {
  const left = 2 * inputs * outputs - 4 * ridge * (inputs + outputs);
  return left > 0 ? Math.max(1, Math.ceil((4 * ridge * inputs * outputs) / left)) : undefined;
}

function sizesOf({ record: run }: LiveScene["run"]): typeof LAYER {
  const sizes = "series" in run ? run.series[0]?.kernel.sizes : undefined;
  return {
    inputs: sizes?.["inputWidth"] ?? LAYER.inputs,
    outputs: sizes?.["outputWidth"] ?? LAYER.outputs,
  };
}

/** Where the arithmetic puts the crossover at rates that were measured or published. */
export function sayCrossover(scene: LiveScene): string[] {
  const published = rowsAtRidge(A100.floatRate / A100.gpu.bandwidth, LAYER);
  const there = `At the A100’s published rates in 32 bits, 1024 → 4096 turns at ${formatCount(published)} rows.`;
  if (scene.roof === undefined) return [there];
  const { bandwidth, rate } = scene.roof;
  const ridge = rate.median / bandwidth.median;
  const rows = rowsAtRidge(ridge, sizesOf(scene.run));
  const here =
    `This device multiplies at ${formatRate(rate.median)} and reads its largest working set at ${formatBandwidth(bandwidth.median)}: ` +
    `a ridge at ${formatNumber(ridge)} FLOP/B. By arithmetic ` +
    (rows === undefined
      ? "no number of rows makes the layer compute bound."
      : `the layer turns compute bound at ${formatCount(rows)} rows, if its weights come from there.`);
  return [here, there];
}

/** The fewest rows that were found compute bound. */
export function firstComputeBound({ arms }: LiveScene): number | undefined {
  return arms.flatMap(({ points }) => points).find(({ verdict }) => verdict.kind === "compute")?.x;
}

const RANGES: readonly Range[] = [
  { value: "16", label: "up to 16 rows", low: 1, high: 17 },
  { value: "64", label: "17 to 64 rows", low: 17, high: 65 },
  { value: "512", label: "65 to 512 rows", low: 65, high: 513 },
  { value: "never", label: "none of these batches", low: 513, high: Infinity },
];

export const PREDICTION = askRange(
  "The batch doubles from 1 row on. Which is the first that this device will do compute bound?",
  RANGES,
);

function answer(scene: LiveScene, prediction: string | undefined): string[] {
  const range = RANGES.find(({ value }) => value === prediction);
  if (range === undefined) return [];
  const first = firstComputeBound(scene);
  const found =
    first === undefined
      ? "no batch was found compute bound"
      : `the first batch that was found compute bound has ${formatCount(first)} rows`;
  return [`You predicted ${range.label}; here ${found}.`];
}

export const figure: LiveFigure = {
  subject,
  words: {
    modelled: "the layer 1024 → 4096, by its rows,",
    published: sayMeasured("times of that layer in 16 bits"),
  },
  recorded: record === undefined ? undefined : { record, ladder: findLadder(record.device.name) },
  sentences: (scene, prediction) => [...answer(scene, prediction), ...sayCrossover(scene)],
};
