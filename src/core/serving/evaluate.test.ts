import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { findGpu, GPUS } from "../catalog/gpus/gpus.ts";
import { findModel, MODELS } from "../catalog/models/models.ts";
import { bytes, GIBI, seconds } from "../units/units.ts";
import { defaultDeployment, type Deployment, type Workload } from "./deployment.ts";
import { evaluate } from "./evaluate.ts";
import { loadAt, meanContext, prefillServersPerDecodeServer } from "./load.ts";
import { largestBatch, paretoFrontier } from "./pareto.ts";
import { readingSpeed } from "./reading-speed.ts";

const model = (id: string) => findModel(id)!;
const gpu = (id: string) => findGpu(id)!;
const CHAT: Workload = { promptTokens: 1024, outputTokens: 256, concurrency: 64 };
const LLAMA_8B = defaultDeployment(model("llama-3.1-8b"), gpu("a100-80gb-sxm"), {
  maxModelLen: 8192,
});
const LLAMA_405B = defaultDeployment(model("llama-3.1-405b"), gpu("a100-80gb-sxm"), {
  numGpus: 8,
  maxModelLen: 8192,
});

const atPrice = (pricePerGpuHour: number) =>
  evaluate(LLAMA_8B, { ...CHAT, pricePerGpuHour }).roofline!;

const ratio = (outputTokens: number) =>
  prefillServersPerDecodeServer({
    prefill: seconds(0.1),
    decodeStep: seconds(0.02),
    batch: 32,
    outputTokens,
  });

describe("a model that fits", () => {
  const answer = evaluate(LLAMA_8B, CHAT);

  test("runs all requests at once and times them twice", () => {
    expect(answer.verdict).toEqual({ fits: true });
    expect(answer.running).toBe(64);
    expect(answer.waiting).toBe(0);
    expect(answer.roofline?.batch).toBe(64);
    expect(answer.fitted!.timePerOutputToken).toBeGreaterThan(answer.roofline!.timePerOutputToken);
    expect(answer.fitted!.timeToFirstToken).toBeGreaterThan(answer.roofline!.timeToFirstToken);
  });

  test("throughput is what one cycle of prefills and decode steps yields", () => {
    const { prefill, decode, tokensPerSecond, tokensPerSecondPerUser } = answer.roofline!;
    const cycle = 64 * prefill.seconds + 255 * decode.seconds;
    expect(tokensPerSecond).toBeCloseTo((64 * 256) / cycle, 6);
    expect(tokensPerSecondPerUser * 64).toBeCloseTo(tokensPerSecond, 6);
    // A request's own prefill lies before its first token, and in none of its 255 gaps.
    const gaps = 63 * prefill.seconds + 255 * decode.seconds;
    expect(answer.roofline!.timePerOutputTokenUnderLoad).toBeCloseTo(gaps / 255, 9);
  });

  test("a prefill of 1024 tokens takes at least its arithmetic: 2 · 1024 · 7.5e9 over 312 TFLOP/s", () => {
    // 6.98e9 layer weights meet every token; the head sees one row.
    const least = (2 * 1024 * 6.98e9) / 312e12;
    expect(answer.roofline!.timeToFirstToken).toBeGreaterThan(least);
    expect(answer.roofline!.timeToFirstToken).toBeLessThan(least * 1.1);
  });

  test("there is no cost without a price, and it is proportional to it", () => {
    expect(answer.roofline).not.toHaveProperty("costPerMillionTokens");
    // 3.6 an hour is 0.001 a second.
    expect(atPrice(3.6).costPerMillionTokens).toBeCloseTo(1000 / atPrice(3.6).tokensPerSecond, 9);
    expect(atPrice(7.2).costPerMillionTokens).toBeCloseTo(
      2 * atPrice(3.6).costPerMillionTokens!,
      9,
    );
    expect(atPrice(0).costPerMillionTokens).toBe(0);
  });

  test("more requests than the cache holds wait", () => {
    const crowd = evaluate(LLAMA_8B, { ...CHAT, concurrency: 5000 });
    expect(crowd.running).toBe(LLAMA_8B.maxNumSeqs);
    expect(crowd.waiting).toBe(5000 - LLAMA_8B.maxNumSeqs);
    const many = evaluate({ ...LLAMA_8B, maxNumSeqs: 4096 }, { ...CHAT, concurrency: 5000 });
    expect(many.running).toBe(many.cacheHolds);
  });
});

