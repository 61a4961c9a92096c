// The KV cache of vLLM V1 as its scheduler sees it: look up a prefix, allocate slots for new tokens, free a request.
// One decision a method; the blocks themselves are in block-pool.ts.
import { NO_CHAIN, type BlockContent } from "./block-content.ts";
import { BlockPool, NULL_BLOCK } from "./block-pool.ts";
import { findCachedBlocks, type LookupRules } from "./prefix-lookup.ts";

export interface PagedCacheConfig extends LookupRules {
  /** The null block included. */
  readonly numBlocks: number;
  /** Whether full blocks are registered and looked up. */
  readonly isCaching: boolean;
  /** Tokens of the longest request. */
  readonly maxModelLen: number;
  /** Tokens of one step; bounds what a sliding window holds at once. Absent: `maxModelLen`. */
  readonly maxNumBatchedTokens?: number | undefined;
}

/** What the cache keeps about one request. */
export interface BlockOwner {
  /** Prompt and output so far; drafts do not count. */
  numTokens: number;
  /** Tokens whose keys and values are stored, or will be when the running step ends. */
  numComputedTokens: number;
  /** Logical block → physical block. */
  readonly blockTable: number[];
  /** Leading blocks of the table that are full and that the prefix cache knows, or will know before it is asked. */
  numRegisteredBlocks: number;
  readonly content: BlockContent;
}

export interface AdmitOptions {
  /** Slots kept for drafts, beyond the new tokens. */
  readonly numLookaheadTokens: number;
  /** Refuse unless the whole request fits now, not only its first chunk. */
  readonly mustFit: boolean;
}

const NO_BLOCKS: readonly number[] = [];

/** Blocks that hold a number of tokens. */
export function numBlocksFor(numTokens: number, blockSize: number): number {
  return Math.ceil(numTokens / blockSize);
}

export class PagedCache {
  readonly pool: BlockPool;
  readonly config: PagedCacheConfig;

  constructor(config: PagedCacheConfig) {
    this.config = config;
    this.pool = new BlockPool(config.numBlocks);
  }

  /** Blocks that a request with an empty table may share. Nothing changes until it is admitted. */
  findHits(owner: BlockOwner): readonly number[] {
    if (!this.config.isCaching) return NO_BLOCKS;
    return findCachedBlocks(this.pool.cache, owner.content, {
      numTokens: owner.numTokens,
      rules: this.config,
    });
  }

  /**
   * Allocates the first slots of a request: it shares `hits`, and gets blocks for `numNew` tokens beyond them.
   *
   * @returns the new blocks, or undefined if they do not fit; then nothing has changed.
   */
  admit(
    owner: BlockOwner,
    { hits, numNew }: { readonly hits: readonly number[]; readonly numNew: number },
    { numLookaheadTokens, mustFit }: AdmitOptions,
  ): readonly number[] | undefined {
    const numEvictable = hits.reduce((sum, block) => sum + (this.pool.isFree(block) ? 1 : 0), 0);
    const numHeld = owner.blockTable.length + hits.length - numEvictable;
    if (mustFit && this.#blocksOfWhole(owner.numTokens) - numHeld > this.pool.numFree) {
      return undefined;
    }
    this.#releaseOutOfWindow(owner);
    const numStored = owner.numComputedTokens + hits.length * this.config.blockSize + numNew;
    const numNeeded = this.#blocksNeeded(numStored + numLookaheadTokens);
    if (numNeeded - numHeld > this.pool.numFree) return undefined;
    for (const block of hits) {
      if (block !== NULL_BLOCK) this.pool.touch(block);
      owner.blockTable.push(block);
    }
    owner.numRegisteredBlocks = Math.max(owner.numRegisteredBlocks, hits.length);
    const taken = this.#append(owner, numNeeded);
    this.#register(owner, numStored);
    return taken;
  }

