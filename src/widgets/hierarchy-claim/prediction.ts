// What the reader is asked before the card is worked out, and what the answer was worth. Pure.
import type { PredictionQuestion } from "../../figure/widget.ts";
import { formatNumber } from "../../ui/format.ts";

interface Bin {
  readonly value: string;
  readonly label: string;
  readonly low: number;
  readonly high: number;
}

const BINS: readonly Bin[] = [
  { value: "1", label: "about 1", low: 0, high: 5 },
  { value: "15", label: "about 15", low: 5, high: 50 },
  { value: "150", label: "about 150", low: 50, high: 500 },
  { value: "1500", label: "about 1,500", low: 500, high: Number.POSITIVE_INFINITY },
];

export const PREDICTION: PredictionQuestion = {
  question:
    "One byte comes from the memory of an A100 80GB. How many FLOP can its tensor cores do in that time?",
  options: BINS.map(({ value, label }) => ({ value, label })),
};

/** The prediction beside the answer; undefined where it was skipped. */
export function writePrediction(
  prediction: string | undefined,
  flopsPerByte: number,
): string | undefined {
  const bin = BINS.find(({ value }) => value === prediction);
  if (bin === undefined) return undefined;
  const isRight = flopsPerByte >= bin.low && flopsPerByte < bin.high;
  const found = `the datasheet says ${formatNumber(flopsPerByte)}`;
  return `You predicted ${bin.label}; ${found}${isRight ? ", as you said" : ""}.`;
}
