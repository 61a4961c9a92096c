import { expect, test } from "vitest";
import { arithmeticIntensity } from "../../src/core/cost/cost.ts";
import { rowStride } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  randomSize,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { residualAdd } from "./kernel.ts";

function addCase(random: () => number, width: number, numRows: number) {
  const stride = rowStride(width);
  const arrays = {
    update: randomMatrix(random, numRows, width, stride),
    hidden: randomMatrix(random, numRows, width, stride),
  };
  return { sizes: { width }, pass: { numRows, firstRow: 0, numContextTokens: numRows }, arrays };
}

test(`the residual add equals its twin over ${NUM_SHAPES} random shapes, and of ${MAX_WORKGROUPS} rows`, async () => {
  const random = seededRandom(1);
  const cases = Array.from({ length: NUM_SHAPES }, () =>
    addCase(random, randomSize(random, 200), randomSize(random, 9)),
  );
  expectSeveralWorkgroups(residualAdd, cases, "xy");
  const atLimit = addCase(random, 1, MAX_WORKGROUPS);
  await expectTwinOverShapes(residualAdd, [...cases, atLimit], 1e-7);
  const [one] = cases;
  await expectGpuEqualsTwin(residualAdd, one!.sizes, one!.pass, one!.arrays, 1e-7);
});

test("adding two f32 vectors does one FLOP for every twelve bytes", () => {
  const cost = residualAdd.cost({ width: 128 }, { numRows: 3, firstRow: 0, numContextTokens: 3 });
  expect(arithmeticIntensity(cost)).toBeCloseTo(1 / 12, 12);
});
