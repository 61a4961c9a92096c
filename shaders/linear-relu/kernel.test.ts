import { expect, test } from "vitest";
import { addCosts, bytesMoved } from "../../src/core/cost/cost.ts";
import { rowStride, type Pass } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runOnGpu, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
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
import { reluInPlace } from "../relu/kernel.ts";
import { linearRelu } from "./kernel.ts";

const passOf = (numRows: number): Pass => ({ numRows, firstRow: 0, numContextTokens: numRows });

/** f32 against f64: a few hundred products of numbers below 1 keep an absolute error under 1e-5. */
const TOLERANCE = 2e-5;

function reluCase(random: () => number, numRows: number, inputWidth: number, outputWidth: number) {
  const stride = rowStride(inputWidth);
  return {
    sizes: { inputWidth, outputWidth },
    pass: passOf(numRows),
    arrays: {
      input: randomMatrix(random, numRows, inputWidth, stride),
      weights: randomMatrix(random, outputWidth, inputWidth, stride),
      output: new Float32Array(numRows * rowStride(outputWidth)),
    },
  };
}

test(`the fused kernel equals its twin over ${NUM_SHAPES} random shapes, and of ${MAX_WORKGROUPS} rows`, async () => {
  const random = seededRandom(52);
  const cases = Array.from({ length: NUM_SHAPES }, () => {
    const [numRows = 1, outputWidth = 1] = randomTiledSizes(random, [4, 64]);
    return reluCase(random, numRows, randomSize(random, 40), outputWidth);
  });
  expectSeveralWorkgroups(linearRelu, cases, "xy");
  const atLimit = reluCase(random, MAX_WORKGROUPS, 1, 1);
  await expectTwinOverShapes(linearRelu, [...cases, atLimit], TOLERANCE);
});

test("fusing changes not a bit of the result", async () => {
  const { sizes, pass, arrays } = reluCase(seededRandom(53), 5, 67, 131);
  await expectGpuEqualsTwin(linearRelu, sizes, pass, arrays, TOLERANCE);
  const fused = await runOnGpu(linearRelu, sizes, pass, arrays);
  const first = await runOnGpu(linearVec4, { ...sizes, firstWeightRow: 0 }, pass, arrays);
  const second = await runOnGpu(reluInPlace, { width: 131 }, pass, { output: first.output });
  expect(fused.output).toEqual(second.output);
});

test("the twin multiplies and cuts off below zero", () => {
  // (1,2,3)·(1,0,2) = 7 stays; (1,2,3)·(0,-1,-1) = -5 becomes 0.
  const { output } = runTwin(linearRelu, { inputWidth: 3, outputWidth: 2 }, passOf(1), {
    input: new Float32Array([1, 2, 3, 0]),
    weights: new Float32Array([1, 0, 2, 0, 0, -1, -1, 0]),
    output: new Float32Array(4),
  });
  expect([...output]).toEqual([7, 0, 0, 0]);
});

test("fusing saves one reading and one writing of the output, and no arithmetic", () => {
  // R = 3, O = 20: 60 outputs of four bytes, read once and written once less: 480 bytes.
  const sizes = { inputWidth: 10, outputWidth: 20, firstWeightRow: 0 };
  const fused = linearRelu.cost(sizes, passOf(3));
  const apart = addCosts([
    linearVec4.cost(sizes, passOf(3)),
    reluInPlace.cost({ width: 20 }, passOf(3)),
  ]);
  expect(bytesMoved(apart) - bytesMoved(fused)).toBe(480);
  expect(fused.flops).toBe(apart.flops);
  expect(fused.flops).toBe(1260); // 60 · (2·10 + 1)
});
