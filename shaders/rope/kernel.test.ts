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
import { ropeRotateHalves } from "./kernel.ts";

/** Cosines, then sines, of Hugging Face's angles: position / 10000^(2i / H). */
function ropeTable(capacity: number, headWidth: number): Float32Array {
  const half = headWidth / 2;
  return Float32Array.from({ length: capacity * headWidth }, (_, index) => {
    const position = Math.floor(index / headWidth);
    const column = index % headWidth;
    const angle = position / 10_000 ** ((2 * (column % half)) / headWidth);
    return column < half ? Math.cos(angle) : Math.sin(angle);
  });
}

function ropeCase(
  random: () => number,
  numHeads: number,
  headWidth: number,
  numRows = randomInteger(random, 1, 7),
) {
  const capacity = randomInteger(random, 1, 40);
  const firstRow = randomInteger(random, 0, 3);
  const width = numHeads * headWidth;
  const arrays = {
    rows: Uint32Array.from({ length: 2 * (firstRow + numRows) }, (_, index) =>
      index % 2 === 0 ? 0 : randomInteger(random, 0, capacity - 1),
    ),
    rope: ropeTable(capacity, headWidth),
    vectors: randomMatrix(random, numRows, width, rowStride(width)),
  };
  return {
    sizes: { numHeads, headWidth },
    pass: { numRows, firstRow, numContextTokens: numRows },
    arrays,
  };
}

test(`the rotation equals its twin over ${NUM_SHAPES} random shapes, and of ${MAX_WORKGROUPS} rows`, async () => {
  const random = seededRandom(12);
  const cases = Array.from({ length: NUM_SHAPES }, (_, index) => {
    const headWidth = [2, 10, 64, 256][index] ?? 2 * randomInteger(random, 1, 40);
    return ropeCase(random, randomInteger(random, 1, 5), headWidth);
  });
  expectSeveralWorkgroups(ropeRotateHalves, cases, "xy");
  const atLimit = ropeCase(random, 1, 2, MAX_WORKGROUPS);
  // Two products and a sum of numbers up to 1: an ulp or two, 2.4e-7.
  await expectTwinOverShapes(ropeRotateHalves, [...cases, atLimit], 5e-7);
  const { sizes, pass, arrays } = ropeCase(random, 3, 10);
  await expectGpuEqualsTwin(ropeRotateHalves, sizes, pass, arrays, 5e-7);
});

test("a quarter turn sends the first half to the second and the second, negated, to the first", () => {
  const arrays = {
    rows: Uint32Array.from([0, 1]),
    // Position 0: no turn. Position 1: pair 0 by a quarter (cosine 0, sine 1), pair 1 by none.
    rope: Float32Array.from([1, 1, 0, 0, 0, 1, 1, 0]),
    vectors: Float32Array.from([1, 2, 3, 4]), // one head; its pairs are (1, 3) and (2, 4)
  };
  const pass = { numRows: 1, firstRow: 0, numContextTokens: 2 };
  const { vectors } = runTwin(ropeRotateHalves, { numHeads: 1, headWidth: 4 }, pass, arrays);
  // 1·0 − 3·1 = −3 and 3·0 + 1·1 = 1; the other pair stays.
  expect([...vectors]).toEqual([-3, 2, 1, 4]);
});

test("a rotation changes no vector's length", () => {
  const { sizes, pass, arrays } = ropeCase(seededRandom(13), 3, 10);
  const { vectors } = runTwin(ropeRotateHalves, sizes, pass, arrays);
  const stride = rowStride(30);
  for (let row = 0; row < pass.numRows; row++) {
    const before = Math.hypot(...arrays.vectors.subarray(row * stride, row * stride + 30));
    const after = Math.hypot(...vectors.subarray(row * stride, row * stride + 30));
    expect(after).toBeCloseTo(before, 5);
  }
});

test("rotating costs three FLOPs a component and reads the angles once a row", () => {
  const pass = { numRows: 2, firstRow: 0, numContextTokens: 9 };
  const cost = ropeRotateHalves.cost({ numHeads: 3, headWidth: 10 }, pass);
  expect(cost.flops).toBe(180); // 2 rows · 30 components · 3
  expect(cost.bytesRead).toBe(336); // 2 · (8 + 4·10 + 4·30)
  expect(cost.bytesWritten).toBe(240); // 2 · 4·30
});
