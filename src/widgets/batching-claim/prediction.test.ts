import { expect, test } from "vitest";
import { PREDICTION, writePrediction } from "./prediction.ts";

const ratio = (median: number, low: number, high: number) => ({
  median,
  low,
  high,
  numSamples: 15,
  confidence: 0.95,
});

test("the four ranges are offered in order", () => {
  expect(PREDICTION.options.map(({ value }) => value)).toEqual([
    "under-1.5",
    "1.5-4",
    "4-12",
    "over-12",
  ]);
});

test("sixteen sequences that cost as much as one meet the last range, edges belong to the range above", () => {
  expect(writePrediction("over-12", ratio(16, 15, 17))).toBe(
    "You predicted more than 12 times; measured: 16.0×.",
  );
  expect(writePrediction("4-12", ratio(4, 4, 5))).not.toContain("interval");
});

test("an interval that leaves or reaches the range is said", () => {
  expect(writePrediction("4-12", ratio(11.5, 11, 12.4))).toContain("leaves the range");
  expect(writePrediction("4-12", ratio(3.4, 3.1, 4.2))).toContain("reaches into the range");
});

test("a skipped prediction says nothing", () => {
  expect(writePrediction(undefined, ratio(2, 1, 3))).toBeUndefined();
});
