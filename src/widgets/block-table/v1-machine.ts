// vLLM V1's pool with its prefix cache under the operations of this figure: src/core/paging/paged-cache.ts decides,
// this file writes token names into the blocks that it is given and says what happened.
import { ChainInterner, NO_CHAIN, TokenContent } from "../../core/paging/block-content.ts";
import { NULL_BLOCK } from "../../core/paging/block-pool.ts";
import { numBlocksFor, PagedCache, type BlockOwner } from "../../core/paging/paged-cache.ts";
import {
  BLOCK_SIZE,
  capitalise,
  COMMON_TOKENS,
  countOf,
  done,
  mark,
  nameToken,
  NUM_BLOCKS,
  refuse,
  Roster,
  writeBlocks,
  type BlockMarks,
  type BlockState,
  type Machine,
  type Outcome,
  type Snapshot,
} from "./machine.ts";
import type { Operation, PromptStart } from "./program.ts";

interface V1Sequence extends BlockOwner {
  readonly content: TokenContent;
}

/** As one step computes at once whatever a prompt needs here. */
const WHOLE = { numLookaheadTokens: 0, mustFit: true };

export class V1Machine implements Machine {
  readonly #cache = new PagedCache({
    blockSize: BLOCK_SIZE,
    numBlocks: NUM_BLOCKS + 1,
    isCaching: true,
    usesEagle: false,
    maxModelLen: (NUM_BLOCKS + 1) * BLOCK_SIZE,
  });
  readonly #interner = new ChainInterner();
  readonly #roster = new Roster<V1Sequence>();
  readonly #stored: string[][] = Array.from({ length: NUM_BLOCKS + 1 }, () => []);
  /** A number for each token's name. */
  readonly #tokenIds = new Map<string, number>();

  apply(operation: Operation): Outcome {
    if (operation.kind === "admit") return this.#admit(operation.numTokens, operation.start);
    const sequence = this.#roster.find(operation.name);
    if (sequence === undefined) return this.#roster.missing(operation.name);
    if (operation.kind === "append") return this.#append(operation.name, sequence);
    if (operation.kind === "end") return this.#end(operation.name, sequence);
    return refuse(
      "vLLM V1 has no fork; several answers to one prompt are requests of their own, which share its full blocks through the prefix cache.",
    );
  }

  #admit(numTokens: number, start: PromptStart): Outcome {
    const next = this.#roster.nextName();
    if (next.problem !== undefined) return refuse(next.problem);
    const tokens = Array.from({ length: numTokens }, (_, index) =>
      nameToken(next.name, index + 1, start),
    );
    const sequence = this.#createSequence(tokens);
    const hits = this.#cache.findHits(sequence);
    const repeated = this.#findRepeated(sequence, hits.length);
    const revived = hits.filter((block) => this.#cache.pool.isFree(block));
    const cached = this.#cachedFree();
    const numFree = this.#cache.pool.numFree;
    const numNew = numTokens - hits.length * BLOCK_SIZE;
    const taken = this.#cache.admit(sequence, { hits, numNew }, WHOLE);
    if (taken === undefined) return refuse(this.#writeShortage(numTokens, hits, numFree));
    sequence.numComputedTokens = numTokens;
    this.#roster.add(next.name, sequence);
    this.#store(sequence, numTokens - numNew, tokens.slice(numTokens - numNew));
    const evicted = taken.filter((block) => cached.has(block));
    const parts = [
      `${next.name} is admitted with ${countOf(numTokens, "token")}: `,
      writeHits(hits, revived),
      writeTaken(taken, numNew),
      writeEvicted(evicted),
      repeated === undefined
        ? ""
        : ` The last token must be computed, so block ${repeated} is not shared, though it holds the same ${BLOCK_SIZE} tokens.`,
    ];
    return done(parts.join(""), { ...mark(hits, "hit"), ...markTaken(taken, evicted) });
  }

  #createSequence(tokens: readonly string[]): V1Sequence {
    return {
      content: new TokenContent(
        tokens.map((token) => this.#idOf(token)),
        { interner: this.#interner, blockSize: BLOCK_SIZE },
      ),
      numTokens: tokens.length,
      numComputedTokens: 0,
      blockTable: [],
      numRegisteredBlocks: 0,
    };
  }

  #idOf(token: string): number {
    const id = this.#tokenIds.get(token) ?? this.#tokenIds.size;
    this.#tokenIds.set(token, id);
    return id;
  }

  /** The cached block of the prompt's end that the last-token rule keeps from being shared. */
  #findRepeated({ content, numTokens }: V1Sequence, numHits: number): number | undefined {
    if (numTokens !== (numHits + 1) * BLOCK_SIZE) return undefined;
    return this.#cache.pool.cache.find(content.chainOf(numHits));
  }

  #cachedFree(): ReadonlySet<number> {
    const { pool } = this.#cache;
    return new Set(pool.freeBlocks().filter((block) => pool.cache.chainOf(block) !== NO_CHAIN));
  }

  #writeShortage(numTokens: number, hits: readonly number[], numFree: number): string {
    const numNeeded = numBlocksFor(numTokens, BLOCK_SIZE);
    const needs = `a prompt of ${countOf(numTokens, "token")} needs ${countOf(numNeeded, "block")}`;
    const numFreeHits = hits.filter((block) => this.#cache.pool.isFree(block)).length;
    const used = hits.length - numFreeHits;
    const shared = used > 0 ? `, ${used} of them in use and shared,` : "";
    return `${needs}${shared} and ${numFree} of ${NUM_BLOCKS} are free; the request waits.`;
  }

  #append(name: string, sequence: V1Sequence): Outcome {
    const position = sequence.numTokens + 1;
    const token = nameToken(name, position, "own");
    const cached = this.#cachedFree();
    sequence.content.append([this.#idOf(token)]);
    sequence.numTokens = position;
    const taken = this.#cache.extend(sequence, 1, 0);
    if (taken === undefined) {
      sequence.content.tokens.pop();
      sequence.numTokens -= 1;
      return refuse(
        `token ${position} of ${name} opens a block, and none is free; vLLM now preempts the request that came last.`,
      );
    }
    sequence.numComputedTokens = position;
    this.#store(sequence, position - 1, [token]);
    const block = sequence.blockTable.at(-1) ?? NULL_BLOCK;
    const evicted = taken.filter((id) => cached.has(id));
    const where =
      taken.length > 0
        ? `The last block of ${name} is full: token ${position} opens block ${block}, from the head of the free queue.`
        : `Token ${position} of ${name} goes into block ${block}.`;
    const isFull = position % BLOCK_SIZE === 0;
    const full = isFull ? ` Block ${block} is full now: its tokens can be hit from here on.` : "";
    return done(`${where}${writeEvicted(evicted)}${full}`, {
      ...mark([block], isFull ? "full, cached" : "written"),
      ...markTaken(taken, evicted),
    });
  }

  #end(name: string, sequence: V1Sequence): Outcome {
    const { pool } = this.#cache;
    const held = sequence.blockTable.toReversed();
    this.#cache.free(sequence);
    this.#roster.remove(name);
    const freed = held.filter((block) => pool.isFree(block));
    const kept = held.filter((block) => !pool.isFree(block));
    const cached = freed.filter((block) => pool.cache.chainOf(block) !== NO_CHAIN);
    const parts: string[] = [];
    if (freed.length > 0) {
      const order = freed.length > 1 ? ", the last of the table first" : "";
      parts.push(
        `${writeBlocks(freed)} ${freed.length > 1 ? "join" : "joins"} the tail of the free queue${order}`,
      );
    }
    if (cached.length > 0) {
      parts.push(
        `the tokens of ${writeBlocks(cached)} stay, to be hit until the block is handed out`,
      );
    }
    if (kept.length > 0) {
      parts.push(`${writeBlocks(kept)} ${kept.length > 1 ? "are" : "is"} still in use`);
    }
    return done(`${name} ends: ${parts.join("; ")}.`, {
      ...mark(kept, "kept"),
      ...mark(freed, "freed"),
    });
  }

  /** @param from - position of the first of these tokens in the sequence, from 0. */
  #store({ blockTable }: V1Sequence, from: number, tokens: readonly string[]): void {
    for (const [index, token] of tokens.entries()) {
      const block = blockTable[Math.floor((from + index) / BLOCK_SIZE)];
      if (block === undefined) continue;
      const before = this.#stored[block]?.slice(0, (from + index) % BLOCK_SIZE) ?? [];
      this.#stored[block] = [...before, token];
    }
  }

  snapshot(): Snapshot {
    return {
      free: this.#cache.pool.freeBlocks(),
      sequences: this.#roster.entries().map(([name, { numTokens, blockTable }]) => ({
        name,
        numTokens,
        blockTable: [...blockTable],
      })),
      blocks: this.#stored.map((_, id) => this.#stateOf(id)),
    };
  }

  #stateOf(id: number): BlockState {
    const { pool } = this.#cache;
    if (id === NULL_BLOCK) return { id, role: "null", refCount: 0, tokens: [] };
    const tokens = [...(this.#stored[id] ?? [])];
    if (!pool.isFree(id)) return { id, role: "used", refCount: pool.refCountOf(id), tokens };
    const isCached = pool.cache.chainOf(id) !== NO_CHAIN;
    return { id, role: isCached ? "cached" : "free", refCount: 0, tokens: isCached ? tokens : [] };
  }
}

function writeHits(hits: readonly number[], revived: readonly number[]): string {
  if (hits.length === 0) return "nothing of it is cached; ";
  const numTokens = hits.length * BLOCK_SIZE;
  const found =
    numTokens === COMMON_TOKENS
      ? `the whole common start, ${numTokens} tokens, is found in`
      : `${numTokens} tokens are found in`;
  const from =
    revived.length > 0 ? ` (${writeBlocks(revived)} leaving the free queue from its middle)` : "";
  return `${found} ${writeBlocks(hits)} and shared${from}; `;
}

function writeTaken(taken: readonly number[], numNew: number): string {
  return `${countOf(numNew, "token")} ${numNew === 1 ? "is" : "are"} computed into ${writeBlocks(taken)}, from the head of the free queue.`;
}

function writeEvicted(evicted: readonly number[]): string {
  if (evicted.length === 0) return "";
  return ` ${capitalise(writeBlocks(evicted))} still held cached tokens: they are evicted now, not earlier.`;
}

function markTaken(taken: readonly number[], evicted: readonly number[]): BlockMarks {
  return { ...mark(taken, "taken"), ...mark(evicted, "evicted, taken") };
}
