import { expect, test } from "vitest";
import { shuffledIndices } from "../../src/core/statistics/random.ts";
import { rowStride, type Pass } from "../../src/gpu/kernel.ts";
import {
  expectClose,
  expectGpuEqualsTwin,
  runOnGpu,
  runTwin,
} from "../../tools/gpu-testing/kernel-harness.ts";
import {
  randomFloats,
  randomInteger,
  randomMatrix,
  seededRandom,
} from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { attentionContiguous } from "../attention/kernel.ts";
import {
  flashMerge,
  flashPartialContiguous,
  flashPartialPaged,
  numSplits,
  type FlashSizes,
} from "./kernel.ts";

// As for attention in one kernel; sums of a split reach its number of keys, to which the tolerance is relative.
const TOLERANCE = 3e-5;

/** A decode step: a few rows at random positions, a shuffled block table, splits of any length. */
function flashCase(random: () => number, isLong: boolean) {
  const numKvHeads = randomInteger(random, 1, 2);
  const capacity = isLong ? randomInteger(random, 150, 400) : randomInteger(random, 1, 50);
  const blockSize = randomInteger(random, 1, 20);
  const numSequences = randomInteger(random, 1, 3);
  const tableWidth = Math.ceil(capacity / blockSize);
  const numSlots = numSequences * tableWidth * blockSize;
  const sizes: FlashSizes = {
    numHeads: numKvHeads * randomInteger(random, 1, 3),
    numKvHeads,
    headWidth: [2, 10, 256][randomInteger(random, 0, 40)] ?? 2 * randomInteger(random, 1, 40),
    capacity,
    numSlots,
    blockSize,
    splitLength: isLong ? randomInteger(random, 60, 140) : randomInteger(random, 1, 40),
  };
  const firstRow = randomInteger(random, 0, 3);
  const numRows = randomInteger(random, 1, 3);
  const pass: Pass = { numRows, firstRow, numContextTokens: numRows };
  const places = Array.from({ length: firstRow + numRows }, () => [
    randomInteger(random, 0, numSequences - 1),
    randomInteger(random, 0, capacity - 1),
  ]);
  const width = sizes.numHeads * sizes.headWidth;
  const numPartials = numRows * sizes.numHeads * numSplits(sizes) * (sizes.headWidth + 2);
  const contiguous = {
    rows: Uint32Array.from(places.flat()),
    queries: randomMatrix(random, numRows, width, rowStride(width)).map((x) => 4 * x),
    cache: randomFloats(random, 2 * numSlots * numKvHeads * sizes.headWidth),
    partials: new Float32Array(numPartials).fill(7), // shows any other write
  };
  const blockTable = Uint32Array.from(shuffledIndices(numSequences * tableWidth, random));
  return { sizes, pass, contiguous, paged: { ...contiguous, blockTable } };
}

function flashCases(seed: number) {
  const random = seededRandom(seed);
  return Array.from({ length: NUM_SHAPES }, (_, index) => flashCase(random, index % 10 === 0));
}

test(`partial sums equal their twin over ${NUM_SHAPES} random shapes`, async () => {
  const cases = flashCases(61).map(({ sizes, pass, contiguous }) => ({
    sizes,
    pass,
    arrays: contiguous,
  }));
  expectSeveralWorkgroups(flashPartialContiguous, cases, "xyz");
  await expectTwinOverShapes(flashPartialContiguous, cases, TOLERANCE);
});

test(`paged partial sums equal their twin over ${NUM_SHAPES} random shapes`, async () => {
  const cases = flashCases(62).map(({ sizes, pass, paged }) => ({ sizes, pass, arrays: paged }));
  expectSeveralWorkgroups(flashPartialPaged, cases, "xyz");
  await expectTwinOverShapes(flashPartialPaged, cases, TOLERANCE);
});

test(`merging equals its twin over ${NUM_SHAPES} random shapes`, async () => {
  const cases = flashCases(63).map(({ sizes, pass, contiguous }) => {
    const { rows, partials } = runTwin(flashPartialContiguous, sizes, pass, contiguous);
    const width = rowStride(sizes.numHeads * sizes.headWidth);
    const attended = new Float32Array(pass.numRows * width).fill(7);
    return { sizes, pass, arrays: { rows, partials, attended } };
  });
  expectSeveralWorkgroups(flashMerge, cases, "xy");
  await expectTwinOverShapes(flashMerge, cases, TOLERANCE);
});

