import { expect, test } from "vitest";
import { LAYER_1024_4096, LLAMA_LAYER, publishedPoints } from "./measured.tsx";

test("one row through 1024 → 4096 in 9 µs on the A100, in 6 µs on the H100", () => {
  const points = publishedPoints(LAYER_1024_4096, [1]);
  expect(points.map(({ gpu, label }) => [gpu, label])).toEqual([
    ["a100", "1"],
    ["h100", "1"],
  ]);
  // 2 · 1024 · 4096 FLOP = 8,388,608; 2 B · (1024 + 1024 · 4096 + 4096) = 8,398,848 B.
  expect(points[0]!.rate / 1e12).toBeCloseTo(8.388608 / 9, 6);
  expect(points[1]!.rate / 1e12).toBeCloseTo(8.388608 / 6, 6);
  expect(points[0]!.intensity).toBeCloseTo(0.99878, 5);
});

test("a layer's products add up: no rate is above that of the fastest of them", () => {
  const together = publishedPoints(LLAMA_LAYER, [128])[0]!;
  const apart = LLAMA_LAYER.operators.map(
    (operator) => publishedPoints({ ...LLAMA_LAYER, operators: [operator] }, [128])[0]!,
  );
  const rates = apart.map(({ rate }) => rate);
  expect(together.rate).toBeGreaterThan(Math.min(...rates));
  expect(together.rate).toBeLessThan(Math.max(...rates));
});

test("numbers of rows that nobody measured give no point", () => {
  expect(publishedPoints(LAYER_1024_4096, [3])).toEqual([]);
  expect(publishedPoints({ ...LLAMA_LAYER, model: "llama-3-8b" }, [1])).toHaveLength(1);
});
