import { describe, expect, test } from "vitest";
import { rowStride, type Pass } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import {
  randomFloats,
  randomInteger,
  randomMatrix,
  seededRandom,
} from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralTurns,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  randomLaneWidth,
  randomTiledSizes,
  tileOf,
} from "../../tools/gpu-testing/shape-sweep.ts";
import {
  NORM_QKV_CONTIGUOUS_VARIANTS,
  NORM_QKV_PAGED_VARIANTS,
  normQkvRopeAppendContiguous,
  normQkvRopeAppendContiguousStrip,
  normQkvRopeAppendPaged,
  normQkvRopeAppendPagedStrip,
} from "./kernel.ts";

const passOf = (numRows: number, firstRow = 0): Pass => ({
  numRows,
  firstRow,
  numContextTokens: numRows,
});

/** f32 against f64: a few hundred products with a sum near 10 keep an absolute error under 2e-5. */
const TOLERANCE = 5e-5;

interface Shape {
  readonly width: number;
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headWidth: number;
  readonly numSequences: number;
  readonly capacity: number;
  readonly blockSize: number;
}

/** Primes that leave every tile a remainder: 3 query heads for each KV head, 75 pairs of width 10. */
const REMAINDERS: Shape = {
  width: 263,
  numHeads: 9,
  numKvHeads: 3,
  headWidth: 10,
  numSequences: 3,
  capacity: 29,
  blockSize: 4,
};

/** The sides of what a workgroup makes: rows and pairs. */
function tileSides(kernel: SizedGrid) {
  // N = 2K = 2, so that a head of 2 makes four pairs; no tile is smaller than two.
  const sizes = { ...LARGE, numHeads: 2, numKvHeads: 1 };
  return [
    tileOf((numRows) => kernel.workgroups({ ...sizes, headWidth: 2 }, passOf(numRows))[1]),
    tileOf((pairs) => kernel.workgroups({ ...sizes, headWidth: pairs / 2 }, passOf(1))[0]),
  ];
}

/** Heads that make some number of pairs (i, i + H/2), or nearly so. */
function randomHeads(random: () => number, numPairs: number) {
  const numKvHeads = randomInteger(random, 1, 3);
  const numHeads = numKvHeads * randomInteger(random, 1, 3);
  const half = Math.max(1, Math.round(numPairs / (numHeads + 2 * numKvHeads)));
  return { numHeads, numKvHeads, headWidth: 2 * half };
}

function randomCases(seed: number, kernel: SizedGrid & { readonly source: string }) {
  const random = seededRandom(seed);
  const tiles = tileSides(kernel);
  return Array.from({ length: NUM_SHAPES }, () => {
    const [numRows = 1, numPairs = 1] = randomTiledSizes(random, tiles);
    const numSequences = randomInteger(random, 2, 4);
    const shape = {
      ...randomHeads(random, numPairs),
      width: randomLaneWidth(random, kernel.source),
      numSequences,
      // A place for each row and for the four, at most, before the first.
      capacity: Math.ceil((numRows + 4) / numSequences) + randomInteger(random, 0, 20),
      blockSize: randomInteger(random, 1, 9),
    };
    return setUp(random, shape, numRows);
  });
}

function shuffled(random: () => number, values: number[]): number[] {
  for (let last = values.length - 1; last > 0; last--) {
    const other = randomInteger(random, 0, last);
    [values[last], values[other]] = [values[other]!, values[last]!];
  }
  return values;
}

const range = (length: number) => Array.from({ length }, (_, index) => index);

