import { expect, test } from "vitest";
import { answerRange, askRange, type Range } from "./prediction.ts";

const RANGES: readonly Range[] = [
  { value: "little", label: "less than twice", low: 0, high: 2 },
  { value: "much", label: "twice or more", low: 2, high: Infinity },
];
const found = (median: number, low: number, high: number) => ({ median, low, high });
const times = (value: number) => `${value}×`;

test("ranges are offered in order", () => {
  expect(askRange("How much?", RANGES).options.map(({ value }) => value)).toEqual([
    "little",
    "much",
  ]);
});

test("inside, outside, and intervals that cross the edge are said apart", () => {
  const answer = (value: string | undefined, number: ReturnType<typeof found> | undefined) =>
    answerRange(RANGES, value, number, times)[0];
  expect(answer("much", found(3, 2.5, 4))).toBe("You predicted twice or more; measured: 3×.");
  expect(answer("much", found(3, 1.5, 4))).toContain("leaves the range");
  expect(answer("little", found(3, 1.5, 4))).toContain("reaches into the range");
  expect(answer("little", found(3, 2.5, 4))).toBe("You predicted less than twice; measured: 3×.");
  expect(answer("much", undefined)).toContain("nothing could be measured");
  expect(answer(undefined, found(3, 2, 4))).toBeUndefined();
});
