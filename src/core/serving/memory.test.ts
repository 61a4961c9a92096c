import { describe, expect, test } from "vitest";
import { findGpu, GPUS } from "../catalog/gpus/gpus.ts";
import type { ModelShape } from "../catalog/models/model-shape.ts";
import { findModel, type ModelEntry } from "../catalog/models/models.ts";
import type { NumberFormat } from "../cost/precision.ts";
import { bytes, GIBI } from "../units/units.ts";
import { defaultDeployment, defaultLimits } from "./deployment.ts";
import { kvCapacity } from "./kv-capacity.ts";
import { activationsOnRank, memoryParts, visibleMemory, weightsOnRank } from "./memory.ts";

const LLAMA = findModel("llama-3.1-8b")!;
const A100 = findGpu("a100-80gb-sxm")!;

const gib = (value: number) => bytes(value * GIBI);

const QWEN_3_8B: ModelShape = {
  numLayers: 36,
  width: 4096,
  hiddenWidth: 12_288,
  numHeads: 32,
  numKvHeads: 8,
  headWidth: 128,
  vocabulary: 151_936,
  isTied: false,
};
const QWEN_25_15B: ModelShape = {
  numLayers: 28,
  width: 1536,
  hiddenWidth: 8960,
  numHeads: 12,
  numKvHeads: 2,
  headWidth: 128,
  vocabulary: 151_936,
  isTied: true,
  biases: "qkv",
};
const PHI_4: ModelShape = {
  numLayers: 40,
  width: 5120,
  hiddenWidth: 17_920,
  numHeads: 40,
  numKvHeads: 10,
  headWidth: 128,
  vocabulary: 100_352,
  isTied: false,
};

describe("weights as logs print them, in GiB", () => {
  // tests/golden/vllm_log_cases.json: shapes are public configs.
  const cases: readonly (readonly [string, ModelShape, NumberFormat, number, number])[] = [
    ["Llama-3.1-8B in 16 bits", LLAMA.shape, "bf16", 1, 14.9889],
    ["one rank of two of the same", LLAMA.shape, "bf16", 2, 7.51],
    ["Qwen2.5-1.5B in 16 bits", QWEN_25_15B, "bf16", 1, 2.89],
    ["Qwen3-8B in fp8", QWEN_3_8B, "fp8", 1, 8.8],
    ["Llama-3.1-70B in AWQ int4", findModel("llama-3.1-70b")!.shape, "int4", 1, 37.09],
    ["Phi-4 in bitsandbytes int4", PHI_4, "int4", 1, 8.63],
  ];
  test.each(cases)("%s: within 2 %", (_, shape, format, ranks, logged) => {
    const { atFormat, keptAt16Bits } = weightsOnRank(shape, format, ranks);
    expect(Math.abs((atFormat + keptAt16Bits) / GIBI / logged - 1)).toBeLessThan(0.02);
  });

  test("weights that are not quantised keep nothing apart", () => {
    expect(weightsOnRank(LLAMA.shape, "bf16", 1).keptAt16Bits).toBe(0);
    expect(weightsOnRank(LLAMA.shape, "fp32", 1).keptAt16Bits).toBe(0);
  });
});

describe("peak of intermediate results as logs print it, in GiB", () => {
  // Tokens of the profiled step: V0 took the longest request, V1 its default; inferred from the versions.
  const cases: readonly (readonly [string, ModelShape, number, number, number])[] = [
    ["Llama-3.1-8B, 20,000 tokens", LLAMA.shape, 1, 20_000, 2.07],
    ["Llama-3-8B, 8192 tokens", LLAMA.shape, 1, 8192, 1.26],
    ["the same on two ranks, 40,000 tokens", LLAMA.shape, 2, 40_000, 2.53],
    ["Qwen3-8B, 8192 tokens", QWEN_3_8B, 1, 8192, 1.4],
    ["Qwen2.5-1.5B, 32,768 tokens", QWEN_25_15B, 1, 32_768, 2.02],
  ];
  test.each(cases)("%s: within 30 %", (_, shape, numGpus, maxNumBatchedTokens, logged) => {
    const model: ModelEntry = { ...LLAMA, shape };
    const deployment = defaultDeployment(model, A100, {
      numGpus,
      maxNumBatchedTokens,
      maxNumSeqs: 256,
    });
    const estimated = activationsOnRank(deployment) / GIBI;
    expect(Math.abs(estimated / logged - 1), `${estimated} GiB`).toBeLessThan(0.3);
  });
});

