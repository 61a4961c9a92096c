// What the reader may change.
import { GPUS } from "../../core/catalog/gpus/gpus.ts";

export const parameters = {
  hardware: {
    kind: "choice",
    label: "GPU",
    options: GPUS.map(({ id, name }) => ({ value: id, label: name })),
    default: "a100-80gb-sxm",
  },
  show: {
    kind: "choice",
    label: "Show",
    options: [
      { value: "rate", label: "Bandwidth" },
      { value: "human", label: "Human time" },
    ],
    default: "rate",
  },
} as const;
