// The step with the cache and without it, on a roofline.
import type { ExperimentRecord } from "../../experiments/record.ts";
import type { Subject } from "../../live/scene.ts";
import { BY_POSITION, storyIntensity } from "../../live/story-steps.ts";

export function subjectOf({ comparison }: ExperimentRecord): Subject {
  const numTokens = comparison.contender.step.position;
  return {
    what: "A step",
    ...BY_POSITION,
    arms: [
      { arm: "cache-off", label: "cache off" },
      { arm: "cache-on", label: "cache on" },
    ],
    modelled: [
      { label: "cache on", intensity: storyIntensity({ numTokens, hasCache: true }) },
      { label: "cache off", intensity: storyIntensity({ numTokens, hasCache: false }) },
    ],
    published: [],
  };
}
