// Which block manager, and what is done to it.
import { MAX_CHARACTERS } from "./program.ts";

export const parameters = {
  machine: {
    kind: "choice",
    label: "Block manager",
    options: [
      { value: "v0", label: "vLLM v0, as in the paper" },
      { value: "v1", label: "vLLM V1, with prefix cache" },
    ],
    default: "v0",
  },
  ops: {
    kind: "text",
    label: "Operations, * before the next one",
    maxLength: MAX_CHARACTERS + 1,
    default: "n6.fA.aA*aB.aB.xA",
  },
} as const;
