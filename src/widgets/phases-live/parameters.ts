// What the reader may change: the experiment's own within the story model's context, and the model's weight.
import prefillDecode from "../../experiments/prefill-decode/experiment.ts";

/** The context has 256 tokens, and the step after the prompt needs one. */
const LONGEST = 248;

export const parameters = {
  prompt: { ...prefillDecode.parameters.prompt, max: LONGEST, default: LONGEST },
  weight: {
    kind: "choice",
    label: "Weight of the model",
    options: [
      { value: "1", label: "as it is" },
      { value: "8", label: "8 times" },
      { value: "32", label: "32 times" },
    ],
    default: "8",
  },
} as const;
