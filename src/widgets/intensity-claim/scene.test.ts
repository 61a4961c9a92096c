import { expect, test } from "vitest";
import { PREDICTION, writePrediction } from "./prediction.ts";
import {
  curve,
  getCrossover,
  makeTable,
  measuredTimes,
  openCrossover,
  rowAt,
  writeEvidence,
  writeVerdict,
} from "./scene.ts";

/** Units stand behind a space that does not break. */
const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");

test("the layer is memory bound at batches 1 and 32, compute bound at 256 and 512", () => {
  expect([1, 32, 188, 189, 256, 512].map((batch) => rowAt(batch).bound)).toEqual([
    "memory",
    "memory",
    "memory",
    "compute",
    "compute",
    "compute",
  ]);
});

test("the crossing is an answer that can be predicted", () => {
  expect(getCrossover()).toBe(189);
  expect(PREDICTION.options.map(({ value }) => value)).toContain("189");
  expect(writePrediction("189", 189)).toBe("You predicted 189, and that is it.");
  expect(writePrediction("153", 189)).toContain("153 is the ridge");
  expect(writePrediction(undefined, 189)).toBeUndefined();
});

test("what the reply says of 32 and 512 is what the sum says", () => {
  expect(Math.round(rowAt(32).intensity)).toBe(31);
  expect(Math.round(rowAt(512).intensity)).toBe(315);
});

test("no real kernel was faster than the line", () => {
  const measured = measuredTimes();
  expect(measured.map(({ batch }) => batch)).toEqual(
    expect.arrayContaining([1, 32, 192, 200, 512, 1024]),
  );
  for (const { batch, seconds } of measured) expect(seconds).toBeGreaterThan(rowAt(batch).least);
});

test("the evidence is read off the measured times", () => {
  // 10/9 = 1.1; 49/26 = 1.9; 13 µs at 192 rows, 18 µs at 200.
  const [ends, jump] = writeEvidence(measuredTimes()).map(plain);
  expect(ends).toContain("32 times and the time 1.1×");
  expect(ends).toContain("the work doubles and the time grows 1.9×");
  expect(jump).toContain("jumps from 13.0 µs to 18.0 µs");
  expect(writeEvidence([])).toEqual([]);
});

test("the opened number ends in the verdict's batch", () => {
  expect(plain(openCrossover().substitution)).toMatch(/= 188\.16, so 189$/);
  expect(writeVerdict()).toContain("crossed at 189, not at the ridge, 153");
});

test("the table gives the times only once they are worked out", () => {
  expect(makeTable(false).columns).not.toContain("Memory (s)");
  const { columns, rows } = makeTable(true);
  expect(rows.every((row) => row.length === columns.length)).toBe(true);
});

test("the curve covers batches 1 to 1,024", () => {
  const batches = curve().map(({ batch }) => batch);
  expect([batches[0], batches.at(-1)]).toEqual([1, 1024]);
});
