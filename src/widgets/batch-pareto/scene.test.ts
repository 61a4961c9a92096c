import { expect, test } from "vitest";
import { createScene, describeScene, makeTable, type ParetoValues } from "./scene.ts";

const VALUES: ParetoValues = {
  model: "llama-3.1-8b",
  hardware: "a100-80gb-sxm",
  estimate: "roofline",
  prompt: 1024,
  output: 256,
  batch: 32,
};

test("the weights are read once, the caches once for each request", () => {
  // Llama 3.1 8B keeps 131,072 B a token; the mean context is 1024 + 128, and the new token is read too.
  const [one, many] = [createScene({ ...VALUES, batch: 1 }), createScene(VALUES)];
  expect(one.work.caches / 131_072).toBeCloseTo(1154, -1);
  expect(many.work.caches / one.work.caches).toBeCloseTo(32, 9);
  // Only rows of the embedding table come with the batch: 31 of 4,096 numbers.
  expect(many.work.weights - one.work.weights).toBe(31 * 4096 * 2);
});

test("the intensity of attention does not know the batch, that of the matrices does", () => {
  const { works } = createScene(VALUES);
  const [first, last] = [works[0]!, works.at(-1)!];
  expect(last.batch).toBe(512);
  expect(last.attentionIntensity).toBeCloseTo(first.attentionIntensity, 6);
  // One row does one FLOP for each of its bytes; 512 fewer than 512 because their own bytes come on top.
  expect(first.matrixIntensity).toBeCloseTo(1, 2);
  expect(last.matrixIntensity).toBeGreaterThan(300);
});

test("four query heads on a KV head do about four FLOPs a byte in attention, one does one", () => {
  // 2 · 2 FLOPs a key and value element pair of 4 bytes, times the heads that share it.
  expect(createScene(VALUES).work.attentionIntensity).toBeCloseTo(4, 1);
  const wide = createScene({ ...VALUES, model: "llama-2-7b" });
  expect(wide.work.attentionIntensity).toBeCloseTo(1, 1);
});

test("a batch above what the memory holds is cut to it and said", () => {
  const scene = createScene({ ...VALUES, batch: 512 });
  expect(scene.most).toBeLessThan(512);
  expect(scene.chosen?.batch).toBe(scene.most);
  expect(describeScene(scene)).toContain(`a batch of ${scene.most} gives`);
});

test("13B in 16 bits does not fit on an L4, and the figure says so", () => {
  const scene = createScene({ ...VALUES, model: "llama-2-13b", hardware: "l4" });
  expect(scene.most).toBe(0);
  expect(scene.chosen).toBeUndefined();
  expect(describeScene(scene)).toContain("the memory holds no request");
  expect(makeTable(scene).rows).toEqual([]);
});

test("the table has a row for each point, and each is on the frontier of a bound", () => {
  const scene = createScene(VALUES);
  const { columns, rows } = makeTable(scene);
  expect(rows).toHaveLength(scene.points.length);
  expect(rows.every((row) => row.length === columns.length)).toBe(true);
  expect(rows.map((row) => row[0])).toEqual(
    [1, 2, 4, 8, 16, 32, 64, 128, 256, scene.most].slice(0, rows.length),
  );
});
