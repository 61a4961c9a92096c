// What eight more tokens cost a real product: the measurement that answers the claim. Pure.
import { measuredGemm, MEASURED_SOURCE } from "../../core/roofline/measured/measured-gemm.ts";
import { formatCount, formatNumber, formatPercent, formatSeconds } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import type { DataTable, PredictionQuestion } from "../../figure/widget.ts";
import type { Seconds } from "../../core/units/units.ts";

/** Q, K and V of Llama 2 7B in one product. */
const [INPUTS, OUTPUTS] = [4096, 12_288];
const [FROM, TO] = [128, 136];

interface Measured {
  readonly tokens: number;
  readonly seconds: Seconds;
}

export interface ShapeClaim {
  readonly from: Measured;
  readonly to: Measured;
  /** 0.5 is half as long again. */
  readonly slower: number;
  readonly moreRows: number;
  /** The measurements around the two. */
  readonly nearby: readonly Measured[];
}

const NEARBY = { least: 64, most: 384 };

export function readClaim(): ShapeClaim {
  const points = measuredGemm("a100", "llama-2-7b", 1, "qkv");
  const [from, to] = [FROM, TO].map((tokens) => points.find((point) => point.tokens === tokens));
  if (from === undefined || to === undefined) {
    throw new Error(`No measurement at ${FROM} or ${TO} tokens.`);
  }
  return {
    from,
    to,
    slower: to.seconds / from.seconds - 1,
    moreRows: TO / FROM - 1,
    nearby: points.filter(({ tokens }) => tokens >= NEARBY.least && tokens <= NEARBY.most),
  };
}

const OPTIONS = [
  { value: "6", label: "6 %, as many more rows as there are" },
  { value: "20", label: "about 20 %" },
  { value: "77", label: "about 77 %" },
  { value: "100", label: "100 %: twice as long" },
];

export const PREDICTION: PredictionQuestion = {
  question:
    "The product that makes Q, K and V in Llama 2 7B runs on an A100 with 128 tokens, then with 136. How much longer does it take?",
  options: OPTIONS,
};

/** The answer that the measurement gives. */
export const RIGHT_ANSWER = "77";

/** The prediction beside what was measured; undefined where it was skipped. */
export function writeAnswer(prediction: string | undefined, slower: number): string | undefined {
  const option = OPTIONS.find(({ value }) => value === prediction);
  if (option === undefined) return undefined;
  const verdict = prediction === RIGHT_ANSWER ? "that is it" : "it is not";
  return `You predicted ${option.label}; ${verdict}: measured ${formatPercent(slower)} longer.`;
}

export function writeVerdict({ moreRows, slower }: ShapeClaim): string {
  return `There are sizes to avoid: ${formatPercent(moreRows)} more tokens, ${formatPercent(slower)} more time.`;
}

export function openSlower({ from, to, slower }: ShapeClaim): OpenedNumber {
  const text = `${formatPercent(slower)} longer`;
  return {
    text,
    title: "Eight more tokens",
    formula: "longer = time at 136 tokens / time at 128 tokens − 1",
    inputs: [from, to].map(({ tokens, seconds }) => ({
      symbol: `t(${tokens})`,
      meaning: `median time of [${tokens} × ${INPUTS}] · [${INPUTS} × ${OUTPUTS}]`,
      value: writeMillis(seconds),
    })),
    substitution: `${writeMillis(to.seconds)} / ${writeMillis(from.seconds)} − 1 = ${formatPercent(slower)}`,
    note: "16-bit numbers, one kernel, on an A100. Published under the MIT licence.",
    sources: [MEASURED_SOURCE],
  };
}

export function writeMillis(seconds: Seconds): string {
  return `${formatNumber(seconds * 1e3)} ms`;
}

export function describeClaim({ from, to, slower, moreRows }: ShapeClaim): string {
  return `From ${formatCount(from.tokens)} to ${formatCount(to.tokens)} tokens, ${formatPercent(moreRows)} more rows, Llama 2 7B’s QKV product takes ${writeMillis(from.seconds)} and then ${writeMillis(to.seconds)} on an A100: ${formatPercent(slower)} longer.`;
}

/** @param last - most tokens shown: before the prediction, the table must not give the answer away. */
export function makeTable({ nearby }: ShapeClaim, last: number): DataTable {
  return {
    caption: "QKV product of Llama 2 7B on an A100; microsoft/vidur, MIT, commit 7d47513",
    columns: ["Tokens", "Median time", "A token"],
    rows: nearby
      .filter(({ tokens }) => tokens <= last)
      .map(({ tokens, seconds }) => [
        tokens,
        formatSeconds(seconds),
        formatSeconds(seconds / tokens),
      ]),
  };
}