  /**
   * Allocates slots for `numNew` more tokens of a request that is in the cache.
   *
   * @returns the new blocks, or undefined if there are not enough; then only blocks out of the window have gone.
   */
  extend(
    owner: BlockOwner,
    numNew: number,
    numLookaheadTokens: number,
  ): readonly number[] | undefined {
    if (this.config.slidingWindow !== undefined) this.#releaseOutOfWindow(owner);
    const numStored = owner.numComputedTokens + numNew;
    if (this.#hasRoom(owner, numStored, numLookaheadTokens)) return NO_BLOCKS;
    const numNeeded = this.#blocksNeeded(numStored + numLookaheadTokens);
    if (numNeeded - owner.blockTable.length > this.pool.numFree) return undefined;
    const taken = this.#append(owner, numNeeded);
    this.#register(owner, numStored);
    return taken;
  }

  /**
   * Frees a request that will come back. Its own blocks enter the prefix cache only now: nobody else can name them, so
   * nobody could have looked them up before.
   */
  freeForNow(owner: BlockOwner): void {
    for (let index = this.#numNamed(owner); index < owner.numRegisteredBlocks; index++) {
      const block = owner.blockTable[index] ?? NULL_BLOCK;
      if (this.pool.cache.chainOf(block) === NO_CHAIN) this.#name(owner, index);
    }
    this.free(owner);
  }

  /** Gives back every block, the last first: so the start of a prefix is evicted last. */
  free(owner: BlockOwner): void {
    const { blockTable } = owner;
    for (let index = blockTable.length - 1; index >= 0; index--) {
      this.pool.release(blockTable[index] ?? NULL_BLOCK);
    }
    blockTable.length = 0;
    owner.numRegisteredBlocks = 0;
  }

  /** The usual step: the last block takes the tokens, and no block becomes full. */
  #hasRoom({ blockTable, numRegisteredBlocks }: BlockOwner, numStored: number, more: number) {
    const { blockSize, isCaching } = this.config;
    return (
      numStored + more <= blockTable.length * blockSize &&
      !(isCaching && numStored >= (numRegisteredBlocks + 1) * blockSize)
    );
  }

  #blocksNeeded(numTokens: number): number {
    return numBlocksFor(Math.min(numTokens, this.config.maxModelLen), this.config.blockSize);
  }

  /** Blocks a request holds at its largest; a window never holds more than itself and the tokens of one step. */
  #blocksOfWhole(numTokens: number): number {
    const { blockSize, slidingWindow, maxModelLen, maxNumBatchedTokens } = this.config;
    const numNeeded = this.#blocksNeeded(numTokens);
    if (slidingWindow === undefined) return numNeeded;
    return Math.min(
      numNeeded,
      windowBlocksPerRequest({ blockSize, slidingWindow, maxModelLen, maxNumBatchedTokens }),
    );
  }

  #releaseOutOfWindow(owner: BlockOwner): void {
    const { slidingWindow, blockSize } = this.config;
    if (slidingWindow === undefined) return;
    const numSkippedTokens = Math.max(0, owner.numComputedTokens - slidingWindow + 1);
    for (let index = Math.floor(numSkippedTokens / blockSize) - 1; index >= 0; index--) {
      const block = owner.blockTable[index] ?? NULL_BLOCK;
      // Blocks before a null block were released earlier.
      if (block === NULL_BLOCK) return;
      owner.blockTable[index] = NULL_BLOCK;
      this.pool.release(block);
    }
  }

  #append(owner: BlockOwner, numNeeded: number): readonly number[] {
    if (numNeeded <= owner.blockTable.length) return NO_BLOCKS;
    const taken: number[] = [];
    while (owner.blockTable.length < numNeeded) {
      const block = this.pool.take();
      owner.blockTable.push(block);
      taken.push(block);
    }
    return taken;
  }

  /** Registers what is full once the step has run. Drafts may be rejected, so they are never registered. */
  #register(owner: BlockOwner, numStored: number): void {
    if (!this.config.isCaching) return;
    const numReal = Math.min(numStored, owner.numTokens);
    const numFull = Math.floor(numReal / this.config.blockSize);
    const numNamed = Math.min(numFull, this.#numNamed(owner));
    for (let index = owner.numRegisteredBlocks; index < numNamed; index++) this.#name(owner, index);
    if (numFull > owner.numRegisteredBlocks) owner.numRegisteredBlocks = numFull;
  }

  /** Blocks that enter the prefix cache as soon as they are full. Those out of a window are free before their request. */
  #numNamed({ content }: BlockOwner): number {
    return this.config.slidingWindow === undefined ? (content.numShared ?? Infinity) : Infinity;
  }

  #name({ blockTable, content }: BlockOwner, index: number): void {
    const block = blockTable[index] ?? NULL_BLOCK;
    if (block !== NULL_BLOCK) this.pool.cache.register(block, content.chainOf(index));
  }
}

/**
 * Blocks that one request of a sliding-window layer holds at most: the window and the tokens of one step, and one more
 * because the window rarely starts at a block's edge.
 */
export function windowBlocksPerRequest({
  blockSize,
  slidingWindow,
  maxModelLen,
  maxNumBatchedTokens = maxModelLen,
}: {
  readonly blockSize: number;
  readonly slidingWindow: number;
  readonly maxModelLen: number;
  readonly maxNumBatchedTokens?: number | undefined;
}): number {
  const numTokens = Math.min(slidingWindow - 1 + maxNumBatchedTokens, maxModelLen);
  return numBlocksFor(numTokens, blockSize) + 1;
}
