// The steps with fused kernels and without, on a roofline.
import type { ExperimentRecord } from "../../experiments/record.ts";
import type { Subject } from "../../live/scene.ts";
import { BY_BATCH, storyIntensity } from "../../live/story-steps.ts";

const BATCHES = [1, 4, 16];

export function subjectOf({ comparison }: ExperimentRecord): Subject {
  const numTokens = comparison.contender.step.position;
  return {
    what: "A step",
    ...BY_BATCH,
    arms: [
      { arm: "unfused", label: "apart" },
      { arm: "fused", label: "fused" },
    ],
    modelled: BATCHES.map((batch) => ({
      label: `batch ${batch}`,
      intensity: storyIntensity({ numTokens, hasCache: true, batch }),
    })),
    published: [],
  };
}
