// What the reader may ask for: how many parameters, on what, for which step.
import { GPUS } from "../../core/catalog/gpus/gpus.ts";

/** Proposals that the designer makes at most. */
export const MAX_PROPOSALS = 6;

const choices = (values: readonly number[]) =>
  values.map((value) => ({ value: String(value), label: value.toLocaleString("en-US") }));

export const parameters = {
  budget: {
    kind: "number",
    label: "Parameters",
    unit: "billion",
    min: 0.5,
    max: 80,
    step: 0.5,
    default: 8,
  },
  rows: {
    kind: "number",
    label: "Rows of a step",
    unit: "tokens",
    min: 64,
    max: 8192,
    step: 64,
    default: 2048,
  },
  hardware: {
    kind: "choice",
    label: "GPU",
    // A TPU has no SMs to lay tiles on.
    options: GPUS.filter(({ numSms }) => numSms > 1).map(({ id, name }) => ({
      value: id,
      label: name,
    })),
    default: "a100-80gb-sxm",
  },
  vocabulary: {
    kind: "choice",
    label: "Entries of the tokenizer",
    options: choices([32_000, 50_257, 128_256]),
    default: "50257",
  },
  ranks: {
    kind: "choice",
    label: "GPUs that share it",
    options: choices([1, 2, 4, 8]),
    default: "1",
  },
  proposal: {
    kind: "number",
    label: "Proposal",
    min: 1,
    max: MAX_PROPOSALS,
    step: 1,
    default: 1,
  },
} as const;
