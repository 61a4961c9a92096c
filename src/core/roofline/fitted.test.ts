import { assert, constantFrom, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { findGpu, GPUS } from "../catalog/gpus/gpus.ts";
import { findModel, MODELS } from "../catalog/models/models.ts";
import { decodePass, findRankProblem, prefillPass } from "../cost/pass.ts";
import { fittedGemmTime, fittedStepTime } from "./fitted.ts";
import { linearLayerCost, timeOfCost } from "./roofline.ts";
import { stepTime } from "./step-time.ts";

const A100 = findGpu("a100-80gb-sxm")!;
const H100 = findGpu("h100-sxm")!;
const LLAMA_2_7B = findModel("llama-2-7b")!.shape;

test.each([
  // Cache, batch, ms: sums over 32 layers of the measured kernels (shared reference, attention of Llama 2 7B on one
  // A100), without output head, norms and activations.
  [992, 32, 19.43],
  [992, 64, 28.42],
  [1984, 64, 46.44],
  [3072, 96, 92.58],
  [3136, 1, 10.79],
])("a decode step at cache %i and batch %i is within 15 %% of %f ms", (context, batch, ms) => {
  const step = fittedStepTime(decodePass(LLAMA_2_7B, { batch, context }), A100);
  const layers = step.rows.filter(({ operator }) => operator.count === LLAMA_2_7B.numLayers);
  const sum = layers.reduce((total, row) => total + row.seconds, 0);
  expect(Math.abs((sum * 1e3) / ms - 1)).toBeLessThan(0.15);
});

test("a fitted product is never faster than its roofline", () => {
  const size = integer({ min: 1, max: 70_000 });
  assert(
    property(size, size, size, constantFrom(...GPUS), (m, n, k, gpu) => {
      const floor = timeOfCost(
        linearLayerCost({ batch: m, outputs: n, inputs: k, bytesPerElement: 2 }),
        gpu,
      );
      const fitted = fittedGemmTime({ m, n, k }, gpu);
      expect(Number.isFinite(fitted.seconds)).toBe(true);
      expect(fitted.seconds).toBeGreaterThan(floor.seconds);
    }),
  );
});

test("a fitted step of every model on every GPU is finite and no faster than the roofline", () => {
  for (const { id, shape } of MODELS) {
    for (const gpu of GPUS) {
      for (const isFused of [true, false]) {
        const passes = [
          decodePass(shape, { batch: 7, context: 500, isFused }),
          prefillPass(shape, { batch: 1, prompt: 300, isFused }),
        ];
        for (const pass of passes) {
          const fitted = fittedStepTime(pass, gpu);
          const roofline = stepTime(pass, gpu);
          expect(Number.isFinite(fitted.seconds)).toBe(true);
          fitted.rows.forEach((row, index) => {
            const least = roofline.rows[index]!.time.seconds;
            expect(row.seconds, `${id}, ${row.operator.id}`).toBeGreaterThanOrEqual(least);
          });
        }
      }
    }
  }
});

test("the sum of operators is never below the step as one operator", () => {
  const batch = integer({ min: 1, max: 512 });
  assert(
    property(
      constantFrom(...MODELS),
      batch,
      integer({ min: 0, max: 8192 }),
      (model, b, context) => {
        const step = stepTime(decodePass(model.shape, { batch: b, context }), A100);
        expect(step.sumOfOperators).toBeGreaterThanOrEqual(step.oneMax * (1 - 1e-12));
        expect(step.sumOfOperators).toBeLessThanOrEqual(2 * step.oneMax * (1 + 1e-12));
      },
    ),
  );
});

test("one sequence in decode is memory bound and a long prompt is compute bound", () => {
  expect(stepTime(decodePass(LLAMA_2_7B, { batch: 1, context: 1024 }), A100).bound).toBe("memory");
  expect(stepTime(prefillPass(LLAMA_2_7B, { batch: 1, prompt: 2048 }), A100).bound).toBe("compute");
});

test("the decode floor at context 1024 is 6.744 ms for Llama 2 7B on an A100, embedding left out", () => {
  // Published without activations: the operators' activations add under half a percent.
  const { oneMax } = stepTime(decodePass(LLAMA_2_7B, { batch: 1, context: 1023 }), A100);
  expect(oneMax * 1e3).toBeGreaterThan(6.744);
  expect(oneMax * 1e3).toBeLessThan(6.744 * 1.005);
});

function reason(...args: Parameters<typeof fittedStepTime>): string | undefined {
  return fittedStepTime(...args).reason;
}

test("what was measured is not called extrapolated, and what was not says why", () => {
  const pass = decodePass(LLAMA_2_7B, { batch: 8, context: 1000 });
  expect(fittedStepTime(pass, A100).isExtrapolated).toBe(false);
  expect(reason(pass, A100)).toBeUndefined();
  expect(reason(pass, H100)).toMatch(/Attention was measured on an A100 only/);
  expect(reason(pass, findGpu("l4")!)).toMatch(/was not measured/);
  expect(reason({ ...pass, precision: { ...pass.precision, weights: "int4" } }, A100)).toMatch(
    /16 bits only/,
  );
  expect(reason(decodePass(LLAMA_2_7B, { batch: 8, context: 9000 }), A100)).toMatch(/end at/);
});

test("a card of a measured architecture that was not measured itself is extrapolated", () => {
  const pass = decodePass(LLAMA_2_7B, { batch: 8, context: 1000 });
  for (const id of ["a100-40gb-sxm", "a100-80gb-pcie", "h100-pcie", "h200-sxm"]) {
    expect(reason(pass, findGpu(id)!), id).toContain("same architecture, not this card");
  }
  expect(reason(pass, H100)).not.toContain("not this card");
});

test("tensor-parallel ranks make a step of one rank shorter, for every model that splits", () => {
  for (const { shape } of MODELS) {
    if (findRankProblem(shape, 2) !== undefined) continue;
    const time = (ranks: number) =>
      fittedStepTime(decodePass(shape, { batch: 64, context: 500, ranks }), A100).seconds;
    expect(time(2)).toBeLessThanOrEqual(time(1));
  }
});

test("sizes that no product has are refused with a sentence", () => {
  expect(() => fittedGemmTime({ m: 0, n: 1, k: 1 }, A100)).toThrow(/rows m of a product/);
  expect(() => fittedGemmTime({ m: 1, n: 1, k: Number.NaN }, A100)).toThrow(RangeError);
});
