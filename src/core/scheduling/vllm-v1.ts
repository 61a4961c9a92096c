// The scheduler of vLLM V1 (May 2026). There is no prefill phase and no decode phase: each request has tokens computed
// and tokens to compute, and a step lets it catch up. Preemption is by recomputation; there is no swap.
import { ListedContent, NO_CHAIN, type ChainId } from "../paging/block-content.ts";
import { PagedCache, type BlockOwner } from "../paging/paged-cache.ts";
import type {
  LiveRequest,
  MemoryUse,
  ModelOutput,
  Request,
  Scheduler,
  ServingConfig,
  Step,
} from "./scheduler.ts";
import type { QueueOrder, WaitingQueue } from "./waiting-queue.ts";

export interface V1Config extends ServingConfig {
  readonly order: QueueOrder;
  /** Whether a prompt may be computed in parts. Default true. */
  readonly enableChunkedPrefill?: boolean;
  /** Most tokens of one request in one step; 0 for no limit. */
  readonly longPrefillTokenThreshold?: number;
  /** Admit a request only if all of its tokens fit now. Default true. */
  readonly reserveFullIsl?: boolean;
  /** Slots kept beyond the tokens of a running request: drafts a step for EAGLE, 0 otherwise. */
  readonly numLookaheadTokens?: number;
  /** EAGLE computes the last block of a hit again. */
  readonly usesEagle?: boolean;
  /** Tokens that a query sees; absent for full attention. */
  readonly slidingWindow?: number;
}

/** A request in the V1 scheduler. The scheduler alone writes it. */
export interface V1Request extends LiveRequest, BlockOwner {
  numTokens: number;
  numComputedTokens: number;
  numOutputTokens: number;
  numPreemptions: number;
  /** Drafts to verify in the next step. */
  numDrafts: number;
  /** Whether the step that ended last computed only a part of its prompt. */
  isPrefillChunk: boolean;
  /** The step that it was last chosen for, and the tokens it had in it. */
  lastStep: number;
  numScheduled: number;
  isFinished: boolean;
}

export interface V1Step extends Step<V1Request> {
  readonly scheduled: V1Request[];
  readonly numScheduledTokens: number[];
  readonly numDraftTokens: number[];
  readonly admitted: V1Request[];
  readonly preempted: V1Request[];
  /** Of the admitted, those that were preempted before. */
  readonly resumed: V1Request[];
  /** For each admitted request, the tokens it found in the cache. */
  readonly numHitTokens: number[];
}

/** Prefix-cache lookups, in tokens. */
export interface LookupStats {
  numRequests: number;
  numQueriedTokens: number;
  numHitTokens: number;
}

export class V1Scheduler implements Scheduler<V1Request> {
  readonly cache: PagedCache;
  readonly running: V1Request[] = [];
  readonly config: V1Config;
  /** Lookups of requests that were never preempted, and of those that were. */
  readonly lookups = { first: noLookups(), preempted: noLookups() };
  readonly #queue: WaitingQueue<V1Request>;
  readonly #live = new Map<string, V1Request>();
  #lastFreshChain = NO_CHAIN;
  /** Counts the calls of schedule(). */
  #step = 0;
  /** Empty slots of the blocks of those scheduled; with nobody else running, of all blocks in use. */
  #numEmptySlots = 0;
  /** Whether it still holds. */
  #isEmptyKnown = false;

  constructor(config: V1Config) {
    this.config = config;
    this.cache = new PagedCache({
      blockSize: config.blockSize,
      numBlocks: config.numBlocks,
      isCaching: config.enablePrefixCaching ?? true,
      usesEagle: config.usesEagle ?? false,
      slidingWindow: config.slidingWindow,
      maxModelLen: config.maxModelLen,
      maxNumBatchedTokens: config.maxNumBatchedTokens,
    });
    this.#queue = config.order.createQueue();
  }

  get numWaiting(): number {
    return this.#queue.size;
  }

  waiting(): readonly V1Request[] {
    return this.#queue.toArray();
  }

