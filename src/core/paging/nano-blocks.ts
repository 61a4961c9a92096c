// The block manager of nano-vllm: about a hundred lines of Python, and a good first read. It has no null block, it
// registers blocks after they are computed, and its map knows one block a content: the last registered.
import type { BlockContent, ChainId } from "./block-content.ts";
import { NO_CHAIN } from "./block-content.ts";
import { FreeQueue } from "./free-queue.ts";
import { numBlocksFor } from "./paged-cache.ts";

/** What the block manager keeps about one request. */
export interface NanoOwner {
  numTokens: number;
  /** Tokens whose keys and values are stored. */
  numComputedTokens: number;
  readonly blockTable: number[];
  readonly content: BlockContent;
}

export class NanoBlocks {
  readonly numBlocks: number;
  readonly blockSize: number;
  readonly #free: FreeQueue;
  readonly #refCounts: Int32Array;
  readonly #chainOf: Float64Array;
  readonly #blockOf = new Map<ChainId, number>();

  constructor(numBlocks: number, blockSize: number) {
    this.numBlocks = numBlocks;
    this.blockSize = blockSize;
    this.#free = new FreeQueue(numBlocks, 0);
    this.#refCounts = new Int32Array(numBlocks);
    this.#chainOf = new Float64Array(numBlocks).fill(NO_CHAIN);
  }

  get numFree(): number {
    return this.#free.length;
  }

  refCountOf(block: number): number {
    return this.#refCounts[block] ?? 0;
  }

  chainOf(block: number): ChainId {
    return this.#chainOf[block] ?? NO_CHAIN;
  }

  freeBlocks(): number[] {
    return this.#free.toArray();
  }

  /** Content → the block it is looked up in. */
  entries(): [chain: ChainId, block: number][] {
    return [...this.#blockOf];
  }

  /** Blocks that a request may share; undefined if the rest does not fit. The last block is never shared. */
  findHits(owner: NanoOwner): readonly number[] | undefined {
    const numBlocks = numBlocksFor(owner.numTokens, this.blockSize);
    const hits: number[] = [];
    let numInUse = 0;
    for (let index = 0; index < numBlocks - 1; index++) {
      const block = this.#blockOf.get(owner.content.chainOf(index));
      if (block === undefined) break;
      hits.push(block);
      if (this.refCountOf(block) > 0) numInUse += 1;
    }
    return this.numFree < numBlocks - numInUse ? undefined : hits;
  }

  /** Fills the table of a request: `hits` first, then new blocks for all of its tokens. */
  allocate(owner: NanoOwner, hits: readonly number[]): void {
    for (const block of hits) {
      if (this.refCountOf(block) === 0) this.#free.remove(block);
      this.#refCounts[block] = this.refCountOf(block) + 1;
      owner.blockTable.push(block);
    }
    const numBlocks = numBlocksFor(owner.numTokens, this.blockSize);
    while (owner.blockTable.length < numBlocks) owner.blockTable.push(this.#take());
    owner.numComputedTokens = hits.length * this.blockSize;
  }

  /** Whether the next token of a request has room: it needs a block if it is the first of one. */
  canAppend(owner: NanoOwner): boolean {
    return this.numFree >= (this.#opensBlock(owner) ? 1 : 0);
  }

  append(owner: NanoOwner): void {
    if (this.#opensBlock(owner)) owner.blockTable.push(this.#take());
  }

  /** Registers the blocks that `numNew` computed tokens have filled; a duplicate takes the content's place. */
  register(owner: NanoOwner, numNew: number): void {
    const firstFull = Math.floor(owner.numComputedTokens / this.blockSize);
    const endFull = Math.floor((owner.numComputedTokens + numNew) / this.blockSize);
    for (let index = firstFull; index < endFull; index++) {
      const block = owner.blockTable[index];
      if (block === undefined) return;
      const chain = owner.content.chainOf(index);
      this.#chainOf[block] = chain;
      this.#blockOf.set(chain, block);
    }
  }

  /** Gives back every block, the last first; they keep their content. */
  free(owner: NanoOwner): void {
    const { blockTable } = owner;
    for (let index = blockTable.length - 1; index >= 0; index--) {
      const block = blockTable[index] ?? 0;
      const refCount = this.refCountOf(block) - 1;
      this.#refCounts[block] = refCount;
      if (refCount === 0) this.#free.append(block);
    }
    blockTable.length = 0;
    owner.numComputedTokens = 0;
  }

  #opensBlock({ numTokens, blockTable }: NanoOwner): boolean {
    return numBlocksFor(numTokens, this.blockSize) > blockTable.length;
  }

  /** A reused block loses its content; the map forgets it only if it still points here. */
  #take(): number {
    const block = this.#free.takeHead();
    const chain = this.chainOf(block);
    if (this.#blockOf.get(chain) === block) this.#blockOf.delete(chain);
    this.#chainOf[block] = NO_CHAIN;
    this.#refCounts[block] = 1;
    return block;
  }
}
