// The step by its batch, on a roofline, beside the products of a real layer by theirs.
import type { ExperimentRecord } from "../../experiments/record.ts";
import { LLAMA_LAYER, publishedPoints, sayMeasured } from "../../live/measured.tsx";
import type { KeyWords } from "../../live/result.tsx";
import type { Subject } from "../../live/scene.ts";
import { BY_BATCH, STEP_WORDS, storyIntensity } from "../../live/story-steps.ts";

/** Those of the curve. */
const BATCHES = [1, 2, 4, 8, 16, 32, 64];

export function subjectOf({ comparison }: ExperimentRecord): Subject {
  const numTokens = comparison.contender.step.position;
  return {
    what: "A step",
    ...BY_BATCH,
    arms: [{ arm: "batch", label: "by batch" }],
    modelled: BATCHES.map((batch) => ({
      label: `batch ${batch}`,
      intensity: storyIntensity({ numTokens, hasCache: true, batch }),
    })),
    published: publishedPoints(LLAMA_LAYER, BATCHES),
  };
}

export const WORDS: KeyWords = {
  ...STEP_WORDS,
  published: sayMeasured(
    "the four products of a layer of Llama 2 7B in 16 bits at those batches, without attention,",
  ),
};
