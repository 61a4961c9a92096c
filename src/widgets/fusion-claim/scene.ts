// What the claim is worth: the bytes and the time that fusing a ReLU into a linear layer saves, against the batch. Pure.
import { findGpu, ridgePoint, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { arithmeticIntensity, bytesMoved } from "../../core/cost/cost.ts";
import { linearReluLedger, type FusionLedger } from "../../core/fusion/ledger.ts";
import { elementwiseCost, linearLayerCost, timeOfCost } from "../../core/roofline/roofline.ts";
import type { ExperimentRecord, Series } from "../../experiments/record.ts";
import type { DataTable, PredictionQuestion } from "../../figure/widget.ts";
import {
  formatBytes,
  formatCount,
  formatInterval,
  formatNumber,
  formatPercent,
  formatSeconds,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";

const LAYER = { inputs: 1024, outputs: 4096, bytesPerElement: 2 } as const;

export interface Saving {
  readonly batch: number;
  readonly ledger: FusionLedger;
  /** Of the bytes. */
  readonly bytes: number;
  /** Of the roofline time of both kernels. */
  readonly time: number;
}

function getGpu(): GpuEntry {
  const gpu = findGpu("a100-80gb-sxm");
  if (gpu === undefined) throw new Error("The catalogue holds no A100.");
  return gpu;
}

function reluCost(batch: number) {
  const { outputs, bytesPerElement } = LAYER;
  return elementwiseCost({ elements: batch * outputs, bytesPerElement, flopsPerElement: 1 });
}

export function savingAt(batch: number): Saving {
  const gpu = getGpu();
  const ledger = linearReluLedger({ ...LAYER, batch });
  const linear = timeOfCost(linearLayerCost({ ...LAYER, batch }), gpu).seconds;
  const relu = timeOfCost(reluCost(batch), gpu).seconds;
  // The fused kernel moves what the linear layer alone moves.
  return { batch, ledger, bytes: ledger.savingFraction, time: relu / (linear + relu) };
}

const BATCHES = [1, 2, 4, 8, 16, 32, 64, 128, 189, 256, 512, 1024, 2048, 4096];

export const SAVINGS: readonly Saving[] = BATCHES.map(savingAt);

const OPTIONS = [
  { value: "38-38", label: "38 % at both" },
  { value: "38-0", label: "38 % at batch 1, 0.2 % at 512" },
  { value: "0-38", label: "0.2 % at batch 1, 38 % at 512" },
  { value: "0-0", label: "0.2 % at both" },
];
const RIGHT_ANSWER = "0-38";

export const PREDICTION: PredictionQuestion = {
  question:
    "A ReLU after nn.Linear(1024, 4096), in 16 bits. How many percent of the bytes does fusing it into the product save, at batch 1 and at batch 512?",
  options: OPTIONS,
};

/** "0.19 %", "38.1 %". */
export function writeSaving(fraction: number): string {
  return formatPercent(fraction, fraction < 0.01 ? 2 : 3);
}

/** The prediction beside the answer; undefined where it was skipped. */
export function writeAnswer(prediction: string | undefined): string | undefined {
  const option = OPTIONS.find(({ value }) => value === prediction);
  if (option === undefined) return undefined;
  const isRight = prediction === RIGHT_ANSWER;
  return `You predicted ${option.label}; ${isRight ? "that is it" : "it is not"}: ${writeSaving(savingAt(1).bytes)} and ${writeSaving(savingAt(512).bytes)}.`;
}

export function writeVerdict(): string {
  return `A ReLU is far below the ridge at every batch. Worth fusing for its bytes: ${writeSaving(savingAt(1).bytes)} at batch 1, ${writeSaving(savingAt(512).bytes)} at 512.`;
}

export function writeDetails(): string[] {
  const gpu = getGpu();
  const relu = reluCost(1);
  const alone = timeOfCost(relu, gpu).memory;
  return [
    `A ReLU does one operation for four bytes, ${formatNumber(arithmeticIntensity(relu), 2)} FLOP/B at every batch; the ridge of an A100 is ${formatNumber(ridgePoint(gpu))}.`,
    `At batch 1 nearly all bytes are weights, which fusion does not touch. At batch 512 the product is compute bound, so that ${writeSaving(savingAt(512).bytes)} fewer bytes are ${writeSaving(savingAt(512).time)} less time by the roofline.`,
    `Launching a kernel is not counted here. At batch 1 the ReLU’s ${formatBytes(bytesMoved(relu))} take ${formatSeconds(alone, 2)}, less than any launch: alone it is overhead bound, and the launch is what fusion saves.`,
  ];
}

export function openSaving({ batch, ledger, bytes }: Saving): OpenedNumber {
  const text = writeSaving(bytes);
  return {
    text,
    title: `Bytes saved at batch ${batch}`,
    formula: "2·B·N / (B·K + K·N + 3·B·N)",
    inputs: [
      { symbol: "B", meaning: "rows", value: formatCount(batch) },
      { symbol: "K", meaning: "width in", value: formatCount(LAYER.inputs) },
      { symbol: "N", meaning: "width out", value: formatCount(LAYER.outputs) },
    ],
    substitution: `1 − ${formatCount(ledger.fusedBytes)} B / ${formatCount(ledger.unfusedBytes)} B = ${text}`,
  };
}

export function describeClaim(): string {
  return `Fusing a ReLU into nn.Linear(1024, 4096) saves ${writeSaving(savingAt(1).bytes)} of the bytes at batch 1 and ${writeSaving(savingAt(512).bytes)} at batch 512, and ${writeSaving(savingAt(512).time)} of the roofline time there, launches not counted.`;
}

/** @param hasAnswer - before the prediction the table must not give it away. */
export function makeTable(hasAnswer: boolean): DataTable {
  return {
    caption: "nn.Linear(1024, 4096) and ReLU in 16 bits, on an A100",
    columns: [
      "Batch",
      "Bytes, apart",
      ...(hasAnswer ? ["Bytes, fused", "Bytes saved", "Roofline time saved"] : []),
    ],
    rows: SAVINGS.map(({ batch, ledger, bytes, time }) => [
      batch,
      ledger.unfusedBytes,
      ...(hasAnswer ? [ledger.fusedBytes, writeSaving(bytes), writeSaving(time)] : []),
    ]),
  };
}

function writeArm({ label, duration, plan }: Series): string {
  const moved = formatBytes(plan.bytesRead + plan.bytesWritten);
  const time =
    duration === undefined
      ? "no usable sample"
      : `${formatSeconds(duration.median)} (${formatInterval(duration.low, duration.high, formatSeconds)})`;
  return `${label}: ${time}, ${formatCount(plan.numDispatches)} dispatches, ${moved}`;
}

/** What a run measured, which is another thing than this ReLU: a sentence for each form. */
export function writeArms({ comparison, model, device }: ExperimentRecord): string[] {
  const name = model.name === "stories-1m" ? "story model" : model.name;
  const { position } = comparison.contender.step;
  return [
    `All kernels of the ${name} together, one token after ${formatCount(position)} others. With ${writeArm(comparison.baseline)}; with ${writeArm(comparison.contender)}. In brackets: 95 % interval of the median.`,
    `Device: ${device.name} (${device.isSoftware ? "software, no GPU: its times stand for none" : "hardware"}).`,
  ];
}

export function writeMethod({ comparison }: ExperimentRecord): string {
  const { clock, quantumSeconds, numRounds } = comparison.method;
  const by = clock === "wall" ? "slopes of the wall clock" : "the device’s timestamps";
  const step =
    quantumSeconds === undefined ? "" : `, in steps of ${formatSeconds(quantumSeconds, 2)}`;
  return `Timed by ${by}${step}; ${formatCount(numRounds)} pairs in random order.`;
}

/** In one breath, for a reader who does not see the bars. */
export function describeRun({ comparison, verdict, device }: ExperimentRecord): string {
  const { baseline, contender } = comparison;
  return `On ${device.name} one token took ${formatSeconds(baseline.duration?.median)} with ${baseline.label}, ${formatSeconds(contender.duration?.median)} with ${contender.label}. ${verdict.sentence}`;
}
