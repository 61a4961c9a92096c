import { expect, test } from "vitest";
import { createRandom } from "../statistics/random.ts";
import { gammaDraw } from "./gamma.ts";

function momentsOf(mean: number, cv: number) {
  const draw = gammaDraw({ mean, cv }, createRandom(3));
  const values = Array.from({ length: 40_000 }, draw);
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (values.length - 1);
  return { values, average, cv: Math.sqrt(variance) / average };
}

// The standard error of the mean is cv/200, that of the cv a few times as much.
test.each([0.3, 0.87, 1, 2, 4])("numbers with a cv of %d have it, and their mean", (cv) => {
  const moments = momentsOf(338, cv);
  expect(Math.abs(moments.average / 338 - 1)).toBeLessThan((4 * cv) / 200);
  expect(Math.abs(moments.cv / cv - 1)).toBeLessThan(0.1);
  expect(moments.values.every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
});

test("without spread every number is the mean", () => {
  expect(momentsOf(5, 0).values.every((value) => value === 5)).toBe(true);
});

test("a spread too small for a shape is none", () => {
  expect(momentsOf(5, 1e-200).values.every((value) => value === 5)).toBe(true);
});

test("a cv of 1 is exponential: the median is ln 2 of the mean", () => {
  const { values } = momentsOf(1, 1);
  const below = values.filter((value) => value < Math.LN2).length / values.length;
  expect(Math.abs(below - 0.5)).toBeLessThan(0.01);
});
