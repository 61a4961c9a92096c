// What the reader may change: the experiment's own, within the story model's context.
import pagingExperiment from "../../experiments/paging/experiment.ts";

const { position, batch, fusion } = pagingExperiment.parameters;

export const parameters = {
  /** The story model's context has 256 tokens. */
  position: { ...position, unit: "tokens", max: 255 },
  batch: { kind: "number", label: "Sequences", min: batch.min, max: 16, step: 1, default: 1 },
  fusion,
} as const;
