// What the live figure draws: hand-worked tables, and the engine's own on the CPU twins.
import { expect, test } from "vitest";
import { modelFolder } from "../../../tools/model-files.ts";
import { CpuBackend } from "../../gpu/cpu-backend.ts";
import { EngineCore } from "../../model/engine-core.ts";
import { EMPTY_POOL, NUM_NEW_TOKENS, PROMPTS } from "./prompts.ts";
import { createTurns, followRun } from "./run.ts";
import { createScene, describeScene, makeTable, NO_RUN, type Moment } from "./scene.ts";

/** A: 18 tokens in blocks 0 and 4, all but the newest stored; B: 16 tokens, a full block of which one is awaited. */
const MOMENT: Moment = {
  report: {
    blockSize: 16,
    numBlocks: 6,
    numFreeBlocks: 3,
    sequences: [
      { blockIds: [0, 4], numTokens: 18, numComputedTokens: 17 },
      { blockIds: [1], numTokens: 16, numComputedTokens: 15 },
    ],
  },
  texts: ["Once upon a time, there", "Lily found"],
  device: "a device",
  numGenerated: 1,
  isFinished: false,
};

test("a block's slots are stored, awaited or empty, and the pool says who holds it", () => {
  const { requests, pool, numFree } = createScene(MOMENT);
  expect(requests.map(({ name, numEmpty }) => [name, numEmpty])).toEqual([
    // 2 · 16 − 18 and 16 − 16.
    ["A", 14],
    ["B", 0],
  ]);
  expect(pool.map((block) => block && requests[block.sequence]!.name)).toEqual([
    "A",
    "B",
    undefined,
    undefined,
    "A",
    undefined,
  ]);
  expect(pool[0]).toMatchObject({ numFilled: 16, numAwaited: 0 });
  expect(pool[4]).toMatchObject({ numFilled: 1, numAwaited: 1 });
  expect(pool[1]).toMatchObject({ numFilled: 15, numAwaited: 1 });
  expect(numFree).toBe(3);
});

test("before the prefill no key is stored, and all tokens are awaited", () => {
  const report = {
    ...MOMENT.report,
    sequences: [{ blockIds: [0, 1], numTokens: 18, numComputedTokens: 0 }],
  };
  const { pool } = createScene({ ...MOMENT, report });
  expect([pool[0], pool[1]]).toMatchObject([
    { numFilled: 0, numAwaited: 16 },
    { numFilled: 0, numAwaited: 2 },
  ]);
});

test("the words and the table say the same as the picture", () => {
  const scene = createScene(MOMENT);
  expect(describeScene(scene)).toBe(
    "A has 18 tokens in 2 blocks (0, 4); B has 16 tokens in 1 block (1); 3 of 6 blocks are free.",
  );
  expect(makeTable(scene, "4").rows).toEqual([
    ["A", 18, 17, 2, "0 4", 14, "Once upon a time, there"],
    ["B", 16, 15, 1, "1", 0, "Lily found"],
  ]);
  const empty = createScene(undefined);
  expect(describeScene(empty)).toBe(NO_RUN);
  expect(makeTable(empty, "4").rows).toEqual([]);
  expect(empty.pool.every((block) => block === undefined)).toBe(true);
});

async function openEngine() {
  const engine = new EngineCore(() =>
    Promise.resolve({ kind: "ready", backend: new CpuBackend() }),
  );
  const device = await engine.open({ backend: "cpu" });
  const model = await engine.load({ source: await modelFolder("public/models/stories-1m") });
  return { engine, device, model };
}

test("the live run has the pool that is drawn before it, a block for each 16 tokens, and ends", async () => {
  const ready = await openEngine();
  const moments: Moment[] = [];
  await followRun(ready, {
    signal: new AbortController().signal,
    nextTurn: () => Promise.resolve(16),
    onMoment: (moment) => moments.push(moment),
  });
  expect(moments.map(({ numGenerated, isFinished }) => [numGenerated, isFinished])).toEqual([
    [0, false],
    [16, false],
    [32, false],
    [NUM_NEW_TOKENS, true],
  ]);
  const [first, last] = [moments[0]!, moments.at(-1)!];
  // Prompts of 5, 11, 22 and 33 tokens, the mark of a story's beginning included.
  expect(first.report).toMatchObject({ ...EMPTY_POOL, numFreeBlocks: 25 });
  expect(first.report.sequences.map(({ blockIds }) => blockIds)).toEqual([
    [0],
    [1],
    [2, 3],
    [4, 5, 6],
  ]);
  // 53, 59, 70 and 81 tokens: 4 + 4 + 5 + 6 = 19 of 32.
  expect(last.report.sequences.map(({ numTokens }) => numTokens)).toEqual([53, 59, 70, 81]);
  expect(createScene(last).requests.map(({ blocks }) => blocks.length)).toEqual([4, 4, 5, 6]);
  expect(last.report.numFreeBlocks).toBe(13);
  PROMPTS.forEach(({ text }, row) => expect(last.texts[row]!.startsWith(text)).toBe(true));
  expect((await ready.engine.memory()).numRuns).toBe(0);
  await ready.engine.close();
});

test("a run that is stopped while it waits for a step is ended", async () => {
  const ready = await openEngine();
  const turns = createTurns();
  const controller = new AbortController();
  const { signal } = controller;
  const moments: Moment[] = [];
  const following = followRun(ready, {
    signal,
    nextTurn: () => turns.next(signal),
    onMoment: (moment) => {
      moments.push(moment);
      if (moments.length === 1) setTimeout(() => turns.give(1));
      else controller.abort();
    },
  });
  await expect(following).rejects.toThrow("Stopped.");
  expect(moments.map(({ numGenerated }) => numGenerated)).toEqual([0, 1]);
  expect((await ready.engine.memory()).numRuns).toBe(0);
  await ready.engine.close();
});
