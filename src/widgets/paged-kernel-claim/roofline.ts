// The step with either layout of the KV cache, on a roofline.
import type { ExperimentRecord } from "../../experiments/record.ts";
import type { Subject } from "../../live/scene.ts";
import { BY_POSITION, storyIntensity } from "../../live/story-steps.ts";

/** By the model's shape both layouts move the same bytes; only the plan knows of the table. */
export function subjectOf({ comparison }: ExperimentRecord): Subject {
  const { position: numTokens, batch } = comparison.contender.step;
  return {
    what: "A step",
    ...BY_POSITION,
    arms: [
      { arm: "contiguous", label: "contiguous" },
      { arm: "paged", label: "paged" },
    ],
    modelled: [
      { label: "either layout", intensity: storyIntensity({ numTokens, hasCache: true, batch }) },
    ],
    published: [],
  };
}
