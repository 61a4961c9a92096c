import { array, assert, boolean, constantFrom, integer, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelShape } from "../catalog/models/model-shape.ts";
import { findModel, MODELS } from "../catalog/models/models.ts";
import { decodeStepWork, hasUniformLayers } from "./decode-step.ts";
import { bytesPerSecond } from "../units/units.ts";
import { decodeFloor, weightBytesPerStep } from "./decode.ts";
import { expectedDistinctExperts } from "./experts.ts";
import { kvBytesPerToken, kvBytesPerTokenOfRank } from "./kv-cache.ts";
import {
  decodePass,
  operatorsOf,
  passCost,
  prefillPass,
  type Operator,
  type Pass,
} from "./operators.ts";
import { findRankProblem } from "./pass.ts";
import type { Precision } from "./precision.ts";

const LLAMA = findModel("llama-2-7b")!.shape;
const MIXTRAL = findModel("mixtral-8x7b")!.shape;
const DEEPSEEK = findModel("deepseek-v3")!.shape;

/** Small enough to work by hand. */
const SMALL: ModelShape = {
  numLayers: 2,
  width: 4,
  hiddenWidth: 6,
  numHeads: 2,
  numKvHeads: 1,
  headWidth: 2,
  vocabulary: 10,
  isTied: false,
};
const F32: Precision = { weights: "fp32", kv: "fp32", activations: "fp32" };

function row(operators: readonly Operator[], id: string): Operator {
  const found = operators.find((operator) => operator.id === id);
  if (found === undefined) throw new Error(`no ${id} among ${operators.map((o) => o.id).join()}`);
  return found;
}

/** Attention's arithmetic, and the bytes that it moves to and from the cache. */
const attentionOf = (pass: Pass) => row(operatorsOf(pass), "attention");
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const isProduct = ({ kind }: Operator) => kind === "matmul" || kind === "attention";
const productFlops = (pass: Pass) =>
  sum(
    operatorsOf(pass)
      .filter(isProduct)
      .map(({ cost }) => cost.flops),
  );
const weightTraffic = (pass: Pass) =>
  sum(
    operatorsOf(pass)
      .filter(({ kind }) => kind !== "lookup")
      .map(({ traffic }) => traffic.weights),
  );

describe("a decode step of a small model, by hand", () => {
  // 2 layers, 3 sequences, 5 tokens in each cache, 4 bytes an element.
  const operators = operatorsOf(decodePass(SMALL, { batch: 3, context: 5, precision: F32 }));

  test("runs six kernels and a lookup", () => {
    expect(operators.map(({ id }) => id)).toEqual([
      "embedding",
      "qkv",
      "attention",
      "attention-out",
      "gate-up",
      "down",
      "head",
    ]);
    expect(operators.map(({ count }) => count)).toEqual([1, 2, 2, 2, 2, 2, 1]);
  });

  test("the lookup reads three rows of the table", () => {
    // 3 rows · 4 wide · 4 bytes read and written.
    const { cost } = row(operators, "embedding");
    expect(cost).toEqual({ flops: 0, bytesRead: 48, bytesWritten: 48 });
  });

  test("queries, keys and values: 8 wide in all", () => {
    // n = (2 + 2·1)·2 = 8. FLOPs 2 layers · 2·3·4·8 = 384. Weights 2·(32 + 4 norm)·4 = 288 bytes; reads 2·12·4 = 96;
    // writes queries 2·3·4·4 = 96 and cache 2·3·4·4 = 96.
    const { cost, size, traffic } = row(operators, "qkv");
    expect(size).toEqual({ m: 3, n: 8, k: 4 });
    expect(cost).toEqual({ flops: 384, bytesRead: 384, bytesWritten: 192 });
    expect(traffic).toEqual({ weights: 288, kv: 96, activations: 192 });
  });

  test("attention reads six keys and values of each sequence", () => {
    // Scores 3·6 = 18 a head: 2 layers · 4·2 heads·2 wide·18 = 576 FLOPs. Keys and values 2·(3·6)·2·2·4 = 576 bytes;
    // queries 2·3·4·4 = 96; outputs as many.
    const { cost, traffic } = row(operators, "attention");
    expect(cost).toEqual({ flops: 576, bytesRead: 672, bytesWritten: 96 });
    expect(traffic.kv).toBe(576);
  });

  test("the output head multiplies one row a sequence with the whole table", () => {
    // 2·3·4·10 = 240 FLOPs; weights (40 + 4 norm)·4 = 176, rows 48; logits 3·10·4 = 120.
    expect(row(operators, "head").cost).toEqual({ flops: 240, bytesRead: 224, bytesWritten: 120 });
  });
});

