import { expect, test } from "vitest";
import { STATIC_BATCHING, VLLM_V1 } from "../../core/scheduling/policies.ts";
import type { Policy, Request } from "../../core/scheduling/scheduler.ts";
import { linearStepModel } from "../../core/simulation/step-model.ts";
import { seconds } from "../../core/units/units.ts";
import { openTotals } from "./opened.ts";
import { parameters } from "./parameters.ts";
import { runPolicy, type PolicyRun } from "./run.ts";
import {
  createScene,
  describeScene,
  drawRequests,
  makeTable,
  moveCursor,
  nearestRank,
  placeOf,
  sayStep,
  tokensOf,
  totalsOf,
  type TimelineValues,
} from "./scene.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

/** A second a step, whatever it computes. */
const SECOND_STEPS = linearStepModel({
  step: seconds(1),
  perToken: seconds(0),
  perKey: seconds(0),
});

function requestOf(id: string, numPromptTokens: number, maxTokens: number): Request {
  return { id, numPromptTokens, maxTokens, arrival: seconds(0) };
}

function run(
  policy: Policy,
  requests: readonly Request[],
  limits: { budget?: number; numBlocks?: number },
): PolicyRun {
  return runPolicy({
    policy,
    requests,
    budget: limits.budget,
    config: {
      blockSize: 16,
      numBlocks: limits.numBlocks ?? 64,
      maxNumSeqs: 2,
      maxNumBatchedTokens: limits.budget ?? 1024,
      maxModelLen: 64,
      enablePrefixCaching: false,
    },
    stepModel: SECOND_STEPS,
  });
}

const THREE = [requestOf("1", 10, 4), requestOf("2", 10, 2), requestOf("3", 10, 1)];

test("in a static batch the third request waits for the longest of the first two", () => {
  // 1 and 2 start; 2 ends at 2 s, 1 at 4 s; only then does 3 start: first tokens after 1, 1 and 5 s.
  const result = run(STATIC_BATCHING, THREE, {});
  const totals = totalsOf(result, THREE);
  expect(totals.meanTimeToFirstToken).toBeCloseTo(7 / 3, 10);
  expect(totals.makespan).toBe(5);
  // Between 2 s and 4 s the row of request 2 is computed for nobody.
  expect(result.steps.map(({ padded }) => padded)).toEqual([[], [], ["2"], ["2"], []]);
});

test("in a continuous batch it starts as soon as one of them ends", () => {
  // 3 joins at 2 s, when 2 has ended: first tokens after 1, 1 and 3 s; 7 tokens in 4 s.
  const totals = totalsOf(run(VLLM_V1, THREE, {}), THREE);
  expect(totals.meanTimeToFirstToken).toBeCloseTo(5 / 3, 10);
  expect([totals.makespan, totals.outputTokensPerSecond]).toEqual([4, 7 / 4]);
});

test("a prompt of ten tokens under a budget of four takes three steps", () => {
  const { steps, times } = run(VLLM_V1, [requestOf("1", 10, 2)], { budget: 4 });
  expect(steps.map(tokensOf)).toEqual([4, 4, 2, 1]);
  expect(steps.map(({ entries }) => entries[0]?.numComputed)).toEqual([4, 8, 10, 11]);
  expect(steps.map(({ entries }) => entries[0]?.isDecode)).toEqual([false, false, false, true]);
  expect(times[0]?.firstToken).toBe(3);
});

test("out of blocks, the last to join is preempted, waits, and reads all its tokens again", () => {
  // Four usable blocks, two for each prompt of 30. In the fourth step the 33rd token of request 1 needs a third block.
  const requests = [requestOf("1", 30, 8), requestOf("2", 30, 8)];
  const { steps, numPreemptions } = run(VLLM_V1, requests, { numBlocks: 5 });
  expect(numPreemptions).toBe(1);
  expect(steps.findIndex(({ preempted }) => preempted.includes("2"))).toBe(3);
  // Request 1 ends with the eighth step; 30 prompt tokens and 3 of output are computed again in the ninth.
  expect(steps[8]?.entries).toEqual([
    { id: "2", numTokens: 33, isDecode: false, numComputed: 33, numKnown: 33 },
  ]);
});

test("the nearest rank of four values at 99 % is the last, at 50 % the second", () => {
  expect([nearestRank([1, 2, 3, 9], 0.99), nearestRank([1, 2, 3, 9], 0.5)]).toEqual([9, 2]);
});

const DEFAULTS: TimelineValues = {
  requests: 8,
  rate: 12,
  prompt: 304,
  output: 40,
  draw: 1,
  axis: "time",
  maxNumSeqs: 4,
  budget: 256,
  blocks: 200,
  static: true,
  orca: true,
  v0: false,
  nano: false,
  whole: true,
  chunked: true,
};

test("the default values are those of the parameters", () => {
  for (const [name, parameter] of Object.entries(parameters)) {
    expect(DEFAULTS).toHaveProperty(name, parameter.default);
  }
});

