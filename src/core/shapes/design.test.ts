import { assert, constantFrom, double, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { findGpu, GPUS } from "../catalog/gpus/gpus.ts";
import { countParameters } from "../catalog/models/model-shape.ts";
import { designShape } from "./design.ts";
import { checkShape } from "./rules.ts";

const A100 = findGpu("a100-80gb-sxm")!;
const SEVEN = { parameterBudget: 7e9, gpu: A100, tokens: 2048, vocabulary: 50_257 };

test("proposals for 7 billion parameters are within 4 %, aligned, and ordered by modelled time", () => {
  const proposals = designShape(SEVEN);
  expect(proposals.length).toBeGreaterThan(1);
  for (const { shape, parameters } of proposals) {
    expect(parameters).toBe(countParameters(shape));
    expect(Math.abs(parameters / 7e9 - 1)).toBeLessThanOrEqual(0.04);
    const unmet = checkShape(shape, A100, { batch: 2048, ranks: 1 }).filter(({ isMet }) => !isMet);
    expect(unmet.map(({ id }) => id).filter((id) => id !== "waves")).toEqual([]);
  }
  const times = proposals.map(({ stepSeconds, parameters }) => stepSeconds / parameters);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test("the best proposal beats the naive shape of as many layers, in modelled time", () => {
  const [best] = designShape(SEVEN);
  expect(best!.gain).toBeGreaterThan(0);
  expect(best!.naive.shape.numLayers).toBe(best!.shape.numLayers);
  expect(best!.naive.shape.vocabulary).toBe(50_257);
  expect(Math.abs(best!.naive.parameters / 7e9 - 1)).toBeLessThan(0.02);
  const perParameter = best!.stepSeconds / best!.parameters;
  const naive = best!.naive.stepSeconds / best!.naive.parameters;
  expect(best!.gain).toBeCloseTo(1 - perParameter / naive, 12);
});

test("the same request gives the same proposals", () => {
  expect(designShape(SEVEN)).toEqual(designShape(SEVEN));
});

test("ranks divide the heads, the KV heads and every matrix of a proposal", () => {
  for (const { shape } of designShape({ ...SEVEN, parameterBudget: 70e9, ranks: 8 })) {
    expect(shape.numHeads % 8).toBe(0);
    expect(shape.numKvHeads % 8).toBe(0);
    expect(shape.numHeads % shape.numKvHeads).toBe(0);
    expect(shape.hiddenWidth % (64 * 8)).toBe(0);
    expect(shape.vocabulary % (64 * 8)).toBe(0);
    expect(shape.width).toBe(shape.numHeads * shape.headWidth);
  }
});

test("any allowed request gives finite proposals or a sentence", () => {
  const budget = double({ min: 6, max: 14, noNaN: true }).map((exponent) => 10 ** exponent);
  const ranks = constantFrom(1, 2, 4, 8, 16);
  const [tokens, vocabulary] = [integer({ min: 1, max: 1e5 }), integer({ min: 1, max: 3e5 })];
  assert(
    property(budget, constantFrom(...GPUS), tokens, vocabulary, ranks, (...args) => {
      const [parameterBudget, gpu, rows, entries, count] = args;
      try {
        const request = { parameterBudget, gpu, tokens: rows, vocabulary: entries, ranks: count };
        for (const { gain, stepSeconds, utilisation, products } of designShape(request)) {
          expect(Number.isFinite(gain) && stepSeconds > 0).toBe(true);
          expect(utilisation).toBeGreaterThan(0);
          expect(utilisation).toBeLessThan(1);
          for (const { efficiency } of products) {
            expect(efficiency).toBeGreaterThan(0);
            expect(efficiency).toBeLessThanOrEqual(1 + 1e-12);
          }
        }
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        expect(String(error)).toMatch(/gives no shape with a vocabulary/);
      }
    }),
    { numRuns: 60 },
  );
});

test("budgets and rows that cannot be are refused with a sentence", () => {
  for (const parameterBudget of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e15]) {
    expect(() => designShape({ ...SEVEN, parameterBudget })).toThrow(/between a million/);
  }
  expect(() => designShape({ ...SEVEN, tokens: 0 })).toThrow(/tokens of a step/);
  expect(() => designShape({ ...SEVEN, vocabulary: 1.5 })).toThrow(/vocabulary/);
  expect(() => designShape({ ...SEVEN, ranks: 0 })).toThrow(/number of ranks/);
});
