import { expect, test } from "vitest";
import { rowStride, type Kernel, type Pass } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runOnGpu, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import {
  randomFloats,
  randomInteger,
  randomMatrix,
  seededRandom,
} from "../../tools/gpu-testing/random.ts";
import {
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
} from "../../tools/gpu-testing/shape-sweep.ts";
import {
  ATTENTION_CONTIGUOUS_VARIANTS,
  ATTENTION_PAGED_VARIANTS,
  attentionContiguous,
  attentionContiguousSerial,
  attentionContiguousTiled,
  attentionPaged,
  attentionPagedSerial,
  attentionPagedTiled,
  type AttentionSizes,
} from "./kernel.ts";

// Scores reach some 20 (queries are 4 times as long as keys), where an f32 ulp is 2e-6; a weight moves by as
// large a part of itself, and the weights sum to 1.
const TOLERANCE = 2e-5;

type Shape = Omit<AttentionSizes, "numSlots"> & { readonly numSequences: number };
type Place = readonly [sequence: number, position: number];

/** Random queries, a random cache and a block table that maps every block somewhere else. */
function attentionCase(random: () => number, shape: Shape, places: readonly Place[]) {
  const { numSequences, ...heads } = shape;
  const numBlocks = numSequences * Math.ceil(shape.capacity / shape.blockSize);
  const sizes: AttentionSizes = { ...heads, numSlots: numBlocks * shape.blockSize };
  const width = shape.numHeads * shape.headWidth;
  const firstRow = randomInteger(random, 0, 3);
  const pass: Pass = { numRows: places.length, firstRow, numContextTokens: places.length };
  const earlierRows = Array.from({ length: 2 * firstRow }, () => 0);
  const contiguous = {
    rows: Uint32Array.from([...earlierRows, ...places.flat()]),
    queries: randomMatrix(random, places.length, width, rowStride(width)).map((x) => 4 * x),
    cache: randomFloats(random, 2 * sizes.numSlots * shape.numKvHeads * shape.headWidth),
    attended: new Float32Array(places.length * rowStride(width)).fill(7), // shows any other write
  };
  const blockTable = shuffled(random, numBlocks);
  return { sizes, pass, contiguous, paged: { ...contiguous, blockTable } };
}

/** The numbers 0..length - 1 in a random order. */
function shuffled(random: () => number, length: number): Uint32Array {
  const keyed = Array.from({ length }, (_, value) => ({ value, key: random() }));
  return Uint32Array.from(keyed.toSorted((a, b) => a.key - b.key).map(({ value }) => value));
}

function randomPlaces(random: () => number, { numSequences, capacity }: Shape): Place[] {
  return Array.from({ length: randomInteger(random, 1, 6) }, () => [
    randomInteger(random, 0, numSequences - 1),
    randomInteger(random, 0, capacity - 1),
  ]);
}

/**
 * Heads of 2, 10, 256 and anything even between; contexts of one key and of several tiles; rows in any order. One
 * case in four has half of `manyRows` or more where that is given: what takes a kernel several workgroups.
 */
function randomAttentionCase(random: () => number, manyRows: number) {
  const numKvHeads = randomInteger(random, 1, 2);
  const isLong = random() < 0.05;
  const mostRows = random() < 0.25 ? manyRows : 0;
  const capacity = isLong
    ? randomInteger(random, 250, 530)
    : Math.max(mostRows, randomInteger(random, 1, 40));
  const shape = {
    numKvHeads,
    numHeads: numKvHeads * randomInteger(random, 1, 2),
    headWidth: [2, 10, 256][randomInteger(random, 0, 40)] ?? 2 * randomInteger(random, 1, 20),
    capacity,
    blockSize: randomInteger(random, 1, 20),
    numSequences: randomInteger(random, 1, 3),
  };
  const isPrefill = mostRows > 0 || random() < 0.5;
  const last = randomInteger(random, mostRows > 0 ? mostRows - 1 : 0, capacity - 1);
  const fewRows = Math.min(last + 1, randomInteger(random, 1, 20));
  const numRows = mostRows > 0 ? randomInteger(random, mostRows / 2, mostRows) : fewRows;
  const places = isPrefill
    ? Array.from({ length: numRows }, (_, index): Place => [0, last + 1 - numRows + index])
    : randomPlaces(random, shape);
  return attentionCase(random, shape, places);
}

/** A kernel's grid grows along these axes, and by rows from this many on. */
function gridOf(id: string): { readonly axes: string; readonly manyRows: number } {
  if (id.endsWith("-serial")) return { axes: "x", manyRows: 100 }; // 64 pairs of a row and a head
  return { axes: "xy", manyRows: id.endsWith("-tiled") ? 40 : 0 }; // tiles of 16 rows
}

