// The block manager of the PagedAttention paper (SOSP 2023), as in vLLM v0.2.7: two stacks of free blocks, one on the
// GPU and one in the CPU's memory, tables that share blocks after a fork, copy-on-write, and swapping. No prefix cache.
import { numBlocksFor } from "./paged-cache.ts";

export type V0Device = "gpu" | "cpu";

export interface V0Block {
  readonly device: V0Device;
  readonly id: number;
  /** Tables that point here. */
  refCount: number;
}

/** One sample of a request: its length and its table. */
export interface V0Sequence {
  readonly id: number;
  /** Prompt and output so far. */
  numTokens: number;
  blockTable: V0Block[];
}

/** Whether a prompt may start: now, when blocks come free, or in no case. */
export type Admission = "ok" | "later" | "never";

/** A block that was shared was copied before it was written. */
export interface BlockCopy {
  readonly from: V0Block;
  readonly to: V0Block;
}

export interface V0BlocksConfig {
  readonly blockSize: number;
  readonly numGpuBlocks: number;
  readonly numCpuBlocks: number;
  /** Free blocks that admitting a prompt or swapping in must leave, for running requests to grow into. */
  readonly watermarkBlocks: number;
  /** Tokens a query sees, a whole number of blocks; a table then repeats its blocks in a ring. */
  readonly slidingWindow?: number | undefined;
}

export class V0Blocks {
  readonly config: V0BlocksConfig;
  readonly #free: Readonly<Record<V0Device, FreeStack>>;
  /** Blocks after which a table repeats itself. */
  readonly #ringLength: number;

  constructor(config: V0BlocksConfig) {
    this.config = config;
    this.#free = {
      gpu: new FreeStack("gpu", config.numGpuBlocks),
      cpu: new FreeStack("cpu", config.numCpuBlocks),
    };
    this.#ringLength =
      config.slidingWindow === undefined
        ? Infinity
        : numBlocksFor(config.slidingWindow, config.blockSize);
  }

  numFree(device: V0Device): number {
    return this.#free[device].length;
  }

  /** Whether the prompt of a request may be given blocks. */
  canAllocate(numTokens: number): Admission {
    const { numGpuBlocks, watermarkBlocks } = this.config;
    const numNeeded = Math.min(this.#numLogical(numTokens), this.#ringLength);
    if (numGpuBlocks - numNeeded < watermarkBlocks) return "never";
    return this.numFree("gpu") - numNeeded >= watermarkBlocks ? "ok" : "later";
  }

  /** Fills an empty table. */
  allocate(sequence: V0Sequence): void {
    const numLogical = this.#numLogical(sequence.numTokens);
    while (sequence.blockTable.length < numLogical) this.#appendBlock(sequence.blockTable);
  }

  /** Whether each of so many sequences can be given a block. */
  canAppend(numSequences: number): boolean {
    return numSequences <= this.numFree("gpu");
  }

  /** Makes room for the last token of a sequence, which is counted in its length already. */
  append(sequence: V0Sequence): BlockCopy | undefined {
    const { blockTable } = sequence;
    if (blockTable.length < this.#numLogical(sequence.numTokens)) {
      this.#appendBlock(blockTable);
      return undefined;
    }
    const last = blockTable.at(-1);
    if (!last || last.refCount === 1) return undefined;
    const copy = { from: last, to: this.#take("gpu") };
    blockTable[blockTable.length - 1] = copy.to;
    // In a ring the same block may stand earlier in the table; it is held until the last of these is gone.
    if (!blockTable.includes(last)) this.#release(last);
    return copy;
  }

  /** The child shares every block of its parent. */
  fork(parent: V0Sequence, child: V0Sequence): void {
    child.blockTable = [...parent.blockTable];
    for (const block of new Set(child.blockTable)) block.refCount += 1;
  }

  free(sequence: V0Sequence): void {
    for (const block of new Set(sequence.blockTable)) this.#release(block);
    sequence.blockTable = [];
  }

  canSwapOut(sequences: readonly V0Sequence[]): boolean {
    return distinctBlocks(sequences).size <= this.numFree("cpu");
  }

  /** Each sequence needs one block more than it left with: its next token may open one. */
  canSwapIn(sequences: readonly V0Sequence[]): boolean {
    const numNeeded = distinctBlocks(sequences).size + sequences.length;
    return this.numFree("gpu") - numNeeded >= this.config.watermarkBlocks;
  }

  /** Moves tables to the other memory; what they share stays shared. Returns the number of blocks moved. */
  swap(sequences: readonly V0Sequence[], to: V0Device): number {
    const moved = new Map<V0Block, V0Block>();
    for (const sequence of sequences) {
      const blocks = new Set(sequence.blockTable);
      for (const block of blocks) {
        const target = moved.get(block);
        if (target) target.refCount += 1;
        else moved.set(block, this.#take(to));
      }
      sequence.blockTable = sequence.blockTable.map((block) => moved.get(block) ?? block);
      for (const block of blocks) this.#release(block);
    }
    return moved.size;
  }

  #numLogical(numTokens: number): number {
    return numBlocksFor(numTokens, this.config.blockSize);
  }

  #appendBlock(blockTable: V0Block[]): void {
    const reused = blockTable[blockTable.length - this.#ringLength];
    blockTable.push(reused ?? this.#take("gpu"));
  }

  /** The block freed last is taken first. */
  #take(device: V0Device): V0Block {
    const block = this.#free[device].pop();
    if (!block) throw new RangeError(`No ${device} block is free.`);
    block.refCount = 1;
    return block;
  }

  #release(block: V0Block): void {
    block.refCount -= 1;
    if (block.refCount === 0) this.#free[block.device].push(block);
  }
}

/** Every block that some of the tables point at. */
export function distinctBlocks(sequences: readonly V0Sequence[]): Set<V0Block> {
  return new Set(sequences.flatMap(({ blockTable }) => blockTable));
}

/** Free blocks, the greatest number first; what was freed comes before what was never taken, which does not exist yet. */
class FreeStack {
  readonly #device: V0Device;
  readonly #freed: V0Block[] = [];
  #numUntouched: number;

  constructor(device: V0Device, numBlocks: number) {
    this.#device = device;
    this.#numUntouched = numBlocks;
  }

  get length(): number {
    return this.#freed.length + this.#numUntouched;
  }

  pop(): V0Block | undefined {
    const freed = this.#freed.pop();
    if (freed || this.#numUntouched === 0) return freed;
    this.#numUntouched -= 1;
    return { device: this.#device, id: this.#numUntouched, refCount: 0 };
  }

  push(block: V0Block): void {
    this.#freed.push(block);
  }
}
