// Which block holds which content: chain id → blocks, in the order they were registered. The blocks of one chain id
// form a ring threaded through two arrays, so a duplicate is added and dropped in constant time.
import { NO_CHAIN, type ChainId } from "./block-content.ts";
import { ChainTable } from "./chain-table.ts";

export class PrefixCache {
  readonly #first = new ChainTable();
  readonly #chainOf: Float64Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  constructor(numBlocks: number) {
    this.#chainOf = new Float64Array(numBlocks).fill(NO_CHAIN);
    this.#next = new Int32Array(numBlocks);
    this.#previous = new Int32Array(numBlocks);
  }

  /** Number of different contents held. */
  get size(): number {
    return this.#first.size;
  }

  /** The block that was registered first among those with this content; undefined on a miss. */
  find(chain: ChainId): number | undefined {
    return this.#first.get(chain);
  }

  /** The content a block is registered under, or `NO_CHAIN`. */
  chainOf(block: number): ChainId {
    return this.#chainOf[block] ?? NO_CHAIN;
  }

  /** Registers a block that has no content yet. Blocks of equal content are kept apart: nothing is merged. */
  register(block: number, chain: ChainId): void {
    this.#chainOf[block] = chain;
    const first = this.#first.get(chain);
    if (first === undefined) {
      this.#first.set(chain, block);
      this.#next[block] = block;
      this.#previous[block] = block;
      return;
    }
    const last = this.#previous[first] ?? first;
    this.#next[last] = block;
    this.#previous[block] = last;
    this.#next[block] = first;
    this.#previous[first] = block;
  }

  /** Forgets the content of one block, if it has any. */
  evict(block: number): void {
    // A trace that names no prefix takes millions of blocks, and a look at each costs a miss of the processor's cache.
    if (this.#first.size === 0) return;
    const chain = this.chainOf(block);
    if (chain === NO_CHAIN) return;
    this.#chainOf[block] = NO_CHAIN;
    const next = this.#next[block] ?? block;
    if (next === block) {
      this.#first.delete(chain);
      return;
    }
    const previous = this.#previous[block] ?? block;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    if (this.#first.get(chain) === block) this.#first.set(chain, next);
  }

  /** Forgets everything. */
  clear(): void {
    this.#first.clear();
    this.#chainOf.fill(NO_CHAIN);
  }

  /** All blocks of one content in registration order; for pictures and tests. */
  blocksOf(chain: ChainId): number[] {
    const first = this.#first.get(chain);
    if (first === undefined) return [];
    const blocks = [first];
    for (let block = this.#next[first]; block !== undefined && block !== first;) {
      blocks.push(block);
      block = this.#next[block];
    }
    return blocks;
  }

  /** Every content held; for pictures and tests. */
  chains(): ChainId[] {
    return this.#first.chains();
  }
}
