import { assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { readGemmRows } from "../../../tools/fit/measured-rows.ts";
import { findGpu, GPUS, ridgePoint } from "../catalog/gpus/gpus.ts";
import { arithmeticIntensity, NO_COST } from "../cost/cost.ts";
import { flopsPerByte, seconds } from "../units/units.ts";
import {
  attainable,
  crossoverBatch,
  elementwiseCost,
  linearLayerCost,
  maxPoolCost,
  squareMatmulCrossover,
  squareMatmulIntensity,
  timeOfCost,
} from "./roofline.ts";

const A100 = findGpu("a100-80gb-sxm")!;
const H100 = findGpu("h100-sxm")!;
const LAYER = { inputs: 1024, outputs: 4096, bytesPerElement: 2 };

test.each([
  // batch, FLOP/B, µs of memory, µs of compute, as published for an A100 80GB.
  [512, 315.0769230769231, 6.685, 13.766, "compute"],
  [1, 0.9987807851743478, 4.119, 0.027, "memory"],
  [32, 30.797, 4.275, 0.86, "memory"],
  [256, 195.048, 5.4, 6.883, "compute"],
])("nn.Linear(1024, 4096) at batch %i", (batch, intensity, memoryUs, computeUs, bound) => {
  const cost = linearLayerCost({ ...LAYER, batch });
  const time = timeOfCost(cost, A100);
  expect(arithmeticIntensity(cost)).toBeCloseTo(intensity, 3);
  expect(Number((time.memory * 1e6).toFixed(3))).toBe(memoryUs);
  expect(Number((time.compute * 1e6).toFixed(3))).toBe(computeUs);
  expect(time.bound).toBe(bound);
  expect(time.seconds).toBe(Math.max(time.memory, time.compute));
});

test("nn.Linear(1024, 4096) becomes compute bound at batch 189, not at the ridge", () => {
  expect(crossoverBatch(LAYER, A100)).toBe(189);
  expect(Math.floor(ridgePoint(A100))).toBe(153);
});

test("a crossover is the first batch that is compute bound, and a narrow layer has none", () => {
  const size = integer({ min: 1, max: 30_000 });
  assert(
    property(size, size, (inputs, outputs) => {
      const layer = { inputs, outputs, bytesPerElement: 2 };
      const batch = crossoverBatch(layer, A100);
      const isBound = (at: number) =>
        timeOfCost(linearLayerCost({ ...layer, batch: at }), A100).bound === "compute";
      if (batch === undefined) expect(isBound(1e9)).toBe(false);
      else {
        expect(isBound(batch + 1)).toBe(true);
        if (batch > 2) expect(isBound(batch - 2)).toBe(false);
      }
    }),
  );
  expect(crossoverBatch({ inputs: 64, outputs: 64, bytesPerElement: 2 }, A100)).toBeUndefined();
});

test("elementwise work stays at a quarter of a FLOP a byte in fp16, max-pooling at 2.25", () => {
  const relu = { elements: 1000, flopsPerElement: 1 };
  const intensity = (bytesPerElement: number) =>
    arithmeticIntensity(elementwiseCost({ ...relu, bytesPerElement }));
  expect(intensity(2)).toBe(0.25);
  expect(intensity(4)).toBe(0.125);
  expect(arithmeticIntensity(maxPoolCost({ elements: 64, window: 3, bytesPerElement: 2 }))).toBe(
    2.25,
  );
});

test("a square product in 16 bits has N/3 FLOP a byte and reaches the A100's ridge at N = 460", () => {
  expect(squareMatmulIntensity(4096, 2)).toBeCloseTo(4096 / 3, 9);
  const square = linearLayerCost({ inputs: 300, outputs: 300, batch: 300, bytesPerElement: 2 });
  expect(squareMatmulIntensity(300, 2)).toBe(arithmeticIntensity(square));
  // 3 · 153.02 = 459.05.
  expect(squareMatmulCrossover(2, A100)).toBe(460);
});

test("the attainable rate rises with intensity up to the ridge and is the peak beyond", () => {
  expect(attainable(A100, flopsPerByte(0))).toBe(0);
  expect(attainable(A100, flopsPerByte(1))).toBeCloseTo(2.039e12, 0);
  expect(attainable(A100, ridgePoint(A100))).toBeCloseTo(312e12, -3);
  expect(attainable(A100, flopsPerByte(1e9))).toBe(312e12);
});

test("work in many launches is overhead bound when launching takes longest", () => {
  const cost = linearLayerCost({ ...LAYER, batch: 1 });
  const time = timeOfCost(cost, A100, { launches: 10, launchSeconds: seconds(3e-6) });
  expect(time.bound).toBe("overhead");
  expect(time.seconds).toBeCloseTo(3e-5, 12);
  expect(timeOfCost(NO_COST, A100)).toEqual({ memory: 0, compute: 0, seconds: 0, bound: "memory" });
});

test("no measured product on an A100 or H100 was faster than its roofline time", () => {
  const rows = readGemmRows();
  expect(rows).toHaveLength(2880);
  const slack = rows.map(({ gpu, m, n, k, seconds: measured }) => {
    const cost = linearLayerCost({ batch: m, outputs: n, inputs: k, bytesPerElement: 2 });
    return timeOfCost(cost, gpu === "a100" ? A100 : H100).seconds / measured;
  });
  expect(Math.max(...slack)).toBeLessThan(1);
});

test("every GPU of the catalogue gives finite times for every allowed layer", () => {
  const size = integer({ min: 1, max: 1_000_000 });
  assert(
    property(size, size, size, (inputs, outputs, batch) => {
      for (const gpu of GPUS) {
        const layer = { inputs, outputs, batch, bytesPerElement: 2 };
        const { memory, compute, seconds: total } = timeOfCost(linearLayerCost(layer), gpu);
        expect([memory, compute, total].every((time) => Number.isFinite(time) && time > 0)).toBe(
          true,
        );
      }
    }),
    { numRuns: 50 },
  );
});

test("sizes that no layer has are refused with a sentence", () => {
  for (const batch of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => linearLayerCost({ ...LAYER, batch })).toThrow(/batch must be a whole number/);
  }
  expect(() => crossoverBatch({ ...LAYER, bytesPerElement: 0 }, A100)).toThrow(RangeError);
  expect(() => attainable(A100, flopsPerByte(-1))).toThrow(RangeError);
  expect(() => squareMatmulIntensity(0, 2)).toThrow(RangeError);
});
