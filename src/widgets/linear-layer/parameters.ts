// What the reader may change.
import { GPUS } from "../../core/catalog/gpus/gpus.ts";

export const parameters = {
  inputs: {
    kind: "number",
    label: "Inputs",
    min: 64,
    max: 16_384,
    step: 64,
    default: 1024,
  },
  outputs: {
    kind: "number",
    label: "Outputs",
    min: 64,
    max: 16_384,
    step: 64,
    default: 4096,
  },
  batch: {
    kind: "number",
    label: "Batch",
    unit: "rows",
    min: 1,
    max: 1024,
    step: 1,
    default: 32,
  },
  format: {
    kind: "choice",
    label: "Numbers in",
    options: [
      { value: "bf16", label: "16 bits" },
      { value: "fp8", label: "fp8" },
      { value: "int8", label: "int8" },
    ],
    default: "bf16",
  },
  hardware: {
    kind: "choice",
    label: "GPU",
    options: GPUS.map(({ id, name }) => ({ value: id, label: name })),
    default: "a100-80gb-sxm",
  },
  measured: {
    kind: "toggle",
    label: "Measured points, where published",
    default: true,
  },
} as const;
