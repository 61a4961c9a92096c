// What the reader may change: a model, how it is stored, what it serves, and on what.
import { GPUS } from "../../core/catalog/gpus/gpus.ts";
import { MODELS } from "../../core/catalog/models/models.ts";

export const GPU_COUNTS = [1, 2, 4, 8, 16] as const;

export const parameters = {
  model: {
    kind: "choice",
    label: "Model",
    options: MODELS.filter(({ id }) => id !== "stories-1m").map(({ id, name }) => ({
      value: id,
      label: name,
    })),
    default: "llama-3.1-405b",
    group: "Model",
  },
  weights: {
    kind: "choice",
    label: "Weights in",
    options: [
      { value: "bf16", label: "bf16" },
      { value: "fp8", label: "fp8" },
      { value: "int4", label: "int4" },
    ],
    default: "bf16",
    group: "Model",
  },
  kv: {
    kind: "choice",
    label: "KV cache in",
    options: [
      { value: "bf16", label: "bf16" },
      { value: "fp8", label: "fp8" },
    ],
    default: "bf16",
    group: "Model",
  },
  batch: {
    kind: "number",
    label: "Batch",
    unit: "sequences",
    min: 1,
    max: 256,
    step: 1,
    default: 16,
    group: "Load",
  },
  context: {
    kind: "number",
    label: "Context of each",
    unit: "tokens",
    min: 512,
    max: 131_072,
    step: 512,
    default: 8192,
    group: "Load",
  },
  hardware: {
    kind: "choice",
    label: "GPU",
    options: GPUS.map(({ id, name }) => ({ value: id, label: name })),
    default: "a100-80gb-sxm",
    group: "Hardware",
  },
  gpus: {
    kind: "choice",
    label: "Number",
    options: GPU_COUNTS.map((count) => ({ value: String(count), label: String(count) })),
    default: "8",
    group: "Hardware",
  },
} as const;
