// What the reader may change: the experiment's own.
import matmulSize from "../../experiments/matmul-size/experiment.ts";

export const parameters = { ...matmulSize.parameters } as const;
