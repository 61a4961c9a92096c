// What must hold in every step of every policy, on a thousand random workloads each.
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { ChainInterner, TokenContent } from "../paging/block-content.ts";
import { NULL_BLOCK } from "../paging/block-pool.ts";
import { distinctBlocks } from "../paging/v0-blocks.ts";
import { createRandom } from "../statistics/random.ts";
import { seconds } from "../units/units.ts";
import { NanoScheduler } from "./nano-vllm.ts";
import { policies } from "./policies.ts";
import { ReservingScheduler } from "./reserving.ts";
import {
  ONE_TOKEN_EACH,
  type LiveRequest,
  type Request,
  type Scheduler,
  type ServingConfig,
  type Step,
} from "./scheduler.ts";
import { SwapSpaceExhausted, V0Scheduler } from "./vllm-v0.ts";
import { V1Scheduler, type V1Request, type V1Step } from "./vllm-v1.ts";
import { FCFS, PRIORITY } from "./waiting-queue.ts";

const RUNS = { numRuns: 1000 };
vi.setConfig({ testTimeout: 60_000 });
/** Far above what any of these workloads needs; reached only by a scheduler that makes no progress. */
const MAX_STEPS = 2000;

/** As expect, at a thousandth of its price: these are checked millions of times. */
function must(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`Not so: ${what}.`);
}

const workload = fc.record({
  blockSize: fc.integer({ min: 1, max: 4 }),
  /** Beyond what one request of the longest length needs. */
  spareBlocks: fc.nat(6),
  maxNumSeqs: fc.integer({ min: 1, max: 4 }),
  maxNumBatchedTokens: fc.integer({ min: 16, max: 40 }),
  seed: fc.nat(),
  requests: fc.array(
    fc.record({
      prompt: fc.integer({ min: 1, max: 12 }),
      output: fc.integer({ min: 1, max: 8 }),
      wait: fc.nat(3),
      priority: fc.nat(2),
      numSamples: fc.integer({ min: 1, max: 3 }),
      aborts: fc.option(fc.nat(6), { nil: undefined, freq: 6 }),
    }),
    { maxLength: 8 },
  ),
});

type Workload = typeof workload extends fc.Arbitrary<infer Value> ? Value : never;

const MAX_MODEL_LEN = 24;

function configOf(
  { blockSize, spareBlocks, ...limits }: Workload,
  longest = MAX_MODEL_LEN,
): ServingConfig {
  // One block more than the longest request needs: the null block.
  const numBlocks = Math.ceil(longest / blockSize) + 1 + spareBlocks;
  const { maxNumSeqs, maxNumBatchedTokens } = limits;
  return { blockSize, numBlocks, maxNumSeqs, maxNumBatchedTokens, maxModelLen: MAX_MODEL_LEN };
}

interface RunHooks {
  /** Called after every schedule. */
  readonly check: (step: Step) => void;
  /** Number of samples a request may ask for. */
  readonly maxSamples: number;
}

