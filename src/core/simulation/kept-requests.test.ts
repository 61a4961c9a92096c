// Nothing of a request is kept once it has ended: the objects that JavaScript's engine still reaches are counted.
import { queryObjects } from "node:v8";
import { expect, test } from "vitest";
import { ListedContent } from "../paging/block-content.ts";
import { policies } from "../scheduling/policies.ts";
import { seconds } from "../units/units.ts";
import { Simulation } from "./simulation.ts";
import { linearStepModel } from "./step-model.ts";

const NUM_REQUESTS = 200;

/** Told from all other content by its class. All that is made of a request leads to its content. */
class CountedContent extends ListedContent {}

test.each(policies.map((policy) => [policy.id, policy] as const))(
  "%s: ended requests are let go, whatever else a simulation keeps",
  (_, policy) => {
    let lastChain = 0;
    let index = 0;
    const simulation = new Simulation({
      policy,
      config: {
        blockSize: 16,
        numBlocks: 200,
        maxNumSeqs: 16,
        maxNumBatchedTokens: 512,
        maxModelLen: 256,
      },
      stepModel: linearStepModel({
        step: seconds(0.01),
        perToken: seconds(0),
        perKey: seconds(0),
      }),
      source: () => {
        index += 1;
        if (index > NUM_REQUESTS) return undefined;
        const content = new CountedContent([], () => (lastChain += 1));
        const arrival = seconds(index * 0.05);
        return { id: String(index), numPromptTokens: 40, maxTokens: 20, arrival, content };
      },
    });
    while (simulation.progress.numEnded < NUM_REQUESTS / 2) simulation.advance(10);
    const { scheduler } = simulation;
    const numLive = scheduler.running.length + scheduler.numWaiting;
    expect(numLive).toBeGreaterThan(0);
    // The next to arrive is held too.
    expect(queryObjects(CountedContent, { format: "count" })).toBe(numLive + 1);
    simulation.finish();
    expect(simulation.progress.numEnded).toBe(NUM_REQUESTS);
    expect(queryObjects(CountedContent, { format: "count" })).toBe(0);
  },
);
