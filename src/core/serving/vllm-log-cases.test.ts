// What vLLM printed on real machines against the formula, case by case.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findGpu } from "../catalog/gpus/gpus.ts";
import { findModel } from "../catalog/models/models.ts";
import type { NumberFormat } from "../cost/precision.ts";
import { bytes, GIBI, type Bytes } from "../units/units.ts";
import { blocksPerRequest, cacheLayout, countBlocks, countCpuBlocks } from "./kv-capacity.ts";
import { visibleMemory, weightsOnRank } from "./memory.ts";

interface LogCase {
  readonly id: string;
  readonly note?: string;
  readonly tensorParallel: number;
  readonly blockSize: number;
  readonly gpuMemoryUtilization?: number;
  readonly totalGpuGiB?: number;
  readonly weightsGiB?: number;
  readonly nonTorchGiB?: number;
  readonly peakActivationGiB?: number;
  readonly availableKvGiB?: number;
  readonly arch: {
    readonly layers: number;
    readonly kvHeads: number;
    readonly headDim: number;
    readonly kvDtypeBytes: 1 | 2;
  };
  readonly logged: {
    readonly gpuBlocks?: number;
    readonly kvTokens?: number;
    readonly maxModelLen?: number;
    readonly maxConcurrency?: number;
    readonly cpuBlocks?: number;
    readonly swapSpaceGiB?: number;
    readonly availableKvBytesExact?: number;
  };
}

const FILE = "tests/golden/vllm_log_cases.json";
const { cases }: { cases: LogCase[] } = JSON.parse(readFileSync(FILE, "utf8"));
const gib = (value: number): Bytes => bytes(value * GIBI);
/** Logs print GiB to two digits. */
const ROUNDING = 0.005;

function layoutOf({ arch, tensorParallel, blockSize }: LogCase) {
  return cacheLayout({
    shape: { numLayers: arch.layers, numKvHeads: arch.kvHeads, headWidth: arch.headDim },
    ranks: tensorParallel,
    blockSize,
    kv: arch.kvDtypeBytes === 1 ? "fp8" : "bf16",
  });
}

/** Blocks as logged, or from the logged tokens: all cases here are older than the token count of 2026-04. */
function loggedBlocks({ logged, blockSize }: LogCase): number | undefined {
  if (logged.gpuBlocks !== undefined) return logged.gpuBlocks;
  return logged.kvTokens === undefined ? undefined : logged.kvTokens / blockSize;
}

const withMemory = cases.filter(
  (one) => one.availableKvGiB !== undefined && loggedBlocks(one) !== undefined,
);
const withConcurrency = cases.filter(
  ({ logged, ...one }) =>
    logged.maxConcurrency !== undefined &&
    logged.maxModelLen !== undefined &&
    loggedBlocks({ logged, ...one }) !== undefined,
);
const withCpu = cases.filter(({ logged }) => logged.cpuBlocks !== undefined);
const withParts = cases.filter(
  (one) => one.totalGpuGiB !== undefined && one.availableKvGiB !== undefined,
);

const withBoth = cases.filter(
  ({ logged }) => logged.gpuBlocks !== undefined && logged.kvTokens !== undefined,
);

function caseOf(id: string): LogCase {
  return cases.find((one) => one.id === id)!;
}

/**
 * Logs that print a number of blocks and not the memory that they were cut from, so that the formula has nothing to start
 * from. What does follow is tested below: an upper bound from the GPU and the weights, or the minimum over ranks.
 */
const WITHOUT_MEMORY: Readonly<Record<string, string>> = {
  "llama2-70b-tp4": "v0.2.5 printed the number of blocks alone",
  "mixtral-awq-tp2": "v0.2.7 printed the number of blocks alone",
  "llama2-70b-3090-tp8": "v0.1.7 printed the number of blocks alone",
  "llama2-7b-l4-tp2": "v0.2.2 printed the number of blocks alone",
  "llama3-70b-tp2-min": "prints the weights of a rank, neither the GPU nor what is left of it",
  "v1-wording-change":
    "neither model nor GPU is stated; blocks, tokens and concurrency are compared",
};

/** Logs that print a concurrency and no blocks: these follow from it, within its rounding. */
const WITHOUT_BLOCKS = ["llama31-8b-a100-tp4"];