/** Runs a workload to its end; returns every decision, and the requests that ended by themselves. */
function run(scheduler: Scheduler, { requests, seed, blockSize }: Workload, hooks: RunHooks) {
  const random = createRandom(seed);
  const interner = new ChainInterner();
  const log: unknown[] = [];
  const finished: LiveRequest[] = [];
  const pending = requests.map((spec, index): [Request, (typeof requests)[number]] => {
    const tokens = Array.from({ length: spec.prompt }, () => Math.floor(random() * 1.3));
    // Output follows at once, so that the content knows every token that the scheduler may count.
    const all = [
      ...tokens,
      ...Array.from({ length: spec.output }, () => Math.floor(random() * 1.3)),
    ];
    const request = {
      id: `r${index}`,
      numPromptTokens: spec.prompt,
      maxTokens: spec.output + 1,
      numOutputTokens: spec.output,
      priority: spec.priority,
      arrival: seconds(index),
      numSamples: Math.min(hooks.maxSamples, spec.numSamples),
      content: new TokenContent(all, { interner, blockSize }),
    };
    return [request, spec];
  });
  const age = new Map<string, number>();
  for (
    let count = 0;
    pending.length + scheduler.running.length + scheduler.numWaiting > 0;
    count++
  ) {
    must(count < MAX_STEPS, "the workload ends");
    const next = pending[0];
    if (next && (next[1].wait === 0 || count % (next[1].wait + 1) === 0)) {
      scheduler.add(next[0]);
      age.set(next[0].id, count);
      pending.shift();
    }
    for (const [index, { aborts }] of requests.entries()) {
      const born = age.get(`r${index}`);
      if (born !== undefined && aborts === count - born) scheduler.abort(`r${index}`);
    }
    const step = scheduler.schedule();
    hooks.check(step);
    const { capacity, ...parts } = scheduler.memory();
    const slots = Object.values(parts);
    must(slots.reduce((sum, part) => sum + part, 0) === capacity, "the parts of memory sum up");
    must(Math.min(...slots) >= 0, "no part of memory is negative");
    must(step.rejected.length === 0, "every request fits");
    const ended = scheduler.complete(step, ONE_TOKEN_EACH);
    finished.push(...ended);
    log.push(
      step.scheduled.map(({ request }, index) => [request.id, step.numScheduledTokens[index]]),
      step.preempted.map(({ request }) => request.id),
      ended.map(({ request }) => request.id),
    );
  }
  const { stored, reserved, internal } = scheduler.memory();
  must(stored + reserved + internal === 0, "all memory is given back");
  return { log, finished };
}

function checkLimits(step: Step, { maxNumSeqs, maxNumBatchedTokens }: ServingConfig): void {
  must(step.scheduled.length <= maxNumSeqs, "no more requests than may run");
  const numTokens = step.numScheduledTokens.reduce((sum, tokens) => sum + tokens, 0);
  must(numTokens <= maxNumBatchedTokens, "no more tokens than the budget");
  must(
    step.numScheduledTokens.every((tokens) => tokens > 0),
    "everyone scheduled has tokens",
  );
  must(new Set(step.scheduled).size === step.scheduled.length, "nobody is scheduled twice");
}

/** Free blocks, referenced blocks and the total; nothing in two roles; counts equal table references. */
function checkBlocks(
  blocks: { freeBlocks: () => number[]; refCountOf: (block: number) => number },
  { tables, total }: { readonly tables: readonly (readonly number[])[]; readonly total: number },
): void {
  const references = new Map<number, number>();
  for (const block of tables.flat()) references.set(block, (references.get(block) ?? 0) + 1);
  const free = blocks.freeBlocks();
  must(new Set(free).size === free.length, "no block is free twice");
  must(free.length + references.size === total, "free and used make up the pool");
  for (const block of free) must(blocks.refCountOf(block) === 0, "free blocks have no reference");
  for (const [block, count] of references) {
    must(blocks.refCountOf(block) === count, "counts are table references");
  }
}

function checkV1(scheduler: V1Scheduler): void {
  const tables = scheduler.running.map(({ blockTable }) => blockTable);
  must(!tables.flat().includes(NULL_BLOCK), "the null block is not handed out");
  checkBlocks(scheduler.cache.pool, { tables, total: scheduler.config.numBlocks - 1 });
  must(
    scheduler.waiting().every(({ blockTable }) => blockTable.length === 0),
    "who waits holds nothing",
  );
}

/** Held and free regions lie side by side without gap or overlap. */
function checkRegions(scheduler: ReservingScheduler, capacity: number): void {
  const held = scheduler.holders().map(({ region, numReserved }) => {
    must(region !== undefined && region.size >= numReserved, "a holder has what it reserved");
    return region!;
  });
  const regions = [...held, ...scheduler.freeRegions()].toSorted((a, b) => a.start - b.start);
  let end = 0;
  for (const { start, size } of regions) {
    must(start === end, "no slot is lost or lent twice");
    end += size;
  }
  must(end === capacity, "free and used make up the memory");
}

