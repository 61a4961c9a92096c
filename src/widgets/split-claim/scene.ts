// What a split costs: one decode step of Llama 3.1 405B on eight A100s, in parts. Pure.
import { findGpu } from "../../core/catalog/gpus/gpus.ts";
import { findModel } from "../../core/catalog/models/models.ts";
import { decodePass } from "../../core/cost/pass.ts";
import type { Precision } from "../../core/cost/precision.ts";
import type { Link } from "../../core/parallel/all-reduce.ts";
import { findNvlink, findPcieLink } from "../../core/parallel/links.ts";
import {
  describeSmallTimes,
  findMeasured,
  type MeasuredTime,
} from "../../core/parallel/measured.ts";
import { weightBytesPerRank } from "../../core/parallel/ranks.ts";
import {
  tensorParallelStep,
  type TensorParallelStep,
} from "../../core/parallel/tensor-parallel.ts";
import { seconds, type Bytes, type Seconds } from "../../core/units/units.ts";
import type { DataTable, PredictionQuestion } from "../../figure/widget.ts";
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";

/** A100s have no fp8 arithmetic: the weights are stored in 8 bits and multiplied in 16. */
const PRECISION: Precision = { weights: "fp8", kv: "bf16", activations: "bf16" };
export const [RANKS, BATCH, CONTEXT] = [8, 16, 8192];

export interface Split extends TensorParallelStep {
  readonly link: Link;
  /** Of the all-reduces: what they would take with no bytes to send. */
  readonly latency: Seconds;
  /** Of the all-reduces: what their bytes take on the link. */
  readonly sending: Seconds;
  /** All-reduces over the step. */
  readonly share: number;
}

export interface SplitClaim {
  readonly weights: Bytes;
  readonly memory: Bytes;
  /** By capacity alone. */
  readonly leastGpus: number;
  readonly nvlink: Split;
  readonly pcie: Split;
}

function getParts() {
  const [model, gpu] = [findModel("llama-3.1-405b"), findGpu("a100-80gb-sxm")];
  if (model === undefined || gpu === undefined) {
    throw new Error("The catalogue holds no Llama 3.1 405B or no A100.");
  }
  const [nvlink, pcie] = [findNvlink(gpu, RANKS), findPcieLink(gpu)];
  if (nvlink === undefined || pcie === undefined) throw new Error("An A100 has NVLink and PCIe.");
  return { shape: model.shape, gpu, nvlink, pcie };
}

export function readClaim(): SplitClaim {
  const { shape, gpu, nvlink, pcie } = getParts();
  const pass = decodePass(shape, {
    batch: BATCH,
    context: CONTEXT,
    precision: PRECISION,
    ranks: RANKS,
  });
  const over = (link: Link): Split => {
    const step = tensorParallelStep(pass, gpu, link);
    const latency = seconds(step.numAllReduces * link.latency);
    return {
      ...step,
      link,
      latency,
      sending: seconds(step.allReduce - latency),
      share: step.allReduce / step.seconds,
    };
  };
  const weights = weightBytesPerRank(shape, PRECISION, 1);
  return {
    weights,
    memory: gpu.memory,
    leastGpus: Math.ceil(weights / gpu.memory),
    nvlink: over(nvlink),
    pcie: over(pcie),
  };
}

const BINS = [
  { value: "under-5", label: "under 5 %", low: 0, high: 0.05 },
  { value: "5-15", label: "5 to 15 %", low: 0.05, high: 0.15 },
  { value: "15-40", label: "15 to 40 %", low: 0.15, high: 0.4 },
  { value: "over-40", label: "over 40 %", low: 0.4, high: 1 },
];

export const PREDICTION: PredictionQuestion = {
  question: `Llama 3.1 405B in 8 bits is split over eight A100s with NVLink, and writes a token for each of ${BATCH} readers. What share of the step goes to the all-reduces, in which the GPUs add up their partial sums?`,
  options: BINS.map(({ value, label }) => ({ value, label })),
};

/** The prediction beside the answer; undefined where it was skipped. */
export function writeAnswer(prediction: string | undefined, share: number): string | undefined {
  const bin = BINS.find(({ value }) => value === prediction);
  if (bin === undefined) return undefined;
  const isInside = share >= bin.low && share < bin.high;
  return `You predicted ${bin.label}; ${isInside ? "that is it" : "it is not"}: ${formatPercent(share)}.`;
}

