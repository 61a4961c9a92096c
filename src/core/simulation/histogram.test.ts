import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Histogram, QUANTILE_ERROR } from "./histogram.ts";

test("every quantile is within 1 % of the value of nearest rank", () => {
  const values = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, fraction) => {
      const histogram = new Histogram();
      for (const value of list) histogram.add(value);
      const rank = Math.max(1, Math.ceil(fraction * list.length));
      const exact = list.toSorted((a, b) => a - b)[rank - 1]!;
      expect(Math.abs(histogram.quantile(fraction) / exact - 1)).toBeLessThan(
        QUANTILE_ERROR + 1e-9,
      );
    }),
    { numRuns: 300 },
  );
});

test("a value counted three times weighs three times", () => {
  const histogram = new Histogram();
  histogram.add(1, 3);
  histogram.add(5);
  // (3 · 1 + 5) / 4
  expect(histogram.mean).toBe(2);
  expect(histogram.count).toBe(4);
  expect(histogram.quantile(0.75)).toBeCloseTo(1, 1);
  expect(Math.abs(histogram.quantile(0.76) / 5 - 1)).toBeLessThan(QUANTILE_ERROR);
});

test("zero is zero, and no value at all is no number", () => {
  const histogram = new Histogram();
  expect(histogram.summary()).toMatchObject({ count: 0, p50: Number.NaN, max: Number.NaN });
  histogram.add(0);
  expect(histogram.summary()).toMatchObject({ count: 1, mean: 0, p50: 0, p99: 0, max: 0 });
});

test("values beyond the buckets keep their maximum and mean", () => {
  const histogram = new Histogram();
  histogram.add(1e9);
  expect(histogram.summary()).toMatchObject({ mean: 1e9, max: 1e9, p50: 1e9 });
});