  /** @throws RangeError if a request of this id is in the system. */
  add(request: Request): void {
    if (this.#live.has(request.id))
      throw new RangeError(`There is a request ${request.id} already.`);
    const live = this.#createLive(request);
    this.#live.set(request.id, live);
    this.#queue.add(live);
  }

  abort(id: string): void {
    const live = this.#live.get(id);
    if (!live) return;
    this.#isEmptyKnown = false;
    const place = this.running.indexOf(live);
    if (place >= 0) this.running.splice(place, 1);
    else this.#queue.remove(live);
    this.#end(live);
  }

  /** The live request of an id; undefined if it has ended. */
  find(id: string): V1Request | undefined {
    return this.#live.get(id);
  }

  /** Drafts for the next step. Those for a prompt that is not complete are dropped. */
  setDrafts(live: V1Request, numDrafts: number): void {
    if (!live.isFinished) live.numDrafts = live.isPrefillChunk ? 0 : numDrafts;
  }

  schedule(): V1Step {
    const step = emptyStep();
    this.#step += 1;
    this.#numEmptySlots = 0;
    const budget = this.#scheduleRunning(step);
    if (step.preempted.length === 0) this.#scheduleWaiting(step, budget);
    this.#isEmptyKnown =
      step.preempted.length === 0 && step.scheduled.length === this.running.length;
    return step;
  }

  complete(step: Step<V1Request>, output: ModelOutput<V1Request>): readonly V1Request[] {
    const finished: V1Request[] = [];
    this.#isEmptyKnown = false;
    for (let index = 0; index < step.scheduled.length; index++) {
      const live = step.scheduled[index];
      if (!live || live.isFinished) continue;
      live.isPrefillChunk = live.numComputedTokens < live.numTokens;
      if (live.isPrefillChunk) continue;
      const numSampled = output.numSampled(live);
      if (numSampled === 0) continue;
      const numDrafts = step.numDraftTokens[index] ?? 0;
      if (numDrafts > 0) live.numComputedTokens -= numDrafts - (numSampled - 1);
      if (this.#append(live, numSampled, output.numUntilStop(live))) finished.push(live);
    }
    if (finished.length > 0) this.#removeFinished();
    return finished;
  }

  memory(): MemoryUse {
    const { pool, config } = this.cache;
    const capacity = (config.numBlocks - 1) * config.blockSize;
    const free = pool.numFree * config.blockSize;
    const internal = this.#isEmptyKnown
      ? this.#numEmptySlots
      : this.running.reduce((sum, live) => sum + this.#numEmptyOf(live), 0);
    const stored = capacity - free - internal;
    return { capacity, stored, reserved: 0, internal, external: 0, free };
  }

  /** Drafts that may be rejected are counted as stored until the step ends. */
  #numEmptyOf({ blockTable, numComputedTokens }: V1Request): number {
    return Math.max(0, blockTable.length * this.config.blockSize - numComputedTokens);
  }

  /** @returns the tokens left of the budget. */
  #scheduleRunning(step: V1Step): number {
    const { running, config } = this;
    const numLookahead = config.numLookaheadTokens ?? 0;
    let budget = config.maxNumBatchedTokens;
    for (let index = 0; index < running.length && budget > 0; index++) {
      const live = running[index];
      if (!live) break;
      const wanted = live.numTokens + live.numDrafts - live.numComputedTokens;
      const numNew = Math.min(
        this.#underThreshold(wanted),
        budget,
        config.maxModelLen - 1 - live.numComputedTokens,
      );
      if (numNew <= 0) continue;
      let isAllocated = this.cache.extend(live, numNew, numLookahead) !== undefined;
      while (!isAllocated) {
        const victim = this.#preempt(step);
        if (victim === live) break;
        if (victim.lastStep === this.#step) {
          budget += unschedule(step, victim);
          index -= 1;
        }
        isAllocated = this.cache.extend(live, numNew, numLookahead) !== undefined;
      }
      if (!isAllocated) break;
      this.#addTo(step, live, numNew);
      budget -= numNew;
    }
    return budget;
  }

  #scheduleWaiting(step: V1Step, budgetLeft: number): void {
    const { running, config } = this;
    let budget = budgetLeft;
    while (budget > 0 && running.length < config.maxNumSeqs) {
      const live = this.#queue.peek();
      if (!live) return;
      const hits = this.#lookUp(live);
      const numHitTokens = hits.length * config.blockSize;
      const wanted = this.#underThreshold(live.numTokens - numHitTokens);
      if (config.enableChunkedPrefill === false && wanted > budget) return;
      const numNew = Math.min(wanted, budget);
      const taken = this.cache.admit(
        live,
        { hits, numNew },
        { numLookaheadTokens: 0, mustFit: config.reserveFullIsl ?? true },
      );
      // The first in the queue does not fit: nobody behind it may overtake.
      if (!taken) return;
      this.#queue.take();
      running.push(live);
      live.numComputedTokens = numHitTokens;
      step.admitted.push(live);
      step.numHitTokens.push(numHitTokens);
      if (live.numPreemptions > 0) step.resumed.push(live);
      this.#addTo(step, live, numNew);
      budget -= numNew;
    }
  }

