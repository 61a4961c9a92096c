// The two phases of a model with the same weights: a prefill that takes a whole prompt at once, against a decode step
// that takes one token, at the same lengths of text.
import { DEFAULT_PATH } from "../../model/engine.ts";
import { runComparison, type Arm } from "../compare.ts";
import { defineExperiment } from "../experiment.ts";
import { checkValues } from "../parameters.ts";
import { doublingPoints, lastPosition } from "../points.ts";

const CLAIM =
  "A token of the prompt takes less time than a generated one, because all tokens of a prompt share each reading of the weights.";

const SHORTEST_PROMPT = 8;

const parameters = {
  prompt: {
    kind: "number",
    label: "Longest prompt",
    unit: "tokens",
    min: SHORTEST_PROMPT,
    max: 4096,
    step: 8,
    default: 256,
  },
  curve: { kind: "toggle", label: "Measure the growth curves", default: true },
} as const;

/** What the arms are called in a record. */
export const PHASE_ARMS = { prefill: "prefill", decode: "decode" } as const;

/** @param length - tokens in the text before the step. */
function armsAt(length: number): { readonly prefill: Arm; readonly decode: Arm } {
  const at = { batch: 1, position: length };
  return {
    // A step that keeps nothing sends every token of the text through the matrices: a prefill of that text.
    prefill: {
      ...at,
      arm: PHASE_ARMS.prefill,
      label: "prefill",
      path: { ...DEFAULT_PATH, cache: false },
    },
    decode: { ...at, arm: PHASE_ARMS.decode, label: "decode", path: DEFAULT_PATH },
  };
}

export default defineExperiment({
  id: "prefill-decode",
  title: "Prefill at growing lengths against decode",
  claim: CLAIM,
  question: "How many times less does a token of the prompt take than a generated one?",
  parameters,
  arms: { baseline: "decode", contender: "prefill" },
  async run(engine, values, context) {
    checkValues(parameters, values);
    const length = lastPosition(values.prompt, context.model);
    const { prefill, decode } = armsAt(length);
    const curveArms = doublingPoints(SHORTEST_PROMPT, length)
      .map(armsAt)
      .flatMap((both) => [both.decode, both.prefill]);
    return runComparison(
      engine,
      {
        experiment: "prefill-decode",
        claim: CLAIM,
        parameters: { ...values, prompt: length },
        baseline: decode,
        contender: prefill,
        // A prefill computes as many tokens as the prompt has: cheaper for each while it takes less than so many times
        // a decode step.
        line: 1 / length,
        words: {
          baseline: "one generated token",
          contender: `a prompt of ${length} tokens`,
          per: "a pass",
        },
        ...(values.curve ? { curve: { against: "position", arms: curveArms } } : {}),
        notes:
          length === values.prompt
            ? []
            : [
                `The model's context leaves room for a prompt of ${length} tokens, and that was measured.`,
              ],
      },
      context,
    );
  },
});
