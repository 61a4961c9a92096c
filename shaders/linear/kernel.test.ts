import { describe, expect, test } from "vitest";
import { rowStride, type Pass } from "../../src/gpu/kernel.ts";
import {
  expectGpuEqualsTwin,
  runTwin,
  testDevice,
} from "../../tools/gpu-testing/kernel-harness.ts";
import { randomInteger, randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralTurns,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  inSinglePrecision,
  randomLaneWidth,
  randomTiledSizes,
  tileOf,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { hasBarrier } from "../../src/model/barriers.ts";
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
type LinearKernel = (typeof LINEAR_VARIANTS)[number];

/** The sides of what a workgroup makes. */
function tileSides(kernel: LinearKernel) {
  const sizes = { inputWidth: 1, outputWidth: 1, firstWeightRow: 0 };
  return {
    numColumns: tileOf((outputWidth) => kernel.workgroups({ ...sizes, outputWidth }, passOf(1))[0]),
    numRows: tileOf((numRows) => kernel.workgroups(sizes, passOf(numRows))[1]),
  };
}

function randomShapes(random: () => number, kernel: LinearKernel): Shape[] {
  const { numColumns, numRows } = tileSides(kernel);
  return Array.from({ length: NUM_SHAPES }, () => {
    const [rows = 1, outputs = 1] = randomTiledSizes(random, [numRows, numColumns]);
    return [rows, randomLaneWidth(random, kernel.source), outputs];
  });
}

/** Shapes of several tiles, and as many rows as WebGPU allows workgroups: the naive kernel has one for each. */
async function expectTwinOverTiles(kernel: LinearKernel, tolerance: number) {
  const random = seededRandom(1);
  const cases = randomShapes(random, kernel).map((shape) => linearCase(random, shape));
  expectSeveralWorkgroups(kernel, cases, "xy");
  expectSeveralTurns(kernel, cases, ({ inputWidth }) => inputWidth);
  // Barriers take a software adapter long: at-limits.test.ts, on demand.
  const limits: Shape[] = hasBarrier(kernel.source) ? [] : [[MAX_WORKGROUPS, 1, 1]];
  const atLimit = limits.map((shape) => linearCase(random, shape));
  await expectTwinOverShapes(kernel, [...cases, ...atLimit], tolerance);
}

describe.each(LINEAR_VARIANTS)("$id", (kernel) => {
  test(`equals its twin over ${NUM_SHAPES} random shapes, and at the limit of rows`, async () => {
    await expectTwinOverTiles(kernel, TOLERANCE);
  });

  test("with its sizes compiled in equals its twin", async () => {
    const { sizes, pass, arrays } = linearCase(seededRandom(2), [67, 293, 131]);
    await expectGpuEqualsTwin(kernel, sizes, pass, arrays, TOLERANCE);
  });
});

describe("linear/half", () => {
  const inF32 = inSinglePrecision(linearHalf);

  test(`with f32 in place of f16 equals its twin over ${NUM_SHAPES} random shapes`, async () => {
    await expectTwinOverTiles(inF32, TOLERANCE);
  });

  test("with f32 in place of f16 and its sizes compiled in equals its twin", async () => {
    const { sizes, pass, arrays } = linearCase(seededRandom(2), [67, 293, 131]);
    await expectGpuEqualsTwin(inF32, sizes, pass, arrays, TOLERANCE);
  });

  test(`in f16 equals its twin over ${NUM_SHAPES} random shapes`, async ({ skip }) => {
    const { features } = await testDevice();
    skip(!features.has("shader-f16"), "This device has no shader-f16.");
    await expectTwinOverTiles(linearHalf, HALF_TOLERANCE);
    const { sizes, pass, arrays } = linearCase(seededRandom(2), [67, 37, 131]);
    await expectGpuEqualsTwin(linearHalf, sizes, pass, arrays, HALF_TOLERANCE);
  });
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
