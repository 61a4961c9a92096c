// What the reader may change.
import { MODELS } from "../../core/catalog/models/models.ts";
import { hasUniformLayers } from "../../core/cost/decode-step.ts";

export const parameters = {
  quantity: {
    kind: "choice",
    label: "Count",
    options: [
      { value: "rows", label: "Rows" },
      { value: "flops", label: "FLOPs" },
      { value: "bytes", label: "Bytes moved" },
    ],
    default: "flops",
  },
  model: {
    kind: "choice",
    label: "Model",
    options: MODELS.filter(({ shape }) => hasUniformLayers(shape)).map(({ id, name }) => ({
      value: id,
      label: name,
    })),
    default: "stories-1m",
  },
  bytes: {
    kind: "choice",
    label: "Numbers in",
    options: [
      { value: "4", label: "32 bits" },
      { value: "2", label: "16 bits" },
    ],
    default: "4",
  },
  position: {
    kind: "number",
    label: "Tokens in the text",
    unit: "tokens",
    min: 1,
    max: 8192,
    step: 1,
    default: 256,
  },
} as const;
