import { expect, test } from "vitest";
import type { Pass } from "../../src/gpu/kernel.ts";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomInteger, randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { ladderLaunch, ladderRead, ladderReadFour } from "./kernel.ts";

const passOf = (numRows: number): Pass => ({ numRows, firstRow: 0, numContextTokens: 0 });

/** Sums of some hundred numbers in another order. */
const TOLERANCE = 1e-4;

test.each([ladderRead, ladderReadFour])(
  "$id equals its twin over random shapes",
  async (kernel) => {
    const random = seededRandom(5);
    for (let shape = 0; shape < 12; shape++) {
      const numVectors = 2 ** randomInteger(random, 8, 12);
      const sizes = { numVectors, numTurns: 4 * randomInteger(random, 1, 8) };
      const numRows = randomInteger(random, 1, 700);
      const arrays = {
        data: randomMatrix(random, numVectors, 4, 4),
        sums: new Float32Array(numRows),
      };
      await expectGpuEqualsTwin(kernel, sizes, passOf(numRows), arrays, TOLERANCE);
    }
  },
);

test.each([ladderRead, ladderReadFour])(
  "$id equals its twin over two hundred working sets, turns and threads",
  async (kernel) => {
    const random = seededRandom(6);
    const cases = Array.from({ length: NUM_SHAPES }, (_, index) => {
      const numVectors = 2 ** randomInteger(random, 8, 10);
      const numRows = randomInteger(random, 1, index % 4 === 0 ? 600 : 200);
      return {
        sizes: { numVectors, numTurns: 4 * randomInteger(random, 1, 8) },
        pass: passOf(numRows),
        arrays: {
          data: randomMatrix(random, numVectors, 4, 4),
          sums: new Float32Array(numRows),
        },
      };
    });
    expectSeveralWorkgroups(kernel, cases, "x");
    await expectTwinOverShapes(kernel, cases, TOLERANCE);
  },
);

test(`a launch equals its twin over ${NUM_SHAPES} row counts and counters, up to all 32 bits`, async () => {
  const random = seededRandom(7);
  const cases = Array.from({ length: NUM_SHAPES }, (_, index) => {
    const numRows = [1, MAX_WORKGROUPS, 2 ** 32 - 1][index] ?? randomInteger(random, 1, 2 ** 20);
    const counter = Uint32Array.of(randomInteger(random, 0, 2 ** 32 - 1));
    return { sizes: {}, pass: passOf(numRows), arrays: { counter } };
  });
  await expectTwinOverShapes(ladderLaunch, cases, 0);
});

test("a launch adds the pass's rows to the counter", async () => {
  await expectGpuEqualsTwin(ladderLaunch, {}, passOf(3), { counter: new Uint32Array([4]) }, 0);
  expect(runTwin(ladderLaunch, {}, passOf(3), { counter: new Uint32Array([4]) }).counter[0]).toBe(
    7,
  );
});

test("256 threads that go once round 256 vectors and once more read every vector twice", () => {
  const data = Float32Array.from({ length: 1024 }, (_, index) => index);
  const arrays = { data, sums: new Float32Array(256) };
  const { sums } = runTwin(ladderRead, { numVectors: 256, numTurns: 2 }, passOf(256), arrays);
  // 0 + 1 + … + 1023 = 1023 · 1024 / 2 = 523,776.
  expect(sums.reduce((total, sum) => total + sum, 0)).toBe(2 * 523_776);
});

test("3 threads that read 4 vectors each read 192 B", () => {
  expect(ladderRead.cost({ numVectors: 256, numTurns: 4 }, passOf(3)).bytesRead).toBe(192);
});
