// One state, seen twice: made by the paper's block manager, and read as an operating system's memory. Pure.
import { V0Blocks, type V0Sequence } from "../../core/paging/v0-blocks.ts";
import type { DataTable } from "../../figure/widget.ts";
import { CONCEPTS, findConcept, type Concept, type Part } from "./concepts.ts";

export const BLOCK_SIZE = 4;
const [NUM_BLOCKS, NUM_SWAPPED] = [6, 2];

/** Where one logical block is. */
export interface Entry {
  readonly block: number;
  readonly isSwapped: boolean;
}

export interface Owner {
  readonly numTokens: number;
  readonly table: readonly Entry[];
}

export interface PhysicalBlock {
  readonly id: number;
  /** Tables that point here; 0 is free. */
  readonly refCount: number;
  readonly numFilled: number;
}

export interface PagingState {
  /** The first, its fork, and one that was swapped out. */
  readonly owners: readonly Owner[];
  readonly blocks: readonly PhysicalBlock[];
  /** In the slower memory. */
  readonly swapped: readonly PhysicalBlock[];
  /** The block that the first owner copied, and the copy. */
  readonly copy: { readonly from: number; readonly to: number };
}

function createSequence(id: number, numTokens: number): V0Sequence {
  return { id, numTokens, blockTable: [] };
}

/** A is admitted and forked into B; A writes and so copies its last block; C comes and is swapped out. */
export function createState(): PagingState {
  const blocks = new V0Blocks({
    blockSize: BLOCK_SIZE,
    numGpuBlocks: NUM_BLOCKS,
    numCpuBlocks: NUM_SWAPPED,
    watermarkBlocks: 0,
  });
  const [a, b, c] = [createSequence(0, 6), createSequence(1, 6), createSequence(2, 3)];
  blocks.allocate(a);
  blocks.fork(a, b);
  a.numTokens += 1;
  const copy = blocks.append(a);
  blocks.allocate(c);
  blocks.swap([c], "cpu");
  const owners = [a, b, c];
  return {
    owners: owners.map(({ numTokens, blockTable }) => ({
      numTokens,
      table: blockTable.map(({ id, device }) => ({ block: id, isSwapped: device === "cpu" })),
    })),
    blocks: Array.from({ length: NUM_BLOCKS }, (_, id) => lookAt(owners, "gpu", id)),
    swapped: Array.from({ length: NUM_SWAPPED }, (_, id) => lookAt(owners, "cpu", id)),
    copy: { from: copy?.from.id ?? 0, to: copy?.to.id ?? 0 },
  };
}

function lookAt(owners: readonly V0Sequence[], device: "gpu" | "cpu", id: number): PhysicalBlock {
  let [refCount, numFilled] = [0, 0];
  for (const { blockTable, numTokens } of owners) {
    const index = blockTable.findIndex((block) => block.device === device && block.id === id);
    if (index < 0) continue;
    refCount += 1;
    numFilled = Math.max(numFilled, Math.min(BLOCK_SIZE, numTokens - index * BLOCK_SIZE));
  }
  return { id, refCount, numFilled };
}

export interface OsPagingScene {
  readonly concept: Concept;
  readonly state: PagingState;
}

export function createScene({ concept }: { readonly concept: string }): OsPagingScene {
  return { concept: findConcept(concept), state: createState() };
}

/** Whether a physical block is lit by a part. */
export function isLit(part: Part, block: PhysicalBlock, { copy }: PagingState): boolean {
  switch (part) {
    case "physical":
      return true;
    case "free":
      return block.refCount === 0;
    case "shared":
      return block.refCount > 1;
    case "copied":
      return block.id === copy.from || block.id === copy.to;
    case "growth":
      return block.id === copy.to;
    default:
      return false;
  }
}

export function describeScene({ concept }: OsPagingScene): string {
  const { os, kv, alike, ends } = concept;
  return `${os} beside ${kv.charAt(0).toLowerCase()}${kv.slice(1)}. Alike: ${alike} Where it ends: ${ends}`;
}

export function makeTable(): DataTable {
  return {
    caption: "Paging in an operating system and in a KV cache",
    columns: ["Operating system", "KV cache", "Alike", "Where it ends"],
    rows: CONCEPTS.map(({ os, kv, alike, ends }) => [os, kv, alike, ends]),
  };
}
