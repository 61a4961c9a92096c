// What a step dispatches: five operations a layer on the fused path, whatever the model and the KV layout.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goldenModels } from "../../tests/engine/greedy.ts";
import { modelFolder } from "../../tools/model-files.ts";
import { CpuBackend } from "../gpu/cpu-backend.ts";
import { EngineCore } from "./engine-core.ts";
import type { KvLayout, Path, RunReport } from "./engine.ts";

/** Embedding; then final norm, head, argmax and the bookkeeping that moves on. */
const BESIDE_LAYERS = 5;
/** Without the cache the last row of each sequence is selected out of all rows. */
const SELECTION = 1;

const LAYOUTS: readonly KvLayout[] = ["contiguous", "paged"];

describe.each(goldenModels)("of $name", ({ folder, runs }) => {
  const prompts = runs.map(({ promptIds }) => promptIds.slice(0, 12));
  let engine: EngineCore;
  let numLayers = 0;
  beforeAll(async () => {
    engine = new EngineCore(async () => ({ kind: "ready", backend: new CpuBackend() }));
    await engine.open({ backend: "cpu" });
    const { shape } = await engine.load({ source: await modelFolder(folder) });
    ({ numLayers } = shape);
  });
  afterAll(() => engine.close());

  async function plan(path: Path): Promise<RunReport> {
    const report = await engine.start({
      prompts,
      numNewTokens: 8,
      path,
      sampling: { kind: "greedy" },
      stopTokens: [],
    });
    await engine.end(report.runId);
    return report;
  }

  test.each(LAYOUTS)("a fused decode step has five dispatches a layer, %s", async (kvLayout) => {
    const { firstStep, lastStep } = await plan({ cache: true, fusion: true, kvLayout });
    expect(firstStep.numDispatches).toBe(BESIDE_LAYERS + 5 * numLayers);
    expect(lastStep.numDispatches).toBe(firstStep.numDispatches);
  });

  test.each(LAYOUTS)("so has a fused step that computes every row again, %s", async (kvLayout) => {
    const { firstStep } = await plan({ cache: false, fusion: true, kvLayout });
    expect(firstStep.numDispatches).toBe(BESIDE_LAYERS + SELECTION + 5 * numLayers);
  });

  test.each(LAYOUTS)("an unfused step has eighteen a layer, %s", async (kvLayout) => {
    const { firstStep } = await plan({ cache: true, fusion: false, kvLayout });
    expect(firstStep.numDispatches).toBe(BESIDE_LAYERS + 18 * numLayers);
  });
});
