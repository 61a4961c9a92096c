import { describe, expect, test } from "vitest";
import { findGpu } from "../catalog/gpus/gpus.ts";
import { countParameters } from "../catalog/models/model-shape.ts";
import { findModel, MODELS } from "../catalog/models/models.ts";
import { decodePass, findRankProblem } from "../cost/pass.ts";
import { BF16 } from "../cost/precision.ts";
import { stepTime } from "../roofline/step-time.ts";
import { GIGA } from "../units/units.ts";
import { findLink } from "./links.ts";
import { kvHeadsPerRank, rankParameters, ranksNeeded, weightBytesPerRank } from "./ranks.ts";
import { scalingTable, tensorParallelStep } from "./tensor-parallel.ts";

const shape = (id: string) => findModel(id)!.shape;
const A100 = findGpu("a100-80gb-sxm")!;

const pass = (ranks: number) =>
  decodePass(shape("llama-3.1-70b"), { batch: 8, context: 1024, ranks });

test("8 KV heads over 16 ranks are one each, kept twice", () => {
  expect(kvHeadsPerRank(shape("llama-3.1-8b"), 4)).toBe(2);
  expect(kvHeadsPerRank(shape("llama-3.1-8b"), 8)).toBe(1);
  expect(kvHeadsPerRank(shape("llama-3.1-8b"), 16)).toBe(1);
});

test("a latent is whole on every rank", () => {
  expect(kvHeadsPerRank(shape("deepseek-v3"), 8)).toBe(1);
});

test("8 KV heads do not divide over 3 ranks", () => {
  expect(() => kvHeadsPerRank(shape("llama-3.1-8b"), 3)).toThrow("8 KV heads do not divide");
});

describe("parameters of one rank", () => {
  test.each(MODELS.map(({ id, shape: one }) => [id, one] as const))(
    "%s: with one rank they are all of them",
    (_, one) => {
      const { matrices, tables, rest } = rankParameters(one, 1);
      expect(matrices + tables + rest).toBe(countParameters(one));
    },
  );

  test("Llama 3.1 8B over 4 ranks: norms stay whole, all else is a quarter", () => {
    const whole = shape("llama-3.1-8b");
    // Norms: 32 layers · 2 · 4096 and the last one of 4096.
    const norms = 65 * 4096;
    const { matrices, tables, rest } = rankParameters(whole, 4);
    expect(rest).toBe(norms);
    expect(matrices + tables).toBe((countParameters(whole) - norms) / 4);
  });

  test("with 16 ranks for 8 KV heads, K and V projections are kept twice", () => {
    const whole = shape("llama-3.1-8b");
    const kv = 2 * 32 * 4096 * 8 * 128;
    const even = rankParameters(whole, 1).matrices - kv;
    expect(rankParameters(whole, 16).matrices).toBe(even / 16 + kv / 8);
  });
});

describe("GPUs needed", () => {
  test("Llama 3.1 405B in 16 bits: 812 GB need 12 A100s at 92 %, so 16", () => {
    // 811.7 GB / (80 GB · 0.92) = 11.03.
    const needed = ranksNeeded(shape("llama-3.1-405b"), A100, BF16);
    expect(needed.byMemory).toBe(12);
    expect(needed.ranks).toBe(16);
  });

  test("in fp8 eight are enough, and in int4 four", () => {
    const big = shape("llama-3.1-405b");
    expect(ranksNeeded(big, A100, { weights: "fp8" }).ranks).toBe(8);
    expect(ranksNeeded(big, A100, { weights: "int4" }).ranks).toBe(4);
  });

  test("a reserve larger than a GPU leaves no number of them", () => {
    const needed = ranksNeeded(shape("gpt2"), A100, BF16, { reservedPerRank: A100.memory });
    expect(needed.byMemory).toBeUndefined();
    expect(needed.ranks).toBeUndefined();
  });

  test.each([0, 1.1, Number.NaN])("a share of %s is refused", (gpuMemoryUtilization) => {
    expect(() => ranksNeeded(shape("gpt2"), A100, BF16, { gpuMemoryUtilization })).toThrow(
      RangeError,
    );
  });
});

describe("a tensor-parallel step", () => {
  const NVLINK = findLink("nvlink-3")!;

  test("two all-reduces a layer of batch · width · 2 bytes", () => {
    const step = tensorParallelStep(pass(8), A100, NVLINK);
    expect(step.numAllReduces).toBe(160);
    expect(step.allReduceBytes).toBe(8 * 8192 * 2);
    // 41.4 µs and 2·7/8 · 131,072 B over 163.2 GB/s, 160 times.
    const each = 41.4e-6 + (1.75 * 131_072) / (163.2 * GIGA);
    expect(step.allReduce).toBeCloseTo(160 * each, 9);
    expect(step.seconds).toBe(step.compute + step.allReduce);
  });

  test("on one GPU it is the step itself, and needs no link", () => {
    const alone = decodePass(shape("llama-2-7b"), { batch: 1, context: 1024 });
    const step = tensorParallelStep(alone, A100, undefined);
    expect(step.allReduce).toBe(0);
    expect(step.seconds).toBe(stepTime(alone, A100).sumOfOperators);
  });

  test("several GPUs without a link are refused", () => {
    expect(() => tensorParallelStep(pass(2), A100, undefined)).toThrow("No link is known");
  });

  test("more ranks take less time each, and never a share as small as their number", () => {
    const rows = scalingTable(shape("llama-3.1-70b"), A100, { batch: 8, context: 1024 });
    expect(rows.map(({ ranks }) => ranks)).toEqual([1, 2, 4, 8]);
    expect(rows.map(({ weightsFit }) => weightsFit)).toEqual([false, true, true, true]);
    const times = rows.map(({ nvlink }) => nvlink!.seconds);
    expect(times).toEqual(times.toSorted((one, other) => other - one));
    expect(times[0]! / times[3]!).toBeLessThan(8);
    for (const { ranks, nvlink, pcie } of rows.slice(1)) {
      expect(pcie!.seconds, `${ranks} ranks`).toBeGreaterThan(nvlink!.seconds);
    }
  });

  test("25 heads of GPT-2 XL cannot be shared by two GPUs: a sentence in the table", () => {
    const [, two] = scalingTable(shape("gpt2-xl"), A100, { batch: 1, context: 64 });
    expect(two?.problem).toBe(findRankProblem(shape("gpt2-xl"), 2));
    expect(two?.problem).toMatch(/^25 heads/);
    expect(two?.nvlink).toBeUndefined();
  });
});

test("weights of a rank in bytes are its parameters at the format", () => {
  expect(weightBytesPerRank(shape("llama-2-7b"), BF16, 1)).toBe(2 * 6_738_415_616);
  expect(weightBytesPerRank(shape("llama-2-7b"), { weights: "int4" }, 1)).toBe(6_738_415_616 / 2);
});
