import { expect, test } from "vitest";
import { rowStride } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomInteger, randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  randomSize,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { argmaxRow } from "./kernel.ts";

function argmaxCase(random: () => number, vocabulary: number, numRows: number, firstRow = 0) {
  return {
    logits: randomMatrix(random, numRows, vocabulary, rowStride(vocabulary)),
    // Those before firstRow and the last show any write beyond the rows.
    nextTokens: new Uint32Array(firstRow + numRows + 1).fill(99),
  };
}

test("the argmax equals its twin, from one token to a vocabulary of 152,064", async () => {
  const random = seededRandom(16);
  for (const vocabulary of [1, 7, 257, 152_064]) {
    const numRows = vocabulary > 1000 ? 2 : randomInteger(random, 1, 7);
    const pass = { numRows, firstRow: 0, numContextTokens: numRows };
    const arrays = argmaxCase(random, vocabulary, numRows);
    await expectGpuEqualsTwin(argmaxRow, { vocabulary }, pass, arrays, 0);
    // Four distinct logits make ties in every lane; all are below the padding's zeros, which may not win.
    const tiedLogits = arrays.logits.map((x) => (x === 0 ? 0 : Math.floor(2 * x) - 3));
    const tied = { ...arrays, logits: tiedLogits };
    await expectGpuEqualsTwin(argmaxRow, { vocabulary }, pass, tied, 0);
  }
});

test(`the argmax equals its twin over ${NUM_SHAPES} random shapes, half of them full of ties`, async () => {
  const random = seededRandom(18);
  const cases = Array.from({ length: NUM_SHAPES }, (_, index) => {
    const [vocabulary, numRows] = [randomSize(random, 600), randomInteger(random, 1, 3)];
    const firstRow = index % 3;
    const arrays = argmaxCase(random, vocabulary, numRows, firstRow);
    const logits = arrays.logits.map((x) => (x === 0 ? 0 : Math.floor(2 * x) - 3));
    return {
      sizes: { vocabulary },
      pass: { numRows, firstRow, numContextTokens: numRows },
      arrays: index % 2 === 0 ? arrays : { ...arrays, logits },
    };
  });
  expectSeveralWorkgroups(argmaxRow, cases, "x");
  await expectTwinOverShapes(argmaxRow, cases, 0);
});

test("the lowest index wins a tie", () => {
  const arrays = {
    logits: Float32Array.from([-2, 5, 1, 5, 0, 0, 0, 0, -4, -3, -3, -9, -3, 0, 0, 0]),
    nextTokens: new Uint32Array(2),
  };
  const pass = { numRows: 2, firstRow: 0, numContextTokens: 2 };
  const { nextTokens } = runTwin(argmaxRow, { vocabulary: 5 }, pass, arrays);
  // Row 0: 5 at 1 and 3. Row 1: −3 at 1, 2 and 4, and the zeros after them are padding.
  expect([...nextTokens]).toEqual([1, 1]);
});

test("the argmax reads every logit and does no arithmetic", () => {
  const pass = { numRows: 3, firstRow: 0, numContextTokens: 3 };
  const cost = argmaxRow.cost({ vocabulary: 1000 }, pass);
  expect(cost).toEqual({ flops: 0, bytesRead: 12_000, bytesWritten: 12 });
});
