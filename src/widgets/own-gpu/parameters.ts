// What the reader may change: the ladder's own.
import ladder from "../../experiments/ladder/experiment.ts";

export const parameters = { ...ladder.parameters } as const;