/** Arrays and sizes for a shape. No two rows share a (sequence, position); the block table is shuffled. */
function setUp(random: () => number, shape: Shape, numRows: number) {
  const { width, numHeads, numKvHeads, headWidth, numSequences, capacity, blockSize } = shape;
  const firstRow = randomInteger(random, 0, 4);
  const stride = rowStride(width);
  const tableWidth = Math.ceil(capacity / blockSize);
  const numSlots = numSequences * tableWidth * blockSize;
  const places = shuffled(random, range(numSequences * capacity)).slice(0, firstRow + numRows);
  const arrays = {
    hidden: randomMatrix(random, numRows, width, stride),
    normWeight: randomMatrix(random, 1, width, stride),
    weights: randomMatrix(random, (numHeads + 2 * numKvHeads) * headWidth, width, stride),
    rope: randomFloats(random, capacity * headWidth),
    rows: Uint32Array.from(places.flatMap((at) => [Math.floor(at / capacity), at % capacity])),
    blockTable: Uint32Array.from(shuffled(random, range(numSequences * tableWidth))),
    queries: new Float32Array(numRows * rowStride(numHeads * headWidth)),
    // Filled, so that a write to a wrong slot shows.
    cache: randomFloats(random, 2 * numSlots * numKvHeads * headWidth),
  };
  const sizes = { width, numHeads, numKvHeads, headWidth, capacity, numSlots, blockSize };
  return { arrays, sizes: { ...sizes, epsilon: 1e-5 }, pass: passOf(numRows, firstRow) };
}

type SizedGrid = Pick<(typeof NORM_QKV_CONTIGUOUS_VARIANTS)[number], "workgroups">;

const LARGE = {
  width: 64,
  numHeads: 128,
  numKvHeads: 128,
  headWidth: 256,
  capacity: 16_384,
  numSlots: 16_384,
  blockSize: 16,
  epsilon: 0,
};

describe.each(NORM_QKV_CONTIGUOUS_VARIANTS)("$id", (kernel) => {
  test(`equals its twin over ${NUM_SHAPES} random shapes`, async () => {
    const cases = randomCases(4, kernel).map(
      ({ arrays: { blockTable: _unused, ...arrays }, sizes, pass }) => ({
        sizes,
        pass,
        arrays,
      }),
    );
    expectSeveralWorkgroups(kernel, cases, "xy");
    expectSeveralTurns(kernel, cases, ({ width }) => width);
    await expectTwinOverShapes(kernel, cases, TOLERANCE);
  });

  test("equals its twin with its sizes compiled in", async () => {
    const { arrays, sizes, pass } = setUp(seededRandom(80), REMAINDERS, 67);
    const { blockTable: _unused, ...contiguous } = arrays;
    await expectGpuEqualsTwin(kernel, sizes, pass, contiguous, TOLERANCE);
  });
});

describe.each(NORM_QKV_PAGED_VARIANTS)("$id", (kernel) => {
  test(`equals its twin over ${NUM_SHAPES} random shapes and shuffled block tables`, async () => {
    const cases = randomCases(5, kernel);
    expectSeveralWorkgroups(kernel, cases, "xy");
    expectSeveralTurns(kernel, cases, ({ width }) => width);
    await expectTwinOverShapes(kernel, cases, TOLERANCE);
  });

  test("equals its twin with its sizes compiled in", async () => {
    const { arrays, sizes, pass } = setUp(seededRandom(81), REMAINDERS, 67);
    await expectGpuEqualsTwin(kernel, sizes, pass, arrays, TOLERANCE);
  });
});

// Of the others the limit asks for barriers or for up to a million rows: at-limits.test.ts, on demand.
test(`four pairs a thread equal their twins in ${MAX_WORKGROUPS} workgroups of a row`, async () => {
  const heads = { numHeads: 1, numKvHeads: 1, headWidth: 2 };
  const cache = { numSequences: 1, capacity: MAX_WORKGROUPS + 4, blockSize: 16 };
  const shape = { width: 1, ...heads, ...cache };
  const { sizes, pass, arrays } = setUp(seededRandom(82), shape, MAX_WORKGROUPS);
  const { blockTable: _unused, ...contiguous } = arrays;
  expect(normQkvRopeAppendPagedStrip.workgroups(sizes, pass)).toEqual([1, MAX_WORKGROUPS, 1]);
  await expectGpuEqualsTwin(normQkvRopeAppendContiguousStrip, sizes, pass, contiguous, TOLERANCE);
  await expectGpuEqualsTwin(normQkvRopeAppendPagedStrip, sizes, pass, arrays, TOLERANCE);
});