describe("no figure of a log is left out", () => {
  test("the file holds the cases that these tests count on", () => {
    expect(cases).toHaveLength(18);
    expect(withMemory).toHaveLength(10);
    expect(withConcurrency).toHaveLength(9);
    expect(withCpu).toHaveLength(8);
    expect(withParts).toHaveLength(6);
    expect(withBoth).toHaveLength(3);
  });

  test("logged blocks follow from logged memory, or the case is named with the reason", () => {
    const computed = new Set(withMemory.map(({ id }) => id));
    const logged = cases.filter((one) => loggedBlocks(one) !== undefined).map(({ id }) => id);
    const named = Object.keys(WITHOUT_MEMORY);
    expect(logged.filter((id) => !computed.has(id)).toSorted()).toEqual(named.toSorted());
  });

  test("every logged concurrency is computed from blocks, or the blocks from it", () => {
    const computed = new Set([...withConcurrency.map(({ id }) => id), ...WITHOUT_BLOCKS]);
    const logged = cases.filter(({ logged: { maxConcurrency } }) => maxConcurrency !== undefined);
    expect(logged.filter(({ id }) => !computed.has(id))).toEqual([]);
    expect(logged).toHaveLength(computed.size);
  });

  test("a case without blocks and concurrency prints its memory, part by part", () => {
    const others = cases.filter(
      (one) => loggedBlocks(one) === undefined && one.logged.maxConcurrency === undefined,
    );
    expect(others.map(({ id }) => id)).toEqual(["llama3-8b-80g-tp1"]);
    expect(withParts).toContain(others[0]);
  });
});

const seen = (gpu: string) => visibleMemory(findGpu(gpu)!).total;

describe("blocks without the memory that they were cut from", () => {
  /** vLLM's default before v0.21, for logs that do not print it. */
  const UTILIZATION = 0.9;
  /** The first log of the file prints it for this card. */
  const RTX_3090 = gib(caseOf("llama31-8b-3090-20k").totalGpuGiB!);

  test.each<[string, { readonly model: string; readonly weights: NumberFormat; total: Bytes }]>([
    ["llama2-70b-tp4", { model: "llama-2-70b", weights: "bf16", total: seen("a100-80gb-sxm") }],
    ["mixtral-awq-tp2", { model: "mixtral-8x7b", weights: "int4", total: seen("a100-80gb-sxm") }],
    ["llama2-70b-3090-tp8", { model: "llama-2-70b", weights: "bf16", total: RTX_3090 }],
    ["llama2-7b-l4-tp2", { model: "llama-2-7b", weights: "bf16", total: seen("l4") }],
    [
      "llama31-8b-a100-tp4",
      { model: "llama-3.1-8b", weights: "bf16", total: seen("a100-80gb-sxm") },
    ],
  ])("%s: no more than the weights leave of the GPU", (id, { model, weights, total }) => {
    // An upper bound: activations and CUDA's own memory, which the log does not print, take their part of it.
    const one = caseOf(id);
    const { atFormat, keptAt16Bits } = weightsOnRank(
      findModel(model)!.shape,
      weights,
      one.tensorParallel,
    );
    const usable = (one.gpuMemoryUtilization ?? UTILIZATION) * total;
    const most = countBlocks(
      bytes(usable - atFormat - keptAt16Bits),
      layoutOf(one),
      one.arch.layers,
    );
    const blocks = loggedBlocks(one) ?? blocksOfConcurrency(one).least;
    expect(blocks).toBeGreaterThan(0);
    expect(blocks).toBeLessThanOrEqual(most);
  });

  test("llama3-70b-tp2-min: of 2,064 and 2,076 blocks the engine takes the fewer", () => {
    const one = caseOf("llama3-70b-tp2-min");
    expect(one.note).toContain("ranks reported 2064 and 2076 blocks");
    const { blockBytes } = layoutOf(one);
    const ranks = [2064, 2076].map((blocks) => bytes(blocks * blockBytes));
    expect(countBlocks(ranks, layoutOf(one), one.arch.layers)).toBe(one.logged.gpuBlocks);
    expect(countBlocks(ranks.toReversed(), layoutOf(one), one.arch.layers)).toBe(2064);
  });
});

/** The blocks for which vLLM prints the logged concurrency. */
function blocksOfConcurrency({ logged, blockSize }: LogCase) {
  const perRequest = blocksPerRequest(logged.maxModelLen!, blockSize);
  return {
    least: Math.ceil((logged.maxConcurrency! - ROUNDING) * perRequest),
    most: Math.floor((logged.maxConcurrency! + ROUNDING) * perRequest),
  };
}