/** Requests that were not aborted end with all of their output. */
function checkOutput({ requests }: Workload, finished: readonly LiveRequest[]): void {
  const ids = finished.map(({ request }) => request.id);
  must(new Set(ids).size === ids.length, "nobody ends twice");
  for (const { request, numOutputTokens, numTokens } of finished) {
    must(numOutputTokens === request.numOutputTokens, "tokens out are tokens asked for");
    must(numTokens === request.numPromptTokens + numOutputTokens, "tokens in and out add up");
  }
  for (const [index, { aborts }] of requests.entries()) {
    must(aborts !== undefined || ids.includes(`r${index}`), "who is not aborted is served");
  }
}

describe.each(policies.map((policy) => [policy.id, policy] as const))("%s", (_, policy) => {
  test("stays within its limits, serves everyone and leaks nothing", () => {
    fc.assert(
      fc.property(workload, (load) => {
        // A contiguous region is a power of two: 32 slots for 24 tokens.
        const isContiguous = /^(static|orca)/.test(policy.id);
        const limits = configOf(load, isContiguous ? 32 : MAX_MODEL_LEN);
        // v0 refuses a request that it must recompute if it has outgrown the budget of one step.
        const minBudget = policy.id === "vllm-v0" ? MAX_MODEL_LEN : 0;
        const maxNumBatchedTokens = Math.max(limits.maxNumBatchedTokens, minBudget);
        const config = { ...limits, maxNumBatchedTokens };
        const scheduler = policy.createScheduler(config);
        const check = (step: Step): void => {
          checkLimits(step, config);
          if (scheduler instanceof V1Scheduler) checkV1(scheduler);
          if (scheduler instanceof ReservingScheduler) {
            checkRegions(scheduler, config.numBlocks * config.blockSize);
          }
          if (scheduler instanceof NanoScheduler) {
            const tables = [...scheduler.running, ...scheduler.waiting()].map((r) => r.blockTable);
            checkBlocks(scheduler.blocks, { tables, total: config.numBlocks });
          }
        };
        const { log, finished } = run(scheduler, load, { check, maxSamples: 1 });
        checkOutput(load, finished);
        const again = run(policy.createScheduler(config), load, { check: () => {}, maxSamples: 1 });
        must(JSON.stringify(again.log) === JSON.stringify(log), "the same seed gives the same");
      }),
      RUNS,
    );
  });
});

test("v0 shares blocks between samples, swaps them out and in, and loses none", () => {
  let [numSwaps, numCopies] = [0, 0];
  fc.assert(
    fc.property(workload, (load) => {
      const config = {
        ...configOf(load),
        maxNumSeqs: load.maxNumSeqs + 2,
        maxNumBatchedTokens: load.maxNumBatchedTokens + MAX_MODEL_LEN,
        numCpuBlocks: 40,
      };
      const scheduler = new V0Scheduler(config);
      const check = (): void => {
        const samples = [...scheduler.running, ...scheduler.swapped].flatMap((r) => r.samples);
        const used = [...distinctBlocks(samples)];
        const onGpu = used.filter(({ device }) => device === "gpu").length;
        const { blocks } = scheduler;
        must(blocks.numFree("gpu") + onGpu === config.numBlocks, "no GPU block is lost");
        must(blocks.numFree("cpu") + used.length - onGpu === 40, "no CPU block is lost");
        for (const block of used) {
          const holders = samples.filter(({ blockTable }) => blockTable.includes(block));
          must(block.refCount === holders.length, "counts are the tables that hold a block");
        }
      };
      // Swapping in asks for a block more a sample; a request that is alone and cannot have it waits for ever.
      const fits = load.requests.every(({ prompt, output, numSamples }) => {
        const numBlocks = Math.ceil((prompt + output + 1) / config.blockSize) + 1;
        return numBlocks * numSamples <= config.numBlocks;
      });
      fc.pre(fits);
      const spied = {
        ...load,
        requests: load.requests.map((spec) => ({ ...spec, aborts: undefined })),
      };
      const step = scheduler.schedule.bind(scheduler);
      scheduler.schedule = () => {
        const chosen = step();
        numSwaps += chosen.numBlocksSwappedIn;
        numCopies += chosen.numBlocksCopied;
        return chosen;
      };
      const { finished } = run(scheduler, spied, { check, maxSamples: 3 });
      checkOutput(spied, finished);
    }),
    RUNS,
  );
  expect(numSwaps).toBeGreaterThan(0);
  expect(numCopies).toBeGreaterThan(0);
});

