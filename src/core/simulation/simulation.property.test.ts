import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { policies } from "../scheduling/policies.ts";
import type { Policy, ServingConfig } from "../scheduling/scheduler.ts";
import { seconds } from "../units/units.ts";
import { listSource, syntheticSource } from "./request-source.ts";
import { Simulation } from "./simulation.ts";
import type { RequestOutcome } from "./statistics.ts";
import { linearStepModel } from "./step-model.ts";

const STEP = linearStepModel({
  step: seconds(0.01),
  perToken: seconds(0.001),
  perKey: seconds(0.00001),
});

const CONFIG: ServingConfig = {
  blockSize: 4,
  numBlocks: 40,
  maxNumSeqs: 6,
  maxNumBatchedTokens: 64,
  maxModelLen: 64,
};

const requests = fc.array(
  fc.record({
    gap: fc.double({ min: 0, max: 0.2, noNaN: true }),
    prompt: fc.integer({ min: 1, max: 66 }),
    output: fc.integer({ min: 1, max: 40 }),
  }),
  { minLength: 1, maxLength: 20 },
);

type Rows = readonly { readonly gap: number; readonly prompt: number; readonly output: number }[];

function simulate(policy: Policy, rows: Rows, pieces = Infinity) {
  const outcomes: RequestOutcome[] = [];
  const problems: string[] = [];
  let busy = 0;
  let arrival = 0;
  const simulation = new Simulation({
    source: listSource(
      rows.map(({ gap, prompt, output }, index) => ({
        id: String(index),
        arrival: seconds((arrival += gap)),
        numPromptTokens: prompt,
        maxTokens: output,
      })),
    ),
    policy,
    config: CONFIG,
    stepModel: STEP,
    onOutcome: (outcome) => outcomes.push(outcome),
    onStep: ({ start, end, step, memory }) => {
      busy += end - start;
      const { capacity, stored, reserved, internal, external, free } = memory;
      if (stored + reserved + internal + external + free !== capacity) problems.push("memory");
      if (step.scheduled.length > CONFIG.maxNumSeqs) problems.push("places");
    },
  });
  while (!simulation.advance(pieces).isDone);
  expect(problems).toEqual([]);
  return { report: simulation.report(), outcomes, simulation, busy };
}

/** All tokens it should have, and its times in order; or refused, for it leaves no room for a token. */
function isWhole(outcome: RequestOutcome, rows: Rows): boolean {
  const { prompt, output } = rows[Number(outcome.id)]!;
  if (outcome.isRefused) return prompt >= CONFIG.maxModelLen;
  const { arrival, started, firstToken, finished, numOutputTokens } = outcome;
  return (
    numOutputTokens === Math.min(output, CONFIG.maxModelLen - prompt) &&
    arrival <= started &&
    started < firstToken &&
    firstToken <= finished
  );
}

describe.each(policies.map((policy) => [policy.id, policy] as const))("%s", (_, policy) => {
  test("every request ends once, with all its tokens, in the order of its own times", () => {
    fc.assert(
      fc.property(requests, (rows) => {
        const { report, outcomes } = simulate(policy, rows);
        expect(report).toMatchObject({ numRunning: 0, numWaiting: 0, numArrived: rows.length });
        expect(new Set(outcomes.map(({ id }) => id)).size).toBe(rows.length);
        const numLost = outcomes.filter((outcome) => !isWhole(outcome, rows)).length;
        expect(numLost).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  test("nothing is left in the cache, and no time passes in which nobody works while somebody waits", () => {
    fc.assert(
      fc.property(requests, (rows) => {
        const { report, simulation, busy } = simulate(policy, rows);
        const { stored, reserved, internal, external } = simulation.scheduler.memory();
        expect({ stored, reserved, internal, external }).toEqual({
          stored: 0,
          reserved: 0,
          internal: 0,
          external: 0,
        });
        // All time is a step or the wait for an arrival; of the latter there is no more than gaps.
        const gaps = rows.reduce((sum, { gap }) => sum + gap, 0);
        expect(busy).toBeLessThanOrEqual(report.duration + 1e-9);
        expect(report.duration - busy).toBeLessThanOrEqual(gaps + 1e-9);
        // Each token is computed at least once, but for what the cache holds and each last one.
        const least =
          report.numPromptTokens -
          report.prefixes.numHit +
          report.numOutputTokens -
          report.numFinished;
        expect(report.numComputedTokens).toBeGreaterThanOrEqual(least);
      }),
      { numRuns: 100 },
    );
  });

  test("the same requests give the same times, in one go or step by step", () => {
    fc.assert(
      fc.property(requests, (rows) => {
        const [once, again] = [simulate(policy, rows), simulate(policy, rows, 1)];
        expect(again.outcomes).toEqual(once.outcomes);
        expect(again.report).toEqual(once.report);
      }),
      { numRuns: 40 },
    );
  });
});

function drawn(seed: number) {
  const next = syntheticSource(
    {
      numRequests: 20,
      ratePerS: 2,
      arrivalCv: 3,
      prompt: { mean: 50, cv: 1, max: 200 },
      output: { mean: 20, cv: 0, max: 20 },
    },
    seed,
  );
  return Array.from({ length: 21 }, () => next());
}

test("the same seed draws the same requests, another seed others", () => {
  expect(drawn(4)).toEqual(drawn(4));
  expect(drawn(4)).not.toEqual(drawn(5));
  expect(drawn(4)[20]).toBeUndefined();
});