// No case has 65,535 workgroups: with 64 rows and heads or a barrier in each a software adapter takes 20 s or more.
// at-limits.test.ts has them, on demand.
test.each(ATTENTION_CONTIGUOUS_VARIANTS)(
  `$id equals its twin over ${NUM_SHAPES} random shapes`,
  async (kernel) => {
    const random = seededRandom(7);
    const { axes, manyRows } = gridOf(kernel.id);
    const cases = Array.from({ length: NUM_SHAPES }, () =>
      randomAttentionCase(random, manyRows),
    ).map(({ sizes, pass, contiguous }) => ({ sizes, pass, arrays: contiguous }));
    expectSeveralWorkgroups(kernel, cases, axes);
    await expectTwinOverShapes(kernel, cases, TOLERANCE);
  },
);

test.each(ATTENTION_PAGED_VARIANTS)(
  `$id equals its twin over ${NUM_SHAPES} random shapes and shuffled blocks`,
  async (kernel) => {
    const random = seededRandom(6);
    const { axes, manyRows } = gridOf(kernel.id);
    const cases = Array.from({ length: NUM_SHAPES }, () =>
      randomAttentionCase(random, manyRows),
    ).map(({ sizes, pass, paged }) => ({ sizes, pass, arrays: paged }));
    expectSeveralWorkgroups(kernel, cases, axes);
    await expectTwinOverShapes(kernel, cases, TOLERANCE);
  },
);

// A pipeline of 256 lanes takes a software adapter a second to compile, so these shapes are few and telling:
// 128 teams of 2 on a single key; 25 teams of 10, six lanes to spare, on up to three tiles; one team of 256.
const ONE_KEY: Shape = {
  numHeads: 1,
  numKvHeads: 1,
  headWidth: 2,
  capacity: 1,
  blockSize: 16,
  numSequences: 1,
};
const THREE_TILES: Shape = {
  numHeads: 3,
  numKvHeads: 1,
  headWidth: 10,
  capacity: 531,
  blockSize: 7,
  numSequences: 3,
};
const WIDEST: Shape = {
  numHeads: 4,
  numKvHeads: 2,
  headWidth: 256,
  capacity: 40,
  blockSize: 16,
  numSequences: 2,
};

test.each([ONE_KEY, THREE_TILES, WIDEST])(
  "sizes compiled in change nothing, paged or not, for heads of $headWidth",
  async (shape) => {
    const random = seededRandom(8);
    const built = attentionCase(random, shape, randomPlaces(random, shape));
    const { sizes, pass, contiguous, paged } = built;
    await expectGpuEqualsTwin(attentionContiguous, sizes, pass, contiguous, TOLERANCE);
    await expectGpuEqualsTwin(attentionPaged, sizes, pass, paged, TOLERANCE);
  },
);

test("contexts that end just before, at and after a tile's edge lose no key", async () => {
  const random = seededRandom(9);
  const places: Place[] = [254, 255, 256, 511, 512, 530].map((position) => [1, position]);
  const { sizes, pass, contiguous } = attentionCase(random, THREE_TILES, places);
  await expectGpuEqualsTwin(attentionContiguous, sizes, pass, contiguous, TOLERANCE);
});

test("a row attends alike alone and among others, as in decode and in prefill", async () => {
  const random = seededRandom(10);
  const prefill: Place[] = Array.from({ length: 5 }, (_, index) => [0, 260 + index]);
  const { sizes, pass, contiguous } = attentionCase(random, THREE_TILES, prefill);
  const together = await runOnGpu(attentionContiguous, sizes, pass, contiguous);
  const stride = rowStride(sizes.numHeads * sizes.headWidth);
  const last = contiguous.queries.subarray(4 * stride);
  const alone = await runOnGpu(
    attentionContiguous,
    sizes,
    { numRows: 1, firstRow: pass.firstRow + 4, numContextTokens: 265 },
    { ...contiguous, queries: last, attended: new Float32Array(stride).fill(7) },
  );
  expect(alone.attended).toEqual(together.attended.subarray(4 * stride));
});

/** The case's contiguous cache, its blocks moved to where the block table says. */
function movedToBlocks(built: ReturnType<typeof attentionCase>, numSequences: number) {
  const { sizes, paged } = built;
  const { capacity, blockSize, numSlots } = sizes;
  const width = sizes.numKvHeads * sizes.headWidth;
  const blocksPerSequence = Math.ceil(capacity / blockSize);
  const cache = new Float32Array(paged.cache.length);
  for (let token = 0; token < numSequences * capacity; token++) {
    const [sequence, position] = [Math.floor(token / capacity), token % capacity];
    const block =
      paged.blockTable[sequence * blocksPerSequence + Math.floor(position / blockSize)]!;
    const slot = block * blockSize + (position % blockSize);
    for (const half of [0, numSlots]) {
      const source = (half + token) * width;
      cache.set(paged.cache.subarray(source, source + width), (half + slot) * width);
    }
  }
  return { ...paged, cache };
}

