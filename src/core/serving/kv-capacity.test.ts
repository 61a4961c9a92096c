import { expect, test } from "vitest";
import { assert, constantFrom, integer, property } from "fast-check";
import { findGpu } from "../catalog/gpus/gpus.ts";
import { findModel, MODELS } from "../catalog/models/models.ts";
import { bytes, GIBI, MEBI } from "../units/units.ts";
import { defaultDeployment } from "./deployment.ts";
import { cacheLayout, countBlocks, findBlockCaveat, kvCapacity } from "./kv-capacity.ts";

const shape = (id: string) => findModel(id)!.shape;
const A100 = findGpu("a100-80gb-sxm")!;

const perToken = (id: string, ranks: number) =>
  cacheLayout({ shape: shape(id), ranks, blockSize: 16, kv: "bf16" }).bytesPerToken;

/** Llama 3.1 8B with 2 GiB of cache. */
function withTwoGiB(maxModelLen: number) {
  const kvCache = bytes(2 * GIBI);
  const model = findModel("llama-3.1-8b")!;
  return kvCapacity(defaultDeployment(model, A100, { maxModelLen, profiled: { kvCache } }));
}

test("a block of Llama 3.1 8B is 2 MiB: 16 tokens of 131,072 bytes", () => {
  const layout = cacheLayout({
    shape: shape("llama-3.1-8b"),
    ranks: 1,
    blockSize: 16,
    kv: "bf16",
  });
  expect(layout.bytesPerToken).toBe(131_072);
  expect(layout.pageBytes).toBe((2 * MEBI) / 32);
  expect(layout.blockBytes).toBe(2 * MEBI);
  // https://github.com/vllm-project/vllm/issues/10517: 3.81 GiB printed, 1952 blocks logged.
  expect(countBlocks(bytes(3.81 * GIBI), layout, 32)).toBe(1950);
});

test("pages are counted before layers: a rest smaller than a page in each layer is lost once", () => {
  const layout = { pageBytes: bytes(10), blockBytes: bytes(30), bytesPerToken: bytes(1) };
  // 89 bytes are 8 whole pages, and those 2 blocks of 3 layers.
  expect(countBlocks(bytes(89), layout, 3)).toBe(2);
  expect(countBlocks(bytes(90), layout, 3)).toBe(3);
  expect(countBlocks(bytes(-5), layout, 3)).toBe(0);
});

test("ranks divide KV heads down to one, and a latent not at all", () => {
  expect([1, 2, 8, 16].map((ranks) => perToken("llama-3.1-405b", ranks))).toEqual([
    516_096, 258_048, 64_512, 64_512,
  ]);
  // 61 layers · (512 + 64) · 2 bytes.
  expect([1, 8].map((ranks) => perToken("deepseek-v3", ranks))).toEqual([70_272, 70_272]);
});

test("a request of 131,072 tokens of Llama 3.1 8B takes 16 GiB, of 70B 40 GiB, of 405B 63 GiB", () => {
  const needed = ["llama-3.1-8b", "llama-3.1-70b", "llama-3.1-405b"].map((id) => {
    const { bytesPerRequest } = kvCapacity(defaultDeployment(findModel(id)!, A100));
    return bytesPerRequest / GIBI;
  });
  expect(needed).toEqual([16, 40, 63]);
});

test("vLLM starts exactly when one request of full length has room", () => {
  // 2 GiB are 1024 blocks of 2 MiB: 16,384 tokens.
  expect(withTwoGiB(16_384)).toMatchObject({ numBlocks: 1024, canStart: true, maxConcurrency: 1 });
  expect(withTwoGiB(16_385)).toMatchObject({ canStart: false, longestRequest: 16_384 });
  expect(withTwoGiB(16_384).numUsableBlocks).toBe(1023);
});

test("the newer token count leaves out what no whole request can use", () => {
  const { numTokens, numTokensBefore } = withTwoGiB(1000);
  expect(numTokensBefore).toBe(16_384);
  // 1024 blocks / 63 a request · 1000 tokens.
  expect(numTokens).toBe(16_253);
});

test("blocks never take more than is available, and one more would", () => {
  assert(
    property(
      constantFrom(...MODELS),
      constantFrom(1, 2, 4),
      integer({ min: 0, max: 2 ** 40 }),
      constantFrom(1, 16, 128),
      ({ shape: one }, ranks, available, blockSize) => {
        if (one.latent === undefined && one.numKvHeads % ranks !== 0) return;
        const layout = cacheLayout({ shape: one, ranks, blockSize, kv: "bf16" });
        const blocks = countBlocks(bytes(available), layout, one.numLayers);
        expect(blocks * layout.blockBytes).toBeLessThanOrEqual(available);
        expect((blocks + 1) * layout.blockBytes).toBeGreaterThan(available);
      },
    ),
    { seed: 1 },
  );
});

test("latent attention may get larger blocks than the 16 tokens that are counted", () => {
  const deepseek = findModel("deepseek-v3")!;
  const caveat = (blockSize: number) =>
    findBlockCaveat(defaultDeployment(deepseek, A100, { numGpus: 16, blockSize }));
  expect(caveat(16)).toContain("to 64 or 128");
  expect(caveat(64)).toBeUndefined();
  expect(findBlockCaveat(defaultDeployment(findModel("llama-3.1-8b")!, A100))).toBeUndefined();
});
