// What the reader is asked before the run, and what the answer was worth after it. Pure.
import type { Estimate } from "../../core/statistics/estimate.ts";
import type { PredictionQuestion } from "../../figure/widget.ts";
import { formatRatio } from "../../ui/format.ts";

interface Bin {
  readonly value: string;
  readonly label: string;
  readonly low: number;
  readonly high: number;
}

const BINS: readonly Bin[] = [
  { value: "under-1.5", label: "less than 1.5 times", low: 0, high: 1.5 },
  { value: "1.5-4", label: "1.5 to 4 times", low: 1.5, high: 4 },
  { value: "4-12", label: "4 to 12 times", low: 4, high: 12 },
  { value: "over-12", label: "more than 12 times", low: 12, high: Number.POSITIVE_INFINITY },
];

export const PREDICTION: PredictionQuestion = {
  question:
    "The batch is as large as set below, 16 unless you change it. How many times as many tokens a second does this device write in all, compared with one sequence alone?",
  options: BINS.map(({ value, label }) => ({ value, label })),
};

/** The prediction beside what was measured; undefined where it was skipped. */
export function writePrediction(
  prediction: string | undefined,
  ratio: Estimate | undefined,
): string | undefined {
  const bin = BINS.find(({ value }) => value === prediction);
  if (bin === undefined) return undefined;
  const said = `You predicted ${bin.label}`;
  if (ratio === undefined) return `${said}; nothing could be measured to compare it with.`;
  const measured = `measured: ${formatRatio(ratio.median, 3)}`;
  const isInside = ratio.median >= bin.low && ratio.median < bin.high;
  const reaches = ratio.high >= bin.low && ratio.low < bin.high;
  const isSure = ratio.low >= bin.low && ratio.high < bin.high;
  if (isInside)
    return `${said}; ${measured}${isSure ? "" : ", with an interval that leaves the range"}.`;
  return `${said}; ${measured}${reaches ? ", with an interval that reaches into the range" : ""}.`;
}
