// The ladder of inflation: its ends, its arithmetic, and that what cannot fit is refused before anything is allocated.
import { describe, expect, test } from "vitest";
import { goldenModel } from "../../tests/engine/greedy.ts";
import { modelFolder } from "../../tools/model-files.ts";
import { countParameters, type ModelShape } from "../core/catalog/models/model-shape.ts";
import { bytes, MEBI } from "../core/units/units.ts";
import { CpuBackend } from "../gpu/cpu-backend.ts";
import { EngineCore } from "./engine-core.ts";
import { inflationLadder, nearestInflation } from "./inflate.ts";
import { tensorShapes } from "./weights.ts";

const STORY: ModelShape = {
  numLayers: 6,
  width: 128,
  hiddenWidth: 384,
  numHeads: 4,
  numKvHeads: 2,
  headWidth: 32,
  vocabulary: 1024,
  isTied: true,
};

/** What is uploaded, tensor by tensor. */
function countUploaded(shape: ModelShape): number {
  const sizes = [...tensorShapes(shape).values()];
  return sizes.reduce((sum, dimensions) => sum + dimensions.reduce((a, b) => a * b, 1), 0);
}

describe("the ladder of the story model", () => {
  const ladder = inflationLadder(STORY);

  test("begins with the model itself", () => {
    expect(ladder[0]).toEqual({ factor: 1, shape: STORY });
  });

  test("ends at a billion parameters, about 800 times the model", () => {
    // By hand: V·D = 1024·2048 = 2,097,152. A layer: Q and its output 2·2048², K and V 2·1024·2048, gate, up and down
    // 3·2048·6144, two norms of 2048: 50,335,744. 21 layers, the table and the last norm: 1,059,149,824.
    const top = ladder.at(-1)!;
    expect(countParameters(top.shape)).toBe(21 * 50_335_744 + 2_097_152 + 2048);
    // The model itself: 131,072 + 6·196,864 + 128 = 1,312,384.
    expect(top.factor).toBeCloseTo(1_059_149_824 / 1_312_384, 9);
    expect(Math.round(top.factor)).toBe(807);
  });

  test("each rung has as many parameters as its tensors have numbers", () => {
    for (const { factor, shape } of ladder) {
      expect(countUploaded(shape)).toBe(countParameters(shape));
      expect(factor).toBe(countParameters(shape) / 1_312_384);
    }
  });

  test("rises from rung to rung, and each rung is the nearest to itself", () => {
    const factors = ladder.map(({ factor }) => factor);
    expect(factors).toEqual(factors.toSorted((a, b) => a - b));
    expect(factors.map((factor) => nearestInflation(STORY, factor).factor)).toEqual(factors);
  });
});

test("heads that would grow too wide for the kernels end the ladder early", () => {
  // 128 twice is 256, the widest that a workgroup holds; four times is not.
  const widths = inflationLadder({ ...STORY, headWidth: 128 }).map(({ shape }) => shape.headWidth);
  expect(Math.max(...widths)).toBe(256);
});

/** An engine on the CPU that counts what is allocated. */
async function openCounting(memoryBudget?: number) {
  const backend = new CpuBackend();
  const labels: string[] = [];
  const allocate = backend.allocate.bind(backend);
  backend.allocate = (label, element, length) => {
    labels.push(label);
    return allocate(label, element, length);
  };
  const engine = new EngineCore(async () => ({ kind: "ready", backend }));
  await engine.open({
    backend: "cpu",
    ...(memoryBudget !== undefined && { memoryBudget: bytes(memoryBudget) }),
  });
  return { engine, labels };
}

describe("an inflated model beyond the budget", () => {
  test.each([
    // 7.5 M, 43 M and 89 M parameters of four bytes each.
    [46, 16 * MEBI, /needs 29 MiB, and 16 MiB of the 16 MiB budget are free/],
    [264, 64 * MEBI, /needs 166 MiB, and 64 MiB of the 64 MiB budget are free/],
    [543, 64 * MEBI, /needs 341 MiB, and 64 MiB/],
  ])("%d times in a planted budget", async (inflation, budget, sentence) => {
    const { engine, labels } = await openCounting(budget);
    const source = await modelFolder(goldenModel("stories-draft").folder);
    const refused = engine.load({ source, inflation });
    await expect(refused).rejects.toMatchObject({ code: "out-of-memory" });
    await expect(refused).rejects.toThrow(sentence);
    await expect(refused).rejects.toThrow(/Choose a smaller model.* or raise the budget\.$/);
    expect(labels).toEqual([]);
    await engine.close();
  });

  test("a billion parameters in what software adapters get", async () => {
    const { engine, labels } = await openCounting();
    const source = await modelFolder(goldenModel("stories-1m").folder);
    const refused = engine.load({ source, inflation: 807 });
    // 1,059,149,824 numbers of four bytes: 4,040.4 MiB.
    await expect(refused).rejects.toThrow(/needs 4,041 MiB, and 1,024 MiB of the 1,024 MiB budget/);
    expect(labels).toEqual([]);
    await engine.close();
  });
});
