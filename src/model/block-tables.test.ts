// The block tables of the engine's own paged runs, read back from where the kernels read them, on the CPU twins.
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { modelFolder } from "../../tools/model-files.ts";
import type { Backend } from "../gpu/backend.ts";
import { CpuBackend } from "../gpu/cpu-backend.ts";
import { BlockTables } from "./block-tables.ts";
import { EngineCore } from "./engine-core.ts";
import { DEFAULT_PATH, type BlockTablesReport, type Path, type RunRequest } from "./engine.ts";
import type { CallMessage, ReplyMessage } from "./rpc.ts";
import { createWorkerEngine } from "./worker-engine.ts";

const PAGED: Path = { ...DEFAULT_PATH, kvLayout: "paged" };
const P = 16;

const engines: EngineCore[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function openEngine(backend: Backend = new CpuBackend()): Promise<EngineCore> {
  const engine = new EngineCore(() => Promise.resolve({ kind: "ready", backend }));
  engines.push(engine);
  await engine.open({ backend: "cpu" });
  await engine.load({ source: await modelFolder("public/models/stories-draft") });
  return engine;
}

const promptOf = (length: number) => Array.from({ length }, (_, index) => (37 * index) % 1024);

function requestOf(lengths: readonly number[], change: Partial<RunRequest> = {}): RunRequest {
  return {
    prompts: lengths.map(promptOf),
    numNewTokens: 20,
    path: PAGED,
    sampling: { kind: "greedy" },
    stopTokens: [],
    ...change,
  };
}

const tablesOf = ({ sequences }: BlockTablesReport) =>
  sequences.map(({ blockIds }) => [...blockIds]);
const tokensOf = ({ sequences }: BlockTablesReport) => sequences.map(({ numTokens }) => numTokens);

/** What holds of every run that nobody stopped. */
function checkTables({ blockSize, numBlocks, numFreeBlocks, sequences }: BlockTablesReport): void {
  const held = sequences.flatMap(({ blockIds }) => blockIds);
  expect(new Set(held).size).toBe(held.length);
  expect(held.every((id) => id < numBlocks)).toBe(true);
  expect(numFreeBlocks + held.length).toBe(numBlocks);
  for (const { blockIds, numTokens } of sequences) {
    expect(blockIds).toHaveLength(Math.ceil(numTokens / blockSize));
  }
}

describe("a paged run", () => {
  test("has a block for each 16 tokens, taken from the lowest on as the sequences need them", async () => {
    const engine = await openEngine();
    const { runId } = await engine.start(requestOf([14, 3, 17]));
    const first = await engine.blockTables(runId);
    // 17 + 20 tokens are rounded up to 64: four blocks for each of three sequences.
    expect([first.blockSize, first.numBlocks, first.numFreeBlocks]).toEqual([P, 12, 8]);
    expect(tablesOf(first)).toEqual([[0], [1], [2, 3]]);
    expect(first.sequences.map(({ numComputedTokens }) => numComputedTokens)).toEqual([0, 0, 0]);
    // The prefill and its token: 15, 4 and 18 tokens, no block more.
    await engine.advance(runId, 1);
    const second = await engine.blockTables(runId);
    expect(tokensOf(second)).toEqual([15, 4, 18]);
    expect(second.sequences.map(({ numComputedTokens }) => numComputedTokens)).toEqual([14, 3, 17]);
    expect(tablesOf(second)).toEqual([[0], [1], [2, 3]]);
    // Two more: the first sequence's 17th token opens block 4.
    await engine.advance(runId, 2);
    expect(tablesOf(await engine.blockTables(runId))).toEqual([[0, 4], [1], [2, 3]]);
    // 20 new tokens: 34, 23 and 37, so three, two and three blocks; 4 of 12 are free.
    await engine.advance(runId, 17);
    const last = await engine.blockTables(runId);
    expect(tokensOf(last)).toEqual([34, 23, 37]);
    expect(last.sequences.map(({ blockIds }) => blockIds.length)).toEqual([3, 2, 3]);
    expect(last.numFreeBlocks).toBe(4);
  });

  test("never lends a block twice or loses one, whatever the steps", async () => {
    const engine = await openEngine();
    const { runId } = await engine.start(requestOf([1, 16, 31, 15], { numNewTokens: 18 }));
    checkTables(await engine.blockTables(runId));
    for (const numSteps of [1, 4, 1, 7, 5]) {
      await engine.advance(runId, numSteps);
      checkTables(await engine.blockTables(runId));
    }
  });

  test("reports what lies in the array that the kernels bind", async () => {
    const backend = new CpuBackend();
    const allocate = backend.allocate.bind(backend);
    const arrays = new Map<string, ReturnType<typeof allocate>>();
    backend.allocate = (...args) => {
      const array = allocate(...args);
      arrays.set(array.label, array);
      return array;
    };
    const engine = await openEngine(backend);
    const { runId } = await engine.start(requestOf([20, 2]));
    // Planted past the host's own table: only a read of the array itself can tell.
    const [, array] = [...arrays].find(([label]) => label.includes("blockTable"))!;
    backend.write(array, Uint32Array.of(7, 5));
    expect(tablesOf(await engine.blockTables(runId))).toEqual([[7, 5], [2]]);
  });

  test("is asked for its tables only while it lasts", async () => {
    const engine = await openEngine();
    const { runId } = await engine.start(requestOf([5]));
    await engine.end(runId);
    await expect(engine.blockTables(runId)).rejects.toMatchObject({
      code: "bad-request",
      message: `There is no run ${runId}; it has ended.`,
    });
  });
});

test.each([
  [{ ...PAGED, cache: false }, /computes every token again.*cache on\.$/],
  [DEFAULT_PATH, /in one stretch, without a block table.*paged layout\.$/],
])("a run on %o has no block tables and says why", async (path, sentence) => {
  const engine = await openEngine();
  const { runId } = await engine.start(requestOf([5], { path }));
  const failure = engine.blockTables(runId);
  await expect(failure).rejects.toMatchObject({ name: "EngineError", code: "bad-request" });
  await expect(failure).rejects.toThrow(sentence);
});

test("the page asks the Worker by the method's name and gets the report as it is", async () => {
  const report: BlockTablesReport = {
    blockSize: P,
    numBlocks: 4,
    numFreeBlocks: 3,
    sequences: [{ blockIds: [0], numTokens: 3, numComputedTokens: 2 }],
  };
  const asked: CallMessage[] = [];
  class PlantedWorker extends EventTarget implements Worker {
    readonly onmessage = null;
    readonly onmessageerror = null;
    readonly onerror = null;
    terminate(): void {}
    postMessage(message: CallMessage): void {
      asked.push(message);
      const data: ReplyMessage = { kind: "result", id: message.id, value: report };
      this.dispatchEvent(Object.assign(new Event("message"), { data }));
    }
  }
  const engine = createWorkerEngine(new PlantedWorker());
  expect(await engine.blockTables(9)).toEqual(report);
  expect(asked).toMatchObject([{ kind: "call", method: "blockTables", args: [9] }]);
});

test("tables of any growth hold distinct blocks, as many as the tokens need", () => {
  const growth = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 9 })), { maxLength: 30 });
  fc.assert(
    fc.property(growth, (steps) => {
      const tables = new BlockTables(4, 64, 4);
      const tokens = [0, 0, 0, 0];
      for (const [sequence, more] of steps) {
        tokens[sequence] = Math.min(64, tokens[sequence]! + more);
        tables.grow(sequence, tokens[sequence]);
      }
      const held = tokens.map((_, sequence) => [...tables.heldEntries(sequence)]);
      expect(held.map(({ length }) => length)).toEqual(tokens.map((count) => Math.ceil(count / 4)));
      expect(new Set(held.flat()).size + tables.numFreeBlocks).toBe(tables.numBlocks);
      expect(held.flat().length + tables.numFreeBlocks).toBe(64);
    }),
  );
});
