import { expect, test } from "vitest";
import { writePrediction } from "./prediction.ts";
import {
  getGpu,
  gridOf,
  makeTable,
  rankGpus,
  writeFurther,
  writeResults,
  writeVerdict,
} from "./scene.ts";

/** Units stand behind a space that does not break. */
const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");

test("153 FLOP fit into the time of one byte, 306 into that of a 16-bit number", () => {
  // 312 TFLOP/s / 2.039 TB/s = 153.02.
  expect(writeVerdict(getGpu())).toBe(
    "Loading takes longer for what is used only once: 153 FLOP fit into the time of one byte.",
  );
  const results = writeResults(getGpu());
  expect(results.map(({ value }) => plain(value))).toEqual(["153 FLOP", "306 FLOP"]);
  expect(plain(results[0]?.opened?.substitution)).toBe("312 TFLOP/s / 2.039 TB/s = 153 FLOP");
});

test("over NVLink a byte costs 1,040 FLOP, over PCIe 9,902", () => {
  // 312 / 0.3 = 1,040; PCIe 4.0: 16 · 16 GT/s · 128/130 / 8 = 31.508 GB/s; 312 T / 31.508 G = 9,902.3.
  expect(writeFurther(getGpu())).toBe(
    "Further out a byte takes longer still: 1,040 FLOP over NVLink (one direction), 9,902 FLOP over PCIe 4.0 ×16.",
  );
});

test("the prediction of about 150 holds, the others do not", () => {
  expect(writePrediction("150", 153.02)).toBe(
    "You predicted about 150; the datasheet says 153, as you said.",
  );
  expect(writePrediction("1500", 153.02)).toBe(
    "You predicted about 1,500; the datasheet says 153.",
  );
  expect(writePrediction(undefined, 153.02)).toBeUndefined();
});

test("the picture has a square for each FLOP", () => {
  const cells = gridOf(153.02, 17);
  expect(cells).toHaveLength(153);
  expect(cells.at(-1)).toEqual({ row: 8, column: 16 });
});

test("before it is worked out the table does not give the ratio away", () => {
  expect(makeTable(false).columns).not.toContain("FLOP/B");
  expect(makeTable(true).columns).toContain("FLOP/B");
});

test("on every GPU of the catalogue more than 80 FLOP fit into a byte", () => {
  const ranked = rankGpus();
  expect(ranked.length).toBeGreaterThanOrEqual(14);
  expect(ranked[0]?.flopsPerByte).toBeGreaterThan(80);
});
