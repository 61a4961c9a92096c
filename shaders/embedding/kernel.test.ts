import { expect, test } from "vitest";
import { rowStride } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomInteger, randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  randomSize,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { embeddingLookup } from "./kernel.ts";

function lookupCase(random: () => number, width: number, numRows: number) {
  const capacity = randomInteger(random, 1, 20);
  const numSequences = randomInteger(random, 1, 4);
  const vocabulary = randomInteger(random, 1, 50);
  const firstRow = randomInteger(random, 0, 3);
  const arrays = {
    tokens: Uint32Array.from({ length: numSequences * capacity }, () =>
      randomInteger(random, 0, vocabulary - 1),
    ),
    rows: Uint32Array.from({ length: 2 * (firstRow + numRows) }, (_, index) =>
      randomInteger(random, 0, (index % 2 === 0 ? numSequences : capacity) - 1),
    ),
    table: randomMatrix(random, vocabulary, width, rowStride(width)),
    // A mark that shows any write outside the D components of a row.
    hidden: new Float32Array(numRows * rowStride(width)).fill(7),
  };
  const pass = { numRows, firstRow, numContextTokens: numRows };
  return { sizes: { width, capacity }, pass, arrays };
}

test(`the lookup equals its twin over ${NUM_SHAPES} random shapes, and of ${MAX_WORKGROUPS} rows`, async () => {
  const random = seededRandom(11);
  const cases = Array.from({ length: NUM_SHAPES }, () =>
    lookupCase(random, randomSize(random, 200), randomInteger(random, 1, 9)),
  );
  expectSeveralWorkgroups(embeddingLookup, cases, "xy");
  const atLimit = lookupCase(random, 1, MAX_WORKGROUPS);
  // A copy: nothing may differ.
  await expectTwinOverShapes(embeddingLookup, [...cases, atLimit], 0);
  const [one] = cases;
  await expectGpuEqualsTwin(embeddingLookup, one!.sizes, one!.pass, one!.arrays, 0);
});

test("a row takes the table row of the token at its sequence and position", () => {
  const arrays = {
    tokens: Uint32Array.from([0, 1, 0, 0, 2, 0]), // two sequences with room for three tokens
    rows: Uint32Array.from([0, 0, 1, 1, 0, 1]),
    table: Float32Array.from([1, 2, 0, 0, 3, 4, 0, 0, 5, 6, 0, 0]),
    hidden: new Float32Array(8),
  };
  const pass = { numRows: 2, firstRow: 1, numContextTokens: 4 };
  const { hidden } = runTwin(embeddingLookup, { width: 2, capacity: 3 }, pass, arrays);
  // Rows 1 and 2 are (1, 1) and (0, 1): tokens 2 and 1.
  expect([...hidden]).toEqual([5, 6, 0, 0, 3, 4, 0, 0]);
});

test("an embedding reads one table row a token, not the table", () => {
  const pass = { numRows: 3, firstRow: 0, numContextTokens: 6 };
  const cost = embeddingLookup.cost({ width: 64, capacity: 512 }, pass);
  expect(cost.flops).toBe(0);
  expect(cost.bytesRead).toBe(804); // 3 · (8 + 4 + 4·64)
  expect(cost.bytesWritten).toBe(768); // 3 · 4·64
});
