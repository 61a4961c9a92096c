import { describe, expect, test } from "vitest";
import { rowStride, type Pass } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralTurns,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  randomLaneWidth,
  randomTiledSizes,
  tileOf,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { LINEAR_RESIDUAL_VARIANTS, linearResidualThread } from "./kernel.ts";

const passOf = (numRows: number): Pass => ({ numRows, firstRow: 0, numContextTokens: numRows });

/** f32 against f64: a few hundred products of numbers below 1 keep an absolute error under 1e-5. */
const TOLERANCE = 2e-5;

function residualCase(
  random: () => number,
  numRows: number,
  inputWidth: number,
  outputWidth: number,
) {
  const stride = rowStride(inputWidth);
  return {
    sizes: { inputWidth, outputWidth },
    pass: passOf(numRows),
    arrays: {
      input: randomMatrix(random, numRows, inputWidth, stride),
      weights: randomMatrix(random, outputWidth, inputWidth, stride),
      hidden: randomMatrix(random, numRows, outputWidth, rowStride(outputWidth)),
    },
  };
}

/** The sides of what a workgroup makes: rows and outputs. */
function tileSides(kernel: (typeof LINEAR_RESIDUAL_VARIANTS)[number]) {
  const sizes = { inputWidth: 1, outputWidth: 1 };
  return [
    tileOf((numRows) => kernel.workgroups(sizes, passOf(numRows))[1]),
    tileOf((outputWidth) => kernel.workgroups({ ...sizes, outputWidth }, passOf(1))[0]),
  ];
}

describe.each(LINEAR_RESIDUAL_VARIANTS)("$id", (kernel) => {
  test(`equals its twin over ${NUM_SHAPES} random shapes`, async () => {
    const random = seededRandom(2);
    const cases = Array.from({ length: NUM_SHAPES }, () => {
      const [numRows = 1, outputWidth = 1] = randomTiledSizes(random, tileSides(kernel));
      return residualCase(random, numRows, randomLaneWidth(random, kernel.source), outputWidth);
    });
    expectSeveralWorkgroups(kernel, cases, "xy");
    expectSeveralTurns(kernel, cases, ({ inputWidth }) => inputWidth);
    await expectTwinOverShapes(kernel, cases, TOLERANCE);
  });

  test("equals its twin with its sizes compiled in", async () => {
    const { sizes, pass, arrays } = residualCase(seededRandom(3), 67, 293, 131);
    await expectGpuEqualsTwin(kernel, sizes, pass, arrays, TOLERANCE);
  });
});

// Of the others the limit asks for barriers or for up to two million rows: at-limits.test.ts, on demand.
test(`one thread an output equals its twin in ${MAX_WORKGROUPS} workgroups of rows`, async () => {
  const { sizes, pass, arrays } = residualCase(seededRandom(4), 4 * MAX_WORKGROUPS, 1, 1);
  expect(linearResidualThread.workgroups(sizes, pass)).toEqual([1, MAX_WORKGROUPS, 1]);
  await expectGpuEqualsTwin(linearResidualThread, sizes, pass, arrays, TOLERANCE);
});

test("the twin adds the layer's result to what the residual stream held", () => {
  // (1,2,3)·(1,0,2) = 7 onto 10 makes 17; (1,2,3)·(0,-1,1) = 1 onto 20 makes 21.
  const { hidden } = runTwin(linearResidualThread, { inputWidth: 3, outputWidth: 2 }, passOf(1), {
    input: new Float32Array([1, 2, 3, 0]),
    weights: new Float32Array([1, 0, 2, 0, 0, -1, 1, 0]),
    hidden: new Float32Array([10, 20, 0, 0]),
  });
  expect([...hidden]).toEqual([17, 21, 0, 0]);
});

test("the fused addition costs one FLOP and one read for each output", () => {
  // R = 3, I = 10, O = 20: 60·(2·10 + 1) = 1,260 FLOPs; (30 + 200 + 60)·4 = 1,160 in; 60·4 = 240 out.
  for (const kernel of LINEAR_RESIDUAL_VARIANTS) {
    expect(kernel.cost({ inputWidth: 10, outputWidth: 20 }, passOf(3))).toEqual({
      flops: 1260,
      bytesRead: 1160,
      bytesWritten: 240,
    });
  }
});
