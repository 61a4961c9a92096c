import { expect, test } from "vitest";
import { rowStride, type Pass } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import {
  randomFloats,
  randomInteger,
  randomMatrix,
  seededRandom,
} from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  randomSize,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { hasBarrier } from "../../src/model/barriers.ts";
import { RMS_NORM_VARIANTS, rmsNormRow, rmsNormThread } from "./kernel.ts";

const passOf = (numRows: number): Pass => ({ numRows, firstRow: 0, numContextTokens: numRows });

/** f32 against f64: sums of at most a few hundred squares keep six digits. */
const TOLERANCE = 1e-5;

function normCase(random: () => number, numRows: number, width: number) {
  const stride = rowStride(width);
  return {
    sizes: { width, epsilon: 1e-5 },
    pass: passOf(numRows),
    arrays: {
      hidden: randomMatrix(random, numRows, width, stride),
      weight: randomFloats(random, width),
      normed: new Float32Array(numRows * stride),
    },
  };
}

test.each(RMS_NORM_VARIANTS)(
  `$id equals its twin over ${NUM_SHAPES} random shapes`,
  async (kernel) => {
    const random = seededRandom(2);
    const cases = Array.from({ length: NUM_SHAPES }, (_, index) =>
      kernel === rmsNormThread && index % 4 === 0 // 64 rows in a workgroup
        ? normCase(random, randomInteger(random, 60, 160), randomSize(random, 20))
        : normCase(random, randomInteger(random, 1, 9), randomSize(random, 700)),
    );
    expectSeveralWorkgroups(kernel, cases, "x");
    // With its barriers the row kernel takes a software adapter longer: at-limits.test.ts, on demand.
    const limits = hasBarrier(kernel.source) ? [] : [normCase(random, MAX_WORKGROUPS, 1)];
    await expectTwinOverShapes(kernel, [...cases, ...limits], TOLERANCE);
    const { sizes, pass, arrays } = normCase(random, 5, 257);
    await expectGpuEqualsTwin(kernel, sizes, pass, arrays, TOLERANCE);
  },
);

test("a row of zeros stays zero because epsilon is inside the root", async () => {
  const arrays = {
    hidden: new Float32Array(8),
    weight: new Float32Array(5).fill(1),
    normed: new Float32Array(8),
  };
  for (const kernel of RMS_NORM_VARIANTS) {
    await expectGpuEqualsTwin(kernel, { width: 5, epsilon: 1e-5 }, passOf(1), arrays, 0);
  }
});

test("the twin divides a row by its root mean square", () => {
  // mean(3², 4²) = 12.5 and epsilon 3.5 make 16, whose root is 4: 3/4 · 2 = 1.5 and 4/4 · 10 = 10.
  const { normed } = runTwin(rmsNormRow, { width: 2, epsilon: 3.5 }, passOf(1), {
    hidden: new Float32Array([3, 4, 0, 0]),
    weight: new Float32Array([2, 10]),
    normed: new Float32Array(4),
  });
  expect([...normed]).toEqual([1.5, 10, 0, 0]);
});

test("normalising a row reads it once, writes it once and reads the weight once per pass", () => {
  // R = 3, D = 10: 4·3·10 = 120 FLOPs; (30 + 10)·4 = 160 bytes in; 30·4 = 120 bytes out.
  const cost = rmsNormRow.cost({ width: 10, epsilon: 0 }, passOf(3));
  expect(cost).toEqual({ flops: 120, bytesRead: 160, bytesWritten: 120 });
});
