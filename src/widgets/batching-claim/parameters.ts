// What the reader may change: the experiment's own, within the story model's context.
import batchExperiment from "../../experiments/batch/experiment.ts";

const { batch, position, kvLayout } = batchExperiment.parameters;

export const parameters = {
  batch,
  /** The story model's context has 256 tokens. */
  position: { ...position, unit: "tokens", max: 255 },
  kvLayout,
} as const;

/** Of the curve under the comparison. */
export const LARGEST_BATCH = batchExperiment.parameters.largestBatch.max;