  #addTo(step: V1Step, live: V1Request, numNew: number): void {
    live.lastStep = this.#step;
    live.numScheduled = numNew;
    live.numComputedTokens += numNew;
    live.numDrafts = 0;
    step.scheduled.push(live);
    step.numScheduledTokens.push(numNew);
    step.numDraftTokens.push(Math.max(0, live.numComputedTokens - live.numTokens));
    this.#numEmptySlots += this.#numEmptyOf(live);
  }

  #underThreshold(numTokens: number): number {
    const threshold = this.config.longPrefillTokenThreshold ?? 0;
    return threshold > 0 ? Math.min(numTokens, threshold) : numTokens;
  }

  #lookUp(live: V1Request): readonly number[] {
    const hits = this.cache.findHits(live);
    if (this.cache.config.isCaching) {
      const counted = live.numPreemptions > 0 ? this.lookups.preempted : this.lookups.first;
      counted.numRequests += 1;
      counted.numQueriedTokens += live.numTokens;
      counted.numHitTokens += hits.length * this.config.blockSize;
    }
    return hits;
  }

  #preempt(step: V1Step): V1Request {
    const [victim] = this.running.splice(this.config.order.victimIndex(this.running), 1);
    if (!victim) throw new RangeError("Nobody runs, so nobody can be preempted.");
    this.cache.freeForNow(victim);
    victim.numComputedTokens = 0;
    victim.numDrafts = 0;
    victim.numPreemptions += 1;
    this.#queue.putBack(victim);
    step.preempted.push(victim);
    return victim;
  }

  /** Appends what was sampled, up to the request's end; says whether it ended. */
  #append(live: V1Request, numSampled: number, numUntilStop: number): boolean {
    const numLeft = Math.min(
      this.config.maxModelLen - live.numTokens,
      live.request.maxTokens - live.numOutputTokens,
    );
    // Lengths are checked after a token is appended, so one always is.
    const numKept = Math.min(numSampled, numUntilStop, Math.max(1, numLeft));
    live.numTokens += numKept;
    live.numOutputTokens += numKept;
    const hasEnded = numKept >= numLeft || numKept === numUntilStop;
    if (hasEnded) this.#end(live);
    return hasEnded;
  }

  #end(live: V1Request): void {
    live.isFinished = true;
    this.cache.free(live);
    this.#live.delete(live.request.id);
  }

  #removeFinished(): void {
    const { running } = this;
    let numKept = 0;
    for (const live of running) {
      if (live.isFinished) continue;
      running[numKept] = live;
      numKept += 1;
    }
    running.length = numKept;
  }

  /** Content unlike any other: requests that say nothing of theirs share nothing, but hit on their own old blocks. */
  readonly #freshChain = (): ChainId => {
    this.#lastFreshChain -= 1;
    return this.#lastFreshChain;
  };

  #createLive(request: Request): V1Request {
    return {
      request,
      content: request.content ?? new ListedContent([], this.#freshChain),
      numTokens: request.numPromptTokens,
      numComputedTokens: 0,
      numOutputTokens: 0,
      numPreemptions: 0,
      numDrafts: 0,
      isPrefillChunk: false,
      lastStep: 0,
      numScheduled: 0,
      isFinished: false,
      blockTable: [],
      numRegisteredBlocks: 0,
    };
  }
}

function noLookups(): LookupStats {
  return { numRequests: 0, numQueriedTokens: 0, numHitTokens: 0 };
}

function emptyStep(): V1Step {
  return {
    scheduled: [],
    numScheduledTokens: [],
    numDraftTokens: [],
    admitted: [],
    preempted: [],
    rejected: [],
    numPaddingTokens: 0,
    resumed: [],
    numHitTokens: [],
  };
}

/** Takes a preempted request out of the step; returns the tokens it gives back to the budget. */
function unschedule(step: V1Step, victim: V1Request): number {
  const place = step.scheduled.indexOf(victim);
  step.scheduled.splice(place, 1);
  step.numScheduledTokens.splice(place, 1);
  step.numDraftTokens.splice(place, 1);
  return victim.numScheduled;
}
