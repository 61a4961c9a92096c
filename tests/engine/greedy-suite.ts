// Every path writes the same text: cache × fusion × KV layout × batch, against the recorded reference. Files of
// tests for each backend call it, so that two workers can share the work.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BackendKind, Engine, Path } from "../../src/model/engine.ts";
import { EngineCore } from "../../src/model/engine-core.ts";
import { DEFAULT_CHOICE } from "../../src/model/kernel-choice.ts";
import { Pace } from "../../src/model/pace.ts";
import { RunSession } from "../../src/model/run-session.ts";
import { openFolder, getFile } from "../../src/model/folder.ts";
import { parseConfig } from "../../src/model/config.ts";
import { openWeights } from "../../src/model/weights.ts";
import { uploadModel } from "../../src/model/device-model.ts";
import { modelFolder } from "../../tools/model-files.ts";
import type { TuningStore } from "../../src/model/tuning.ts";
import { openTestBackend } from "../../tools/node-engine.ts";
import small from "./greedy-64.json" with { type: "json" };
import { expectGolden, goldenModel, goldenModels } from "./greedy.ts";

const CACHED: Path = { cache: true, fusion: true, kvLayout: "contiguous" };
const UNFUSED: Path = { cache: true, fusion: false, kvLayout: "paged" };
const UNCACHED: Path = { cache: false, fusion: true, kvLayout: "contiguous" };

/** A table without measurements, so the default choice: timing every variant would take most of a test. */
const UNTUNED: TuningStore = {
  read: () => Promise.resolve({ at: Date.now(), table: [] }),
  write: () => Promise.resolve(),
};

async function openEngine(
  backend: BackendKind,
  folder: string,
  store?: TuningStore,
): Promise<Engine> {
  const engine = new EngineCore(openTestBackend, store);
  await engine.open({ backend });
  await engine.load({ source: await modelFolder(folder) });
  return engine;
}

const paths: Path[] = [true, false].flatMap((cache) =>
  [true, false].flatMap((fusion) =>
    (["contiguous", "paged"] as const).map((kvLayout) => ({ cache, fusion, kvLayout })),
  ),
);

/** All tokens on all paths, where somebody has the time: GREEDY_FULL=1 npm run test:kernels. */
const IS_FULL = process.env.GREEDY_FULL === "1";

/** Milliseconds. */
const TIMEOUT = IS_FULL ? 3_600_000 : 240_000;

/**
 * Recomputing all rows of a batch at every step is slow on a software adapter: four tokens there, and 64 from a smaller
 * model in describeUncachedBatches.
 */
function tokensFor({ cache }: Path, batch: number): number {
  return cache || IS_FULL || batch === 1 ? 64 : 4;
}

/** Declares the tests of every path on one backend: the draft model. */
export function describeGreedyPaths(backend: BackendKind): void {
  describe("the draft model", () => {
    const { folder, runs } = goldenModel("stories-draft");
    let engine: Engine;
    beforeAll(async () => {
      engine = await openEngine(backend, folder);
    });
    afterAll(() => engine.close());

    for (const path of paths) {
      const name = `cache ${path.cache ? "on" : "off"}, ${path.fusion ? "fused" : "unfused"}, ${path.kvLayout}`;
      test(
        `${name}: batches of 1, 4 and 16 write the reference's text`,
        { timeout: TIMEOUT },
        async () => {
          for (const batch of [1, 4, 16]) {
            const chosen = Array.from({ length: batch }, (_, index) => runs[index % runs.length]!);
            await expectGolden(engine, path, chosen, tokensFor(path, batch));
          }
        },
      );
    }
  });
}

/** On SwiftShader 16 sequences take half a minute of processor time a path: one of the four, unless there is time. */
function uncachedBatches(backend: BackendKind, { fusion, kvLayout }: Path): number[] {
  const isCheap = backend === "cpu" || (fusion && kvLayout === "contiguous");
  return isCheap || IS_FULL ? [4, 16] : [4];
}

