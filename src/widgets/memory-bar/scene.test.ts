import { expect, test } from "vitest";
import { createScene, describeScene, makeTable } from "./scene.ts";

const VALUES = {
  model: "llama-3.1-405b",
  weights: "bf16",
  kv: "bf16",
  context: 8192,
  batch: 16,
  hardware: "a100-80gb-sxm",
  gpus: "8",
};
const GIB = 2 ** 30;

test("eight A100s do not hold Llama 3.1 405B in 16 bits", () => {
  // 405.85e9 · 2 B / 8 = 101.5 GB = 94.5 GiB each; vLLM may use 79.25 · 0.92 = 72.9 GiB.
  const { fits, verdict, memory } = createScene(VALUES);
  expect(fits).toBe(false);
  expect(memory!.layers[0]!.bytes / GIB).toBeCloseTo(94.5, 1);
  expect(memory!.usable / GIB).toBeCloseTo(72.9, 1);
  expect(verdict).toContain("the weights alone");
});

test("every remedy that is offered makes it fit", () => {
  const { remedies } = createScene(VALUES);
  expect(remedies.map(({ change }) => change)).toEqual([{ gpus: "16" }, { weights: "fp8" }]);
  for (const { change } of remedies) {
    expect(createScene({ ...VALUES, ...change }).fits).toBe(true);
  }
});

test("where the weights fit and the caches do not, fewer or shorter sequences help", () => {
  const { fits, remedies, memory } = createScene({
    ...VALUES,
    weights: "fp8",
    batch: 128,
    context: 32_768,
  });
  expect(fits).toBe(false);
  expect(remedies.slice(0, 2).map(({ change }) => Object.keys(change))).toEqual([
    ["batch"],
    ["context"],
  ]);
  expect(remedies[0]!.change.batch).toBe(memory!.holds);
});

test("the cache of Llama 3.1 8B takes 128 KiB a token", () => {
  // 2 · 32 layers · 8 heads · 128 wide · 2 B = 131,072 B; 4 · 2048 tokens are 1 GiB.
  const values = { ...VALUES, model: "llama-3.1-8b", gpus: "1", batch: 4, context: 2048 };
  const { memory, fits } = createScene(values);
  expect(memory!.layers[2]!.bytes).toBe(GIB);
  expect(fits).toBe(true);
});

test("no single change puts 405B on one T4: the pair is offered, or nothing", () => {
  const { remedies } = createScene({ ...VALUES, hardware: "t4", gpus: "1" });
  expect(remedies).toEqual([]);
});

test("a model that does not divide says so instead of a picture", () => {
  const scene = createScene({ ...VALUES, model: "gpt2", gpus: "16" });
  if (scene.memory === undefined) {
    expect(scene.verdict).toMatch(/\.$/);
    expect(makeTable(scene).rows).toEqual([]);
  }
  expect(describeScene(scene)).not.toMatch(/NaN|Infinity|undefined/);
});
