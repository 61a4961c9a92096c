// What must hold in every state of every block manager, on a thousand random programs each.
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  ChainInterner,
  ListedContent,
  NO_CHAIN,
  TokenContent,
  type BlockContent,
  type ChainId,
} from "./block-content.ts";
import { NULL_BLOCK, type BlockPool } from "./block-pool.ts";
import { BuddyMemory, type Region } from "./buddy-memory.ts";
import { FreeQueue } from "./free-queue.ts";
import { PagedCache, type BlockOwner } from "./paged-cache.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { V0Blocks, distinctBlocks, type V0Sequence } from "./v0-blocks.ts";

const RUNS = { numRuns: 1000 };
vi.setConfig({ testTimeout: 60_000 });

/** As expect, at a thousandth of its price: these are checked a million times. */
function must(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`Not so: ${what}.`);
}

function mustEqual(got: unknown, expected: unknown, what: string): void {
  must(JSON.stringify(got) === JSON.stringify(expected), what);
}

/** A choice below `count`, read from a list of arbitrary numbers. */
const pick = <Item>(items: readonly Item[], number: number): Item | undefined =>
  items[number % Math.max(1, items.length)];

test("the free queue is a list from which any block may be taken", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(30)), { maxLength: 40 }), (ops) => {
      const queue = new FreeQueue(12, 1);
      const model = Array.from({ length: 11 }, (_, index) => index + 1);
      const out: number[] = [];
      for (const [op, number] of ops) {
        const [free, taken] = [pick(model, number), pick(out, number)];
        if (op === 0 && model.length > 0) {
          must(queue.takeHead() === model[0], "the head is taken");
          out.push(model.shift()!);
        } else if (op === 1 && free !== undefined) {
          queue.remove(free);
          out.push(...model.splice(model.indexOf(free), 1));
        } else if (op === 2 && taken !== undefined) {
          queue.append(taken);
          model.push(...out.splice(out.indexOf(taken), 1));
        }
        mustEqual(
          [queue.toArray(), queue.length],
          [model, model.length],
          "the order is the list's",
        );
      }
    }),
    RUNS,
  );
});

test("the prefix cache gives the block that was registered first among those still there", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(3)), { maxLength: 40 }), (ops) => {
      const cache = new PrefixCache(10);
      let model: { block: number; chain: number }[] = [];
      for (const [block, chain] of ops) {
        const isKnown = model.some((entry) => entry.block === block);
        if (isKnown) {
          cache.evict(block);
          model = model.filter((entry) => entry.block !== block);
        } else {
          cache.register(block, chain);
          model.push({ block, chain });
        }
        for (let other = 0; other <= 3; other++) {
          const blocks = model.filter((entry) => entry.chain === other).map((entry) => entry.block);
          const got = [cache.find(other), cache.blocksOf(other)];
          mustEqual(got, [blocks[0], blocks], "blocks stand in the order they were registered");
        }
      }
    }),
    RUNS,
  );
});

/** Free and used blocks make up the pool, no block is both, and every reference is a table entry. */
function checkPool(pool: BlockPool, owners: readonly BlockOwner[]): void {
  const references = new Map<number, number>();
  for (const block of owners.flatMap(({ blockTable }) => blockTable)) {
    references.set(block, (references.get(block) ?? 0) + 1);
  }
  references.delete(NULL_BLOCK);
  const free = pool.freeBlocks();
  must(new Set(free).size === free.length, "no block is free twice");
  must(free.length + references.size === pool.numBlocks - 1, "free and used make up the pool");
  must(!free.includes(NULL_BLOCK), "the null block is never free");
  for (const [block, count] of references) {
    must(pool.refCountOf(block) === count, "counts are table references");
  }
  for (const block of free) must(pool.refCountOf(block) === 0, "free blocks have no reference");
}

