import { expect, test } from "vitest";
import { rowStride } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomInteger, randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { kvAppendContiguous, kvAppendPaged } from "./kernel.ts";

/** The numbers 0..length - 1 in a random order. */
function shuffled(random: () => number, length: number): Uint32Array {
  const keyed = Array.from({ length }, (_, value) => ({ value, key: random() }));
  return Uint32Array.from(keyed.toSorted((a, b) => a.key - b.key).map(({ value }) => value));
}

interface Shape {
  readonly numKvHeads: number;
  readonly headWidth: number;
  readonly capacity: number;
  readonly blockSize: number;
  readonly numSequences: number;
  /** At most as many as the sequences have room for. */
  readonly numRows: number;
}

function randomShape(random: () => number, headWidth: number): Shape {
  return {
    capacity: randomInteger(random, 1, 40),
    blockSize: randomInteger(random, 1, 9),
    numSequences: randomInteger(random, 1, 4),
    numRows: randomInteger(random, 1, 6),
    numKvHeads: randomInteger(random, 1, 4),
    headWidth,
  };
}

function appendCase(random: () => number, shape: Shape) {
  const { numKvHeads, headWidth, capacity, blockSize, numSequences } = shape;
  const numBlocks = numSequences * Math.ceil(capacity / blockSize);
  const numSlots = numBlocks * blockSize;
  const firstRow = randomInteger(random, 0, 3);
  // Each row of a pass has a place of its own, or it would matter which was stored last.
  const places = shuffled(random, numSequences * capacity).slice(0, shape.numRows);
  const width = numKvHeads * headWidth;
  const contiguous = {
    rows: Uint32Array.from([
      ...Array.from({ length: 2 * firstRow }, () => 0),
      ...[...places].flatMap((place) => [Math.floor(place / capacity), place % capacity]),
    ]),
    keys: randomMatrix(random, places.length, width, rowStride(width)),
    values: randomMatrix(random, places.length, width, rowStride(width)),
    cache: new Float32Array(2 * numSlots * width).fill(7), // shows any write elsewhere
  };
  return {
    sizes: { numKvHeads, headWidth, capacity, numSlots, blockSize },
    pass: { numRows: places.length, firstRow, numContextTokens: places.length },
    contiguous,
    paged: { ...contiguous, blockTable: shuffled(random, numBlocks) },
  };
}

test(`both appends equal their twins over ${NUM_SHAPES} random shapes and shuffled blocks`, async () => {
  const random = seededRandom(14);
  const built = Array.from({ length: NUM_SHAPES }, (_, index) => {
    const headWidth = [2, 10, 64][index] ?? 2 * randomInteger(random, 1, 32);
    return appendCase(random, randomShape(random, headWidth));
  });
  const contiguous = built.map(({ sizes, pass, contiguous: arrays }) => ({ sizes, pass, arrays }));
  const paged = built.map(({ sizes, pass, paged: arrays }) => ({ sizes, pass, arrays }));
  expectSeveralWorkgroups(kvAppendPaged, paged, "xy");
  // Copies: nothing may differ.
  await expectTwinOverShapes(kvAppendContiguous, contiguous, 0);
  await expectTwinOverShapes(kvAppendPaged, paged, 0);
  const [one] = built;
  await expectGpuEqualsTwin(kvAppendContiguous, one!.sizes, one!.pass, one!.contiguous, 0);
  await expectGpuEqualsTwin(kvAppendPaged, one!.sizes, one!.pass, one!.paged, 0);
});

test(`both appends equal their twins over ${MAX_WORKGROUPS} rows`, async () => {
  const { sizes, pass, contiguous, paged } = appendCase(seededRandom(15), {
    numKvHeads: 1,
    headWidth: 2,
    capacity: 1000,
    blockSize: 16,
    numSequences: 66,
    numRows: MAX_WORKGROUPS,
  });
  expect(kvAppendPaged.workgroups(sizes, pass)).toEqual([1, MAX_WORKGROUPS, 1]);
  await expectGpuEqualsTwin(kvAppendContiguous, sizes, pass, contiguous, 0);
  await expectGpuEqualsTwin(kvAppendPaged, sizes, pass, paged, 0);
});

test("a position's block table entry says which block its key goes to", () => {
  const arrays = {
    rows: Uint32Array.from([0, 3]),
    keys: Float32Array.from([1, 2, 0, 0]),
    values: Float32Array.from([3, 4, 0, 0]),
    blockTable: Uint32Array.from([1, 0]),
    cache: new Float32Array(16),
  };
  const sizes = { numKvHeads: 1, headWidth: 2, capacity: 4, numSlots: 4, blockSize: 2 };
  const pass = { numRows: 1, firstRow: 0, numContextTokens: 4 };
  // Position 3 is the second token of the sequence's second block, which is block 0: slot 0·2 + 1 = 1.
  const paged = runTwin(kvAppendPaged, sizes, pass, arrays).cache;
  expect([...paged]).toEqual([0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0]);
  // Without a table, position 3 is slot 3.
  const contiguous = runTwin(kvAppendContiguous, sizes, pass, arrays).cache;
  expect([...contiguous]).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 3, 4]);
});

test("paging adds four bytes to a row's traffic", () => {
  const sizes = { numKvHeads: 3, headWidth: 10, capacity: 64, numSlots: 64, blockSize: 16 };
  const pass = { numRows: 5, firstRow: 0, numContextTokens: 50 };
  const contiguous = kvAppendContiguous.cost(sizes, pass);
  expect(contiguous.bytesRead).toBe(1240); // 5 · (8 + 2·4·30)
  expect(contiguous.bytesWritten).toBe(1200); // 5 · 2·4·30
  expect(kvAppendPaged.cost(sizes, pass).bytesRead).toBe(1260); // 5 · (8 + 4 + 2·4·30)
});
