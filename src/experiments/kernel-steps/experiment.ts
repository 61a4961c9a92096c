// A ladder of kernels, each step against the one before: what one idea after the other gains on a device.
import { defineKernelExperiment } from "../experiment.ts";
import { checkValues } from "../parameters.ts";
import { CLAIM, measureSteps } from "./measure.ts";
import { FAMILIES, isFamily } from "./steps.ts";
import { BATCHES, SIZE_IDS } from "./work.ts";

const plain = (value: string) => ({ value, label: value });

const parameters = {
  family: {
    kind: "choice",
    label: "Kernels",
    options: Object.entries(FAMILIES).map(([value, { name }]) => ({ value, label: name })),
    default: "product",
  },
  size: {
    kind: "choice",
    label: "Largest size",
    options: SIZE_IDS.map(plain),
    default: "large",
  },
  batch: {
    kind: "choice",
    label: "Batch (rows)",
    options: BATCHES.map(plain),
    default: "16",
  },
} as const;

export default defineKernelExperiment({
  id: "kernel-steps",
  title: "Kernels from naive to fast, step by step",
  claim: CLAIM,
  question: "How many times longer does the first step take than the fastest?",
  parameters,
  variants: "family",
  arms: { baseline: "first step", contender: "fastest later step" },
  async run(engine, values, context) {
    checkValues(parameters, values);
    const { family } = values;
    const size = SIZE_IDS.find((id) => id === values.size);
    const batch = BATCHES.find((id) => id === values.batch);
    if (!isFamily(family) || size === undefined || batch === undefined) {
      throw new RangeError(`There is no ladder of ${family}, ${values.size}, ${values.batch}.`);
    }
    const { record } = await measureSteps(engine, { family, size, batch }, context);
    return record;
  },
});