test("paging moves keys and values and changes not a bit of what is attended", async () => {
  const random = seededRandom(11);
  const built = attentionCase(random, THREE_TILES, [
    [2, 530],
    [0, 7],
    [1, 256],
  ]);
  const { sizes, pass, contiguous } = built;
  const moved = movedToBlocks(built, THREE_TILES.numSequences);
  const pairs = [
    [attentionContiguous, attentionPaged],
    [attentionContiguousSerial, attentionPagedSerial],
    [attentionContiguousTiled, attentionPagedTiled],
  ] as const;
  for (const [withoutTable, withTable] of pairs) {
    const expected = await runOnGpu(withoutTable, sizes, pass, contiguous);
    const actual = await runOnGpu(withTable, sizes, pass, moved);
    expect(actual.attended).toEqual(expected.attended);
  }
});

test("what lies after a row's position, or in another sequence, is never read", async () => {
  const random = seededRandom(12);
  const { sizes, pass, contiguous } = attentionCase(random, THREE_TILES, [[1, 3]]);
  const width = sizes.numKvHeads * sizes.headWidth;
  const poisoned = contiguous.cache.map((value, index) => {
    const slot = Math.floor(index / width) % sizes.numSlots;
    return slot >= 531 && slot <= 534 ? value : NaN; // sequence 1 begins at slot 531
  });
  for (const kernel of ATTENTION_CONTIGUOUS_VARIANTS) {
    const { attended } = await runOnGpu(kernel, sizes, pass, { ...contiguous, cache: poisoned });
    expect(attended.some(Number.isNaN), kernel.id).toBe(false);
  }
});

test("attention is the softmax of the scores, applied to the values", () => {
  const sizes = {
    numHeads: 2,
    numKvHeads: 1,
    headWidth: 2,
    capacity: 3,
    numSlots: 4,
    blockSize: 2,
  };
  const arrays = {
    rows: Uint32Array.from([0, 1]),
    queries: Float32Array.from([Math.SQRT2, 0, 0, 0]),
    // Keys of slots 0 to 3, then values of slots 0 to 3.
    cache: Float32Array.from([0, 1, Math.log(3), 5, 0, 0, 0, 0, 4, 0, 8, 4, 1, 2, 3, 6]),
    attended: new Float32Array(4),
    blockTable: Uint32Array.from([1, 0]),
  };
  const pass = { numRows: 1, firstRow: 0, numContextTokens: 2 };
  // Head 0 scores √2·0/√2 = 0 and √2·ln 3/√2 = ln 3: weights 1/4 and 3/4 of the values (4, 0) and (8, 4).
  // Head 1's query is zero, so it takes the mean.
  const contiguous = runTwin(attentionContiguous, sizes, pass, arrays).attended;
  [7, 3, 6, 2].forEach((value, index) => expect(contiguous[index]).toBeCloseTo(value, 5));
  // Block 1 comes first: keys (0, 0) and (0, 0), so both heads take the mean of (1, 2) and (3, 6).
  const paged = runTwin(attentionPaged, sizes, pass, arrays).attended;
  expect([...paged]).toEqual([2, 4, 2, 4]);
});

test("neighbouring query heads share a KV head", () => {
  const sizes = {
    numHeads: 6,
    numKvHeads: 2,
    headWidth: 2,
    capacity: 1,
    numSlots: 1,
    blockSize: 1,
  };
  const arrays = {
    rows: Uint32Array.from([0, 0]),
    queries: Float32Array.from({ length: 12 }, (_, index) => index),
    cache: Float32Array.from([1, 2, 3, 4, 10, 11, 20, 21]),
    attended: new Float32Array(12),
  };
  const pass = { numRows: 1, firstRow: 0, numContextTokens: 1 };
  // One key has all the weight: heads 0 to 2 take the value of KV head 0, heads 3 to 5 that of KV head 1.
  const { attended } = runTwin(attentionContiguous, sizes, pass, arrays);
  expect([...attended]).toEqual([10, 11, 10, 11, 10, 11, 20, 21, 20, 21, 20, 21]);
});

test("fused attention reads queries, keys and values, and writes no score", () => {
  const sizes = {
    numHeads: 6,
    numKvHeads: 2,
    headWidth: 10,
    capacity: 64,
    numSlots: 64,
    blockSize: 16,
  };
  const pass = { numRows: 2, firstRow: 0, numContextTokens: 40 };
  const cost = attentionContiguous.cost(sizes, pass);
  expect(cost.flops).toBe(10_680); // 40 · 6 · (4·10 + 4) + 2 · 60
  expect(cost.bytesRead).toBe(6896); // 2 · (8 + 4·60) + 2 · 4 · 40·2·10
  expect(cost.bytesWritten).toBe(480); // 4 · 2·60
  expect(attentionPaged.cost(sizes, pass).bytesRead).toBe(6908); // three blocks of 16 hold 40 tokens
});

test("a head wider than 256 is refused with a sentence", () => {
  const sizes = {
    numHeads: 1,
    numKvHeads: 1,
    headWidth: 258,
    capacity: 1,
    numSlots: 1,
    blockSize: 1,
  };
  const variants: readonly Pick<Kernel<AttentionSizes, never>, "constants">[] = [
    ...ATTENTION_CONTIGUOUS_VARIANTS,
    ...ATTENTION_PAGED_VARIANTS,
  ];
  for (const kernel of variants) expect(() => kernel.constants(sizes)).toThrow(/256 at most/);
});