const cacheProgram = fc.record({
  blockSize: fc.integer({ min: 1, max: 4 }),
  numBlocks: fc.integer({ min: 2, max: 14 }),
  isCaching: fc.boolean(),
  usesEagle: fc.boolean(),
  slidingWindow: fc.option(fc.integer({ min: 2, max: 9 }), { nil: undefined }),
  ops: fc.array(fc.tuple(fc.nat(4), fc.nat(1000), fc.nat(12)), { maxLength: 30 }),
});

type CacheProgram = typeof cacheProgram extends fc.Arbitrary<infer Program> ? Program : never;

interface TestOwner extends BlockOwner {
  readonly content: TokenContent;
}

/** Runs a program; returns what happened, and checks the pool after every operation. */
function runCacheProgram({ ops, ...config }: CacheProgram): unknown[] {
  const cache = new PagedCache({ ...config, maxModelLen: 60 });
  const interner = new ChainInterner();
  const owners: TestOwner[] = [];
  const log: unknown[] = [];
  for (const [op, number, count] of ops) {
    const owner = pick(owners, number);
    if (op <= 1) {
      // Prompts of few different tokens share prefixes often.
      const tokens = Array.from({ length: count + 1 }, (_, index) => (number >> (index % 3)) & 1);
      const fresh: TestOwner = {
        content: new TokenContent(tokens, { interner, blockSize: config.blockSize }),
        numTokens: tokens.length,
        numComputedTokens: 0,
        blockTable: [],
        numRegisteredBlocks: 0,
      };
      const hits = cache.findHits(fresh);
      const numHit = hits.length * config.blockSize;
      must(numHit < tokens.length, "a token is left to compute");
      const options = { numLookaheadTokens: number % 3, mustFit: number % 2 === 0 };
      const taken = cache.admit(fresh, { hits, numNew: tokens.length - numHit }, options);
      if (taken) {
        fresh.numComputedTokens = tokens.length;
        owners.push(fresh);
      } else {
        must(fresh.blockTable.length === 0, "who is refused holds nothing");
      }
      log.push(hits, taken);
    } else if (op === 2 && owner) {
      owner.content.append([number % 2]);
      owner.numTokens += 1;
      const taken = cache.extend(owner, 1, count % 2);
      if (taken) owner.numComputedTokens += 1;
      else {
        cache.free(owner);
        owners.splice(owners.indexOf(owner), 1);
      }
      log.push(taken);
    } else if (op === 3 && owner) {
      cache.free(owner);
      owners.splice(owners.indexOf(owner), 1);
    } else if (op === 4) {
      log.push(cache.pool.resetPrefixCache());
    }
    checkPool(cache.pool, owners);
    log.push(cache.pool.freeBlocks());
  }
  for (const owner of owners) cache.free(owner);
  checkPool(cache.pool, []);
  must(cache.pool.resetPrefixCache(), "nothing is in use at the end");
  return log;
}

describe("the paged cache of vLLM V1", () => {
  test("never loses, lends twice or miscounts a block, and gives all back", () => {
    fc.assert(
      fc.property(cacheProgram, (program) => void runCacheProgram(program)),
      RUNS,
    );
  });

  test("does the same for the same program", () => {
    fc.assert(
      fc.property(cacheProgram, (program) => {
        mustEqual(runCacheProgram(program), runCacheProgram(program), "runs are equal");
      }),
      RUNS,
    );
  });
});

/** Named at once, as content is that says nothing of whom it belongs to. */
class NamedContent implements BlockContent {
  readonly #listed: ListedContent;

  constructor(listed: ListedContent) {
    this.#listed = listed;
  }

  chainOf(blockIndex: number): ChainId {
    return this.#listed.chainOf(blockIndex);
  }
}

