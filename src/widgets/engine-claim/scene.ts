// The claim held against ten start-up logs: the blocks and requests that the arithmetic predicts from the memory left
// over, beside what vLLM printed. Pure.
import {
  blocksPerRequest,
  cacheLayout,
  countBlocks,
  type CacheLayout,
} from "../../core/serving/kv-capacity.ts";
import { bytes, GIBI } from "../../core/units/units.ts";
import type { DataTable, PredictionQuestion } from "../../figure/widget.ts";
import { formatBinaryBytes, formatCount, formatNumber, formatPercent } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import { CASES, type LogCase } from "./cases.ts";

/** Logs print GiB to two digits. */
const ROUNDING_GIB = 0.005;

export interface CheckedCase extends LogCase {
  readonly layout: CacheLayout;
  readonly predictedBlocks: number;
  /** What the printed GiB, before rounding, can stand for. */
  readonly range: readonly [number, number];
  readonly isWithin: boolean;
  /** Of the logged blocks, as vLLM reckons it; undefined where the log prints none. */
  readonly concurrency: number | undefined;
  readonly isConcurrencyRight: boolean | undefined;
}

function check(one: LogCase): CheckedCase {
  const { shape, ranks, blockSize, kv, availableGiB, loggedBlocks, maxModelLen } = one;
  const layout = cacheLayout({ shape, ranks, blockSize, kv });
  const blocksAt = (gib: number) => countBlocks(bytes(gib * GIBI), layout, shape.numLayers);
  const range = [blocksAt(availableGiB - ROUNDING_GIB), blocksAt(availableGiB + ROUNDING_GIB)];
  const [low = 0, high = 0] = range;
  const concurrency =
    maxModelLen === undefined || one.loggedConcurrency === undefined
      ? undefined
      : loggedBlocks / blocksPerRequest(maxModelLen, blockSize);
  return {
    ...one,
    layout,
    predictedBlocks: blocksAt(availableGiB),
    range: [low, high],
    isWithin: loggedBlocks >= low && loggedBlocks <= high,
    concurrency,
    isConcurrencyRight:
      concurrency === undefined
        ? undefined
        : Math.abs(concurrency - (one.loggedConcurrency ?? NaN)) <= 0.005 + 1e-9,
  };
}

export interface EngineClaim {
  readonly cases: readonly CheckedCase[];
  readonly numWithin: number;
  readonly numConcurrency: number;
  readonly numConcurrencyRight: number;
  /** Of what vLLM may use less the weights, the share that is not cache: least and most over the logs that print it. */
  readonly otherShare: readonly [number, number];
  readonly numWithParts: number;
}

export function readClaim(): EngineClaim {
  const cases = CASES.map(check);
  const shares = CASES.flatMap(({ totalGiB, utilisation, weightsGiB, availableGiB }) => {
    if (totalGiB === undefined || utilisation === undefined || weightsGiB === undefined) return [];
    return [1 - availableGiB / (totalGiB * utilisation - weightsGiB)];
  });
  const withConcurrency = cases.filter(({ concurrency }) => concurrency !== undefined);
  return {
    cases,
    numWithin: cases.filter(({ isWithin }) => isWithin).length,
    numConcurrency: withConcurrency.length,
    numConcurrencyRight: withConcurrency.filter(({ isConcurrencyRight }) => isConcurrencyRight)
      .length,
    otherShare: [Math.min(...shares), Math.max(...shares)],
    numWithParts: shares.length,
  };
}

export const PREDICTION: PredictionQuestion = {
  question:
    "Ten public logs of vLLM print the memory left for the KV cache, and later how many blocks it made of it. For how many does a division, by the bytes of a block, give the printed number within the rounding of the log?",
  options: [
    { value: "few", label: "three or fewer" },
    { value: "half", label: "four to seven" },
    { value: "most", label: "eight or nine" },
    { value: "all", label: "all ten" },
  ],
};

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  few: [0, 3],
  half: [4, 7],
  most: [8, 9],
  all: [10, 10],
};

