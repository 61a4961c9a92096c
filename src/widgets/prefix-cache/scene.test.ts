// Hit rates worked by hand, and what must hold for every workload.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ListedContent } from "../../core/paging/block-content.ts";
import { createSimulation } from "../../core/simulation/scenario-simulation.ts";
import { parseScenarioText } from "../../core/simulation/scenario.ts";
import { parseTrace } from "../../core/simulation/trace.ts";
import { TRACE_SIZES, toTracePoint, traceScenario } from "./mooncake.ts";
import { hitRate, replay } from "./replay.ts";
import { createScene, describeScene, makeTable, SIZES } from "./scene.ts";
import { WORKLOADS, type CacheRequest } from "./workloads.ts";

/** A prompt that begins with the blocks of these numbers. */
const request = (
  numPromptTokens: number,
  chain: readonly number[],
  numOutputTokens = 1,
): CacheRequest => {
  let fresh = -1;
  return {
    numPromptTokens,
    numOutputTokens,
    createContent: () =>
      new ListedContent(chain, () => {
        fresh -= 1;
        return fresh * 1000 - numPromptTokens;
      }),
  };
};

test("a prompt hits whole blocks that were there, never the block of its last token", () => {
  // 40 tokens share their first two blocks of 16; of 32 only one: the second holds the last token.
  expect(replay([request(40, [1, 2]), request(41, [1, 2])], 100)).toEqual({
    numQueried: 81,
    numHit: 32,
  });
  expect(replay([request(32, [1, 2]), request(32, [1, 2])], 100)).toEqual({
    numQueried: 64,
    numHit: 16,
  });
});

test("an answer can be hit by the next turn, but for its last token", () => {
  // 20 + 13 tokens: 32 are stored, two full blocks. With 12 tokens of answer 31 are stored: one block.
  expect(replay([request(20, [1, 2, 3], 13), request(40, [1, 2, 3])], 100).numHit).toBe(32);
  expect(replay([request(20, [1, 2, 3], 12), request(40, [1, 2, 3])], 100).numHit).toBe(16);
});

test("what is evicted is not found", () => {
  // Three blocks: the second prompt takes all of them.
  const prompts = [request(40, [1, 2]), request(48, [5, 6, 7]), request(41, [1, 2])];
  expect(replay(prompts, 3).numHit).toBe(0);
  expect(replay(prompts, 6).numHit).toBe(32);
  expect(() => replay(prompts, 2)).toThrow("A request needs 3 blocks.");
});

test("the window is the last 1,000 requests", () => {
  const prompts = Array.from({ length: 1001 }, () => request(17, [1]));
  // The first, which misses, is out of the window.
  expect(replay(prompts, 50)).toEqual({ numQueried: 17_000, numHit: 16_000 });
});

test("unrelated prompts never hit, and every curve ends higher than it begins or level", () => {
  const { curves } = createScene({ blocks: 512, system: 512, conversations: 8 });
  const rates = curves.map(({ points }) => points.map(hitRate));
  expect(rates[2]).toEqual(SIZES.map(() => 0));
  for (const curve of rates) expect(curve.at(-1)).toBeGreaterThanOrEqual(curve[0]!);
  // Without a limit, 99 of 100 prompts find all 512 tokens of the system prompt.
  const [shared] = curves;
  expect(shared!.points.at(-1)!.numHit).toBe(99 * 512);
});

test("a system prompt that is no whole number of blocks is shared up to its last whole one", () => {
  const requests = WORKLOADS[0]!.create({ system: 100, conversations: 1 });
  expect(replay(requests, 4096).numHit).toBe(99 * 96);
});

test("every size of the sliders can be drawn, and words and table are those of the curves", () => {
  for (const system of [0, 2048]) {
    for (const conversations of [1, 16]) {
      const scene = createScene({ blocks: 192, system, conversations });
      expect(makeTable(scene).rows).toHaveLength(SIZES.length);
      expect(scene.curves[0]!.here).toEqual(scene.curves[0]!.points[0]);
    }
  }
  expect(describeScene(createScene({ blocks: 512, system: 0, conversations: 8 }))).toMatch(
    /^Share of prompt tokens found in a cache of 512 blocks \(8,192 tokens\): one system prompt 0/,
  );
});

test("the scenario of each size is one that the simulator takes", () => {
  const trace = parseTrace({
    gapsMs: [0, 60_000],
    promptTokens: [1030, 1030],
    outputTokens: [2, 2],
    hashIdRuns: [
      [0, 3],
      [0, 3],
    ],
    hashBlockSize: 512,
  });
  for (const numBlocks of TRACE_SIZES) {
    const scenario = parseScenarioText(traceScenario(numBlocks));
    expect(scenario.numBlocks).toBe(numBlocks);
    const requests = { ...scenario.requests, numRequests: 2 };
    const simulation = createSimulation({ ...scenario, requests }, { trace });
    simulation.advance(10_000);
    // 64 blocks of 16 tokens are full in 1,030; the last 6 tokens are computed.
    expect(toTracePoint(numBlocks, simulation.report())).toEqual({
      numBlocks,
      numQueried: 2060,
      numHit: 1024,
      numPreemptions: 0,
    });
  }
});

test("a cache that holds everything finds what a count of the trace’s own block ids finds", () => {
  const json: unknown = JSON.parse(
    readFileSync("public/traces/mooncake-conversation.json", "utf8"),
  );
  const trace = parseTrace(json);
  const numRequests = 200;
  const seen = new Set<number>();
  let numHit = 0;
  for (let row = 0; row < numRequests; row++) {
    const run = trace.prefixes!.runs[row]!;
    const ids: number[] = [];
    for (let pair = 0; pair < run.length; pair += 2) {
      for (let step = 0; step < run[pair + 1]!; step++) ids.push(run[pair]! + step);
    }
    // An id is 512 tokens, 32 blocks of 16.
    const chain = ids.flatMap((id) => Array.from({ length: 32 }, (_, part) => id * 32 + part));
    const numTokens = trace.promptTokens[row]!;
    const most = Math.floor((numTokens - 1) / 16);
    const miss = chain.slice(0, most).findIndex((block) => !seen.has(block));
    numHit += 16 * (miss < 0 ? Math.min(most, chain.length) : miss);
    for (const block of chain.slice(0, Math.floor(numTokens / 16))) seen.add(block);
  }
  const scenario = parseScenarioText(traceScenario(TRACE_SIZES.at(-1)!));
  const requests = { ...scenario.requests, numRequests };
  const simulation = createSimulation({ ...scenario, requests }, { trace });
  simulation.advance(1_000_000);
  expect(simulation.report().prefixes.numHit).toBe(numHit);
  expect(numHit).toBeGreaterThan(0);
});
