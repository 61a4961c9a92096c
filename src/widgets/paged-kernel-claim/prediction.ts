// What the reader is asked before the run, and what the answer was worth after it. Pure.
import type { Estimate } from "../../core/statistics/estimate.ts";
import type { PredictionQuestion } from "../../figure/widget.ts";
import { formatPercent } from "../../ui/format.ts";

/** How much longer a token takes with the table, as a share of the time without: 0.1 is a tenth. */
export interface Cost {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** From the experiment's ratio, the time without the table over the time with it. */
export function costOf({ median, low, high }: Estimate): Cost {
  return { median: 1 / median - 1, low: 1 / high - 1, high: 1 / low - 1 };
}

const BINS = [
  { value: "under-2", label: "less than 2 %, or nothing", low: -Infinity, high: 0.02 },
  { value: "2-10", label: "2 to 10 %", low: 0.02, high: 0.1 },
  { value: "10-25", label: "10 to 25 %", low: 0.1, high: 0.25 },
  { value: "over-25", label: "over 25 %", low: 0.25, high: Infinity },
];

export const PREDICTION: PredictionQuestion = {
  question:
    "The attention kernel must look up each block of keys in a table before it can read it. How much longer does a whole token take on this device?",
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
  const { median, low, high } = costOf(ratio);
  const measured = `${said}; measured: ${writeCost(median)}`;
  const isInside = median >= bin.low && median < bin.high;
  if (isInside) {
    const isSure = low >= bin.low && high < bin.high;
    return `${measured}${isSure ? "" : ", with an interval that leaves the range"}.`;
  }
  const reaches = high >= bin.low && low < bin.high;
  return `${measured}${reaches ? ", with an interval that reaches into the range" : ""}.`;
}

/** “7 % more” or “3 % less”. */
export function writeCost(cost: number): string {
  return `${formatPercent(Math.abs(cost))} ${cost < 0 ? "less" : "more"}`;
}