/** Among eight A100s, at the measured size nearest to this step's 524,288 B. */
function getMeasured({ allReduceBytes, link }: Split): MeasuredTime {
  const measured = findMeasured(allReduceBytes, RANKS, link.id);
  if (measured === undefined) throw new Error(`No times of ${RANKS} GPUs over ${link.name}.`);
  return measured;
}

export function measuredShare(split: Split): number {
  const allReduce = split.numAllReduces * getMeasured(split).seconds;
  return allReduce / (split.compute + allReduce);
}

export function writeVerdict({ nvlink }: SplitClaim): string {
  return `Split it must be, and that costs about ${formatPercent(nvlink.share)} of the step by the fit. But the GPUs wait for one another, not for 0.3 TB/s.`;
}

export function writeDetails({ weights, memory, leastGpus, nvlink, pcie }: SplitClaim): string[] {
  const { link } = nvlink;
  return [
    `${formatBytes(weights)} of weights need ${formatCount(leastGpus)} GPUs of ${formatBytes(memory)} by capacity, and ${formatCount(RANKS)} to share them evenly.`,
    `Of ${formatSeconds(nvlink.allReduce)} in ${formatCount(nvlink.numAllReduces)} all-reduces, ${formatSeconds(nvlink.latency)} are latency and ${formatSeconds(nvlink.sending)} are bytes on the link. NVLink 3 has ${formatSi(link.peakPerDirection, "B/s")} in one direction; the measured all-reduces reach ${formatSi(link.busBandwidthPerDirection, "B/s")}.`,
    `The fit is one for two, four and eight GPUs and all sizes. ${describeSmallTimes(RANKS, link.id) ?? ""} An array of about this size took ${formatSeconds(getMeasured(nvlink).seconds)}: with that it is ${formatPercent(measuredShare(nvlink))} of the step.`,
    `Over PCIe the same step would spend ${formatPercent(pcie.share)} in all-reduces.`,
    `${formatCount(BATCH)} sequences with ${formatCount(CONTEXT)} tokens each. The GPUs’ own work is the roofline’s, a lower bound; latency and bandwidth are fitted to measured all-reduces of DGX A100s. Engines with an all-reduce of their own wait less.`,
  ];
}

export function openShare({ nvlink }: SplitClaim): OpenedNumber {
  const { link, numAllReduces, allReduceBytes, compute, allReduce, share } = nvlink;
  const text = formatPercent(share);
  return {
    text,
    title: "Share of the all-reduces",
    formula: "share = a / (w + a), a = all-reduces · (latency + 2·(n − 1)/n · bytes / bandwidth)",
    inputs: [
      { symbol: "w", meaning: "own work of a GPU, roofline", value: formatSeconds(compute) },
      {
        symbol: "all-reduces",
        meaning: "two for each of 126 layers",
        value: formatCount(numAllReduces),
      },
      { symbol: "latency", meaning: "fitted", value: formatSeconds(link.latency) },
      { symbol: "n", meaning: "GPUs", value: formatCount(RANKS) },
      {
        symbol: "bytes",
        meaning: "16 sequences · 16,384 wide · 2 B",
        value: formatBytes(allReduceBytes),
      },
      {
        symbol: "bandwidth",
        meaning: "fitted, one direction",
        value: formatSi(link.busBandwidthPerDirection, "B/s"),
      },
    ],
    substitution: `${formatSeconds(allReduce)} / (${formatSeconds(compute)} + ${formatSeconds(allReduce)}) = ${text}`,
    note: link.note,
    sources: [{ label: "microsoft/vidur, MIT, commit 7d47513", url: link.source.url }],
  };
}

export function describeClaim({ nvlink }: SplitClaim): string {
  return `A decode step of Llama 3.1 405B on eight A100s: ${formatSeconds(nvlink.compute)} of own work, ${formatSeconds(nvlink.latency)} of latency and ${formatSeconds(nvlink.sending)} of bytes in all-reduces, which are ${formatPercent(nvlink.share)} of it.`;
}

/** @param hasAnswer - before the prediction the table must not give it away. */
export function makeTable({ nvlink, pcie }: SplitClaim, hasAnswer: boolean): DataTable {
  const row = ({ link, compute, latency, sending, share }: Split) => [
    link.name,
    formatSeconds(compute),
    ...(hasAnswer ? [formatSeconds(latency), formatSeconds(sending), formatPercent(share)] : []),
  ];
  return {
    caption: "A decode step of Llama 3.1 405B in 8 bits on eight A100s",
    columns: [
      "Link",
      "Own work",
      ...(hasAnswer ? ["All-reduces: latency", "All-reduces: bytes", "Share"] : []),
    ],
    rows: [row(nvlink), row(pcie)],
  };
}
