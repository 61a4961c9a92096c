// The PagedAttention paper's manager under the operations of this figure: src/core/paging/v0-blocks.ts decides, this
// file writes token names into the blocks that it is given and says what happened.
import { numBlocksFor } from "../../core/paging/paged-cache.ts";
import { V0Blocks, type V0Sequence } from "../../core/paging/v0-blocks.ts";
import {
  BLOCK_SIZE,
  countOf,
  done,
  joinWords,
  mark,
  nameToken,
  NUM_BLOCKS,
  refuse,
  Roster,
  writeBlocks,
  type BlockState,
  type Machine,
  type Outcome,
  type Snapshot,
} from "./machine.ts";
import type { Operation, PromptStart } from "./program.ts";

export class V0Machine implements Machine {
  readonly #blocks = new V0Blocks({
    blockSize: BLOCK_SIZE,
    numGpuBlocks: NUM_BLOCKS,
    numCpuBlocks: 0,
    // One percent of eight blocks, rounded down.
    watermarkBlocks: 0,
  });
  readonly #roster = new Roster<V0Sequence>();
  /** What is stored in each block. */
  readonly #stored: string[][] = Array.from({ length: NUM_BLOCKS }, () => []);
  #numIds = 0;

  apply(operation: Operation): Outcome {
    if (operation.kind === "admit") return this.#admit(operation.numTokens, operation.start);
    const sequence = this.#roster.find(operation.name);
    if (sequence === undefined) return this.#roster.missing(operation.name);
    if (operation.kind === "append") return this.#append(operation.name, sequence);
    if (operation.kind === "fork") return this.#fork(operation.name, sequence);
    return this.#end(operation.name, sequence);
  }

  #admit(numTokens: number, start: PromptStart): Outcome {
    const next = this.#roster.nextName();
    if (next.problem !== undefined) return refuse(next.problem);
    const admission = this.#blocks.canAllocate(numTokens);
    if (admission !== "ok") {
      const needs = `a prompt of ${countOf(numTokens, "token")} needs ${countOf(numBlocksFor(numTokens, BLOCK_SIZE), "block")}`;
      return refuse(
        admission === "never"
          ? `${needs}, more than there are.`
          : `${needs} and ${this.#numFree} of ${NUM_BLOCKS} are free; the request waits.`,
      );
    }
    const sequence: V0Sequence = { id: this.#numIds++, numTokens, blockTable: [] };
    this.#blocks.allocate(sequence);
    this.#roster.add(next.name, sequence);
    for (let position = 1; position <= numTokens; position++) {
      this.#write(sequence, position, nameToken(next.name, position, start));
    }
    const taken = idsOf(sequence);
    const reuse =
      start === "common" ? " There is no prefix cache here: the common start is stored again." : "";
    return done(
      `${next.name} is admitted with ${countOf(numTokens, "token")}: it gets ${writeBlocks(taken)} from the top of the free list.${reuse}`,
      mark(taken, "taken"),
    );
  }

  #append(name: string, sequence: V0Sequence): Outcome {
    const last = sequence.blockTable.at(-1);
    if (last === undefined) return refuse(`${name} has no block.`);
    const position = sequence.numTokens + 1;
    const isFull = sequence.numTokens === sequence.blockTable.length * BLOCK_SIZE;
    const holders = this.#holdersOf(last.id);
    if ((isFull || last.refCount > 1) && !this.#blocks.canAppend(1)) {
      const why = isFull ? "opens a block" : `must copy block ${last.id}, which is shared`;
      return refuse(
        `token ${position} of ${name} ${why}, and none is free; vLLM now preempts the request that came last.`,
      );
    }
    sequence.numTokens = position;
    const copy = this.#blocks.append(sequence);
    if (copy) this.#stored[copy.to.id] = [...(this.#stored[copy.from.id] ?? [])];
    this.#write(sequence, position, nameToken(name, position, "own"));
    const block = sequence.blockTable.at(-1)?.id ?? last.id;
    if (copy) {
      return done(
        `Block ${last.id} is shared by ${joinWords(holders)}, so ${name} may not write into it: it is copied to block ${block}, and token ${position} of ${name} goes into the copy.`,
        { [last.id]: "copied", [block]: `copy of ${last.id}` },
      );
    }
    return isFull
      ? done(
          `The last block of ${name} is full: token ${position} opens block ${block}.`,
          mark([block], "taken"),
        )
      : done(
          `Token ${position} of ${name} goes into block ${block}, which has room and no other reader.`,
          mark([block], "written"),
        );
  }

  #fork(name: string, parent: V0Sequence): Outcome {
    const next = this.#roster.nextName();
    if (next.problem !== undefined) return refuse(next.problem);
    const child: V0Sequence = {
      id: this.#numIds++,
      numTokens: parent.numTokens,
      blockTable: [],
    };
    this.#blocks.fork(parent, child);
    this.#roster.add(next.name, child);
    const shared = idsOf(child);
    return done(
      `${next.name} is forked from ${name}: the table is copied, no block is, and ${writeBlocks(shared)} ${shared.length === 1 ? "has" : "have"} one reference more.`,
      mark(shared, "shared"),
    );
  }

  #end(name: string, sequence: V0Sequence): Outcome {
    const held = sequence.blockTable;
    const gone = held.filter(({ refCount }) => refCount === 1).map(({ id }) => id);
    const kept = held.filter(({ refCount }) => refCount > 1).map(({ id }) => id);
    this.#blocks.free(sequence);
    this.#roster.remove(name);
    const parts: string[] = [];
    if (gone.length > 0) {
      parts.push(`${writeBlocks(gone)} ${gone.length > 1 ? "go" : "goes"} back on the free list`);
    }
    if (kept.length > 0) {
      const them =
        kept.length > 1
          ? "stay, since others still read them"
          : "stays, since others still read it";
      parts.push(`${writeBlocks(kept)} ${them}`);
    }
    return done(`${name} ends: ${parts.join("; ")}.`, {
      ...mark(kept, "kept"),
      ...mark(gone, "freed"),
    });
  }

  get #numFree(): number {
    return this.#blocks.numFree("gpu");
  }

  #holdersOf(block: number): string[] {
    return this.#roster
      .entries()
      .filter(([, { blockTable }]) => blockTable.some(({ id }) => id === block))
      .map(([name]) => name);
  }

  #write({ blockTable }: V0Sequence, position: number, token: string): void {
    const block = blockTable[Math.floor((position - 1) / BLOCK_SIZE)];
    const slot = (position - 1) % BLOCK_SIZE;
    if (block === undefined) return;
    // What an earlier owner left behind in the block is overwritten from its start.
    const before = this.#stored[block.id]?.slice(0, slot) ?? [];
    this.#stored[block.id] = [...before, token];
  }

  snapshot(): Snapshot {
    const free = this.#peekFree();
    return {
      free,
      sequences: this.#roster.entries().map(([name, sequence]) => ({
        name,
        numTokens: sequence.numTokens,
        blockTable: idsOf(sequence),
      })),
      blocks: this.#stored.map((tokens, id): BlockState => {
        if (free.includes(id)) return { id, role: "free", refCount: 0, tokens: [] };
        return { id, role: "used", refCount: this.#refCountOf(id), tokens: [...tokens] };
      }),
    };
  }

  #refCountOf(id: number): number {
    for (const [, { blockTable }] of this.#roster.entries()) {
      const block = blockTable.find((held) => held.id === id);
      if (block) return block.refCount;
    }
    return 0;
  }

  /** The stack from its top: all free blocks are taken, one at a time, and put back in reverse. */
  #peekFree(): number[] {
    const probes: V0Sequence[] = [];
    while (this.#numFree > 0) {
      const probe: V0Sequence = { id: -1, numTokens: 1, blockTable: [] };
      this.#blocks.allocate(probe);
      probes.push(probe);
    }
    const order = probes.flatMap(idsOf);
    for (const probe of probes.toReversed()) this.#blocks.free(probe);
    return order;
  }
}

function idsOf({ blockTable }: V0Sequence): number[] {
  return blockTable.map(({ id }) => id);
}
