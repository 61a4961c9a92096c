import { expect, test } from "vitest";
import { rowStride } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomFloats, randomInteger, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { attentionValuesContiguous, attentionValuesPaged } from "./kernel.ts";

/** The numbers 0..length - 1 in a random order. */
function shuffled(random: () => number, length: number): Uint32Array {
  const keyed = Array.from({ length }, (_, value) => ({ value, key: random() }));
  return Uint32Array.from(keyed.toSorted((a, b) => a.key - b.key).map(({ value }) => value));
}

function valuesCase(random: () => number, headWidth: number) {
  const numKvHeads = randomInteger(random, 1, 3);
  const numHeads = numKvHeads * randomInteger(random, 1, 3);
  const capacity = randomInteger(random, 1, 150);
  const blockSize = randomInteger(random, 1, 20);
  const numSequences = randomInteger(random, 1, 3);
  const numBlocks = numSequences * Math.ceil(capacity / blockSize);
  const numSlots = numBlocks * blockSize;
  const numRows = randomInteger(random, 1, 5);
  const firstRow = randomInteger(random, 0, 3);
  const contiguous = {
    rows: Uint32Array.from({ length: 2 * (firstRow + numRows) }, (_, index) =>
      randomInteger(random, 0, (index % 2 === 0 ? numSequences : capacity) - 1),
    ),
    // Weights as a softmax over some fifty keys makes them; no sum grows beyond a few units.
    scores: randomFloats(random, numRows * numHeads * capacity).map((x) => Math.abs(x) / 50),
    cache: randomFloats(random, 2 * numSlots * numKvHeads * headWidth),
    attended: new Float32Array(numRows * rowStride(numHeads * headWidth)).fill(7), // shows other writes
  };
  return {
    sizes: { numHeads, numKvHeads, headWidth, capacity, numSlots, blockSize },
    pass: { numRows, firstRow, numContextTokens: numRows },
    contiguous,
    paged: { ...contiguous, blockTable: shuffled(random, numBlocks) },
  };
}

test(`both kernels equal their twins over ${NUM_SHAPES} random shapes and shuffled blocks`, async () => {
  const random = seededRandom(21);
  const built = Array.from({ length: NUM_SHAPES }, (_, index) =>
    valuesCase(random, [2, 10, 64, 256][index] ?? 2 * randomInteger(random, 1, 20)),
  );
  const contiguous = built.map(({ sizes, pass, contiguous: arrays }) => ({ sizes, pass, arrays }));
  const paged = built.map(({ sizes, pass, paged: arrays }) => ({ sizes, pass, arrays }));
  expectSeveralWorkgroups(attentionValuesPaged, paged, "xy");
  // At most 150 products below 1/50, summed in order: some ulps of 1. Allowed: 2e-6.
  await expectTwinOverShapes(attentionValuesContiguous, contiguous, 2e-6);
  await expectTwinOverShapes(attentionValuesPaged, paged, 2e-6);
  const [one] = built;
  await expectGpuEqualsTwin(
    attentionValuesContiguous,
    one!.sizes,
    one!.pass,
    one!.contiguous,
    2e-6,
  );
  await expectGpuEqualsTwin(attentionValuesPaged, one!.sizes, one!.pass, one!.paged, 2e-6);
});

test("each head averages the values up to the position by its own weights", () => {
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
    scores: Float32Array.from([0.25, 0.75, 9, 1, 0, 9]), // the nines lie after the position
    // Four keys that nobody reads, then the values of slots 0 to 3.
    cache: Float32Array.from([9, 9, 9, 9, 9, 9, 9, 9, 4, 8, 8, 0, 16, 4, 0, 40]),
    attended: new Float32Array(4),
    blockTable: Uint32Array.from([1, 0]),
  };
  const pass = { numRows: 1, firstRow: 0, numContextTokens: 2 };
  // Head 0: 4/4 + 3·8/4 = 7 and 8/4 + 0 = 2. Head 1 takes the first value whole.
  const contiguous = runTwin(attentionValuesContiguous, sizes, pass, arrays).attended;
  expect([...contiguous]).toEqual([7, 2, 4, 8]);
  // Block 1 comes first: slots 2 and 3. Head 0: 16/4 + 0 = 4 and 4/4 + 3·40/4 = 31.
  const paged = runTwin(attentionValuesPaged, sizes, pass, arrays).attended;
  expect([...paged]).toEqual([4, 31, 16, 4]);
});

test("the weighted sum reads each weight and each shared value once", () => {
  const sizes = {
    numHeads: 6,
    numKvHeads: 2,
    headWidth: 10,
    capacity: 64,
    numSlots: 64,
    blockSize: 16,
  };
  const pass = { numRows: 2, firstRow: 0, numContextTokens: 40 };
  const cost = attentionValuesContiguous.cost(sizes, pass);
  expect(cost.flops).toBe(4800); // 2 · 40·6·10
  expect(cost.bytesRead).toBe(4176); // 2 · 8 + 4 · 40 · (6 + 20)
  expect(cost.bytesWritten).toBe(480); // 4 · 2·60
  expect(attentionValuesPaged.cost(sizes, pass).bytesRead).toBe(4188); // three blocks more
});