const ALL = { ...DEFAULTS, v0: true, nano: true };
const HARD: readonly TimelineValues[] = [
  ALL,
  { ...ALL, requests: 16, rate: 40, prompt: 512, output: 128, blocks: 72, maxNumSeqs: 16 },
  {
    ...ALL,
    requests: 16,
    rate: 1,
    prompt: 512,
    output: 128,
    blocks: 72,
    maxNumSeqs: 1,
    budget: 32,
  },
  { ...ALL, requests: 2, prompt: 16, output: 4, budget: 1024, axis: "steps" },
];

test("under every policy all requests end, and every token is given once", () => {
  for (const values of HARD) {
    const scene = createScene(values);
    const numTokens = drawRequests(values).reduce((sum, { maxTokens }) => sum + maxTokens, 0);
    for (const { run: result } of scene.lanes) {
      expect(result.times).toHaveLength(values.requests);
      // A token ends a gap, unless it is the first of its request.
      expect(result.gaps.length + values.requests).toBe(numTokens);
      const isWithin = (tokens: number) => tokens <= (result.budget ?? Infinity);
      expect(result.steps.map(tokensOf).every(isWithin), result.policy.id).toBe(true);
    }
  }
});

test("the segments of a row follow one another from arrival to end", () => {
  for (const values of HARD) {
    for (const { rows } of createScene(values).lanes) {
      for (const { segments, arrival, end } of rows) {
        expect(segments[0]?.from).toBeCloseTo(arrival, 9);
        for (const [index, { from, to }] of segments.entries()) {
          expect(to).toBeGreaterThan(from);
          if (index > 0) expect(from).toBeCloseTo(segments[index - 1]?.to ?? Number.NaN, 9);
        }
        const last = segments.findLast(({ kind }) => kind !== "padding");
        expect(last?.to).toBeCloseTo(end, 9);
      }
    }
  }
});

test("too few blocks provoke preemption in vLLM, and none where memory is reserved", () => {
  const scene = createScene({
    ...DEFAULTS,
    requests: 12,
    rate: 40,
    prompt: 64,
    output: 128,
    blocks: 72,
    maxNumSeqs: 12,
  });
  const counts = new Map(
    scene.lanes.map(({ run: result, totals }) => [result.policy.id, totals.numPreemptions]),
  );
  expect(counts.get("vllm-v1")).toBeGreaterThan(0);
  expect([counts.get("static"), counts.get("orca-max")]).toEqual([0, 0]);
});

test("chunks shorten the long gaps and lengthen the wait for the first token", () => {
  const scene = createScene(DEFAULTS);
  const totals = new Map(scene.lanes.map((lane) => [lane.run.policy.id, lane.totals]));
  const [whole, chunked] = [totals.get("vllm-v1-whole-prompts"), totals.get("vllm-v1")];
  expect(chunked?.p99InterTokenLatency).toBeLessThan(whole?.p99InterTokenLatency ?? 0);
  expect(chunked?.meanTimeToFirstToken).toBeGreaterThan(whole?.meanTimeToFirstToken ?? 0);
});

test("on the axis of steps a moment is the steps before it", () => {
  const result = run(VLLM_V1, THREE, {});
  expect([0, 1.5, 4].map((time) => placeOf(result, "steps", time))).toEqual([0, 1.5, 4]);
});

test("arrows walk steps and policies and stop at the ends", () => {
  const scene = createScene(DEFAULTS);
  expect(moveCursor(scene, { lane: 0, step: 0 }, "ArrowLeft")).toEqual({ lane: 0, step: 0 });
  expect(moveCursor(scene, { lane: 0, step: 0 }, "ArrowRight")).toEqual({ lane: 0, step: 1 });
  expect(moveCursor(scene, { lane: 3, step: 0 }, "ArrowDown")).toEqual({ lane: 3, step: 0 });
  expect(moveCursor(scene, { lane: 0, step: 0 }, "Tab")).toBeUndefined();
  const down = moveCursor(scene, { lane: 0, step: 20 }, "ArrowDown");
  const [from, to] = [scene.lanes[0]?.run.steps[20], scene.lanes[1]?.run.steps[down?.step ?? 0]];
  expect(to?.start).toBeLessThanOrEqual(from?.start ?? 0);
  expect(to?.end).toBeGreaterThan(from?.start ?? 0);
});

test("a step says who got what", () => {
  const result = run(VLLM_V1, [requestOf("1", 10, 2)], { budget: 4 });
  const lane = { run: result, rows: [], totals: totalsOf(result, []) };
  const first = plain(sayStep(lane, 0));
  expect(first).toContain("step 1 of 4, at 0");
  expect(first).toContain("Prompt: 1 reads 4, 4 of 10 done. 4 of 4 tokens. Joined: 1.");
  expect(plain(sayStep(lane, 3))).toContain("A token each: 1. 1 of 4 tokens. Ended: 1.");
});

test("description, table and totals agree", () => {
  const scene = createScene(ALL);
  expect(scene.lanes).toHaveLength(6);
  const table = makeTable(scene);
  expect(table.rows).toHaveLength(6 * 8);
  expect(table.rows.every((row) => row.length === table.columns.length)).toBe(true);
  for (const lane of scene.lanes) {
    const [wait] = openTotals(lane, scene);
    expect(describeScene(scene)).toContain(wait?.text);
    expect(wait?.substitution.endsWith(wait.text)).toBe(true);
  }
});
