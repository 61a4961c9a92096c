// The scheduler of nano-vllm: a step is all prefill or all decode, and prefill goes first.
import { ListedContent, NO_CHAIN, type ChainId } from "../paging/block-content.ts";
import { NanoBlocks, type NanoOwner } from "../paging/nano-blocks.ts";
import type {
  LiveRequest,
  MemoryUse,
  ModelOutput,
  Request,
  Scheduler,
  ServingConfig,
  Step,
} from "./scheduler.ts";
import { FCFS, type WaitingQueue } from "./waiting-queue.ts";

export interface NanoRequest extends LiveRequest, NanoOwner {
  numTokens: number;
  numComputedTokens: number;
  numOutputTokens: number;
  numPreemptions: number;
  isFinished: boolean;
}

export interface NanoStep extends Step<NanoRequest> {
  readonly isPrefill: boolean;
}

interface OpenStep {
  readonly scheduled: NanoRequest[];
  readonly numScheduledTokens: number[];
  readonly admitted: NanoRequest[];
  readonly preempted: NanoRequest[];
}

export class NanoScheduler implements Scheduler<NanoRequest> {
  readonly blocks: NanoBlocks;
  readonly config: ServingConfig;
  #running: NanoRequest[] = [];
  readonly #queue: WaitingQueue<NanoRequest> = FCFS.createQueue();
  readonly #live = new Map<string, NanoRequest>();
  #lastFreshChain = NO_CHAIN;

  constructor(config: ServingConfig) {
    this.config = config;
    this.blocks = new NanoBlocks(config.numBlocks, config.blockSize);
  }

  get running(): readonly NanoRequest[] {
    return this.#running;
  }

  get numWaiting(): number {
    return this.#queue.size;
  }

  waiting(): readonly NanoRequest[] {
    return this.#queue.toArray();
  }

  /** @throws RangeError if a request of this id is in the system. */
  add(request: Request): void {
    if (this.#live.has(request.id))
      throw new RangeError(`There is a request ${request.id} already.`);
    const live = {
      request,
      content: request.content ?? new ListedContent([], this.#freshChain),
      numTokens: request.numPromptTokens,
      numComputedTokens: 0,
      numOutputTokens: 0,
      numPreemptions: 0,
      isFinished: false,
      blockTable: [],
    };
    this.#live.set(request.id, live);
    this.#queue.add(live);
  }

  /** nano-vllm itself cannot abort; here for a common interface. */
  abort(id: string): void {
    const live = this.#live.get(id);
    if (!live) return;
    this.#running = this.#running.filter((other) => other !== live);
    this.#queue.remove(live);
    this.#end(live);
  }

  schedule(): NanoStep {
    const step: OpenStep = { scheduled: [], numScheduledTokens: [], admitted: [], preempted: [] };
    this.#schedulePrefill(step);
    const isPrefill = step.scheduled.length > 0;
    if (!isPrefill) this.#scheduleDecode(step);
    return {
      ...step,
      numDraftTokens: step.scheduled.map(() => 0),
      numPaddingTokens: 0,
      rejected: [],
      isPrefill,
    };
  }

  complete(step: Step<NanoRequest>, output: ModelOutput<NanoRequest>): readonly NanoRequest[] {
    const finished: NanoRequest[] = [];
    const { scheduled, numScheduledTokens } = step;
    for (let index = 0; index < scheduled.length; index++) {
      const live = scheduled[index];
      if (!live || live.isFinished) continue;
      const numNew = numScheduledTokens[index] ?? 0;
      this.blocks.register(live, numNew);
      live.numComputedTokens += numNew;
      const isComplete = live.numComputedTokens >= live.numTokens;
      if (!isComplete || output.numSampled(live) === 0) continue;
      const numUntilStop = output.numUntilStop(live);
      live.numTokens += 1;
      live.numOutputTokens += 1;
      if (numUntilStop > 1 && live.numOutputTokens < live.request.maxTokens) continue;
      finished.push(live);
      this.#end(live);
    }
    if (finished.length > 0) this.#running = this.#running.filter((live) => !live.isFinished);
    return finished;
  }

  memory(): MemoryUse {
    const { blocks } = this;
    const capacity = blocks.numBlocks * blocks.blockSize;
    const free = blocks.numFree * blocks.blockSize;
    let internal = 0;
    for (const { blockTable, numComputedTokens } of this.#running) {
      internal += Math.max(0, blockTable.length * blocks.blockSize - numComputedTokens);
    }
    return {
      capacity,
      stored: capacity - free - internal,
      reserved: 0,
      internal,
      free,
      external: 0,
    };
  }

  /** Whole prompts while they fit in the budget; only the first of a step may be cut. */
  #schedulePrefill(step: OpenStep): void {
    let budget = this.config.maxNumBatchedTokens;
    while (budget > 0 && step.scheduled.length < this.config.maxNumSeqs) {
      const live = this.#queue.peek();
      if (!live) return;
      const isStarted = live.blockTable.length > 0;
      const hits = isStarted ? [] : this.blocks.findHits(live);
      if (!hits) return;
      const numCached = isStarted ? live.numComputedTokens : hits.length * this.blocks.blockSize;
      const wanted = live.numTokens - numCached;
      if (wanted > budget && step.scheduled.length > 0) return;
      if (!isStarted) this.blocks.allocate(live, hits);
      const numNew = Math.min(wanted, budget);
      if (numNew === wanted) {
        this.#queue.take();
        this.#running.push(live);
        step.admitted.push(live);
      }
      step.scheduled.push(live);
      step.numScheduledTokens.push(numNew);
      budget -= numNew;
    }
  }

  /** One token each, first come first; when blocks run out the last of the list is preempted. */
  #scheduleDecode(step: OpenStep): void {
    const running = this.#running;
    let next = 0;
    while (next < running.length && step.scheduled.length < this.config.maxNumSeqs) {
      const live = running[next];
      if (!live) break;
      next += 1;
      while (!this.blocks.canAppend(live)) {
        const victim: NanoRequest = (running.length > next ? running.pop() : undefined) ?? live;
        this.#preempt(victim, step);
        if (victim === live) break;
      }
      if (live.blockTable.length === 0) continue;
      this.blocks.append(live);
      step.scheduled.push(live);
      step.numScheduledTokens.push(1);
    }
    this.#running = [...step.scheduled, ...running.slice(next)];
  }

  #preempt(victim: NanoRequest, step: OpenStep): void {
    this.blocks.free(victim);
    victim.numPreemptions += 1;
    this.#queue.putBack(victim);
    step.preempted.push(victim);
  }

  #end(live: NanoRequest): void {
    live.isFinished = true;
    this.blocks.free(live);
    this.#live.delete(live.request.id);
  }

  /** Content unlike any other, for requests that say nothing of theirs. */
  readonly #freshChain = (): ChainId => {
    this.#lastFreshChain -= 1;
    return this.#lastFreshChain;
  };
}
