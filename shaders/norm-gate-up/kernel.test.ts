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
import { NORM_GATE_UP_VARIANTS, normGateUpThread } from "./kernel.ts";

const passOf = (numRows: number): Pass => ({ numRows, firstRow: 0, numContextTokens: numRows });

/** f32 against f64. Gate and up have a standard deviation near 6 at D = 293, and their product 36. */
const TOLERANCE = 5e-5;

function gateUpCase(random: () => number, numRows: number, width: number, hiddenWidth: number) {
  const stride = rowStride(width);
  return {
    sizes: { width, hiddenWidth, epsilon: 1e-5 },
    pass: passOf(numRows),
    arrays: {
      hidden: randomMatrix(random, numRows, width, stride),
      normWeight: randomMatrix(random, 1, width, stride),
      weights: randomMatrix(random, 2 * hiddenWidth, width, stride),
      activated: new Float32Array(numRows * rowStride(hiddenWidth)),
    },
  };
}

/** The sides of what a workgroup makes: rows and features. */
function tileSides(kernel: (typeof NORM_GATE_UP_VARIANTS)[number]) {
  const sizes = { width: 1, hiddenWidth: 1, epsilon: 0 };
  return [
    tileOf((numRows) => kernel.workgroups(sizes, passOf(numRows))[1]),
    tileOf((hiddenWidth) => kernel.workgroups({ ...sizes, hiddenWidth }, passOf(1))[0]),
  ];
}

describe.each(NORM_GATE_UP_VARIANTS)("$id", (kernel) => {
  test(`equals its twin over ${NUM_SHAPES} random shapes`, async () => {
    const random = seededRandom(2);
    const cases = Array.from({ length: NUM_SHAPES }, () => {
      const [numRows = 1, hiddenWidth = 1] = randomTiledSizes(random, tileSides(kernel));
      return gateUpCase(random, numRows, randomLaneWidth(random, kernel.source), hiddenWidth);
    });
    expectSeveralWorkgroups(kernel, cases, "xy");
    expectSeveralTurns(kernel, cases, ({ width }) => width);
    await expectTwinOverShapes(kernel, cases, TOLERANCE);
  });

  test("equals its twin with its sizes compiled in", async () => {
    const { sizes, pass, arrays } = gateUpCase(seededRandom(3), 67, 293, 67);
    await expectGpuEqualsTwin(kernel, sizes, pass, arrays, TOLERANCE);
  });
});

// Of the others the limit asks for barriers or for up to two million rows: at-limits.test.ts, on demand.
test(`one thread a feature equals its twin in ${MAX_WORKGROUPS} workgroups of rows`, async () => {
  const { sizes, pass, arrays } = gateUpCase(seededRandom(4), 4 * MAX_WORKGROUPS, 1, 1);
  expect(normGateUpThread.workgroups(sizes, pass)).toEqual([1, MAX_WORKGROUPS, 1]);
  await expectGpuEqualsTwin(normGateUpThread, sizes, pass, arrays, TOLERANCE);
});

test("the twin normalises, projects twice and gates", () => {
  // hidden (3, 4) over sqrt(12.5 + 3.5) = 4 is (0.75, 1); times the weight (4, 2) it is (3, 2).
  // gate = (3,2)·(1,-1) = 1 and up = (3,2)·(0,5) = 10: 1 / (1 + e⁻¹) · 10 = 7.310586.
  const { activated } = runTwin(
    normGateUpThread,
    { width: 2, hiddenWidth: 1, epsilon: 3.5 },
    passOf(1),
    {
      hidden: new Float32Array([3, 4, 0, 0]),
      normWeight: new Float32Array([4, 2, 0, 0]),
      weights: new Float32Array([1, -1, 0, 0, 0, 5, 0, 0]),
      activated: new Float32Array(4),
    },
  );
  expect(activated[0]).toBeCloseTo(7.310586, 5);
  expect([...activated.subarray(1)]).toEqual([0, 0, 0]);
});

test("fusing leaves neither the normed rows nor the gate and up vectors to move", () => {
  // R = 3, D = 10, F = 20: norm 4·30 = 120, projections 2·3·10·40 = 2,400, SwiGLU 4·60 = 240: 2,760 FLOPs.
  // In: (30 hidden + 10 norm weight + 400 weights)·4 = 1,760 bytes; out: 60·4 = 240 bytes.
  for (const kernel of NORM_GATE_UP_VARIANTS) {
    expect(kernel.cost({ width: 10, hiddenWidth: 20, epsilon: 0 }, passOf(3))).toEqual({
      flops: 2760,
      bytesRead: 1760,
      bytesWritten: 240,
    });
  }
});
