// The largest batch: 64 sequences of 1 to 64 tokens at once, against each of them alone.
import { afterEach, expect, test } from "vitest";
import type { BackendKind, Path } from "../../src/model/engine.ts";
import { EngineCore } from "../../src/model/engine-core.ts";
import { modelFolder } from "../../tools/model-files.ts";
import { openTestBackend } from "../../tools/node-engine.ts";
import { generateGreedy, goldenModel } from "./greedy.ts";

const NUM_SEQUENCES = 64;
const NUM_NEW_TOKENS = 6;

/** The smallest of the golden folders. */
const { folder, runs } = goldenModel("llama3-rope-parameters");
const LONG = runs.find(({ promptIds }) => promptIds.length === 200)!.promptIds;

/** Lengths 1 to 64 in no order; each begins at another token, so that no two are alike. */
const PROMPTS = Array.from({ length: NUM_SEQUENCES }, (_, index) =>
  LONG.slice(index, index + 1 + ((index * 37) % NUM_SEQUENCES)),
);

const ALONE: Path = { cache: true, fusion: true, kvLayout: "contiguous" };

const engines: EngineCore[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function openEngine(backend: BackendKind): Promise<EngineCore> {
  const engine = new EngineCore(openTestBackend);
  engines.push(engine);
  await engine.open({ backend });
  await engine.load({ source: await modelFolder(folder) });
  return engine;
}

test.each<BackendKind>(["cpu", "webgpu"])(
  "64 sequences of 1 to 64 tokens write on %s what each writes alone",
  async (backend) => {
    const lengths = PROMPTS.map(({ length }) => length).toSorted((a, b) => a - b);
    expect(lengths).toEqual(Array.from({ length: NUM_SEQUENCES }, (_, index) => index + 1));
    // Alone on the CPU, whose twins know nothing of the other backend's passes.
    const single = await openEngine("cpu");
    const alone: number[][] = [];
    for (const prompt of PROMPTS) {
      alone.push(...(await generateGreedy(single, ALONE, [prompt], NUM_NEW_TOKENS)));
    }
    const engine = await openEngine(backend);
    for (const kvLayout of ["contiguous", "paged"] as const) {
      const path = { ...ALONE, kvLayout };
      const together = await generateGreedy(engine, path, PROMPTS, NUM_NEW_TOKENS);
      expect(together, kvLayout).toEqual(alone);
    }
  },
);
