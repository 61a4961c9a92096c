import { describe, expect, test } from "vitest";
import type { FitErrors } from "../../src/core/roofline/fit-report.ts";
import {
  ATTENTION_COEFFICIENTS,
  FIT_REPORT,
  GEMM_COEFFICIENTS,
  GEMM_COEFFICIENTS_BY_TOKENS,
} from "../../src/core/roofline/fitted-coefficients.ts";
import {
  measuredGemm,
  type MeasuredModel,
  type MeasuredOperator,
} from "../../src/core/roofline/measured/measured-gemm.ts";
import { attentionErrors, gemmErrors, measuredGpu } from "./gemm.ts";
import { ARCHITECTURES, heldOutProducts, heldOutTokens, readGemmRows } from "./measured-rows.ts";
import { minimise } from "./simplex.ts";

const ROWS = readGemmRows();

/** The report keeps four digits. */
function expectSame(found: FitErrors, reported: FitErrors) {
  expect(found.numFitted).toBe(reported.numFitted);
  expect(found.numHeldOut).toBe(reported.numHeldOut);
  expect(found.fittedMedian).toBeCloseTo(reported.fittedMedian, 4);
  expect(found.heldOutMedian).toBeCloseTo(reported.heldOutMedian, 4);
  expect(found.heldOutP90).toBeCloseTo(reported.heldOutP90, 4);
}

describe.each(ARCHITECTURES)("%s", (architecture) => {
  const rows = ROWS.filter(({ gpu }) => gpu === architecture);
  const report = FIT_REPORT.gemm[architecture];

  test("products that the fit never saw are predicted within 12 % at the median", () => {
    const errors = gemmErrors(
      rows,
      heldOutProducts(ROWS),
      GEMM_COEFFICIENTS[architecture],
      measuredGpu(architecture),
    );
    expectSame(errors, report.products);
    expect(errors.heldOutMedian).toBeLessThanOrEqual(0.12);
    expect(errors.numHeldOut).toBeGreaterThanOrEqual(rows.length / 2);
  });

  test("token counts that the fit never saw are predicted within 12 % at the median", () => {
    const errors = gemmErrors(
      rows,
      heldOutTokens(ROWS),
      GEMM_COEFFICIENTS_BY_TOKENS[architecture],
      measuredGpu(architecture),
    );
    expectSame(errors, report.tokens);
    expect(errors.heldOutMedian).toBeLessThanOrEqual(0.12);
    expect(errors.numHeldOut).toBe(rows.length / 2);
  });

  test("no product is on both sides of the hold-out, whichever model has it", () => {
    const isHeldOut = heldOutProducts(ROWS);
    const sides = (held: boolean) =>
      new Set(rows.filter((row) => isHeldOut(row) === held).map(({ n, k }) => `${n} ${k}`));
    expect([...sides(true)].filter((product) => sides(false).has(product))).toEqual([]);
  });
});

test("attention that the fit never saw is predicted within 12 % at the median", () => {
  const errors = attentionErrors(ATTENTION_COEFFICIENTS, measuredGpu("a100"));
  expectSame(errors.decode, FIT_REPORT.attention.a100.decode);
  expectSame(errors.prefill, FIT_REPORT.attention.a100.prefill);
  expect(errors.decode.heldOutMedian).toBeLessThanOrEqual(0.12);
  expect(errors.prefill.heldOutMedian).toBeLessThanOrEqual(0.12);
});

test("the points that figures draw are those of the file, every one", () => {
  const models: Record<string, MeasuredModel> = {
    "Llama-2-7b-hf": "llama-2-7b",
    "Llama-2-70b-hf": "llama-2-70b",
    "Meta-Llama-3-8B": "llama-3-8b",
  };
  const operators: Record<string, MeasuredOperator> = {
    attn_pre_proj: "qkv",
    attn_post_proj: "attention-out",
    mlp_up_proj: "gate-up",
    mlp_down_proj: "down",
  };
  for (const row of ROWS) {
    const points = measuredGemm(row.gpu, models[row.model]!, row.tp, operators[row.op]!);
    const point = points.find(({ tokens }) => tokens === row.tokens)!;
    expect([point.m, point.n, point.k]).toEqual([row.m, row.n, row.k]);
    expect(point.seconds).toBeCloseTo(row.seconds, 9);
  }
  expect(measuredGemm("h100", "llama-3-8b", 1, "qkv")).toEqual([]);
});

test("the step on an A100's staircase is in the points: 0.0745 ms at 128 tokens, 0.132 ms at 136", () => {
  const points = measuredGemm("a100", "llama-2-7b", 1, "qkv");
  const at = (tokens: number) => points.find((point) => point.tokens === tokens)?.seconds;
  expect(at(128)).toBeCloseTo(74.5e-6, 9);
  expect(at(136)).toBeCloseTo(132e-6, 9);
});

/** Rosenbrock's function: 0 at (1, 1). */
function valley([x = 0, y = 0]: readonly number[]): number {
  return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
}

test("the simplex search finds the bottom of a curved valley", () => {
  const { at } = minimise(valley, [-1.2, 1], { steps: [0.5, 0.1], iterations: 200 });
  expect(at[0]).toBeCloseTo(1, 3);
  expect(at[1]).toBeCloseTo(1, 3);
});