describe("blocks from the memory left over", () => {
  test.each(withMemory.map((one) => [one.id, one] as const))(
    "%s: the logged blocks lie within the rounding of the logged GiB",
    (_, one) => {
      const layout = layoutOf(one);
      const at = (change: number) =>
        countBlocks(gib(one.availableKvGiB! + change), layout, one.arch.layers);
      expect(loggedBlocks(one)).toBeGreaterThanOrEqual(at(-ROUNDING));
      expect(loggedBlocks(one)).toBeLessThanOrEqual(at(ROUNDING));
    },
  );

  test("qwen3-8b-fp8-4090: bytes logged exactly give the blocks exactly", () => {
    const one = caseOf("qwen3-8b-fp8-4090");
    const available = bytes(one.logged.availableKvBytesExact!);
    expect(countBlocks(available, layoutOf(one), one.arch.layers)).toBe(loggedBlocks(one));
  });

  test("llama3-8b-npu-tp4: the rank with least memory decides", () => {
    const one = caseOf("llama3-8b-npu-tp4");
    const ranks = [51.96, 51.97, 51.92, 51.93].map(gib);
    const blocks = countBlocks(ranks, layoutOf(one), one.arch.layers);
    // 51.92 GiB is rounded to two digits: 1 block is 4 MiB, 0.004 GiB.
    expect(Math.abs(blocks - 13_291)).toBeLessThanOrEqual(1);
  });
});

describe("concurrency from blocks", () => {
  test.each(withConcurrency.map((one) => [one.id, one] as const))(
    "%s: as logged, to its two digits",
    (_, one) => {
      const { maxModelLen, maxConcurrency } = one.logged;
      const concurrency = loggedBlocks(one)! / blocksPerRequest(maxModelLen!, one.blockSize);
      expect(Math.abs(concurrency - maxConcurrency!)).toBeLessThanOrEqual(ROUNDING + 1e-9);
    },
  );

  test("llama31-8b-a100-tp4: 52.89 requests of 40,000 tokens are 132,225 blocks, give or take 12", () => {
    // 2500 blocks a request; 0.005 of that is 12.5.
    const one = caseOf("llama31-8b-a100-tp4");
    const { least, most } = blocksOfConcurrency(one);
    expect([least, most]).toEqual([132_225 - 12, 132_225 + 12]);
    for (const blocks of [least, most]) {
      const concurrency = blocks / blocksPerRequest(one.logged.maxModelLen!, one.blockSize);
      expect(concurrency.toFixed(2)).toBe(one.logged.maxConcurrency!.toFixed(2));
    }
  });

  test.each(withBoth.map((one) => [one.id, one] as const))(
    "%s: the older token count is blocks times block size",
    (_, { logged, blockSize }) => {
      expect(logged.gpuBlocks! * blockSize).toBe(logged.kvTokens);
    },
  );

  test("a request that does not fill its last block takes it all the same", () => {
    // 20,001 tokens in blocks of 16: 1250.06, so 1251.
    expect(blocksPerRequest(20_001, 16)).toBe(1251);
  });

  test("a sliding window holds its tokens, a step's, and one block more", () => {
    // min(4096 − 1 + 8192, 32768) = 12287 tokens in 768 blocks, and one.
    const window = { tokens: 4096, maxNumBatchedTokens: 8192 };
    expect(blocksPerRequest(32_768, 16, window)).toBe(769);
    expect(blocksPerRequest(1024, 16, window)).toBe(65);
  });
});

describe("host blocks of V0", () => {
  test.each(withCpu.map((one) => [one.id, one] as const))("%s: exactly as logged", (_, one) => {
    expect(countCpuBlocks(gib(one.logged.swapSpaceGiB!), layoutOf(one))).toBe(one.logged.cpuBlocks);
  });
});

const left = (one: LogCase, utilization = one.gpuMemoryUtilization!) =>
  utilization * one.totalGpuGiB! - one.weightsGiB! - one.nonTorchGiB! - one.peakActivationGiB!;

describe("memory left for the cache", () => {
  test.each(withParts.filter(({ id }) => id !== "phi4-bnb").map((one) => [one.id, one] as const))(
    "%s: share of the total less the parts",
    (_, one) => {
      // Four printed figures, each rounded to 0.005.
      expect(Math.abs(left(one) - one.availableKvGiB!)).toBeLessThanOrEqual(4 * ROUNDING);
    },
  );

  test("phi4-bnb: the printed utilisation of 0.70 is rounded; 55.09 of 79.15 GiB were used", () => {
    const one = caseOf("phi4-bnb");
    expect(Math.abs(left(one) - one.availableKvGiB!)).toBeGreaterThan(0.3);
    expect(Math.abs(left(one, 55.09 / 79.15) - one.availableKvGiB!)).toBeLessThanOrEqual(0.02);
  });
});