/**
 * Declares the tests of what the draft model is too slow for: 64 tokens that are recomputed with every step, by 4 and by
 * 16 sequences, from a model of 21,456 random weights with an odd number of heads.
 */
export function describeUncachedBatches(backend: BackendKind): void {
  describe("a small model without the cache", () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await openEngine(backend, small.folder);
    });
    afterAll(() => engine.close());

    const uncached = paths.filter(({ cache }) => !cache);
    test.each(uncached.map((path) => ({ ...path, batches: uncachedBatches(backend, path) })))(
      "fusion $fusion, $kvLayout: batches of $batches write 64 tokens of the reference's text",
      { timeout: TIMEOUT },
      async ({ batches, ...path }) => {
        for (const batch of batches) {
          const chosen = Array.from(
            { length: batch },
            (_, index) => small.runs[index % small.runs.length]!,
          );
          await expectGolden(engine, path, chosen, 64);
        }
      },
    );
  });
}

/** Declares the tests of every model on one backend. */
export function describeGreedyModels(backend: BackendKind): void {
  test(
    "the story model writes 200 tokens on five prompts at once",
    { timeout: TIMEOUT },
    async () => {
      const { folder, runs } = goldenModel("stories-1m");
      const engine = await openEngine(backend, folder);
      for (const path of IS_FULL ? paths.filter(({ cache }) => cache) : [CACHED]) {
        await expectGolden(engine, path, runs, 200);
      }
      await engine.close();
    },
  );

  const others = goldenModels.filter(({ folder }) => folder.startsWith("tests/"));
  test.each(others)(
    "the Llama folder $name writes the reference's text",
    async ({ folder, runs }) => {
      const engine = await openEngine(backend, folder, UNTUNED);
      // The prompts have 200, 70, 19, 6 and 1 tokens; the slow paths take the short ones.
      await expectGolden(engine, CACHED, runs, 48);
      await expectGolden(engine, UNFUSED, runs.slice(2), 16);
      await expectGolden(engine, UNCACHED, runs.slice(3, 4), 16);
      await engine.close();
    },
  );

  test.each(goldenModels)(
    "logits of $name are within 1e-3 of the reference",
    async ({ folder, logits }) => {
      for (const fusion of [true, false]) {
        const values = await promptLogits(backend, folder, logits.promptIds, fusion);
        const differences = logits.values.map((value, id) => Math.abs(value - values[id]!));
        expect(Math.max(...differences)).toBeLessThan(1e-3);
      }
    },
  );
}

/** Logits of the last prompt position. */
async function promptLogits(
  kind: BackendKind,
  path: string,
  promptIds: readonly number[],
  fusion: boolean,
): Promise<Float32Array> {
  const opened = await openTestBackend(kind);
  if (opened.kind === "absent") throw new Error(opened.reason);
  const { backend } = opened;
  const folder = openFolder(await modelFolder(path));
  const config = parseConfig(await (await getFile(folder, "config.json")).text());
  const model = await uploadModel(backend, config, await openWeights(folder), () => {});
  const host = { backend, model, choose: () => DEFAULT_CHOICE, pace: new Pace(true) };
  const session = new RunSession(host, {
    sequences: [promptIds],
    isFinished: [false],
    path: { cache: true, fusion, kvLayout: "paged" },
    sampling: { kind: "greedy" },
    stopTokens: [],
    capacity: promptIds.length + 1,
    maxRows: promptIds.length,
  });
  await session.advance(1, []);
  const { logits } = session.arrays;
  const { data } = await backend.run({
    passes: [],
    readbacks: [{ array: logits, offset: 0, length: config.shape.vocabulary }],
  });
  backend.close();
  const [values] = data;
  if (!(values instanceof Float32Array)) throw new TypeError("Logits are f32.");
  return values;
}
