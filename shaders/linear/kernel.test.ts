import { describe, expect, test } from "vitest";
import { rowStride, type Pass } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomInteger, randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  NUM_SHAPES,
  expectTwinOverShapes,
  randomSize,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { LINEAR_VARIANTS, linearHalf, linearNaive } from "./kernel.ts";

const passOf = (numRows: number): Pass => ({ numRows, firstRow: 0, numContextTokens: numRows });

/** f32 against f64: a few hundred products of numbers below 1 keep an absolute error under 1e-5. */
const TOLERANCE = 2e-5;

/** f16 keeps eleven bits of each operand and product; 16 products of numbers below 1 are summed in it. */
const HALF_TOLERANCE = 2e-2;

function linearCase(random: () => number, [numRows, inputWidth, outputWidth]: Shape) {
  const firstWeightRow = randomInteger(random, 0, 3);
  const stride = rowStride(inputWidth);
  return {
    sizes: { inputWidth, outputWidth, firstWeightRow },
    pass: passOf(numRows),
    arrays: {
      input: randomMatrix(random, numRows, inputWidth, stride),
      weights: randomMatrix(random, firstWeightRow + outputWidth, inputWidth, stride),
      output: new Float32Array(numRows * rowStride(outputWidth)).fill(7), // shows any other write
    },
  };
}

type Shape = readonly [numRows: number, inputWidth: number, outputWidth: number];

function randomShape(random: () => number): Shape {
  return [randomSize(random, 20), randomSize(random, 40), randomSize(random, 20)];
}

describe.each([...LINEAR_VARIANTS, linearHalf])("$id", (kernel) => {
  const tolerance = kernel === linearHalf ? HALF_TOLERANCE : TOLERANCE;

  test(`equals its twin over ${NUM_SHAPES} random shapes, and at the limit of rows`, async () => {
    const random = seededRandom(1);
    const shapes = Array.from({ length: NUM_SHAPES }, () => randomShape(random));
    // WebGPU allows 65,535 workgroups in a dimension, and the naive kernel has one for each row. A software
    // adapter takes seconds for so many barriers, and kernels with barriers have fewer workgroups anyhow.
    const limits: Shape[] = kernel.source.includes("workgroupBarrier()") ? [] : [[65_535, 1, 1]];
    const cases = [...shapes, ...limits].map((shape) => linearCase(random, shape));
    await expectTwinOverShapes(kernel, cases, tolerance);
  });

  test("stays within 65,535 workgroups for 16,384 rows of 152,064 outputs", () => {
    const sizes = { inputWidth: 64, outputWidth: 152_064, firstWeightRow: 0 };
    expect(Math.max(...kernel.workgroups(sizes, passOf(16_384)))).toBeLessThanOrEqual(65_535);
  });
});

test.each(LINEAR_VARIANTS)("$id with its sizes compiled in equals its twin", async (kernel) => {
  const { sizes, pass, arrays } = linearCase(seededRandom(2), [67, 293, 131]);
  await expectGpuEqualsTwin(kernel, sizes, pass, arrays, TOLERANCE);
});

test("the twin multiplies by the transposed weights from the first weight row on", () => {
  // Weight row 0 is skipped. Rows (1,2,3)·(1,0,2) = 7, (1,2,3)·(0,-1,1) = 1; (4,5,6) gives 16 and 1.
  const { output } = runTwin(
    linearNaive,
    { inputWidth: 3, outputWidth: 2, firstWeightRow: 1 },
    passOf(2),
    {
      input: new Float32Array([1, 2, 3, 0, 4, 5, 6, 0]),
      weights: new Float32Array([9, 9, 9, 0, 1, 0, 2, 0, 0, -1, 1, 0]),
      output: new Float32Array(8),
    },
  );
  expect([...output]).toEqual([7, 1, 0, 0, 16, 1, 0, 0]);
});

test("every variant does the same arithmetic on the same compulsory bytes", () => {
  // R = 3, I = 10, O = 20: 2·3·10·20 = 1,200 FLOPs; (30 + 200)·4 = 920 bytes in; 60·4 = 240 out.
  const sizes = { inputWidth: 10, outputWidth: 20, firstWeightRow: 7 };
  for (const kernel of LINEAR_VARIANTS) {
    expect(kernel.cost(sizes, passOf(3))).toEqual({
      flops: 1200,
      bytesRead: 920,
      bytesWritten: 240,
    });
  }
});
