// What the reader may change.
import { GPUS } from "../../core/catalog/gpus/gpus.ts";
import { MODELS } from "../../core/catalog/models/models.ts";

export const parameters = {
  phase: {
    kind: "choice",
    label: "Phase",
    options: [
      { value: "prefill", label: "Prefill" },
      { value: "decode", label: "Decode" },
      { value: "both", label: "Both" },
    ],
    default: "both",
  },
  model: {
    kind: "choice",
    label: "Model",
    options: MODELS.map(({ id, name }) => ({ value: id, label: name })),
    default: "llama-3.1-8b",
  },
  hardware: {
    kind: "choice",
    label: "GPU",
    options: GPUS.map(({ id, name }) => ({ value: id, label: name })),
    default: "a100-80gb-sxm",
  },
  batch: {
    kind: "number",
    label: "Sequences",
    min: 1,
    max: 512,
    step: 1,
    default: 8,
  },
  context: {
    kind: "number",
    label: "Tokens in each",
    min: 128,
    max: 32_768,
    step: 128,
    default: 2048,
  },
  measured: {
    kind: "toggle",
    label: "Measured points, where published",
    default: true,
  },
} as const;