test("a decode step of Llama 2 7B takes two FLOPs for each weight that it multiplies, and attention", () => {
  // 6,738,415,616 parameters less the embedding 32,000·4096 and 65 norms of 4096; attention over 1024 tokens and
  // the new one, 4·32 layers·4096·1025.
  const matrices = 2 * (6_738_415_616 - 131_072_000 - 65 * 4096);
  const attention = 4 * 32 * 4096 * 1025;
  expect(passCost(decodePass(LLAMA, { batch: 1, context: 1024 })).flops).toBe(matrices + attention);
});

test("the arithmetic of a step agrees with the count of the chapter on the cache", () => {
  for (const { shape } of MODELS.filter((model) => hasUniformLayers(model.shape))) {
    const pass = decodePass(shape, { batch: 1, context: 99 });
    const work = decodeStepWork({ shape, numTokens: 100, hasCache: true, bytesPerElement: 2 });
    expect(productFlops(pass)).toBe(work.flops);
  }
});

test("a step reads each weight once, of the tables of tokens and positions only its rows", () => {
  for (const { id, shape } of MODELS) {
    for (const batch of [1, 7]) {
      const read = weightTraffic(decodePass(shape, { batch, context: 10 }));
      expect(read / weightBytesPerStep(shape, 2, batch), id).toBeCloseTo(1, 12);
    }
  }
});

test("caches are read whole and grow by a token", () => {
  for (const { shape } of MODELS) {
    const operators = operatorsOf(decodePass(shape, { batch: 2, context: 100 }));
    const read = 2 * 101 * kvBytesPerToken(shape, 2);
    const written = 2 * kvBytesPerToken(shape, 2);
    expect(sum(operators.map(({ traffic }) => traffic.kv))).toBe(read + written);
  }
});

test("a prompt computes as many scores as decoding its tokens one by one", () => {
  const oneByOne = Array.from(
    { length: 20 },
    (_, context) => attentionOf(decodePass(LLAMA, { batch: 1, context })).cost.flops,
  );
  expect(attentionOf(prefillPass(LLAMA, { batch: 1, prompt: 20 })).cost.flops).toBe(sum(oneByOne));
});

test("a prompt in two pieces costs the arithmetic of the whole but one more row of the head", () => {
  const piece = (cached: number, fresh: number) =>
    productFlops({
      ...decodePass(LLAMA, { batch: 1, context: 0 }),
      groups: [{ count: 1, cached, fresh }],
    });
  const head = 2 * LLAMA.width * LLAMA.vocabulary;
  expect(piece(0, 12) + piece(12, 8)).toBe(piece(0, 20) + head);
});

test("a mixed pass reads its weights once for prompts and decode together", () => {
  const { precision, isFused } = decodePass(LLAMA, { batch: 1, context: 0 });
  const decode = { count: 8, cached: 500, fresh: 1 };
  const prefill = { count: 1, cached: 0, fresh: 512 };
  const pass = (groups: Pass["groups"]): Pass => ({ shape: LLAMA, groups, precision, isFused });
  expect(productFlops(pass([decode, prefill]))).toBe(
    productFlops(pass([decode])) + productFlops(pass([prefill])),
  );
  expect(weightTraffic(pass([decode, prefill]))).toBe(weightTraffic(pass([decode])));
});

describe("fusion", () => {
  test.each(MODELS.map(({ id, shape }) => [id, shape] as const))(
    "changes no product of %s, and saves bytes",
    (_, shape) => {
      for (const fused of [
        decodePass(shape, { batch: 4, context: 50 }),
        prefillPass(shape, { batch: 2, prompt: 30 }),
      ]) {
        const unfused: Pass = { ...fused, isFused: false };
        expect(productFlops(unfused) / productFlops(fused)).toBeCloseTo(1, 12);
        expect(weightTraffic(unfused) / weightTraffic(fused)).toBeCloseTo(1, 12);
        const [before, after] = [passCost(unfused), passCost(fused)];
        expect(before.bytesRead + before.bytesWritten).toBeGreaterThan(
          after.bytesRead + after.bytesWritten,
        );
      }
    },
  );

  test("apart, scores of all heads go to memory and back twice", () => {
    // 2 layers · 2 heads · 3·6 scores = 72, of 4 bytes and 4 FLOPs each.
    const pass = decodePass(SMALL, { batch: 3, context: 5, precision: F32, isFused: false });
    const operators = operatorsOf(pass);
    expect(row(operators, "softmax").cost).toEqual({
      flops: 288,
      bytesRead: 288,
      bytesWritten: 288,
    });
    expect(row(operators, "scores").cost.bytesWritten).toBe(288);
    expect(operators.map(({ id }) => id)).toEqual([
      "embedding",
      "attention-norm",
      "qkv",
      "rope",
      "kv-append",
      "scores",
      "softmax",
      "values",
      "attention-out",
      "attention-residual",
      "feed-forward-norm",
      "gate-up",
      "activation",
      "down",
      "feed-forward-residual",
      "final-norm",
      "head",
    ]);
  });
});

