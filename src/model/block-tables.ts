// Which KV blocks each sequence of a paged run holds. Blocks are handed out as sequences grow, so a sequence's
// blocks end up scattered over the pool: the block table is what puts them in order.
import { EngineError, type Path } from "./engine.ts";

/** @throws EngineError ("bad-request") where runs of a path keep no blocks from step to step. */
export function checkKeepsBlocks({ cache, kvLayout }: Path): void {
  if (!cache) {
    throw new EngineError(
      "bad-request",
      "This run computes every token again at each step and keeps no KV blocks. Start it with the cache on.",
    );
  }
  if (kvLayout === "contiguous") {
    throw new EngineError(
      "bad-request",
      "This run keeps the keys and values of each sequence in one stretch, without a block table. Start it with the paged layout.",
    );
  }
}

export class BlockTables {
  readonly blockSize: number;
  readonly numBlocks: number;
  /** u32[B, blocksPerSequence], as the kernels read it. */
  readonly table: Uint32Array<ArrayBuffer>;
  readonly #blocksPerSequence: number;
  readonly #freeBlocks: number[];
  readonly #numHeld: number[];

  /**
   * @param capacity - tokens that one sequence may reach; the pool is large enough for all to reach it.
   */
  constructor(numSequences: number, capacity: number, blockSize: number) {
    this.blockSize = blockSize;
    this.#blocksPerSequence = Math.ceil(capacity / blockSize);
    this.numBlocks = numSequences * this.#blocksPerSequence;
    this.table = new Uint32Array(this.numBlocks);
    // A stack whose top is block 0.
    this.#freeBlocks = Array.from({ length: this.numBlocks }, (_, id) => this.numBlocks - 1 - id);
    this.#numHeld = Array.from({ length: numSequences }, () => 0);
  }

  get numFreeBlocks(): number {
    return this.#freeBlocks.length;
  }

  numHeldBlocks(sequence: number): number {
    return this.#numHeld[sequence] ?? 0;
  }

  /**
   * A sequence's blocks, in the order of its tokens.
   *
   * @param stored - u32[B, blocksPerSequence], such as a copy of `table` that was read back from a device.
   */
  heldEntries(sequence: number, stored: Uint32Array = this.table): Uint32Array {
    const first = sequence * this.#blocksPerSequence;
    return stored.subarray(first, first + this.numHeldBlocks(sequence));
  }

  /**
   * Gives a sequence the blocks that its first `numTokens` tokens need.
   *
   * @returns true if the table changed.
   * @throws RangeError if that is beyond the capacity.
   */
  grow(sequence: number, numTokens: number): boolean {
    const numNeeded = Math.ceil(numTokens / this.blockSize);
    if (numNeeded > this.#blocksPerSequence) {
      throw new RangeError(`${numTokens} tokens need more blocks than a sequence may hold.`);
    }
    const numHeld = this.numHeldBlocks(sequence);
    for (let index = numHeld; index < numNeeded; index++) {
      const block = this.#freeBlocks.pop();
      if (block === undefined) throw new RangeError("The block pool is empty.");
      this.table[sequence * this.#blocksPerSequence + index] = block;
    }
    if (numNeeded <= numHeld) return false;
    this.#numHeld[sequence] = numNeeded;
    return true;
  }
}
