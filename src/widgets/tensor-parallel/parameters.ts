// What the reader may change: a model, how it is stored, what it serves, and the GPUs that share it.
import { GPUS } from "../../core/catalog/gpus/gpus.ts";
import { MODELS } from "../../core/catalog/models/models.ts";
import { findLinkBetween } from "../../core/parallel/links.ts";

export const parameters = {
  model: {
    kind: "choice",
    label: "Model",
    options: MODELS.filter(({ id }) => id !== "stories-1m").map(({ id, name }) => ({
      value: id,
      label: name,
    })),
    default: "llama-3.1-405b",
  },
  weights: {
    kind: "choice",
    label: "Weights in",
    options: [
      { value: "bf16", label: "bf16" },
      { value: "fp8", label: "fp8" },
      { value: "int4", label: "int4" },
    ],
    default: "fp8",
  },
  hardware: {
    kind: "choice",
    label: "GPU",
    options: GPUS.filter((gpu) => findLinkBetween(gpu, 2) !== undefined).map(({ id, name }) => ({
      value: id,
      label: name,
    })),
    default: "a100-80gb-sxm",
  },
  batch: {
    kind: "number",
    label: "Batch",
    unit: "sequences",
    min: 1,
    max: 256,
    step: 1,
    default: 16,
  },
  context: {
    kind: "number",
    label: "Context of each",
    unit: "tokens",
    min: 256,
    max: 32_768,
    step: 256,
    default: 8192,
  },
} as const;