// at-limits.test.ts has so many workgroups of the partial sums, which wait at barriers.
test(`merging equals its twin over ${MAX_WORKGROUPS} rows`, async () => {
  const random = seededRandom(66);
  const heads = { numHeads: 1, numKvHeads: 1, headWidth: 2 };
  const sizes = { ...heads, capacity: 1, numSlots: 1, blockSize: 1, splitLength: 1 };
  const pass = { numRows: MAX_WORKGROUPS, firstRow: 0, numContextTokens: MAX_WORKGROUPS };
  // A maximum, a sum of weights and two sums of values for each row: sums of weights are at least 1.
  const partials = randomFloats(random, 4 * MAX_WORKGROUPS).map((value) => 2 + value);
  const attended = new Float32Array(4 * MAX_WORKGROUPS).fill(7);
  expect(Math.max(...flashMerge.workgroups(sizes, pass))).toBe(MAX_WORKGROUPS);
  const rows = new Uint32Array(2 * MAX_WORKGROUPS);
  await expectGpuEqualsTwin(flashMerge, sizes, pass, { rows, partials, attended }, TOLERANCE);
});

test("the two kernels, one after the other, attend as attention in one kernel does", async () => {
  const { sizes, pass, contiguous, paged } = flashCase(seededRandom(64), true);
  await expectGpuEqualsTwin(flashPartialPaged, sizes, pass, paged, TOLERANCE);
  const { rows, partials } = await runOnGpu(flashPartialContiguous, sizes, pass, contiguous);
  const attended = new Float32Array(pass.numRows * rowStride(sizes.numHeads * sizes.headWidth));
  const merged = await runOnGpu(flashMerge, sizes, pass, { rows, partials, attended });
  const { queries, cache } = contiguous;
  const whole = { rows, queries, cache, attended };
  const expected = runTwin(attentionContiguous, sizes, pass, whole);
  expectClose("flash decode", merged.attended, expected.attended, TOLERANCE);
});

test("splits of unlike maxima are weighed against each other", () => {
  // One head of width 2, keys scored 0 and ln 3 in a split each: weights 1 and 1, maxima 0 and ln 3. On the scale
  // of the second: 1/3 · (4, 0) + 1 · (8, 4) over 4/3 = (28/3, 4) / (4/3) = (7, 3).
  const sizes = {
    numHeads: 1,
    numKvHeads: 1,
    headWidth: 2,
    capacity: 2,
    numSlots: 2,
    blockSize: 1,
    splitLength: 1,
  };
  const pass = { numRows: 1, firstRow: 0, numContextTokens: 2 };
  const rows = Uint32Array.from([0, 1]);
  const { partials } = runTwin(flashPartialContiguous, sizes, pass, {
    rows,
    queries: Float32Array.from([Math.SQRT2, 0, 0, 0]),
    cache: Float32Array.from([0, 1, Math.log(3), 5, 4, 0, 8, 4]),
    partials: new Float32Array(8),
  });
  [0, 1, 4, 0, Math.log(3), 1, 8, 4].forEach((value, index) =>
    expect(partials[index]).toBeCloseTo(value, 6),
  );
  const { attended } = runTwin(flashMerge, sizes, pass, {
    rows,
    partials,
    attended: new Float32Array(4),
  });
  [7, 3, 0, 0].forEach((value, index) => expect(attended[index]).toBeCloseTo(value, 5));
});

test("splitting writes and reads again two numbers and a vector for each split and head", () => {
  const sizes = {
    numHeads: 6,
    numKvHeads: 2,
    headWidth: 10,
    capacity: 64,
    numSlots: 64,
    blockSize: 16,
    splitLength: 20,
  };
  const pass = { numRows: 1, firstRow: 0, numContextTokens: 40 };
  const partial = flashPartialContiguous.cost(sizes, pass);
  expect(partial.flops).toBe(10_560); // 40 · 6 · (4·10 + 4)
  expect(partial.bytesRead).toBe(6648); // 8 + 4·60 + 2 · 4 · 40·2·10
  expect(partial.bytesWritten).toBe(576); // two splits: 4 · 2·6·12
  expect(flashPartialPaged.cost(sizes, pass).bytesRead).toBe(6660); // three blocks of 16 hold 40 tokens
  const merge = flashMerge.cost(sizes, pass);
  expect(merge.flops).toBe(324); // 2 · 2·6·11 + 60
  expect(merge.bytesRead).toBe(584); // 8 + 576
  expect(merge.bytesWritten).toBe(240);
});

test("a head wider than 256 is refused with a sentence", () => {
  const { sizes } = flashCase(seededRandom(65), false);
  for (const kernel of [flashPartialContiguous, flashPartialPaged, flashMerge]) {
    expect(() => kernel.constants({ ...sizes, headWidth: 258 })).toThrow(/256 at most/);
  }
});
