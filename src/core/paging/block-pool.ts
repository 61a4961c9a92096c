// The block pool of vLLM V1: every physical block is free or referenced, and a free block may keep its content until it
// is handed out again. Nothing is dropped when a request ends; eviction happens when a block is taken.
import { FreeQueue } from "./free-queue.ts";
import { PrefixCache } from "./prefix-cache.ts";

/** Taken at the start as a placeholder for blocks that fell out of a sliding window; never free, never handed out. */
export const NULL_BLOCK = 0;

export class BlockPool {
  /** Block ids are 0 … `numBlocks` − 1. */
  readonly numBlocks: number;
  readonly cache: PrefixCache;
  readonly #free: FreeQueue;
  readonly #refCounts: Int32Array;

  /**
   * @param numBlocks - the null block included.
   * @throws RangeError if it is not a positive whole number.
   */
  constructor(numBlocks: number) {
    if (!Number.isInteger(numBlocks) || numBlocks < 1) {
      throw new RangeError(`A pool needs a whole, positive number of blocks, not ${numBlocks}.`);
    }
    this.numBlocks = numBlocks;
    this.cache = new PrefixCache(numBlocks);
    this.#free = new FreeQueue(numBlocks, NULL_BLOCK + 1);
    this.#refCounts = new Int32Array(numBlocks);
  }

  get numFree(): number {
    return this.#free.length;
  }

  /** Share of the usable blocks that is referenced, 0 … 1. */
  get usage(): number {
    const usable = this.numBlocks - 1;
    return usable === 0 ? 0 : 1 - this.numFree / usable;
  }

  /** How many table entries point at a block. For the null block it counts nothing that can be relied on. */
  refCountOf(block: number): number {
    return this.#refCounts[block] ?? 0;
  }

  /** Whether a hit on this block would take it out of the free queue. */
  isFree(block: number): boolean {
    return block !== NULL_BLOCK && this.refCountOf(block) === 0;
  }

  /**
   * Takes the block at the head of the free queue. If it still had content, that content is lost now: this is the
   * eviction, least recently freed first.
   *
   * @throws RangeError if no block is free.
   */
  take(): number {
    const block = this.#free.takeHead();
    this.cache.evict(block);
    this.#refCounts[block] = 1;
    return block;
  }

  /** Adds one reference to a block whose content was hit; a free one leaves the free queue. */
  touch(block: number): void {
    if (this.isFree(block)) this.#free.remove(block);
    this.#refCounts[block] = this.refCountOf(block) + 1;
  }

  /** Drops one reference; at none the block becomes free and keeps its content. */
  release(block: number): void {
    const refCount = this.refCountOf(block) - 1;
    this.#refCounts[block] = refCount;
    if (refCount === 0 && block !== NULL_BLOCK) this.#free.append(block);
  }

  /** Forgets all content, unless some block is in use. The order of the free queue stays. */
  resetPrefixCache(): boolean {
    if (this.numFree !== this.numBlocks - 1) return false;
    this.cache.clear();
    return true;
  }

  /** Head to tail; for pictures and tests. */
  freeBlocks(): number[] {
    return this.#free.toArray();
  }
}
