import { describe, expect, test } from "vitest";
import { findGpu } from "../catalog/gpus/gpus.ts";
import { findModel } from "../catalog/models/models.ts";
import type { Pass } from "../cost/pass.ts";
import { findLinkBetween } from "../parallel/links.ts";
import { tensorParallelStep, type Estimate } from "../parallel/tensor-parallel.ts";
import { defaultDeployment } from "../serving/deployment.ts";
import { seconds } from "../units/units.ts";
import { engineStepModel, linearStepModel } from "./step-model.ts";

/** What a step may be: decodes at one context, and one prefill. */
const CASES = Array.from({ length: 60 }, (_, index) => ({
  numDecodes: (index * 37) % 257,
  context: 1 + ((index * 101) % 3000),
  fresh: 2 + ((index * 977) % 4000),
  cached: (index % 3) * 512,
}));

function errorOf(
  of: (typeof CASES)[number],
  on: { readonly estimate: Estimate; readonly numGpus: number },
): number {
  const gpu = findGpu("a100-80gb-sxm")!;
  const deployment = defaultDeployment(findModel("llama-3.1-8b")!, gpu, { numGpus: on.numGpus });
  const { numDecodes, context, fresh, cached } = of;
  const time = engineStepModel(
    deployment,
    on,
  )({
    numTokens: numDecodes + fresh,
    numSequences: numDecodes + 1,
    numDecodes,
    numDecodeKeys: numDecodes * context,
    prefills: [{ cached, fresh }],
  });
  const pass: Pass = {
    shape: deployment.model.shape,
    groups: [
      { count: 1, cached, fresh },
      ...(numDecodes > 0 ? [{ count: numDecodes, cached: context, fresh: 1 }] : []),
    ],
    precision: deployment.precision,
    isFused: true,
    ranks: on.numGpus,
  };
  const whole = tensorParallelStep(pass, gpu, findLinkBetween(gpu, on.numGpus), on.estimate);
  return time / whole.seconds - 1;
}

describe("steps of a model on a GPU, from tables", () => {
  test.each<[Estimate, number]>([
    ["fitted", 1],
    ["fitted", 4],
    ["roofline", 1],
    ["roofline", 4],
  ])("%s on %d: within a fiftieth of the whole pass", (estimate, numGpus) => {
    for (const one of CASES) {
      expect(Math.abs(errorOf(one, { estimate, numGpus }))).toBeLessThan(0.02);
    }
  });

  test("the overhead is added to every step", () => {
    const deployment = defaultDeployment(findModel("llama-3.1-8b")!, findGpu("h100-sxm")!);
    const load = {
      numTokens: 8,
      numSequences: 8,
      numDecodes: 8,
      numDecodeKeys: 800,
      prefills: [],
    };
    const bare = engineStepModel(deployment, { estimate: "fitted" })(load);
    const slowed = engineStepModel(deployment, { estimate: "fitted", overhead: seconds(1) })(load);
    expect(slowed - bare).toBeCloseTo(1, 9);
  });
});

test("a linear step counts itself, its tokens and what is cached", () => {
  const time = linearStepModel({ step: seconds(1), perToken: seconds(0.1), perKey: seconds(0.01) })(
    {
      numTokens: 12,
      numSequences: 3,
      numDecodes: 2,
      numDecodeKeys: 30,
      prefills: [{ cached: 20, fresh: 10 }],
    },
  );
  // 1 + 1.2 + 0.5
  expect(time).toBeCloseTo(2.7, 12);
});
