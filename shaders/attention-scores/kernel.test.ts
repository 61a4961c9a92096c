import { expect, test } from "vitest";
import { rowStride } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
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
import { attentionScoresContiguous, attentionScoresPaged } from "./kernel.ts";

/** The numbers 0..length - 1 in a random order. */
function shuffled(random: () => number, length: number): Uint32Array {
  const keyed = Array.from({ length }, (_, value) => ({ value, key: random() }));
  return Uint32Array.from(keyed.toSorted((a, b) => a.key - b.key).map(({ value }) => value));
}

function scoresCase(random: () => number, headWidth: number) {
  const numKvHeads = randomInteger(random, 1, 3);
  const numHeads = numKvHeads * randomInteger(random, 1, 3);
  const capacity = randomInteger(random, 1, 150);
  const blockSize = randomInteger(random, 1, 20);
  const numSequences = randomInteger(random, 1, 3);
  const numBlocks = numSequences * Math.ceil(capacity / blockSize);
  const numSlots = numBlocks * blockSize;
  const numRows = randomInteger(random, 1, 5);
  const firstRow = randomInteger(random, 0, 3);
  const width = numHeads * headWidth;
  const contiguous = {
    rows: Uint32Array.from({ length: 2 * (firstRow + numRows) }, (_, index) =>
      randomInteger(random, 0, (index % 2 === 0 ? numSequences : capacity) - 1),
    ),
    queries: randomMatrix(random, numRows, width, rowStride(width)),
    cache: randomFloats(random, 2 * numSlots * numKvHeads * headWidth),
    scores: new Float32Array(numRows * numHeads * capacity).fill(7), // shows writes beyond the position
  };
  return {
    sizes: { numHeads, numKvHeads, headWidth, capacity, numSlots, blockSize },
    pass: { numRows, firstRow, numContextTokens: numRows },
    contiguous,
    paged: { ...contiguous, blockTable: shuffled(random, numBlocks) },
  };
}

test(`both kernels equal their twins over ${NUM_SHAPES} random shapes and shuffled blocks`, async () => {
  const random = seededRandom(20);
  const built = Array.from({ length: NUM_SHAPES }, (_, index) =>
    scoresCase(random, [2, 10, 64, 256][index] ?? 2 * randomInteger(random, 1, 20)),
  );
  const contiguous = built.map(({ sizes, pass, contiguous: arrays }) => ({ sizes, pass, arrays }));
  const paged = built.map(({ sizes, pass, paged: arrays }) => ({ sizes, pass, arrays }));
  expectSeveralWorkgroups(attentionScoresPaged, paged, "xyz");
  // A sum of H products below 1, divided by √H: at most some ulps of a number below 16. Allowed: 2e-6.
  await expectTwinOverShapes(attentionScoresContiguous, contiguous, 2e-6);
  await expectTwinOverShapes(attentionScoresPaged, paged, 2e-6);
  const [one] = built;
  await expectGpuEqualsTwin(
    attentionScoresContiguous,
    one!.sizes,
    one!.pass,
    one!.contiguous,
    2e-6,
  );
  await expectGpuEqualsTwin(attentionScoresPaged, one!.sizes, one!.pass, one!.paged, 2e-6);
});

test("a score is the dot product over the root of the head's width, for keys up to the position", () => {
  const sizes = {
    numHeads: 2,
    numKvHeads: 1,
    headWidth: 4,
    capacity: 3,
    numSlots: 4,
    blockSize: 2,
  };
  const arrays = {
    rows: Uint32Array.from([0, 1]),
    queries: Float32Array.from([1, 2, 3, 4, 1, 0, 0, 0]),
    // Slots 0 to 3, then the values.
    cache: Float32Array.from(
      [
        [1, 1, 1, 1],
        [2, 0, 0, 0],
        [0, 4, 0, 0],
        [9, 9, 9, 9],
      ].flat(),
    ),
    scores: new Float32Array(6).fill(-1),
    blockTable: Uint32Array.from([1, 0]),
  };
  const pass = { numRows: 1, firstRow: 0, numContextTokens: 2 };
  // √4 = 2. Head 0: (1+2+3+4)/2 = 5, 2/2 = 1. Head 1: 1/2, 2/2. Key 2 lies after position 1.
  const contiguous = runTwin(attentionScoresContiguous, sizes, pass, arrays).scores;
  expect([...contiguous]).toEqual([5, 1, -1, 0.5, 1, -1]);
  // Block 1 comes first, so keys 0 and 1 are slots 2 and 3: head 0 has 8/2 and 90/2, head 1 has 0 and 9/2.
  const paged = runTwin(attentionScoresPaged, sizes, pass, arrays).scores;
  expect([...paged]).toEqual([4, 45, -1, 0, 4.5, -1]);
});

test("query heads that share a KV head share its traffic", () => {
  const sizes = {
    numHeads: 6,
    numKvHeads: 2,
    headWidth: 10,
    capacity: 64,
    numSlots: 64,
    blockSize: 16,
  };
  const pass = { numRows: 2, firstRow: 0, numContextTokens: 40 };
  const cost = attentionScoresContiguous.cost(sizes, pass);
  expect(cost.flops).toBe(5040); // 40 · 6 · (2·10 + 1)
  expect(cost.bytesRead).toBe(3696); // 2 · (8 + 4·60) + 4 · 40·2·10
  expect(cost.bytesWritten).toBe(960); // 4 · 40·6
  // Forty tokens are at least three blocks of 16, four bytes of block table each.
  expect(attentionScoresPaged.cost(sizes, pass).bytesRead).toBe(3708);
});
