import { describe, expect, test } from "vitest";
import { ORCA_MAX, policies, STATIC_BATCHING, VLLM_V1 } from "../scheduling/policies.ts";
import type { MemoryUse, Policy, ServingConfig } from "../scheduling/scheduler.ts";
import { seconds } from "../units/units.ts";
import { listSource, syntheticSource, type RequestSource } from "./request-source.ts";
import { Simulation } from "./simulation.ts";
import type { ServedRequest, RequestOutcome, Slo } from "./statistics.ts";
import { linearStepModel } from "./step-model.ts";

/** 1 s a step, 0.1 s a token, 0.01 s a cached token. */
const BY_HAND = linearStepModel({
  step: seconds(1),
  perToken: seconds(0.1),
  perKey: seconds(0.01),
});

const SMALL: ServingConfig = {
  blockSize: 4,
  numBlocks: 32,
  maxNumSeqs: 4,
  maxNumBatchedTokens: 8,
  maxModelLen: 64,
};

/** A: at 0 s, 10 prompt and 3 output tokens. B: at 0.5 s, 4 and 2. */
const TWO = [request("A", 0, [10, 3]), request("B", 0.5, [4, 2])];

function request(id: string, arrival: number, [prompt, output]: [number, number]) {
  return { id, arrival: seconds(arrival), numPromptTokens: prompt, maxTokens: output };
}

interface Run {
  readonly policy: Policy;
  readonly source?: RequestSource;
  readonly config?: ServingConfig;
  readonly slo?: Slo;
}

function run({ policy, source = listSource(TWO), config = SMALL, slo }: Run) {
  const outcomes: RequestOutcome[] = [];
  const steps: { end: number; memory: MemoryUse }[] = [];
  const simulation = new Simulation({
    source,
    policy,
    config,
    stepModel: BY_HAND,
    ...(slo && { slo }),
    onOutcome: (outcome) => outcomes.push(outcome),
    onStep: ({ end, memory }) => steps.push({ end, memory }),
  });
  return { report: simulation.finish(), outcomes, steps, simulation };
}

function served(outcomes: readonly RequestOutcome[], id: string): ServedRequest {
  const found = outcomes.find((outcome) => outcome.id === id);
  if (!found || found.isRefused) throw new Error(`${id} was not served.`);
  return found;
}

describe("two requests, worked by hand", () => {
  test("chunked prefill: a budget of 8 cuts A's prompt, and B shares the second step", () => {
    const { outcomes, report, steps } = run({ policy: VLLM_V1 });
    // 1: A 8 of 10                       1 + 0.8               = 1.8 → 1.8
    // 2: A 2 with 8 cached, B 4          1 + 0.6 + 0.08        = 1.68 → 3.48, first tokens of both
    // 3: A 1 with 10, B 1 with 4         1 + 0.2 + 0.14        = 1.34 → 4.82, B ends
    // 4: A 1 with 11                     1 + 0.1 + 0.11        = 1.21 → 6.03, A ends
    expect(steps.map(({ end }) => end)).toEqual(
      [1.8, 3.48, 4.82, 6.03].map((time) => expect.closeTo(time, 9)),
    );
    const [a, b] = [served(outcomes, "A"), served(outcomes, "B")];
    expect(a).toMatchObject({ started: 0, numOutputTokens: 3, numPreemptions: 0 });
    expect(a.firstToken).toBeCloseTo(3.48, 9);
    expect(b.started).toBeCloseTo(1.8, 9);
    expect(b.finished).toBeCloseTo(4.82, 9);
    // TTFT 3.48 and 2.98; TPOT 2.55 / 2 and 1.34; gaps 1.34, 1.34 and 1.21; queueing 0 and 1.3.
    expect(report.timeToFirstToken.mean).toBeCloseTo((3.48 + 2.98) / 2, 9);
    expect(report.timePerOutputToken.mean).toBeCloseTo((1.275 + 1.34) / 2, 9);
    expect(report.interTokenLatency.count).toBe(3);
    expect(report.interTokenLatency.mean).toBeCloseTo((1.34 + 1.34 + 1.21) / 3, 9);
    expect(report.queueing.mean).toBeCloseTo(0.65, 9);
    expect(report.endToEnd.max).toBeCloseTo(6.03, 9);
    expect(report).toMatchObject({ numFinished: 2, numSteps: 4, numRequestSteps: 6 });
    // 14 of prompts, 5 of output less the last of each, which nobody computes.
    expect(report).toMatchObject({ numComputedTokens: 17, numOutputTokens: 5 });
  });

  test("Orca (Max) reserves 64 slots for each, and computes A's prompt whole", () => {
    const { steps } = run({ policy: ORCA_MAX });
    // 1: A 10                     1 + 1              → 2.00
    // 2: A 1 with 10, B 4         1 + 0.5 + 0.10     → 3.60
    // 3: A 1 with 11, B 1 with 4  1 + 0.2 + 0.15     → 4.95, both end
    expect(steps.map(({ end }) => end)).toEqual(
      [2, 3.6, 4.95].map((time) => expect.closeTo(time, 9)),
    );
    // 10 of A's 13 tokens are stored, 3 will come, 51 of 64 never will.
    expect(steps[0]?.memory).toEqual({
      capacity: 128,
      stored: 10,
      reserved: 3,
      internal: 51,
      external: 0,
      free: 64,
    });
    // A has 11 stored and 2 to come, B 4 and 2; 51 and 58 are wasted.
    expect(steps[1]?.memory).toMatchObject({ stored: 15, reserved: 4, internal: 109, free: 0 });
  });

  test("static batching makes B wait until A has ended", () => {
    const { outcomes } = run({ policy: STATIC_BATCHING });
    const [a, b] = [served(outcomes, "A"), served(outcomes, "B")];
    expect(b.started).toBe(a.finished);
  });

  test("goodput counts those within both limits", () => {
    const slo = { timeToFirstToken: seconds(3), timePerOutputToken: seconds(2) };
    // Only B: A's first token comes after 3.48 s.
    expect(run({ policy: VLLM_V1, slo }).report.numGood).toBe(1);
    const strict = { ...slo, timePerOutputToken: seconds(1.3) };
    expect(run({ policy: VLLM_V1, slo: strict }).report.numGood).toBe(0);
    expect(run({ policy: VLLM_V1 }).report.numGood).toBe(2);
  });
});

