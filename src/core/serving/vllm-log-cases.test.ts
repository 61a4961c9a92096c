// What vLLM printed on real machines against the formula, case by case.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bytes, GIBI, type Bytes } from "../units/units.ts";
import { blocksPerRequest, cacheLayout, countBlocks, countCpuBlocks } from "./kv-capacity.ts";

interface LogCase {
  readonly id: string;
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

test("the file holds the cases that these tests count on", () => {
  expect(cases).toHaveLength(18);
  expect(withMemory).toHaveLength(10);
  expect(withConcurrency).toHaveLength(9);
  expect(withCpu).toHaveLength(8);
  expect(withParts).toHaveLength(6);
});

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
    const one = cases.find(({ id }) => id === "qwen3-8b-fp8-4090")!;
    const available = bytes(one.logged.availableKvBytesExact!);
    expect(countBlocks(available, layoutOf(one), one.arch.layers)).toBe(62_608 / 16);
  });

  test("llama3-8b-npu-tp4: the rank with least memory decides", () => {
    const one = cases.find(({ id }) => id === "llama3-8b-npu-tp4")!;
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

  test("v1-wording-change: the older token count is blocks times block size", () => {
    expect(127_626 * 16).toBe(2_042_016);
  });

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
    const one = cases.find(({ id }) => id === "phi4-bnb")!;
    expect(Math.abs(left(one) - one.availableKvGiB!)).toBeGreaterThan(0.3);
    expect(Math.abs(left(one, 55.09 / 79.15) - one.availableKvGiB!)).toBeLessThanOrEqual(0.02);
  });
});