describe("a model that does not fit", () => {
  const answer = evaluate(LLAMA_405B, CHAT);

  test("says what is too large and times nothing", () => {
    expect(answer.verdict.fits).toBe(false);
    expect(answer.verdict).toHaveProperty(
      "reason",
      "The weights take 94.50 GiB on each GPU, and vLLM may use 72.91 GiB.",
    );
    expect(answer.running).toBe(0);
    expect(answer.roofline).toBeUndefined();
  });

  test("offers changes that each make it fit", () => {
    if (answer.verdict.fits) throw new Error("It should not fit.");
    const { remedies } = answer.verdict;
    expect(remedies.map(({ text }) => text)).toEqual([
      "Split the model over 16 GPUs instead of 8.",
      "Quantise the weights to fp8.",
    ]);
    for (const { deployment } of remedies) {
      expect(evaluate(deployment, CHAT).verdict).toEqual({ fits: true });
    }
  });

  test("a long context on a small GPU: shorter, narrower, or more of the memory", () => {
    const tight = defaultDeployment(model("llama-3.1-8b"), gpu("rtx-4090"), {
      gpuMemoryUtilization: 0.8,
      maxModelLen: 40_000,
    });
    const { verdict } = evaluate(tight, { ...CHAT, concurrency: 1 });
    if (verdict.fits) throw new Error("It should not fit.");
    expect(verdict.reason).toMatch(/^One request of 40,000 tokens needs 4\.88 GiB of KV cache/);
    const kinds = verdict.remedies.map(({ kind }) => kind);
    expect(kinds).toEqual([
      "higher-utilisation",
      "shorter-requests",
      "narrower-cache",
      "more-gpus",
      "narrower-weights",
    ]);
    for (const { deployment } of verdict.remedies) {
      expect(evaluate(deployment, { ...CHAT, concurrency: 1 }).verdict).toEqual({ fits: true });
    }
  });

  test("what vLLM has no kernels for is not offered: fp8 on a V100", () => {
    const volta = defaultDeployment(model("mixtral-8x7b"), gpu("v100-sxm2-32gb"), {
      maxModelLen: 4096,
    });
    const { verdict } = evaluate(volta, CHAT);
    if (verdict.fits) throw new Error("It should not fit.");
    expect(verdict.remedies.map(({ text }) => text)).toContain("Quantise the weights to int4.");
  });

  test("no single change helps: narrower weights and more GPUs together", () => {
    const huge = defaultDeployment(model("deepseek-v3"), gpu("t4"), { maxModelLen: 2048 });
    const { verdict } = evaluate(huge, { ...CHAT, concurrency: 1 });
    if (verdict.fits) throw new Error("It should not fit.");
    for (const { kind, deployment } of verdict.remedies) {
      expect(["narrower-weights-and-more-gpus", "more-gpus"]).toContain(kind);
      expect(evaluate(deployment, { ...CHAT, concurrency: 1 }).verdict).toEqual({ fits: true });
    }
  });

  test("requests longer than the server accepts: it is told to accept them", () => {
    const short = { ...LLAMA_8B, maxModelLen: 1000 };
    const { verdict } = evaluate(short, CHAT);
    if (verdict.fits) throw new Error("It should not fit.");
    expect(verdict.reason).toContain("1,280 tokens");
    expect(verdict.remedies.map(({ kind }) => kind)).toEqual(["longer-requests"]);
  });

  test("heads that do not divide: the numbers of GPUs on either side that do", () => {
    const { verdict, capacity } = evaluate({ ...LLAMA_8B, numGpus: 3 }, CHAT);
    if (verdict.fits) throw new Error("It should not fit.");
    expect(capacity).toBeUndefined();
    expect(verdict.reason).toMatch(/^32 heads cannot be split evenly among 3 GPUs/);
    expect(verdict.remedies.map(({ deployment }) => deployment.numGpus)).toEqual([2, 4]);
  });

  test("heads that divide by 12 and not by 16: 4 GPUs, the nearest of the usual numbers", () => {
    const gpt2 = defaultDeployment(model("gpt2"), gpu("a100-80gb-sxm"), { numGpus: 16 });
    const { verdict } = evaluate(gpt2, { promptTokens: 512, outputTokens: 64, concurrency: 1 });
    if (verdict.fits) throw new Error("It should not fit.");
    expect(verdict.remedies.map(({ deployment }) => deployment.numGpus)).toEqual([4]);
  });

  test("chips without a known link cannot share a model", () => {
    const { verdict } = evaluate(
      defaultDeployment(model("llama-2-7b"), gpu("tpu-v5e"), { numGpus: 2 }),
      CHAT,
    );
    expect(verdict).toHaveProperty("reason", expect.stringMatching(/^No link is known/));
  });
});

