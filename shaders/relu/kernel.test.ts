import { expect, test } from "vitest";
import { arithmeticIntensity } from "../../src/core/cost/cost.ts";
import { rowStride, type Pass } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  randomSize,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { reluInPlace } from "./kernel.ts";

const passOf = (numRows: number): Pass => ({ numRows, firstRow: 0, numContextTokens: numRows });

function reluCase(random: () => number, numRows: number, width: number) {
  const output = randomMatrix(random, numRows, width, rowStride(width));
  return { sizes: { width }, pass: passOf(numRows), arrays: { output } };
}

test(`ReLU equals its twin over ${NUM_SHAPES} random shapes, and of ${MAX_WORKGROUPS} rows`, async () => {
  const random = seededRandom(51);
  const cases = Array.from({ length: NUM_SHAPES }, (_, index) => {
    // A workgroup takes 256 numbers of a row.
    const width = randomSize(random, index % 4 === 0 ? 600 : 300);
    return reluCase(random, randomSize(random, 20), width);
  });
  expectSeveralWorkgroups(reluInPlace, cases, "xy");
  const atLimit = reluCase(random, MAX_WORKGROUPS, 1);
  await expectTwinOverShapes(reluInPlace, [...cases, atLimit], 0);
  const [last] = cases;
  await expectGpuEqualsTwin(reluInPlace, last!.sizes, last!.pass, last!.arrays, 0);
});

test("what is below zero becomes zero, and the rest stays", () => {
  const output = Float32Array.from([-1, 2, -0.5, 0]);
  expect([...runTwin(reluInPlace, { width: 3 }, passOf(1), { output }).output]).toEqual([
    0, 2, 0, 0,
  ]);
});

test("ReLU does one operation for every eight bytes", () => {
  expect(arithmeticIntensity(reluInPlace.cost({ width: 10 }, passOf(3)))).toBe(1 / 8);
});