describe("requests that cannot be served", () => {
  test("a prompt as long as the model's limit is refused, and the next is served", () => {
    const source = listSource([request("long", 0, [64, 5]), request("short", 0, [4, 2])]);
    const { report, outcomes } = run({ policy: VLLM_V1, source });
    expect(report).toMatchObject({ numArrived: 2, numFinished: 1, numRefused: 1 });
    expect(outcomes[0]).toMatchObject({ id: "long", isRefused: true });
  });

  test.each(policies.map((policy) => [policy.id, policy] as const))(
    "%s: a request larger than the whole cache does not hold up the next for ever",
    (_, policy) => {
      const config = { ...SMALL, numBlocks: 5, maxNumBatchedTokens: 64, maxModelLen: 64 };
      const source = listSource([request("long", 0, [60, 5]), request("short", 0, [4, 2])]);
      const { report } = run({ policy, source, config });
      expect(report.numFinished + report.numRefused).toBe(2);
      expect(report).toMatchObject({ numRunning: 0, numWaiting: 0 });
    },
  );

  test("an output is cut where the model's context ends", () => {
    const source = listSource([request("A", 0, [60, 100])]);
    const { outcomes } = run({ policy: VLLM_V1, source });
    expect(served(outcomes, "A").numOutputTokens).toBe(4);
  });
});

test("between requests the time stands at the next arrival", () => {
  const source = listSource([request("A", 0, [4, 1]), request("B", 100, [4, 1])]);
  const { report, outcomes } = run({ policy: VLLM_V1, source });
  // 1 + 0.4 s each; the cache is unused between.
  expect(served(outcomes, "B").started).toBe(100);
  expect(report.duration).toBeCloseTo(101.4, 9);
  // One block of 31 for 2.8 s of 101.4.
  expect(1 - report.memory.mean.free).toBeCloseTo((2.8 / 101.4) * (1 / 31), 9);
});

test("a simulation can be run piece by piece, and stopped", () => {
  const simulation = new Simulation({
    source: listSource(TWO),
    policy: VLLM_V1,
    config: SMALL,
    stepModel: BY_HAND,
  });
  expect(simulation.advance(1)).toMatchObject({ isDone: false, numSteps: 1, numEnded: 0 });
  expect(simulation.report()).toMatchObject({ numRunning: 1, numFinished: 0 });
  expect(simulation.advance(1000)).toMatchObject({ isDone: true, numSteps: 4, numEnded: 2 });
  const stopped = new Simulation({
    source: syntheticSource(
      {
        numRequests: 1000,
        ratePerS: 1,
        arrivalCv: 1,
        prompt: { mean: 10, cv: 1, max: 30 },
        output: { mean: 10, cv: 1, max: 30 },
      },
      1,
    ),
    policy: VLLM_V1,
    config: SMALL,
    stepModel: BY_HAND,
  });
  const { isDone } = stopped.advance(Infinity, () => true);
  expect(isDone).toBe(false);
  expect(stopped.progress.numSteps).toBeLessThan(32);
});

describe("a long run", () => {
  const source = syntheticSource(
    {
      numRequests: 5000,
      ratePerS: 0.25,
      arrivalCv: 1,
      prompt: { mean: 10, cv: 1, max: 40 },
      output: { mean: 6, cv: 0.5, max: 20 },
    },
    7,
  );
  const { report, outcomes } = run({ policy: VLLM_V1, source });

  test("Little's law: requests in the system are the rate times the time each stays", () => {
    const { timeline } = report.memory;
    const inSystem =
      timeline.reduce((sum, { numRunning, numWaiting }) => sum + numRunning + numWaiting, 0) /
      timeline.length;
    // Who arrives within a step is counted from the next one on: half a step of 1.5 s at most.
    const seen = report.requestsPerSecond * (report.endToEnd.mean - 0.75);
    expect(Math.abs(inSystem / seen - 1)).toBeLessThan(0.05);
  });

  test("percentiles agree with the requests' own times", () => {
    const times = outcomes
      .flatMap((outcome) => (outcome.isRefused ? [] : [outcome.firstToken - outcome.arrival]))
      .toSorted((a, b) => a - b);
    for (const [fraction, value] of [
      [0.5, report.timeToFirstToken.p50],
      [0.99, report.timeToFirstToken.p99],
    ] as const) {
      expect(Math.abs(value / times[Math.ceil(fraction * times.length) - 1]! - 1)).toBeLessThan(
        0.0101,
      );
    }
  });

  test("the shares of the memory sum to one at every time", () => {
    for (const { stored, reserved, internal, external, free } of report.memory.timeline) {
      expect(stored + reserved + internal + external + free).toBeCloseTo(1, 9);
    }
    expect(report.memory.timeline.length).toBeLessThanOrEqual(512);
  });
});
