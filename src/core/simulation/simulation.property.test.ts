import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { policies, VLLM_V0 } from "../scheduling/policies.ts";
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

const RUNS = { numRuns: 1000 };

/** As expect, at a thousandth of its price: these are checked a million times. */
function must(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`Not so: ${what}.`);
}

const CONFIG: ServingConfig = {
  blockSize: 4,
  numBlocks: 18,
  maxNumSeqs: 4,
  maxNumBatchedTokens: 40,
  maxModelLen: 32,
};

const requests = fc.array(
  fc.record({
    gap: fc.double({ min: 0, max: 0.1, noNaN: true }),
    prompt: fc.integer({ min: 1, max: 33 }),
    output: fc.integer({ min: 1, max: 12 }),
    priority: fc.integer({ min: -1, max: 1 }),
  }),
  { minLength: 1, maxLength: 8 },
);

interface Row {
  readonly gap: number;
  readonly prompt: number;
  readonly output: number;
  readonly priority?: number;
  readonly samples?: number;
}

type Rows = readonly Row[];

function simulate(policy: Policy, rows: Rows, pieces = Infinity, config = CONFIG) {
  const outcomes: RequestOutcome[] = [];
  let [busy, arrival] = [0, 0];
  const simulation = new Simulation({
    source: listSource(
      rows.map(({ gap, prompt, output, priority = 0, samples = 1 }, index) => ({
        id: String(index),
        arrival: seconds((arrival += gap)),
        numPromptTokens: prompt,
        maxTokens: output,
        priority,
        numSamples: samples,
      })),
    ),
    policy,
    config,
    stepModel: STEP,
    onOutcome: (outcome) => outcomes.push(outcome),
    onStep: ({ start, end, step, memory }) => {
      busy += end - start;
      const { capacity, stored, reserved, internal, external, free } = memory;
      const parts = [stored, reserved, internal, external, free];
      must(parts.reduce((sum, part) => sum + part, 0) === capacity, "free and used make up all");
      must(Math.min(...parts) >= 0, "no part of memory is negative");
      must(step.scheduled.length <= config.maxNumSeqs, "no more run than may");
    },
  });
  while (!simulation.advance(pieces).isDone);
  return { report: simulation.report(), outcomes, simulation, busy };
}

/** All tokens it should have, and its times in order; or refused, for it leaves no room for a token. */
function checkOutcome(outcome: RequestOutcome, rows: Rows): void {
  const { prompt, output } = rows[Number(outcome.id)]!;
  if (outcome.isRefused) return must(prompt >= CONFIG.maxModelLen, "only the too long are refused");
  const { arrival, started, firstToken, finished, numOutputTokens } = outcome;
  const numWanted = Math.min(output, CONFIG.maxModelLen - prompt);
  must(numOutputTokens === numWanted, "it has all its tokens");
  must(arrival <= started && started < firstToken && firstToken <= finished, "times go forward");
}

describe.each(policies.map((policy) => [policy.id, policy] as const))("%s", (_, policy) => {
  test("every request ends once with all its tokens, nothing leaks, nobody idles while one waits", () => {
    fc.assert(
      fc.property(requests, (rows) => {
        const { report, outcomes, simulation, busy } = simulate(policy, rows);
        must(report.numRunning + report.numWaiting === 0, "nobody is left");
        must(report.numArrived === rows.length, "everybody came");
        must(outcomes.length === rows.length, "everybody ends");
        must(new Set(outcomes.map(({ id }) => id)).size === rows.length, "nobody ends twice");
        for (const outcome of outcomes) checkOutcome(outcome, rows);
        const served = outcomes.filter((outcome) => !outcome.isRefused);
        const sum = (of: (outcome: (typeof served)[number]) => number) =>
          served.reduce((total, outcome) => total + of(outcome), 0);
        must(report.numPromptTokens === sum((one) => one.numPromptTokens), "tokens in add up");
        must(report.numOutputTokens === sum((one) => one.numOutputTokens), "tokens out add up");
        const { stored, reserved, internal, external } = simulation.scheduler.memory();
        must(stored + reserved + internal + external === 0, "all memory is given back");
        // All time is a step or the wait for an arrival; of the latter there is no more than gaps.
        const gaps = rows.reduce((total, { gap }) => total + gap, 0);
        must(busy <= report.duration + 1e-9, "steps do not overlap");
        must(report.duration - busy <= gaps + 1e-9, "nobody idles while one waits");
        // Each token is computed at least once, but for what the cache holds and each last one.
        const least =
          report.numPromptTokens -
          report.prefixes.numHit +
          report.numOutputTokens -
          report.numFinished;
        must(report.numComputedTokens >= least, "each token is computed");
        const again = simulate(policy, rows, 1);
        must(
          JSON.stringify([again.outcomes, again.report]) === JSON.stringify([outcomes, report]),
          "the same requests give the same, in one go or step by step",
        );
      }),
      RUNS,
    );
  });
});

const synthetic = fc.record({
  numRequests: fc.integer({ min: 1, max: 8 }),
  ratePerS: fc.double({ min: 0.5, max: 200, noNaN: true }),
  arrivalCv: fc.double({ min: 0, max: 5, noNaN: true }),
  prompt: fc.record({
    mean: fc.integer({ min: 1, max: 12 }),
    cv: fc.double({ min: 0, max: 3, noNaN: true }),
    max: fc.constant(12),
  }),
  output: fc.record({
    mean: fc.integer({ min: 1, max: 8 }),
    cv: fc.double({ min: 0, max: 3, noNaN: true }),
    max: fc.constant(8),
  }),
});

test("the same seed gives the same result, whatever is drawn and whoever schedules", () => {
  fc.assert(
    fc.property(synthetic, fc.nat(), fc.constantFrom(...policies), (of, seed, policy) => {
      const [once, again] = [1, 2].map(() => {
        const source = syntheticSource(of, seed);
        return new Simulation({ source, policy, config: CONFIG, stepModel: STEP }).finish();
      });
      must(JSON.stringify(once) === JSON.stringify(again), "the same seed gives the same");
      must(once?.numFinished === of.numRequests, "all that was drawn is served");
    }),
    RUNS,
  );
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

test("samples of v0 fork, copy, swap and end: all have their tokens, and every block is free", () => {
  // Room for the largest request alone: three samples of 8 blocks, and one more for each.
  const config = {
    ...CONFIG,
    numBlocks: 28,
    maxNumSeqs: 12,
    options: { watermark: 0, numCpuBlocks: 200 },
  };
  const sampled = fc.array(
    fc.record({
      gap: fc.double({ min: 0, max: 0.02, noNaN: true }),
      prompt: fc.integer({ min: 1, max: 16 }),
      output: fc.integer({ min: 1, max: 24 }),
      samples: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 3, maxLength: 10 },
  );
  let numPreemptions = 0;
  fc.assert(
    fc.property(sampled, (rows) => {
      const { report, outcomes, simulation } = simulate(VLLM_V0, rows, Infinity, config);
      must(outcomes.length === rows.length, "everybody ends");
      for (const outcome of outcomes) checkOutcome(outcome, rows);
      const numWanted = rows.reduce(
        (sum, { prompt, output, samples }) => sum + samples * Math.min(output, 32 - prompt),
        0,
      );
      must(report.numOutputTokens === numWanted, "every sample has its tokens");
      const { free, capacity } = simulation.scheduler.memory();
      must(free === capacity, "every block is free");
      numPreemptions += report.numPreemptions;
    }),
    RUNS,
  );
  expect(numPreemptions).toBeGreaterThan(100);
});
