import { expect, test } from "vitest";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomFloats, randomInteger, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  NUM_SHAPES,
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  randomSize,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { SOFTMAX_VARIANTS, softmaxRow, softmaxThread } from "./kernel.ts";

// Weights are at most 1, and f32's exponential and sum of some hundred terms err by a few parts in 10^7.
const TOLERANCE = 2e-6;

function softmaxCase(
  random: () => number,
  capacity: number,
  positions: readonly number[],
  numHeads = randomInteger(random, 1, 5),
) {
  const firstRow = randomInteger(random, 0, 3);
  const places = positions.flatMap((position) => [0, position]);
  return {
    sizes: { numHeads, capacity },
    pass: { numRows: positions.length, firstRow, numContextTokens: positions.length },
    arrays: {
      rows: Uint32Array.from([...Array.from({ length: 2 * firstRow }, () => 0), ...places]),
      scores: randomFloats(random, positions.length * numHeads * capacity).map((x) => 20 * x),
    },
  };
}

test.each(SOFTMAX_VARIANTS)(
  `$id equals its twin over ${NUM_SHAPES} random shapes`,
  async (kernel) => {
    const random = seededRandom(17);
    const cases = Array.from({ length: NUM_SHAPES }, (_, index) => {
      // The thread kernel takes 64 pairs of a row and a head in a workgroup.
      const isTall = kernel === softmaxThread && index % 4 === 0;
      const numOthers = isTall ? randomInteger(random, 30, 80) : 1;
      const capacity = randomSize(random, index % 10 === 1 ? 600 : 140);
      const others = Array.from({ length: numOthers }, () =>
        randomInteger(random, 0, capacity - 1),
      );
      return softmaxCase(random, capacity, [capacity - 1, 0, ...others]);
    });
    expectSeveralWorkgroups(kernel, cases, kernel === softmaxRow ? "xy" : "x");
    await expectTwinOverShapes(kernel, cases, TOLERANCE);
    const { sizes, pass, arrays } = softmaxCase(random, 300, [299, 0, 128]);
    await expectGpuEqualsTwin(kernel, sizes, pass, arrays, TOLERANCE);
  },
);

test(`the thread kernel equals its twin in ${MAX_WORKGROUPS} workgroups of 64 scores`, async () => {
  const random = seededRandom(19);
  const positions = Array.from({ length: MAX_WORKGROUPS }, () => 0);
  const atLimit = softmaxCase(random, 1, positions, 64);
  expect(softmaxThread.workgroups(atLimit.sizes, atLimit.pass)).toEqual([MAX_WORKGROUPS, 1, 1]);
  await expectTwinOverShapes(softmaxThread, [atLimit], TOLERANCE);
});

test("a score that is ln 3 above the other gets three quarters", () => {
  const arrays = {
    rows: Uint32Array.from([0, 1]),
    scores: Float32Array.from([0, Math.log(3), 5]), // the third key lies after the row's position
  };
  const pass = { numRows: 1, firstRow: 0, numContextTokens: 2 };
  const { scores } = runTwin(softmaxRow, { numHeads: 1, capacity: 3 }, pass, arrays);
  // e^0 = 1 and e^(ln 3) = 3: 1/4 and 3/4.
  expect(scores[0]).toBeCloseTo(0.25, 6);
  expect(scores[1]).toBeCloseTo(0.75, 6);
  expect(scores[2]).toBe(5);
});

test("scores in the thousands neither overflow nor lose the answer", async () => {
  const arrays = {
    rows: Uint32Array.from([0, 1, 0, 1]),
    scores: Float32Array.from([5000, 5000, -5000, -6000]),
  };
  const pass = { numRows: 2, firstRow: 0, numContextTokens: 4 };
  const sizes = { numHeads: 1, capacity: 2 };
  expect([...runTwin(softmaxRow, sizes, pass, arrays).scores]).toEqual([0.5, 0.5, 1, 0]);
  for (const kernel of SOFTMAX_VARIANTS) {
    await expectGpuEqualsTwin(kernel, sizes, pass, arrays, TOLERANCE);
  }
});

test("every row's weights sum to one", () => {
  const { sizes, pass, arrays } = softmaxCase(seededRandom(18), 50, [49, 0, 17]);
  const { scores } = runTwin(softmaxRow, sizes, pass, arrays);
  [50, 1, 18].forEach((numKeys, row) => {
    const start = row * sizes.numHeads * 50;
    const sum = scores.subarray(start, start + numKeys).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 5);
  });
});

test("a softmax over S keys moves eight bytes and does four FLOPs for each", () => {
  const pass = { numRows: 2, firstRow: 0, numContextTokens: 30 };
  const cost = softmaxRow.cost({ numHeads: 3, capacity: 64 }, pass);
  expect(cost.flops).toBe(360); // 30 · 3 · 4
  expect(cost.bytesRead).toBe(376); // 2 · 8 + 4 · 30·3
  expect(cost.bytesWritten).toBe(360); // 4 · 30·3
});