test("v0 says so when the CPU's memory cannot take what must go", () => {
  const scheduler = new V0Scheduler({
    blockSize: 1,
    numBlocks: 6,
    numCpuBlocks: 0,
    maxNumSeqs: 4,
    maxNumBatchedTokens: 8,
    maxModelLen: 20,
  });
  scheduler.add({
    id: "a",
    numPromptTokens: 2,
    maxTokens: 9,
    numSamples: 2,
    arrival: seconds(0),
  });
  expect(() => {
    for (let step = 0; step < 9; step++) scheduler.complete(scheduler.schedule(), ONE_TOKEN_EACH);
  }).toThrow(SwapSpaceExhausted);
});

const v1Options = fc.record({
  enableChunkedPrefill: fc.boolean(),
  longPrefillTokenThreshold: fc.nat(6),
  reserveFullIsl: fc.boolean(),
  enablePrefixCaching: fc.boolean(),
  isPriority: fc.boolean(),
  numDrafts: fc.nat(3),
  usesEagle: fc.boolean(),
  slidingWindow: fc.option(fc.integer({ min: 2, max: 9 }), { nil: undefined }),
});

test("V1 with drafts, windows and every option counts each token once and leaks nothing", () => {
  fc.assert(
    fc.property(
      workload,
      v1Options,
      (load, { numDrafts, slidingWindow, isPriority, ...options }) => {
        const config = configOf(load);
        const scheduler = new V1Scheduler({
          ...config,
          ...options,
          order: isPriority ? PRIORITY : FCFS,
          numLookaheadTokens: options.usesEagle ? numDrafts : 0,
          ...(slidingWindow === undefined ? {} : { slidingWindow }),
        });
        const random = createRandom(load.seed);
        for (const [index, { prompt, output, priority }] of load.requests.entries()) {
          scheduler.add({
            id: `r${index}`,
            numPromptTokens: prompt,
            maxTokens: output,
            priority,
            arrival: seconds(index),
          });
        }
        let numFinished = 0;
        for (let count = 0; scheduler.running.length + scheduler.numWaiting > 0; count++) {
          must(count < MAX_STEPS, "the workload ends");
          const step: V1Step = scheduler.schedule();
          checkLimits(step, config);
          const accepted = new Map<V1Request, number>();
          for (const [index, live] of step.scheduled.entries()) {
            accepted.set(live, Math.floor(random() * (step.numDraftTokens[index]! + 1)));
          }
          const ended = scheduler.complete(step, {
            numSampled: (live) => accepted.get(live)! + 1,
            numUntilStop: () => Infinity,
          });
          for (const live of ended) {
            const limit = MAX_MODEL_LEN - live.request.numPromptTokens;
            const numWanted = Math.min(live.request.maxTokens, limit);
            must(live.numOutputTokens === numWanted, "tokens out are tokens asked for");
          }
          numFinished += ended.length;
          for (const live of scheduler.running) {
            // A step leaves one token to compute, or the rest of a prompt.
            must(live.numComputedTokens < live.numTokens, "there is something left to compute");
            scheduler.setDrafts(live, numDrafts);
          }
          const { pool } = scheduler.cache;
          const tables = scheduler.running.map((r) => r.blockTable.filter((b) => b !== NULL_BLOCK));
          checkBlocks(pool, { tables, total: config.numBlocks - 1 });
        }
        must(numFinished === load.requests.length, "everyone is served");
        must(scheduler.cache.pool.usage === 0, "all blocks are given back");
      },
    ),
    RUNS,
  );
});
