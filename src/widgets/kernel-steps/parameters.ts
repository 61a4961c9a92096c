// What the reader may choose: a family, the step of each family, and how large the work is.
import type { ChoiceParameter } from "../../figure/widget.ts";
import { FAMILIES, type FamilyId } from "../../experiments/kernel-steps/steps.ts";
import { BATCHES } from "../../experiments/kernel-steps/work.ts";

/** So many options stand side by side, where there is room for numbers; a menu has the names as well. */
const MAX_NUMBERED = 4;

/** A family keeps its own step, so that coming back to it finds the reader's place. */
function stepOf(family: FamilyId) {
  const { steps } = FAMILIES[family];
  const options = steps.map(({ id, name }, index) => ({
    value: id,
    label: steps.length <= MAX_NUMBERED ? String(index + 1) : `${index + 1}. ${name}`,
  }));
  return {
    kind: "choice",
    label: "Step",
    options,
    default: options[0]?.value ?? "",
    shownWhen: { parameter: "family", is: [family] },
  } as const satisfies ChoiceParameter;
}

const SIZED_FAMILIES = Object.keys(FAMILIES).filter((family) => family !== "launch");

export const parameters = {
  family: {
    kind: "choice",
    label: "Kernels",
    options: Object.entries(FAMILIES).map(([value, { name }]) => ({ value, label: name })),
    default: "product",
  },
  size: {
    kind: "choice",
    label: "Size",
    options: [
      { value: "small", label: "Small" },
      { value: "medium", label: "Medium" },
      { value: "large", label: "Large" },
      { value: "largest", label: "Largest" },
    ],
    default: "large",
    // A dispatch alone has no size.
    shownWhen: { parameter: "family", is: SIZED_FAMILIES },
  },
  batch: {
    kind: "choice",
    label: "Batch (rows)",
    options: BATCHES.map((value) => ({ value, label: value })),
    default: "16",
    shownWhen: { parameter: "family", is: ["rows"] },
  },
  product: stepOf("product"),
  vector: stepOf("vector"),
  rows: stepOf("rows"),
  reading: stepOf("reading"),
  arithmetic: stepOf("arithmetic"),
  launch: stepOf("launch"),
  relu: stepOf("relu"),
  normLinear: stepOf("normLinear"),
  qkv: stepOf("qkv"),
  gateUp: stepOf("gateUp"),
  decode: stepOf("decode"),
  prefill: stepOf("prefill"),
} as const;
