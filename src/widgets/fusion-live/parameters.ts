// What the reader may change: the experiment's own.
import fusionPairs from "../../experiments/fusion-pairs/experiment.ts";

export const parameters = { ...fusionPairs.parameters } as const;
