import { expect, test } from "vitest";
import { writeStats } from "./opened.ts";
import { createScene, describeScene, sayBound, type LinearValues } from "./scene.ts";

const VALUES: LinearValues = {
  inputs: 1024,
  outputs: 4096,
  batch: 512,
  format: "bf16",
  hardware: "a100-80gb-sxm",
  measured: false,
};

/** Units stand behind a space that does not break. */
const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");

test("nn.Linear(1024, 4096) is compute bound at batch 512 and memory bound at batch 1", () => {
  // Batch 512: 2·512·1024·4096 = 4.295 GFLOP / 312 TFLOP/s = 13.77 µs; 2·(0.52 + 4.19 + 2.10) M = 13.63 MB / 2.039
  // TB/s = 6.685 µs.
  const { chosen, examples } = createScene(VALUES);
  expect(chosen.time.compute * 1e6).toBeCloseTo(13.766, 3);
  expect(chosen.time.memory * 1e6).toBeCloseTo(6.685, 3);
  expect(examples.map((point) => [point.batch, sayBound(point)])).toEqual([
    [1, "memory bound"],
    [32, "memory bound"],
    [256, "compute bound"],
    [512, "compute bound"],
  ]);
});

test("the crossover is 189, the ridge 153", () => {
  const { crossover, ridge } = createScene(VALUES);
  expect(crossover).toBe(189);
  expect(ridge).toBeCloseTo(153.02, 2);
});

test("the curve goes from batch 1 to the end of the axis and changes its verdict once", () => {
  const { curve } = createScene(VALUES);
  expect([curve[0]?.batch, curve.at(-1)?.batch]).toEqual([1, 1024]);
  const changes = curve.filter(
    (point, i) => point.time.bound !== curve[Math.max(0, i - 1)]?.time.bound,
  );
  expect(changes).toHaveLength(1);
});

test("a narrow layer has no crossover, and says so", () => {
  // 2·64·64 = 8,192; 306·128 = 39,168: the activations' bytes alone outweigh the arithmetic.
  const values = { ...VALUES, inputs: 64, outputs: 64 };
  const scene = createScene(values);
  expect(scene.crossover).toBeUndefined();
  expect(describeScene(scene, values)).toContain("No batch makes it compute bound.");
  expect(writeStats(scene, values).at(-1)?.value).toBe("none");
});

test("measured points belong to the layer, the GPU and 16 bits", () => {
  expect(createScene(VALUES).measured.length).toBeGreaterThan(25);
  expect(createScene({ ...VALUES, format: "int8" }).measured).toEqual([]);
  expect(createScene({ ...VALUES, hardware: "t4" }).measured).toEqual([]);
  expect(createScene({ ...VALUES, inputs: 1088 }).measured).toEqual([]);
});

test("no measured time is below the line", () => {
  const layers = [
    { hardware: "a100-80gb-sxm", inputs: 1024, outputs: 4096 },
    { hardware: "h100-sxm", inputs: 1024, outputs: 4096 },
    { hardware: "a100-80gb-sxm", inputs: 4096, outputs: 12_288 },
  ];
  for (const { hardware, inputs, outputs } of layers) {
    const scene = createScene({ ...VALUES, hardware, inputs, outputs });
    for (const { batch, seconds } of scene.measured) {
      const at = createScene({ ...VALUES, hardware, inputs, outputs, batch }).chosen;
      expect(seconds).toBeGreaterThan(at.time.seconds);
    }
  }
});

test("the numbers open into sums that hold", () => {
  const stats = writeStats(createScene(VALUES), VALUES);
  expect(stats.map(({ value }) => plain(value))).toEqual([
    "315 FLOP/B",
    "6.69 µs",
    "13.8 µs",
    "189",
  ]);
  // 306.03 · 4,194,304 / (8,388,608 − 306.03 · 5,120) = 1,283,592,000 / 6,821,723 = 188.16.
  expect(plain(stats[3]?.opened?.substitution)).toMatch(/= 188\.16, so 189$/);
});