/** Requests that share listed prefixes come, grow, are put back, come again and end; the log says what the cache did. */
function runListedProgram({ ops, ...config }: CacheProgram, isLate: boolean): unknown[] {
  const cache = new PagedCache({ ...config, maxModelLen: 60 });
  const [running, waiting]: [BlockOwner[], BlockOwner[]] = [[], []];
  const log: unknown[] = [];
  let last = 100;
  for (const [op, number, count] of ops) {
    if (op === 0) {
      const listed = new ListedContent([1, 2].slice(number % 3), () => (last += 1));
      waiting.push({
        content: isLate ? listed : new NamedContent(listed),
        numTokens: count + 1,
        numComputedTokens: 0,
        blockTable: [],
        numRegisteredBlocks: 0,
      });
    }
    const owner = pick(op <= 1 ? waiting : running, number);
    if (!owner) continue;
    if (op <= 1) {
      const hits = cache.findHits(owner);
      const numNew = owner.numTokens - hits.length * config.blockSize;
      const options = { numLookaheadTokens: number % 3, mustFit: number % 2 === 0 };
      const taken = cache.admit(owner, { hits, numNew }, options);
      if (taken) {
        owner.numComputedTokens = owner.numTokens;
        running.push(...waiting.splice(waiting.indexOf(owner), 1));
      }
      log.push(hits, taken);
    } else if (op === 2) {
      owner.numTokens += 1;
      const taken = cache.extend(owner, 1, count % 2);
      if (taken) owner.numComputedTokens += 1;
      log.push(taken);
    } else {
      running.splice(running.indexOf(owner), 1);
      if (op === 3) cache.free(owner);
      else {
        cache.freeForNow(owner);
        owner.numComputedTokens = 0;
        waiting.unshift(owner);
      }
    }
    checkPool(cache.pool, running);
    log.push(cache.pool.freeBlocks());
  }
  return log;
}

test("blocks that one request alone can name are found again, however late they are named", () => {
  fc.assert(
    fc.property(cacheProgram, (program) => {
      const late = runListedProgram(program, true);
      mustEqual(late, runListedProgram(program, false), "hits and blocks are equal");
    }),
    // One program in some hundred puts a request back and finds its blocks again.
    { numRuns: 4000 },
  );
});

const v0Program = fc.record({
  blockSize: fc.integer({ min: 1, max: 4 }),
  numGpuBlocks: fc.integer({ min: 1, max: 12 }),
  numCpuBlocks: fc.integer({ min: 0, max: 12 }),
  watermarkBlocks: fc.nat(2),
  windowBlocks: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  ops: fc.array(fc.tuple(fc.nat(4), fc.nat(1000), fc.nat(10)), { maxLength: 30 }),
});

function checkV0(blocks: V0Blocks, sequences: readonly V0Sequence[]): void {
  const used = [...distinctBlocks(sequences)];
  for (const device of ["gpu", "cpu"] as const) {
    const total = device === "gpu" ? blocks.config.numGpuBlocks : blocks.config.numCpuBlocks;
    const numUsed = used.filter((block) => block.device === device).length;
    must(blocks.numFree(device) + numUsed === total, "free and used make up the memory");
  }
  for (const block of used) {
    const holders = sequences.filter(({ blockTable }) => blockTable.includes(block));
    must(block.refCount === holders.length, "counts are the tables that hold a block");
  }
}

test("the blocks of vLLM v0 are free or counted by the tables that hold them, on both sides", () => {
  fc.assert(
    fc.property(v0Program, ({ ops, windowBlocks, ...config }) => {
      const slidingWindow =
        windowBlocks === undefined ? undefined : windowBlocks * config.blockSize;
      const blocks = new V0Blocks({ ...config, slidingWindow });
      const groups: V0Sequence[][] = [];
      for (const [op, number, count] of ops) {
        const group = pick(groups, number);
        const [first] = group ?? [];
        const onGpu = first?.blockTable[0]?.device === "gpu";
        if (op === 0) {
          const sequence: V0Sequence = { id: number, numTokens: count + 1, blockTable: [] };
          if (blocks.canAllocate(sequence.numTokens) === "ok") {
            blocks.allocate(sequence);
            groups.push([sequence]);
          }
        } else if (op === 1 && group && onGpu && blocks.canAppend(group.length)) {
          for (const sequence of group) {
            sequence.numTokens += 1;
            const written = blocks.append(sequence);
            const last = sequence.blockTable.at(-1)!;
            must(!written || written.to === last, "the copy is written");
            // A ring writes where older tokens were; otherwise nobody else may see the write.
            must(
              slidingWindow !== undefined || last.refCount === 1,
              "nobody shares what is written",
            );
          }
        } else if (op === 2 && group && first && onGpu && group.length < 4) {
          const child: V0Sequence = { id: number, numTokens: first.numTokens, blockTable: [] };
          blocks.fork(first, child);
          group.push(child);
        } else if (op === 3 && group) {
          const numShared = distinctBlocks(group).size;
          const goesOut = onGpu && blocks.canSwapOut(group);
          if (goesOut || (!onGpu && blocks.canSwapIn(group))) {
            const numMoved = blocks.swap(group, goesOut ? "cpu" : "gpu");
            must(numMoved === numShared, "each block moves once");
          }
          must(distinctBlocks(group).size === numShared, "what was shared stays shared");
        } else if (op === 4 && group) {
          for (const sequence of group) blocks.free(sequence);
          groups.splice(groups.indexOf(group), 1);
        }
        checkV0(blocks, groups.flat());
      }
      for (const sequence of groups.flat()) blocks.free(sequence);
      checkV0(blocks, []);
    }),
    RUNS,
  );
});

