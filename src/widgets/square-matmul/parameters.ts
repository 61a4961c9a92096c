// What the reader may change.
import { GPUS } from "../../core/catalog/gpus/gpus.ts";

export const parameters = {
  n: {
    kind: "number",
    label: "N",
    min: 16,
    max: 8192,
    step: 16,
    default: 1024,
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
} as const;
