import { expect, test } from "vitest";
import { MODELS } from "../../core/catalog/models/models.ts";
import { openNeeded } from "./opened.ts";
import {
  allReduceShare,
  createScene,
  describeHeads,
  describeScene,
  makeTable,
  ownSeconds,
} from "./scene.ts";

const VALUES = {
  model: "llama-3.1-405b",
  weights: "fp8",
  hardware: "a100-80gb-sxm",
  batch: 16,
  context: 8192,
};

test("Llama 3.1 405B in 8 bits needs six A100s by capacity, and eight to be split", () => {
  // 405.9 GB and 16 · 8192 · 516,096 B = 67.6 GB of cache: 473.5 / 80 = 5.9.
  const scene = createScene(VALUES);
  expect(scene.needed?.ranks).toBe(8);
  expect(openNeeded(scene).substitution).toContain("= 6 → 8");
});

test("on 16 GPUs its eight KV heads are kept twice, and a GPU's cache shrinks no more", () => {
  const [, , , eight, sixteen] = createScene(VALUES).rows;
  expect([eight!.headsPerRank, sixteen!.headsPerRank]).toEqual([1, 1]);
  expect([eight!.copies, sixteen!.copies]).toEqual([1, 2]);
  // 16 · 8192 tokens · 2 · 126 layers · 1 head · 128 · 2 B = 8,455,716,864 B.
  expect(sixteen!.cache).toBe(8_455_716_864);
  expect(eight!.cache).toBe(sixteen!.cache);
});

test("a step has two all-reduces a layer", () => {
  const { nvlink, pcie } = createScene(VALUES).rows[3]!;
  expect(nvlink!.numAllReduces).toBe(252);
  // 16 tokens · 16,384 wide · 2 B = 524,288 B.
  expect(nvlink!.allReduceBytes).toBe(524_288);
  // 252 · (latency + 2·7/8·524,288 B / bandwidth).
  const each = nvlink!.link.latency + (1.75 * 524_288) / nvlink!.link.busBandwidthPerDirection;
  expect(nvlink!.allReduce).toBeCloseTo(252 * each, 12);
  expect(allReduceShare(pcie!)).toBeGreaterThan(allReduceShare(nvlink!));
});

test("the step is own work and all-reduces, nothing else", () => {
  const row = createScene(VALUES).rows[3]!;
  expect(row.nvlink!.seconds).toBeCloseTo(ownSeconds(row)! + row.nvlink!.allReduce, 12);
});

test("a batch of one reads weights only: its eight GPUs wait for memory", () => {
  const { own } = createScene({ ...VALUES, batch: 1 }).rows[3]!;
  expect(own!.compute).toBe(0);
  // 405.9e9 B / 8 / 2.039e12 B/s = 24.9 ms, and the cache of 8192 tokens, 0.26 ms.
  expect(own!.memory * 1e3).toBeGreaterThan(24);
  expect(own!.memory * 1e3).toBeLessThan(26.5);
});

test("every model of the catalogue has a sentence, a table, and no number that is none", () => {
  for (const { id } of MODELS) {
    const scene = createScene({ ...VALUES, model: id });
    const said = `${describeScene(scene)} ${describeHeads(scene)} ${JSON.stringify(makeTable(scene))}`;
    expect(said).not.toMatch(/NaN|Infinity|undefined/);
  }
});
