// What the reader is asked before a run in ranges of a number, and what the answer was worth after it. Pure.
import type { PredictionQuestion } from "../figure/widget.ts";

/** A range that can be predicted: from `low` on, below `high`. */
export interface Range {
  readonly value: string;
  readonly label: string;
  readonly low: number;
  readonly high: number;
}

export function askRange(question: string, ranges: readonly Range[]): PredictionQuestion {
  return { question, options: ranges.map(({ value, label }) => ({ value, label })) };
}

/** A number with its interval, or nothing where none could be measured. */
type Found = { readonly median: number; readonly low: number; readonly high: number } | undefined;

/** The prediction beside what was measured; none where it was skipped. */
export function answerRange(
  ranges: readonly Range[],
  prediction: string | undefined,
  found: Found,
  format: (value: number) => string,
): string[] {
  const range = ranges.find(({ value }) => value === prediction);
  if (range === undefined) return [];
  const said = `You predicted ${range.label}`;
  if (found === undefined) return [`${said}; nothing could be measured to compare it with.`];
  const holds = (value: number) => value >= range.low && value < range.high;
  const isReached = found.high >= range.low && found.low < range.high;
  const doubt = holds(found.median)
    ? holds(found.low) && holds(found.high)
      ? ""
      : ", with an interval that leaves the range"
    : isReached
      ? ", with an interval that reaches into the range"
      : "";
  return [`${said}; measured: ${format(found.median)}${doubt}.`];
}
