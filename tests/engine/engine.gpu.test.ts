// What the engine promises beside the right tokens: it survives a lost device, leaks nothing, refuses what cannot
// fit, and draws the same samples on every path.
import { afterEach, describe, expect, test } from "vitest";
import type { Backend } from "../../src/gpu/backend.ts";
import { bytes, MEBI } from "../../src/core/units/units.ts";
import { EngineCore, type BackendOpener } from "../../src/model/engine-core.ts";
import { DEFAULT_PATH, type Path, type RunRequest } from "../../src/model/engine.ts";
import { nearestInflation } from "../../src/model/inflate.ts";
import type { TuningStore } from "../../src/model/tuning.ts";
import { modelFolder } from "../../tools/model-files.ts";
import { openTestBackend } from "../../tools/node-engine.ts";
import { generateGreedy, goldenModel } from "./greedy.ts";

const { folder, runs } = goldenModel("stories-draft");
const PROMPT = runs[0]!.promptIds;

/** The kernels are chosen once for all tests, as on a reader's second visit. */
const tables = new Map<string, unknown>();
const store: TuningStore = {
  read: (key) => Promise.resolve(tables.get(key)),
  write: async (key, value) => void tables.set(key, value),
};

const engines: EngineCore[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function openEngine(open: BackendOpener, inflation = 1): Promise<EngineCore> {
  const engine = new EngineCore(open, store);
  engines.push(engine);
  await engine.open({ backend: "auto" });
  await engine.load({ source: await modelFolder(folder), inflation });
  return engine;
}

function greedyRequest(change: Partial<RunRequest> = {}): RunRequest {
  return {
    prompts: [PROMPT],
    numNewTokens: 24,
    path: DEFAULT_PATH,
    sampling: { kind: "greedy" },
    stopTokens: [],
    ...change,
  };
}

/** An opener whose latest WebGPU backend can be taken away, as a driver reset would. */
function fragileOpener(numDevices: number) {
  let current: Backend | undefined;
  let numOpened = 0;
  const open: BackendOpener = async (kind) => {
    if (kind === "webgpu" && numOpened >= numDevices) {
      return { kind: "absent", reason: "No adapter is left." };
    }
    const opened = await openTestBackend(kind);
    if (kind === "webgpu" && opened.kind === "ready") {
      current = opened.backend;
      numOpened++;
    }
    return opened;
  };
  return { open, lose: () => current?.close() };
}

async function generateLosing(engine: EngineCore, lose: () => void, lossesAt: readonly number[]) {
  const { runId } = await engine.start(greedyRequest());
  const ids: number[] = [];
  const notices: string[] = [];
  for (;;) {
    if (lossesAt.includes(ids.length)) lose();
    const { steps, isFinished, notice } = await engine.advance(runId, 4);
    ids.push(...steps.flatMap(({ tokens }) => tokens.filter((token) => token !== undefined)));
    if (notice !== undefined) notices.push(notice);
    if (isFinished) break;
  }
  await engine.end(runId);
  return { ids, notices };
}

describe("a lost device", () => {
  test("is replaced, and the same tokens go on", async () => {
    const { open, lose } = fragileOpener(5);
    const engine = await openEngine(open);
    const { ids, notices } = await generateLosing(engine, lose, [0, 8, 16]);
    expect(ids).toEqual(runs[0]!.ids.slice(0, 24));
    expect(notices).toHaveLength(3);
    expect(notices[0]).toMatch(/lost.*went on on a new device from the tokens it had/);
  });

  test("with no adapter left goes on with the CPU, and says so", async () => {
    const { open, lose } = fragileOpener(1);
    const engine = await openEngine(open);
    const { ids, notices } = await generateLosing(engine, lose, [8]);
    expect(ids).toEqual(runs[0]!.ids.slice(0, 24));
    expect(notices[0]).toMatch(/on the CPU/);
  });
});

test.each([true, false])(
  "an advance is interrupted between two submissions and goes on with the same text, cache %s",
  async (cache) => {
    const engine = await openEngine(openTestBackend);
    const { runId } = await engine.start(greedyRequest({ path: { ...DEFAULT_PATH, cache } }));
    const already = await engine.advance(runId, 24, AbortSignal.abort());
    expect(already.steps).toEqual([]);
    const ids: number[] = [];
    let numAdvances = 0;
    for (let isFinished = false; !isFinished;) {
      const advance = await engine.advance(runId, 24, AbortSignal.timeout(60));
      ids.push(...advance.steps.flatMap(({ tokens }) => tokens.filter((id) => id !== undefined)));
      ({ isFinished } = advance);
      numAdvances++;
      // A slow machine gets nowhere in so little time: the rest in one.
      if (numAdvances === 10) break;
    }
    const rest = await engine.advance(runId, 24);
    ids.push(...rest.steps.flatMap(({ tokens }) => tokens.filter((id) => id !== undefined)));
    expect(ids).toEqual(runs[0]!.ids.slice(0, 24));
  },
);

describe("memory", () => {
  test("fifty runs, one of them cancelled half way, leave no array behind", async () => {
    const engine = await openEngine(openTestBackend);
    const before = await engine.memory();
    for (let run = 0; run < 50; run++) {
      const path: Path = { ...DEFAULT_PATH, kvLayout: run % 2 ? "paged" : "contiguous" };
      const { runId } = await engine.start(greedyRequest({ path, numNewTokens: 8 }));
      await engine.advance(runId, run === 25 ? 2 : 8);
      await engine.end(runId);
    }
    expect(await engine.memory()).toEqual(before);
  });

  test("a closed engine holds nothing and says that it is closed", async () => {
    const engine = await openEngine(openTestBackend);
    await engine.close();
    expect((await engine.memory()).numLiveBuffers).toBe(0);
    await expect(engine.start(greedyRequest())).rejects.toThrow("This engine was closed.");
    engines.splice(engines.indexOf(engine), 1);
  });

  test("a run beyond the budget is refused before anything is allocated", async () => {
    const engine = new EngineCore(openTestBackend);
    engines.push(engine);
    await engine.open({ backend: "cpu", memoryBudget: bytes(2 * MEBI) });
    await engine.load({ source: await modelFolder(folder) });
    const before = await engine.memory();
    const prompts = Array.from({ length: 64 }, () => PROMPT);
    const tooBig = engine.start(greedyRequest({ prompts, numNewTokens: 200 }));
    await expect(tooBig).rejects.toMatchObject({ code: "out-of-memory" });
    await expect(tooBig).rejects.toThrow(/needs .* MiB.*Choose a smaller model, batch or length/);
    expect(await engine.memory()).toEqual(before);
  });
});

describe("bad requests get a sentence", () => {
  const wrong: [Partial<RunRequest>, RegExp][] = [
    [{ prompts: [] }, /A batch has 1 to 64 sequences; got 0/],
    [{ prompts: [[]] }, /at least one token/],
    [{ prompts: [[1, 5000]] }, /from 0 to 1023; got 5000/],
    [{ prompts: [[1.5]] }, /got 1.5/],
    [{ numNewTokens: 0 }, /whole number from 1; got 0/],
    [{ numNewTokens: Number.NaN }, /got NaN/],
    [{ numNewTokens: 1e9 }, /may be 131072/],
    [{ sampling: { kind: "sample", temperature: 0, topK: 0, topP: 1, seed: 0 } }, /above 0; got 0/],
    [{ sampling: { kind: "sample", temperature: 1, topK: 0, topP: 2, seed: 0 } }, /Top-p/],
  ];
  test.each(wrong)("%o", async (change, sentence) => {
    const engine = new EngineCore(openTestBackend);
    engines.push(engine);
    await engine.open({ backend: "cpu" });
    await engine.load({ source: await modelFolder(folder) });
    await expect(engine.start(greedyRequest(change))).rejects.toThrow(sentence);
  });

  test("a folder without weights names the missing file", async () => {
    const engine = new EngineCore(openTestBackend);
    engines.push(engine);
    await engine.open({ backend: "cpu" });
    const source = { kind: "files", files: {} } as const;
    await expect(engine.load({ source })).rejects.toThrow(/has no config.json/);
  });
});

test("samples depend on seed, sequence and position alone: every path draws alike", async () => {
  const engine = await openEngine(openTestBackend);
  const sampling = { kind: "sample", temperature: 0.9, topK: 40, topP: 0.95, seed: 7 } as const;
  const draw = async (path: Path, prompts: RunRequest["prompts"]) => {
    const { runId } = await engine.start(
      greedyRequest({ path, prompts, sampling, numNewTokens: 16 }),
    );
    const { steps } = await engine.advance(runId, 16);
    await engine.end(runId);
    return steps.map(({ tokens }) => tokens[0]);
  };
  const alone = await draw(DEFAULT_PATH, [PROMPT]);
  expect(await draw({ cache: true, fusion: false, kvLayout: "paged" }, [PROMPT])).toEqual(alone);
  expect(await draw(DEFAULT_PATH, [PROMPT, PROMPT.slice(0, 3)])).toEqual(alone);
  expect(alone).not.toEqual(runs[0]!.ids.slice(0, 16));
});

test("a stop token ends its sequence and leaves the others running", async () => {
  const engine = await openEngine(openTestBackend);
  const stop = runs[0]!.ids[5]!;
  const prompts = [PROMPT, runs[1]!.promptIds];
  const { runId } = await engine.start(greedyRequest({ prompts, stopTokens: [stop] }));
  const { steps } = await engine.advance(runId, 24);
  const first = steps.flatMap(({ tokens }) => (tokens[0] === undefined ? [] : [tokens[0]]));
  expect(first).toEqual(runs[0]!.ids.slice(0, runs[0]!.ids.indexOf(stop) + 1));
  expect(steps.length).toBeGreaterThan(first.length);
});

test("an inflated model writes the same text with many times the weights", async () => {
  const plain = await openEngine(openTestBackend);
  const text = await generateGreedy(plain, DEFAULT_PATH, [PROMPT], 12);
  const heavy = await openEngine(openTestBackend, 30);
  expect(await generateGreedy(heavy, DEFAULT_PATH, [PROMPT], 12)).toEqual(text);
  const { factor } = nearestInflation(
    {
      numLayers: 2,
      width: 64,
      hiddenWidth: 192,
      numHeads: 2,
      numKvHeads: 1,
      headWidth: 32,
      vocabulary: 1024,
      isTied: true,
    },
    30,
  );
  expect(factor).toBeGreaterThan(10);
});
