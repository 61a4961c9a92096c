// How many KV blocks and tokens vLLM gets from the memory left to it, and how many requests they hold: its own formula,
// down to the order in which it rounds.
import type { ModelShape } from "../catalog/models/model-shape.ts";
import { kvElementsPerLayer } from "../cost/kv-cache.ts";
import { bytesOf, type NumberFormat } from "../cost/precision.ts";
import { kvHeadsPerRank } from "../parallel/ranks.ts";
import { bytes, type Bytes } from "../units/units.ts";
import { checkDeployment, type Deployment } from "./deployment.ts";
import { memoryParts, type MemoryParts } from "./memory.ts";

export interface CacheLayout {
  /** Of one layer's block: `P · kvHeadsPerRank · 2H · bytes`; latent: `P · (kvRank + ropeWidth) · bytes`. */
  readonly pageBytes: Bytes;
  /** Of a block over all layers. */
  readonly blockBytes: Bytes;
  /** Of one token over all layers, on one GPU. */
  readonly bytesPerToken: Bytes;
}

type CacheShape = Pick<ModelShape, "numLayers" | "numKvHeads" | "headWidth" | "latent">;

/** @throws RangeError if the KV heads do not divide over the ranks. */
export function cacheLayout(of: {
  readonly shape: CacheShape;
  readonly ranks: number;
  readonly blockSize: number;
  readonly kv: NumberFormat;
}): CacheLayout {
  const heads = kvHeadsPerRank(of.shape, of.ranks);
  const elements = kvElementsPerLayer(of.shape, heads);
  const pageBytes = of.blockSize * elements * bytesOf(of.kv);
  return {
    pageBytes: bytes(pageBytes),
    blockBytes: bytes(pageBytes * of.shape.numLayers),
    bytesPerToken: bytes(elements * bytesOf(of.kv) * of.shape.numLayers),
  };
}

/**
 * Blocks that fit: `floor(floor(available / page) / layers)`, on the GPU that has least; never below 0.
 *
 * @param available - bytes left for the cache, of one GPU or of each.
 */
export function countBlocks(
  available: Bytes | readonly Bytes[],
  layout: CacheLayout,
  numLayers: number,
): number {
  const least = typeof available === "number" ? available : Math.min(...available);
  const pages = Math.floor(least / layout.pageBytes);
  return Math.max(0, Math.floor(pages / numLayers));
}

/** A sliding window: only this many tokens of each layer are kept. */
export interface SlidingWindow {
  readonly tokens: number;
  readonly maxNumBatchedTokens: number;
}

/** Blocks that one request of `maxModelLen` tokens holds at most. */
export function blocksPerRequest(
  maxModelLen: number,
  blockSize: number,
  window?: SlidingWindow,
): number {
  if (window === undefined) return Math.ceil(maxModelLen / blockSize);
  const kept = Math.min(window.tokens - 1 + window.maxNumBatchedTokens, maxModelLen);
  return Math.ceil(kept / blockSize) + 1;
}

const LATENT_BLOCK = 64;

/**
 * A sentence where vLLM may count in larger blocks than `blockSize`: its back ends for latent attention change the size
 * when it starts (FlashMLA and FlashInfer to 64, CUTLASS to 128).
 *
 * @see https://github.com/vllm-project/vllm/pull/13747 and https://github.com/vllm-project/vllm/pull/27715
 */
export function findBlockCaveat({ model, blockSize }: Deployment): string | undefined {
  if (model.shape.latent === undefined || blockSize % LATENT_BLOCK === 0) return undefined;
  return `Blocks of ${blockSize} tokens are assumed. For latent attention most of vLLM's back ends raise that to 64 or 128, so that its log counts fewer and larger blocks; the tokens that fit are the same but for rounding.`;
}

/** Blocks in host memory that V0's `--swap-space` made: `floor(swap / block)`. */
export function countCpuBlocks(swapSpace: Bytes, layout: CacheLayout): number {
  return Math.floor(swapSpace / layout.blockBytes);
}

export interface KvCapacity extends CacheLayout {
  readonly memory: MemoryParts;
  /** As vLLM logs them. */
  readonly numBlocks: number;
  /** Without the null block, which V1 never hands out. */
  readonly numUsableBlocks: number;
  readonly blocksPerRequest: number;
  /** What one request of `maxModelLen` tokens takes on each GPU: "GiB KV cache is needed" in vLLM's refusal. */
  readonly bytesPerRequest: Bytes;
  /** Requests of `maxModelLen` tokens: `numBlocks / blocksPerRequest`. */
  readonly maxConcurrency: number;
  /** "GPU KV cache size" since 2026-04: `floor(maxConcurrency · maxModelLen)`. */
  readonly numTokens: number;
  /** The same line before: `numBlocks · P`. */
  readonly numTokensBefore: number;
  /** The longest request that the blocks hold, "the estimated maximum model length" of the refusal; 0 without blocks. */
  readonly longestRequest: number;
  /** vLLM starts: it found room for one request of `maxModelLen` tokens. */
  readonly canStart: boolean;
}

/**
 * The KV cache of a deployment, on each of its GPUs.
 *
 * @throws RangeError if a setting is out of range or the KV heads do not divide over the GPUs.
 * @see vLLM commit 52a31cce, May 2026
 */
export function kvCapacity(deployment: Deployment): KvCapacity {
  checkDeployment(deployment);
  const { model, numGpus, blockSize, maxModelLen, precision } = deployment;
  const layout = cacheLayout({
    shape: model.shape,
    ranks: numGpus,
    blockSize,
    kv: precision.kv,
  });
  const memory = memoryParts(deployment);
  const numBlocks = countBlocks(memory.available, layout, model.shape.numLayers);
  const perRequest = blocksPerRequest(maxModelLen, blockSize);
  const maxConcurrency = numBlocks / perRequest;
  const bytesPerRequest = perRequest * layout.blockBytes;
  return {
    ...layout,
    memory,
    numBlocks,
    numUsableBlocks: Math.max(0, numBlocks - 1),
    blocksPerRequest: perRequest,
    bytesPerRequest: bytes(bytesPerRequest),
    maxConcurrency,
    numTokens: Math.floor(maxConcurrency * maxModelLen),
    numTokensBefore: numBlocks * blockSize,
    longestRequest: numBlocks * blockSize,
    canStart: numBlocks > 0 && bytesPerRequest <= memory.available,
  };
}