test("the parts of a GPU's memory add up to what vLLM may use, and the rest is left alone", () => {
  const parts = memoryParts(defaultDeployment(LLAMA, A100));
  const { weights, activations, other, cudaGraphs, available, requested, total } = parts;
  expect(weights + activations + other + cudaGraphs + available).toBeCloseTo(requested, -1);
  expect(requested + parts.leftToOthers).toBe(total);
  expect(requested).toBe(Math.ceil(total * 0.92));
});

test("an 80 GB A100 shows between 79.15 and 79.33 GiB, which is more than 80 GB", () => {
  const { total } = visibleMemory(A100);
  expect(total / GIBI).toBeGreaterThanOrEqual(79.15);
  expect(total / GIBI).toBeLessThanOrEqual(79.33);
  expect(total).toBeGreaterThan(80e9);
});

test("a 24 GB L4 shows less than 24·10⁹ bytes, an H200 less than 141 GiB", () => {
  // 22.03 GiB = 23.65 GB; 139.81 GiB = 150.1 GB, as public logs print them.
  expect(visibleMemory(findGpu("l4")!).total / 1e9).toBeCloseTo(23.65, 2);
  expect(visibleMemory(findGpu("h200-sxm")!).total / 1e9).toBeCloseTo(150.12, 2);
  expect(visibleMemory(findGpu("b200-sxm")!).total / GIBI).toBeCloseTo(178.35, 6);
});

test("no GPU shows more memory than its name in GiB", () => {
  for (const gpu of GPUS) {
    const { total, note } = visibleMemory(gpu);
    expect(total).toBeLessThanOrEqual((gpu.memory / 1e9) * GIBI);
    expect(note).not.toBe("");
  }
});

test("a log's own figures take the place of estimates", () => {
  // https://github.com/vllm-project/vllm/issues/10517
  const deployment = defaultDeployment(LLAMA, findGpu("rtx-4090")!, {
    gpuMemoryUtilization: 0.9,
    maxModelLen: 20_000,
    profiled: {
      total: gib(23.58),
      weights: gib(14.9888),
      activations: gib(2.07),
      other: gib(0.35),
      cudaGraphs: bytes(0),
    },
  });
  const capacity = kvCapacity(deployment);
  expect(capacity.memory.isProfiled).toBe(true);
  expect(capacity.memory.available / GIBI).toBeCloseTo(3.81, 2);
  // Logged 1952 blocks from unrounded figures.
  expect(Math.abs(capacity.numBlocks - 1952)).toBeLessThanOrEqual(3);
  expect(capacity.maxConcurrency).toBeCloseTo(1.56, 2);
});

test("where a log gives the cache alone, what is unexplained counts as intermediate results", () => {
  const kvCache = bytes(19.25 * GIBI);
  const deployment = defaultDeployment(LLAMA, A100, { profiled: { kvCache } });
  const { memory } = kvCapacity(deployment);
  const { weights, activations, other, cudaGraphs, available, requested } = memory;
  expect(available).toBe(kvCache);
  expect(weights + activations + other + cudaGraphs + available).toBeCloseTo(requested, -1);
});

test("vLLM's own limits: large GPUs take more, an A100 does not count as one", () => {
  expect(defaultLimits(findGpu("h100-sxm")!)).toEqual({
    maxNumBatchedTokens: 8192,
    maxNumSeqs: 1024,
  });
  expect(defaultLimits(A100)).toEqual({ maxNumBatchedTokens: 2048, maxNumSeqs: 256 });
  expect(defaultLimits(findGpu("l4")!)).toEqual({ maxNumBatchedTokens: 2048, maxNumSeqs: 256 });
});