describe("the frontier", () => {
  test("a larger batch gives the GPU more and each user less, and all points are worth it", () => {
    const points = paretoFrontier(LLAMA_8B, CHAT);
    expect(points.map(({ batch }) => batch)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
    for (const [index, point] of points.slice(1).entries()) {
      expect(point.tokensPerSecondPerGpu).toBeGreaterThan(points[index]!.tokensPerSecondPerGpu);
      expect(point.tokensPerSecondPerUser).toBeLessThan(points[index]!.tokensPerSecondPerUser);
      expect(point.isOnFrontier).toBe(true);
    }
  });

  test("it ends at the largest batch that the cache holds", () => {
    const roomy = { ...LLAMA_8B, maxNumSeqs: 100_000 };
    const last = paretoFrontier(roomy, CHAT).at(-1)!;
    expect(last.batch).toBe(evaluate(roomy, CHAT).cacheHolds);
    expect(largestBatch(roomy, CHAT)).toBe(last.batch);
  });

  test("nothing fits, nothing is drawn", () => {
    expect(paretoFrontier(LLAMA_405B, CHAT)).toEqual([]);
  });

  test("a batch that is dominated is marked", () => {
    // Twice the same batch dominates nothing; all else equal neither is better.
    const points = paretoFrontier(LLAMA_8B, CHAT, "roofline", [8, 8, 500]);
    expect(points.map(({ batch, isOnFrontier }) => [batch, isOnFrontier])).toEqual([
      [8, true],
      [8, true],
    ]);
  });

  test("people read 5.3 tokens a second", () => {
    // 238 words a minute, 1.33 tokens a word.
    expect(readingSpeed()).toBeCloseTo(5.2757, 4);
    const [first] = paretoFrontier(LLAMA_8B, CHAT);
    expect(first?.keepsUpWithReading).toBe(true);
  });
});

test("the ratio of servers divides by the output's length", () => {
  // 32 · 0.1 / (160 · 0.02) = 1.
  expect(ratio(160)).toBeCloseTo(1, 12);
  expect(ratio(320)).toBeCloseTo(0.5, 12);
});

test("the mean context is the prompt and half of the output", () => {
  expect(meanContext({ promptTokens: 100, outputTokens: 51, concurrency: 1 })).toBe(125);
});

test("a cache at half the bytes holds twice the requests", () => {
  const narrow: Deployment = { ...LLAMA_8B, precision: { ...LLAMA_8B.precision, kv: "fp8" } };
  const [wide, half] = [evaluate(LLAMA_8B, CHAT), evaluate(narrow, CHAT)];
  expect(half.capacity!.bytesPerToken * 2).toBe(wide.capacity!.bytesPerToken);
  expect(Math.abs(half.cacheHolds - 2 * wide.cacheHolds)).toBeLessThanOrEqual(1);
});

test("the rank with least memory decides for all", () => {
  const kvCache = [40, 38, 39].map((gib) => bytes(gib * GIBI));
  const { capacity } = evaluate({ ...LLAMA_8B, profiled: { kvCache } }, CHAT);
  expect(capacity!.memory.available).toBe(38 * GIBI);
});

test.each<[string, Partial<Workload>]>([
  ["an empty prompt", { promptTokens: 0 }],
  ["half a token", { outputTokens: 0.5 }],
  ["no requests", { concurrency: 0 }],
  ["a price below zero", { pricePerGpuHour: -1 }],
  ["a price that is no number", { pricePerGpuHour: Number.NaN }],
])("%s is refused with a sentence", (_, change) => {
  expect(() => evaluate(LLAMA_8B, { ...CHAT, ...change })).toThrow(RangeError);
});

test.each<[string, Partial<Deployment>]>([
  ["no GPU", { numGpus: 0 }],
  ["more memory than there is", { gpuMemoryUtilization: 1.5 }],
  ["blocks of no tokens", { blockSize: 0 }],
  ["no running request", { maxNumSeqs: 0 }],
  ["requests of no number of tokens", { maxModelLen: Number.NaN }],
])("%s is refused with a sentence", (_, change) => {
  const deployment = { ...LLAMA_8B, ...change };
  if (change.numGpus === 0) expect(evaluate(deployment, CHAT).verdict.fits).toBe(false);
  else expect(() => evaluate(deployment, CHAT)).toThrow(RangeError);
});

/** All numbers inside, however deep. */
function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(numbersIn);
}

