// What the reader may change: the experiment's own.
import linearBatch from "../../experiments/linear-batch/experiment.ts";

export const parameters = { ...linearBatch.parameters } as const;