describe("formats", () => {
  test("four-bit weights are a quarter of sixteen-bit ones, and leave the cache alone", () => {
    const options = { batch: 1, context: 100 };
    const int4 = { weights: "int4", kv: "bf16", activations: "bf16" } as const;
    const wide = decodePass(LLAMA, options);
    const narrow = decodePass(LLAMA, { ...options, precision: int4 });
    expect(weightTraffic(narrow)).toBe(weightTraffic(wide) / 4);
    expect(passCost(narrow).flops).toBe(passCost(wide).flops);
    expect(attentionOf(narrow).traffic.kv).toBe(attentionOf(wide).traffic.kv);
  });
});

describe("experts", () => {
  test("eight tokens reach 7.2 of Mixtral's 8 experts", () => {
    expect(expectedDistinctExperts(MIXTRAL.experts!, 8)).toBeCloseTo(7.199, 3);
  });

  test("one token multiplies with two experts and reads two", () => {
    const operators = operatorsOf(decodePass(MIXTRAL, { batch: 1, context: 0 }));
    // 32 layers · 2 experts · 2·4096·14,336 weights; two FLOPs and two bytes each.
    const gateUp = row(operators, "expert-gate-up");
    expect(gateUp.cost.flops).toBe(2 * 32 * 2 * 2 * 4096 * 14_336);
    expect(gateUp.traffic.weights / (32 * 2 * 2 * 4096 * 14_336 * 2)).toBeCloseTo(1, 12);
    expect(gateUp.size).toBeUndefined();
  });

  test("a large batch reads nearly every expert, and multiplies with two for each token", () => {
    const pass = decodePass(MIXTRAL, { batch: 256, context: 0 });
    const gateUp = row(operatorsOf(pass), "expert-gate-up");
    expect(gateUp.traffic.weights / (32 * 8 * 2 * 4096 * 14_336 * 2)).toBeCloseTo(1, 9);
    expect(gateUp.cost.flops).toBe(256 * 2 * 32 * 2 * 2 * 4096 * 14_336);
  });

  test("DeepSeek-V3 has three dense layers, 58 of experts, and one shared expert", () => {
    const operators = operatorsOf(decodePass(DEEPSEEK, { batch: 1, context: 0 }));
    expect(row(operators, "gate-up").count).toBe(3);
    expect(row(operators, "expert-down").count).toBe(58);
    expect(row(operators, "shared-down").size).toEqual({ m: 1, n: 7168, k: 2048 });
  });
});

describe("latent attention", () => {
  test("decode reads 576 elements a token and layer for all 128 heads", () => {
    const attention = row(
      operatorsOf(decodePass(DEEPSEEK, { batch: 1, context: 999 })),
      "attention",
    );
    expect(attention.traffic.kv).toBe(61 * 1000 * 576 * 2);
    // 2·128·(576 + 512) a score.
    expect(attention.cost.flops).toBe(61 * 1000 * 2 * 128 * (576 + 512));
  });

  test("a prompt makes full keys and values, and computes on 192 and 128 wide heads", () => {
    const operators = operatorsOf(prefillPass(DEEPSEEK, { batch: 1, prompt: 100 }));
    expect(row(operators, "key-value-up").cost.flops).toBe(61 * 2 * 100 * 512 * 128 * 256);
    expect(row(operators, "attention-prefill").cost.flops).toBe(61 * 5050 * 2 * 128 * (192 + 128));
  });

  test("one token without a cache multiplies with every active matrix weight once", () => {
    // Absorbed or not, the key and value matrices of a head are met once: 2 FLOPs a weight.
    const pass = decodePass(DEEPSEEK, { batch: 1, context: 0 });
    const weights = sum(
      operatorsOf(pass)
        .filter(({ kind }) => kind === "matmul")
        .map(({ cost }) => cost.flops),
    );
    const norms = 61 * (2 * 7168 + 1536 + 512) + 7168;
    const scoreBiases = 58 * 256;
    // 37,552,288,768 parameters of a token, less the embedding, norms and biases of the router.
    const active = weightBytesPerStep(DEEPSEEK, 1, 1);
    expect(weights / (2 * (active - norms - scoreBiases))).toBeCloseTo(1, 12);
  });
});