test("regions of buddy memory never overlap, and join again when all are given back", () => {
  const program = fc.record({
    capacity: fc.integer({ min: 1, max: 70 }),
    ops: fc.array(fc.tuple(fc.boolean(), fc.nat(40)), { maxLength: 30 }),
  });
  fc.assert(
    fc.property(program, ({ capacity, ops }) => {
      const memory = new BuddyMemory(capacity);
      const whole = memory.freeRegions();
      const held: Region[] = [];
      for (const [isAllocation, number] of ops) {
        const region = pick(held, number);
        if (isAllocation) {
          const fresh = memory.allocate(number);
          if (fresh) {
            must(fresh.size >= number, "the region is large enough");
            held.push(fresh);
          }
        } else if (region) {
          memory.release(region);
          held.splice(held.indexOf(region), 1);
        }
        const all = [...held, ...memory.freeRegions()].toSorted((a, b) => a.start - b.start);
        let end = 0;
        for (const { start, size } of all) {
          must(start === end, "regions follow one another");
          end += size;
        }
        must(end === capacity, "regions make up the memory");
        const numHeld = held.reduce((sum, { size }) => sum + size, 0);
        must(memory.numFree === capacity - numHeld, "what is not held is free");
      }
      for (const region of held) memory.release(region);
      mustEqual(memory.freeRegions(), whole, "all regions join again");
    }),
    RUNS,
  );
});

describe("a block's content", () => {
  test("is equal exactly where the whole prefix and the keys are", () => {
    const interner = new ChainInterner();
    const chains = (tokens: readonly number[], keys = {}) => {
      const content = new TokenContent(tokens, { interner, blockSize: 2, keys });
      return [content.chainOf(0), content.chainOf(1)];
    };
    expect(chains([1, 2, 3, 4])).toEqual(chains([1, 2, 3, 4]));
    expect(chains([9, 2, 3, 4])[1]).not.toBe(chains([1, 2, 3, 4])[1]);
    expect(chains([1, 2, 3, 4], { cacheSalt: "s" })[1]).not.toBe(chains([1, 2, 3, 4])[1]);
  });

  test("is asked for only when the block is full", () => {
    const content = new TokenContent([1, 2, 3], { interner: new ChainInterner(), blockSize: 2 });
    expect(() => content.chainOf(1)).toThrow("Block 1 is not full");
    content.append([4]);
    expect(content.chainOf(1)).not.toBe(NO_CHAIN);
  });

  test("listed in a trace, it is shared as listed and unlike any other after that", () => {
    let last = 100;
    const fresh = () => (last += 1);
    const [a, b] = [new ListedContent([7, 8], fresh), new ListedContent([7, 8], fresh)];
    expect(a.chainOf(1)).toBe(b.chainOf(1));
    expect(a.chainOf(2)).not.toBe(b.chainOf(2));
    expect(a.chainOf(2)).toBe(101);
  });
});
