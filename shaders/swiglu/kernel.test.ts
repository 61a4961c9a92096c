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
import { swiglu } from "./kernel.ts";

const passOf = (numRows: number): Pass => ({ numRows, firstRow: 0, numContextTokens: numRows });

/** The exponential of a GPU may be off by a few units in the last place. */
const TOLERANCE = 1e-5;

function swigluCase(random: () => number, width: number, numRows: number) {
  const stride = rowStride(width);
  const arrays = {
    gate: randomMatrix(random, numRows, width, stride).map((x) => 12 * x),
    up: randomMatrix(random, numRows, width, stride),
    activated: new Float32Array(numRows * stride),
  };
  return { sizes: { width }, pass: passOf(numRows), arrays };
}

test(`SwiGLU equals its twin over ${NUM_SHAPES} random shapes, and of ${MAX_WORKGROUPS} rows`, async () => {
  const random = seededRandom(3);
  const cases = Array.from({ length: NUM_SHAPES }, () =>
    swigluCase(random, randomSize(random, 300), randomSize(random, 9)),
  );
  expectSeveralWorkgroups(swiglu, cases, "xy");
  const atLimit = swigluCase(random, 1, MAX_WORKGROUPS);
  await expectTwinOverShapes(swiglu, [...cases, atLimit], TOLERANCE);
});

test("a gate far below zero shuts and one far above zero passes", async () => {
  const arrays = {
    gate: new Float32Array([-1000, 1000, 0, 0]),
    up: new Float32Array([3, 0.5, 7, 0]),
    activated: new Float32Array(4),
  };
  await expectGpuEqualsTwin(swiglu, { width: 3 }, passOf(1), arrays, TOLERANCE);
});

test("the twin is the gate times its sigmoid times up", () => {
  // 1 / (1 + e⁻¹) = 0.7310586, times 10; ln 3 / (1 + 1/3) = 0.8239592, times 2; 0 stays 0.
  const { activated } = runTwin(swiglu, { width: 3 }, passOf(1), {
    gate: new Float32Array([1, Math.log(3), 0, 0]),
    up: new Float32Array([10, 2, 5, 0]),
    activated: new Float32Array(4),
  });
  expect(activated[0]).toBeCloseTo(7.310586, 5);
  expect(activated[1]).toBeCloseTo(1.6479184, 5);
  expect(activated[2]).toBe(0);
});

test("SwiGLU does one FLOP for every three bytes", () => {
  expect(arithmeticIntensity(swiglu.cost({ width: 128 }, passOf(3)))).toBeCloseTo(1 / 3, 12);
});
