// What is diagnosed: an example, and the model and GPU where neither it nor a pasted text names them.
import { GPUS } from "../../core/catalog/gpus/gpus.ts";
import { MODELS } from "../../core/catalog/models/models.ts";
import { EXAMPLES } from "../../core/diagnosis/examples.ts";

/** As the text says, or as the example was made for. */
export const AS_SAID = "as-said";

export const parameters = {
  example: {
    kind: "choice",
    label: "Example",
    options: EXAMPLES.map(({ id, label }) => ({ value: id, label })),
    default: "few-running",
  },
  model: {
    kind: "choice",
    label: "Model",
    options: [
      { value: AS_SAID, label: "as the text says" },
      ...MODELS.map(({ id, name }) => ({ value: id, label: name })),
    ],
    default: AS_SAID,
  },
  hardware: {
    kind: "choice",
    label: "GPU",
    options: [
      { value: AS_SAID, label: "as the text says" },
      ...GPUS.map(({ id, name }) => ({ value: id, label: name })),
    ],
    default: AS_SAID,
  },
} as const;

export interface SlowServerValues {
  readonly example: string;
  readonly model: string;
  readonly hardware: string;
}