test("no allowed question is answered with NaN or Infinity", () => {
  const deployments = fc.record({
    model: fc.constantFrom(...MODELS),
    gpu: fc.constantFrom(...GPUS),
    numGpus: fc.constantFrom(1, 2, 3, 4, 8, 16),
    precision: fc.record({
      weights: fc.constantFrom(
        "fp32" as const,
        "bf16" as const,
        "fp8" as const,
        "int8" as const,
        "int4" as const,
      ),
      kv: fc.constantFrom("bf16" as const, "fp8" as const),
      activations: fc.constantFrom("bf16" as const, "fp8" as const),
    }),
    gpuMemoryUtilization: fc.double({ min: 0.01, max: 1, noNaN: true }),
    maxModelLen: fc.integer({ min: 1, max: 200_000 }),
    maxNumSeqs: fc.integer({ min: 1, max: 4096 }),
    blockSize: fc.constantFrom(1, 16, 128),
  });
  const workloads = fc.record({
    promptTokens: fc.integer({ min: 1, max: 100_000 }),
    outputTokens: fc.integer({ min: 1, max: 10_000 }),
    concurrency: fc.integer({ min: 1, max: 100_000 }),
    pricePerGpuHour: fc.double({ min: 0, max: 100, noNaN: true }),
  });
  fc.assert(
    fc.property(deployments, workloads, (deployment, workload) => {
      const answer = evaluate(deployment, workload);
      expect(numbersIn(answer).filter((value) => !Number.isFinite(value))).toEqual([]);
      expect(answer.running + answer.waiting).toBe(workload.concurrency);
      expect(answer.running > 0).toBe(answer.roofline !== undefined);
      if (!answer.verdict.fits) {
        for (const { deployment: changed } of answer.verdict.remedies) {
          expect(evaluate(changed, workload).verdict.fits).toBe(true);
        }
      }
    }),
    { numRuns: 300, seed: 3 },
  );
});

test("fitted times are never below the bound", () => {
  for (const batch of [1, 16, 256]) {
    const bound = loadAt(LLAMA_8B, CHAT, { batch, estimate: "roofline" });
    const fitted = loadAt(LLAMA_8B, CHAT, { batch, estimate: "fitted" });
    expect(fitted.decode.seconds).toBeGreaterThan(bound.decode.seconds);
    expect(fitted.tokensPerSecond).toBeLessThan(bound.tokensPerSecond);
  }
});
