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
import { selectRows } from "./kernel.ts";

/** Last rows before, in and after the pass. */
function selectCase(random: () => number, width: number, numSequences: number) {
  const numRows = randomInteger(random, 1, 9);
  const firstRow = randomInteger(random, 0, 8);
  const stride = rowStride(width);
  const arrays = {
    lastRows: Uint32Array.from({ length: numSequences }, () => randomInteger(random, 0, 20)),
    hidden: randomMatrix(random, numRows, width, stride),
    selected: new Float32Array(numSequences * stride).fill(7), // shows any other write
  };
  const pass = { numRows, firstRow, numContextTokens: numRows };
  return { sizes: { width, numSequences }, pass, arrays };
}

test(`the selection equals its twin over ${NUM_SHAPES} random shapes, and of ${MAX_WORKGROUPS} sequences`, async () => {
  const random = seededRandom(15);
  const cases = Array.from({ length: NUM_SHAPES }, () =>
    selectCase(random, randomSize(random, 200), randomInteger(random, 1, 5)),
  );
  expectSeveralWorkgroups(selectRows, cases, "xy");
  const atLimit = selectCase(random, 1, MAX_WORKGROUPS);
  // A copy: nothing may differ.
  await expectTwinOverShapes(selectRows, [...cases, atLimit], 0);
  const [one] = cases;
  await expectGpuEqualsTwin(selectRows, one!.sizes, one!.pass, one!.arrays, 0);
});

test("a pass fills in the sequences that end in it and leaves the others alone", () => {
  const arrays = {
    lastRows: Uint32Array.from([4, 9, 5, 6, 3]),
    hidden: Float32Array.from([1, 0, 0, 0, 2, 0, 0, 0]),
    selected: new Float32Array(20).fill(-1),
  };
  // Rows 4 and 5: those of sequences 0 and 2. Row 6 is the first of the next pass, 3 the last of the one before.
  const pass = { numRows: 2, firstRow: 4, numContextTokens: 11 };
  const { selected } = runTwin(selectRows, { width: 1, numSequences: 5 }, pass, arrays);
  expect([0, 1, 2, 3, 4].map((sequence) => selected[4 * sequence])).toEqual([1, -1, 2, -1, -1]);
});

test("selecting copies one row a sequence, however long the pass", () => {
  const sizes = { width: 64, numSequences: 2 };
  const cost = selectRows.cost(sizes, { numRows: 500, firstRow: 0, numContextTokens: 9 });
  expect(cost.flops).toBe(0);
  expect(cost.bytesRead).toBe(520); // 2 · 4 + 2 · 4·64
  expect(cost.bytesWritten).toBe(512); // 2 · 4·64
});