// D = 2, N = K = 1, H = 2. hidden (3, 4) over sqrt(12.5 + 3.5) = 4 is (0.75, 1); times the weight
// (4, 2) it is (3, 2). Q = ((3,2)·(1,0), (3,2)·(0,1)) = (3, 2); K = ((3,2)·(1,1), (3,2)·(1,-1)) = (5, 1);
// V = ((3,2)·(2,0), (3,2)·(0,-3)) = (6, -6). At position 1 the cosine is 0 and the sine 1, so that
// (a, b) turns to (-b, a): Q = (-2, 3), K = (-1, 5), and V is not turned.
const HAND_SIZES = {
  width: 2,
  numHeads: 1,
  numKvHeads: 1,
  headWidth: 2,
  capacity: 2,
  numSlots: 4,
  epsilon: 3.5,
};
const handArrays = () => ({
  hidden: new Float32Array([3, 4, 0, 0]),
  normWeight: new Float32Array([4, 2, 0, 0]),
  weights: new Float32Array(
    [1, 0, 0, 1, 1, 1, 1, -1, 2, 0, 0, -3].flatMap((w, i) => (i % 2 ? [w, 0, 0] : [w])),
  ),
  rope: new Float32Array([1, 0, 0, 1]),
  // Row 0 belongs to an earlier pass; ours is sequence 1, position 1.
  rows: new Uint32Array([0, 0, 1, 1]),
  queries: new Float32Array(4),
  cache: new Float32Array(16),
});

test("the contiguous twin stores a token at sequence · capacity + position", () => {
  const { queries, cache } = runTwin(
    normQkvRopeAppendContiguous,
    { ...HAND_SIZES, blockSize: 0 },
    passOf(1, 1),
    handArrays(),
  );
  expect([...queries]).toEqual([-2, 3, 0, 0]);
  // Slot 1·2 + 1 = 3: keys at 3·2 = 6, values at (4 + 3)·2 = 14.
  expect([...cache]).toEqual([0, 0, 0, 0, 0, 0, -1, 5, 0, 0, 0, 0, 0, 0, 6, -6]);
});

test("the paged twin stores it where the block table says", () => {
  const { queries, cache } = runTwin(
    normQkvRopeAppendPaged,
    { ...HAND_SIZES, blockSize: 1 },
    passOf(1, 1),
    { ...handArrays(), blockTable: new Uint32Array([2, 3, 1, 0]) },
  );
  expect([...queries]).toEqual([-2, 3, 0, 0]);
  // Place 1·2 + 1 = 3 of the table holds block 0 of one slot: keys at 0, values at 4·2 = 8.
  expect([...cache]).toEqual([-1, 5, 0, 0, 0, 0, 0, 0, 6, -6, 0, 0, 0, 0, 0, 0]);
});

test("a row is read once, each weight once per pass, and each output written once", () => {
  // R = 3, D = 10, N = 4, K = 2, H = 6: 48 outputs and 36 rotated ones for each row.
  // FLOPs: 3·(4·10 + 2·10·48 + 3·36) = 3·1,108 = 3,324. Out: 3·48·4 = 576 bytes.
  // In: rows 3·(10 + 6 + 2) = 54, norm weight 10, weights 480: 544·4 = 2,176 bytes; paged 3·4 more.
  const sizes = {
    width: 10,
    numHeads: 4,
    numKvHeads: 2,
    headWidth: 6,
    capacity: 8,
    numSlots: 8,
    blockSize: 4,
    epsilon: 0,
  };
  for (const kernel of NORM_QKV_CONTIGUOUS_VARIANTS) {
    const expected = { flops: 3324, bytesRead: 2176, bytesWritten: 576 };
    expect(kernel.cost(sizes, passOf(3))).toEqual(expected);
  }
  for (const kernel of NORM_QKV_PAGED_VARIANTS) {
    const expected = { flops: 3324, bytesRead: 2188, bytesWritten: 576 };
    expect(kernel.cost(sizes, passOf(3))).toEqual(expected);
  }
});
