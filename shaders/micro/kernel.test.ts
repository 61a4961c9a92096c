import { expect, test } from "vitest";
import type { Pass } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runOnGpu, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomFloats, randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  randomSize,
} from "../../tools/gpu-testing/shape-sweep.ts";
import {
  FMA_VARIANTS,
  READ_VARIANTS,
  copyVec4,
  emptyDispatch,
  fmaScalar,
  readScalar,
} from "./kernel.ts";

const PASS: Pass = { numRows: 1, firstRow: 0, numContextTokens: 1 };

/** f32 against f64: sums of at most some hundred numbers below 1. */
const TOLERANCE = 1e-5;

function readCase(random: () => number, numNumbers: number, numThreads: number) {
  return {
    sizes: { numNumbers, numThreads },
    pass: PASS,
    arrays: {
      input: randomMatrix(random, 1, numNumbers, Math.ceil(numNumbers / 4) * 4),
      sums: new Float32Array(numThreads),
    },
  };
}

test.each(READ_VARIANTS)(`$id equals its twin over ${NUM_SHAPES} random shapes`, async (kernel) => {
  const random = seededRandom(41);
  const cases = Array.from({ length: NUM_SHAPES }, () =>
    readCase(random, randomSize(random, 2000), randomSize(random, 600)),
  );
  expectSeveralWorkgroups(kernel, cases, "x");
  await expectTwinOverShapes(kernel, cases, TOLERANCE);
  const { sizes, pass, arrays } = readCase(random, 4099, 257);
  await expectGpuEqualsTwin(kernel, sizes, pass, arrays, TOLERANCE);
});

function copyCase(random: () => number, numNumbers: number, numThreads: number) {
  const input = randomMatrix(random, 1, numNumbers, Math.ceil(numNumbers / 4) * 4);
  const arrays = { input, output: new Float32Array(input.length) };
  return { sizes: { numNumbers, numThreads }, pass: PASS, arrays };
}

test(`copying equals its twin over ${NUM_SHAPES} random shapes, and in ${MAX_WORKGROUPS} workgroups`, async () => {
  const random = seededRandom(42);
  const cases = Array.from({ length: NUM_SHAPES }, () =>
    copyCase(random, randomSize(random, 2000), randomSize(random, 600)),
  );
  expectSeveralWorkgroups(copyVec4, cases, "x");
  const atLimit = copyCase(random, 2000, 256 * MAX_WORKGROUPS);
  await expectTwinOverShapes(copyVec4, [...cases, atLimit], 0);
});

test.each(FMA_VARIANTS)(`$id equals its twin over ${NUM_SHAPES} random shapes`, async (kernel) => {
  const random = seededRandom(43);
  const cases = Array.from({ length: NUM_SHAPES }, () => {
    const numThreads = randomSize(random, 600);
    return {
      sizes: { numThreads, numSteps: randomSize(random, 40) },
      pass: PASS,
      arrays: { seeds: randomFloats(random, numThreads), sums: new Float32Array(numThreads) },
    };
  });
  expectSeveralWorkgroups(kernel, cases, "x");
  await expectTwinOverShapes(kernel, cases, TOLERANCE);
});

test("an empty dispatch runs, moves nothing and computes nothing", async () => {
  expect(await runOnGpu(emptyDispatch, {}, PASS, {})).toEqual({});
  expect(emptyDispatch.cost({}, PASS)).toEqual({ flops: 0, bytesRead: 0, bytesWritten: 0 });
});

test("the twins read each number once and keep each thread's sum", () => {
  const arrays = { input: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]), sums: new Float32Array(2) };
  const sums = READ_VARIANTS.map((kernel) => [
    ...runTwin(kernel, { numNumbers: 8, numThreads: 2 }, PASS, arrays).sums,
  ]);
  // By turns 1+3+5+7 and 2+4+6+8; by turns of four 1+2+3+4 and 5+6+7+8, which are also the two runs.
  expect(sums).toEqual([
    [16, 20],
    [10, 26],
    [10, 26],
  ]);
});

test("a chain halves and adds its seed at every step", () => {
  // Seed 2: chain i goes from 2 + i to (2 + i)/2 + 2 = 3 + i/2; eight of them make 24 + 28/2 = 38.
  const arrays = { seeds: Float32Array.from([2]), sums: new Float32Array(1) };
  const { sums } = runTwin(fmaScalar, { numThreads: 1, numSteps: 1 }, PASS, arrays);
  expect([...sums]).toEqual([38]);
});

test("reading costs four bytes a number, copying eight, arithmetic two FLOPs a step and chain", () => {
  const sizes = { numNumbers: 1000, numThreads: 10 };
  expect(readScalar.cost(sizes, PASS)).toEqual({ flops: 1000, bytesRead: 4000, bytesWritten: 40 });
  expect(copyVec4.cost(sizes, PASS)).toEqual({ flops: 0, bytesRead: 4000, bytesWritten: 4000 });
  const flops = FMA_VARIANTS.map(
    (kernel) => kernel.cost({ numThreads: 3, numSteps: 5 }, PASS).flops,
  );
  expect(flops).toEqual([240, 960]); // 3 · 5 · 8 · 2, and four times that
});