describe("ranks", () => {
  test("split products add up to the whole, whatever the number of GPUs", () => {
    const whole = decodePass(LLAMA, { batch: 4, context: 100 });
    for (const ranks of [2, 4, 8]) {
      expect(productFlops({ ...whole, ranks }) * ranks).toBe(productFlops(whole));
    }
  });

  test("a KV head is kept whole on every GPU where there are more GPUs than KV heads", () => {
    const { shape } = findModel("llama-3.1-405b")!;
    const kv = (ranks: number) =>
      attentionOf(decodePass(shape, { batch: 1, context: 0, ranks })).traffic.kv;
    expect(kv(8)).toBe(kv(1) / 8);
    expect(kv(16)).toBe(kv(8));
  });

  test("the cache of one GPU is that of its KV heads, at least one", () => {
    const { shape } = findModel("llama-3.1-405b")!;
    expect(kvBytesPerTokenOfRank(shape, 2, 8)).toBe(516_096 / 8);
    expect(kvBytesPerTokenOfRank(shape, 2, 16)).toBe(516_096 / 8);
    expect(kvBytesPerTokenOfRank(DEEPSEEK, 2, 8)).toBe(70_272);
  });

  test("a latent is kept whole on every GPU", () => {
    const whole = decodePass(DEEPSEEK, { batch: 1, context: 9 });
    expect(attentionOf({ ...whole, ranks: 8 }).traffic.kv).toBe(attentionOf(whole).traffic.kv);
  });

  test("a number of GPUs that does not divide the heads is refused with a sentence", () => {
    expect(findRankProblem(LLAMA, 3)).toBe("32 heads cannot be split evenly among 3 GPUs.");
    expect(findRankProblem(findModel("qwen2.5-7b")!.shape, 7)).toContain("4 KV heads");
    expect(findRankProblem(LLAMA, 8)).toBeUndefined();
    expect(() => operatorsOf(decodePass(LLAMA, { batch: 1, context: 0, ranks: 0 }))).toThrow(
      RangeError,
    );
  });
});

describe("bad input", () => {
  test.each([
    ["no sequence", { batch: 0, context: 1 }],
    ["half a sequence", { batch: 0.5, context: 1 }],
    ["a cache below zero", { batch: 1, context: -1 }],
    ["a cache that is not a number", { batch: 1, context: NaN }],
    ["a cache without end", { batch: 1, context: Infinity }],
    ["an absurd batch", { batch: 1e12, context: 1 }],
  ])("%s is refused with a sentence", (_, options) => {
    expect(() => operatorsOf(decodePass(LLAMA, options))).toThrow(/must be a whole number/);
  });

  test("the sums beside the operators refuse it too", () => {
    const step = { shape: LLAMA, bytesPerElement: 2, context: 1, batch: 1 };
    for (const bandwidth of [0, NaN, -1, Infinity]) {
      expect(() => decodeFloor(step, bytesPerSecond(bandwidth))).toThrow(/above 0/);
    }
    expect(() => kvBytesPerTokenOfRank(LLAMA, 2, 0)).toThrow(RangeError);
    expect(() => kvBytesPerToken(LLAMA, NaN)).toThrow(RangeError);
    expect(() => expectedDistinctExperts(MIXTRAL.experts!, 0)).toThrow(RangeError);
  });

  test("a pass without sequences is refused", () => {
    const pass: Pass = { ...decodePass(LLAMA, { batch: 1, context: 0 }), groups: [] };
    expect(() => operatorsOf(pass)).toThrow("A pass needs at least one sequence.");
  });
});

const group = record({
  count: integer({ min: 1, max: 512 }),
  cached: integer({ min: 0, max: 200_000 }),
  fresh: integer({ min: 1, max: 16_384 }),
});
const format = constantFrom("fp32", "bf16", "fp8", "int8", "int4");
const anyPass = record({
  shape: constantFrom(...MODELS.map(({ shape }) => shape)),
  groups: array(group, { minLength: 1, maxLength: 4 }),
  precision: record({ weights: format, kv: format, activations: format }),
  isFused: boolean(),
});

test("every cost is finite and not negative, and traffic adds up to it", () => {
  assert(
    property(anyPass, (pass) => {
      for (const { cost, traffic, count } of operatorsOf(pass)) {
        for (const value of [cost.flops, cost.bytesRead, cost.bytesWritten, count]) {
          expect(Number.isFinite(value) && value >= 0).toBe(true);
        }
        const moved = cost.bytesRead + cost.bytesWritten;
        expect((traffic.weights + traffic.kv + traffic.activations) / moved).toBeCloseTo(1, 9);
      }
    }),
    { numRuns: 200 },
  );
});

test("more sequences never cost less", () => {
  assert(
    property(anyPass, (pass) => {
      const more: Pass = {
        ...pass,
        groups: pass.groups.map((one) => ({ ...one, count: one.count + 1 })),
      };
      const [small, large] = [passCost(pass), passCost(more)];
      expect(large.flops).toBeGreaterThan(small.flops);
      expect(large.bytesRead).toBeGreaterThanOrEqual(small.bytesRead);
    }),
    { numRuns: 100 },
  );
});
