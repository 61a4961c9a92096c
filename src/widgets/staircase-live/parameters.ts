// What the reader may change: the experiment's own.
import waveStaircase from "../../experiments/wave-staircase/experiment.ts";

export const parameters = { ...waveStaircase.parameters } as const;
