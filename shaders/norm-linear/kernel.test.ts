import { expect, test } from "vitest";
import { addCosts, bytesMoved } from "../../src/core/cost/cost.ts";
import { rowStride, type Pass } from "../../src/gpu/kernel.ts";
import {
  expectClose,
  expectGpuEqualsTwin,
  runOnGpu,
  runTwin,
} from "../../tools/gpu-testing/kernel-harness.ts";
import { randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  randomSize,
  randomTiledSizes,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { linearVec4 } from "../linear/kernel.ts";
import { rmsNormThread } from "../rms-norm/kernel.ts";
import { normLinear } from "./kernel.ts";

const passOf = (numRows: number): Pass => ({ numRows, firstRow: 0, numContextTokens: numRows });

/** f32 against f64: a few hundred products with a sum near 10 keep an absolute error under 2e-5. */
const TOLERANCE = 5e-5;

function normLinearCase(
  random: () => number,
  [numRows, width, outputWidth]: readonly [number, number, number],
) {
  const stride = rowStride(width);
  return {
    sizes: { width, outputWidth, epsilon: 1e-5 },
    pass: passOf(numRows),
    arrays: {
      hidden: randomMatrix(random, numRows, width, stride),
      normWeight: randomMatrix(random, 1, width, stride),
      weights: randomMatrix(random, outputWidth, width, stride),
      output: new Float32Array(numRows * rowStride(outputWidth)).fill(7), // shows any other write
    },
  };
}

test(`the fused kernel equals its twin over ${NUM_SHAPES} random shapes, and of ${MAX_WORKGROUPS} rows`, async () => {
  const random = seededRandom(54);
  const cases = Array.from({ length: NUM_SHAPES }, () => {
    const [numRows = 1, outputWidth = 1] = randomTiledSizes(random, [4, 64]);
    return normLinearCase(random, [numRows, randomSize(random, 40), outputWidth]);
  });
  expectSeveralWorkgroups(normLinear, cases, "xy");
  const atLimit = normLinearCase(random, [MAX_WORKGROUPS, 1, 1]);
  await expectTwinOverShapes(normLinear, [...cases, atLimit], TOLERANCE);
});

test("fused or apart, the result is the same but for rounding", async () => {
  const { sizes, pass, arrays } = normLinearCase(seededRandom(55), [6, 67, 131]);
  await expectGpuEqualsTwin(normLinear, sizes, pass, arrays, TOLERANCE);
  const fused = await runOnGpu(normLinear, sizes, pass, arrays);
  const { hidden, normWeight: weight, weights, output } = arrays;
  const norm = { hidden, weight, normed: new Float32Array(hidden.length) };
  const { normed } = await runOnGpu(rmsNormThread, sizes, pass, norm);
  const linear = { inputWidth: 67, outputWidth: 131, firstWeightRow: 0 };
  const apart = await runOnGpu(linearVec4, linear, pass, { input: normed, weights, output });
  expectClose("norm-linear/vec4", fused.output, apart.output, TOLERANCE);
});

test("the twin normalises, weighs and multiplies", () => {
  // hidden (3, 4) over sqrt(12.5 + 3.5) = 4 is (0.75, 1); times the weight (4, 2) it is (3, 2).
  // (3,2)·(1,-1) = 1 and (3,2)·(0,5) = 10.
  const { output } = runTwin(normLinear, { width: 2, outputWidth: 2, epsilon: 3.5 }, passOf(1), {
    hidden: new Float32Array([3, 4, 0, 0]),
    normWeight: new Float32Array([4, 2, 0, 0]),
    weights: new Float32Array([1, -1, 0, 0, 0, 5, 0, 0]),
    output: new Float32Array(4),
  });
  expect([...output]).toEqual([1, 10, 0, 0]);
});

test("fusing saves one writing and one reading of the normed rows, and no arithmetic", () => {
  // R = 3, D = 10: 30 normed numbers of four bytes, written once and read once less: 240 bytes.
  const sizes = { width: 10, outputWidth: 20, epsilon: 0 };
  const fused = normLinear.cost(sizes, passOf(3));
  const apart = addCosts([
    rmsNormThread.cost(sizes, passOf(3)),
    linearVec4.cost({ inputWidth: 10, outputWidth: 20, firstWeightRow: 0 }, passOf(3)),
  ]);
  expect(bytesMoved(apart) - bytesMoved(fused)).toBe(240);
  expect(fused.flops).toBe(apart.flops);
  expect(fused.flops).toBe(1320); // 30 · 4 + 60 · 20
});