/** The prediction beside the answer; undefined where it was skipped. */
export function writeAnswer(
  prediction: string | undefined,
  { numWithin, cases }: EngineClaim,
): string | undefined {
  const range = RANGES[prediction ?? ""];
  const option = PREDICTION.options.find(({ value }) => value === prediction);
  if (range === undefined || option === undefined) return undefined;
  const isRight = numWithin >= range[0] && numWithin <= range[1];
  return `You predicted ${option.label}; ${isRight ? "that is it" : "it is not"}: ${formatCount(numWithin)} of ${formatCount(cases.length)}.`;
}

export function writeVerdict({ numWithin, cases }: EngineClaim): string {
  return `What is left decides how many tokens fit: ${formatCount(numWithin)} of ${formatCount(cases.length)} logs agree with the division. How many requests that is, their lengths decide.`;
}

export function writeDetails(claim: EngineClaim): string[] {
  const { numConcurrency, numConcurrencyRight, otherShare, numWithParts } = claim;
  const [least, most] = otherShare;
  return [
    `“Maximum concurrency” follows in ${formatCount(numConcurrencyRight)} of the ${formatCount(numConcurrency)} logs that print it: blocks divided by the blocks of a request of the greatest length. Halve that length and the number doubles, with the same cache.`,
    `“After the weights” is not quite it. In the ${formatCount(numWithParts)} logs that print all parts, ${formatPercent(least)} to ${formatPercent(most)} of what the weights leave goes to the largest step and to memory outside PyTorch.`,
    "And to fit is not to be served well: --max-num-seqs may stop short of it, and each request more makes every step longer.",
    "The logged numbers are others’, from public threads and files; the predictions are ours. Shapes of the models are those of their public configurations; for two of them they were inferred from the log’s own bytes.",
  ];
}

export function describeClaim({ numWithin, cases }: EngineClaim): string {
  return `KV blocks predicted from the printed GiB beside those that vLLM logged, in ${formatCount(cases.length)} public logs: ${formatCount(numWithin)} agree within rounding.`;
}

export function openPrediction({ layout, ...one }: CheckedCase): OpenedNumber {
  const { shape, ranks, blockSize, kv, availableGiB, predictedBlocks } = one;
  const text = formatCount(predictedBlocks);
  const heads = Math.max(1, shape.numKvHeads / ranks);
  return {
    text,
    title: `KV blocks: ${one.name}`,
    formula: "⌊⌊available / (P · K/n · 2H · b)⌋ / L⌋",
    inputs: [
      { symbol: "available", meaning: "as logged", value: `${availableGiB} GiB` },
      { symbol: "P", meaning: "tokens of a block", value: formatCount(blockSize) },
      { symbol: "K/n", meaning: "KV heads of a GPU", value: formatCount(heads) },
      { symbol: "H", meaning: "width of a head", value: formatCount(shape.headWidth) },
      { symbol: "b", meaning: kv, value: kv === "fp8" ? "1 B" : "2 B" },
      { symbol: "L", meaning: "layers", value: formatCount(shape.numLayers) },
    ],
    substitution: `${availableGiB} GiB / ${formatBinaryBytes(layout.blockBytes)} = ${text}; with the rounding of the log ${formatCount(one.range[0])} to ${formatCount(one.range[1])}`,
    sources: one.source === undefined ? undefined : [{ label: "The log", url: one.source }],
  };
}

/** @param hasAnswer - before the prediction the table must not give it away. */
export function makeTable({ cases }: EngineClaim, hasAnswer: boolean): DataTable {
  return {
    caption: "KV blocks in public logs of vLLM",
    columns: [
      "Log",
      "Left for the cache, each GPU",
      "Blocks logged",
      ...(hasAnswer ? ["Blocks predicted", "Concurrency predicted", "Concurrency logged"] : []),
    ],
    rows: cases.map((one) => [
      one.name,
      `${one.availableGiB} GiB`,
      formatCount(one.loggedBlocks),
      ...(hasAnswer
        ? [
            formatCount(one.predictedBlocks),
            formatNumber(one.concurrency, 4),
            formatNumber(one.loggedConcurrency, 4),
          ]
        : []),
    ]),
  };
}
