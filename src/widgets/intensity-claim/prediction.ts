// What the reader is asked before the card is worked out, and what the answer was worth. Pure.
import type { PredictionQuestion } from "../../figure/widget.ts";

export const PREDICTION: PredictionQuestion = {
  question:
    "From which batch on is nn.Linear(1024, 4096) compute bound on an A100 80GB, with 16-bit numbers?",
  options: ["32", "153", "189", "512"].map((value) => ({ value, label: value })),
};

const WHY: ReadonlyMap<string, string> = new Map([
  ["32", "At 32 the layer does 31 FLOP a byte, a fifth of what the tensor cores need."],
  ["153", "153 is the ridge: it would be right if only the weights had bytes."],
  ["512", "At 512 it is well past: 315 FLOP a byte, twice the ridge."],
]);

/** The prediction beside the answer; undefined where it was skipped. */
export function writePrediction(
  prediction: string | undefined,
  crossover: number,
): string | undefined {
  if (!PREDICTION.options.some(({ value }) => value === prediction)) return undefined;
  const said = `You predicted ${prediction}`;
  if (prediction === String(crossover)) return `${said}, and that is it.`;
  return `${said}; it is ${crossover}. ${WHY.get(prediction ?? "") ?? ""}`;
}
