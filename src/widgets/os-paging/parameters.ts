// Which pair of the analogy is lit.
import { CONCEPTS, FIRST_CONCEPT } from "./concepts.ts";

export const parameters = {
  concept: {
    kind: "choice",
    label: "Pair",
    options: CONCEPTS.map(({ id, os, kv }) => ({ value: id, label: `${os}: ${kv}` })),
    default: FIRST_CONCEPT,
  },
} as const;
