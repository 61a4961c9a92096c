// The scheduler of the PagedAttention paper (SOSP 2023), as in vLLM v0.2.7: a step is all prompts or all decode; a
// request may hold several samples, which share blocks until one writes; who must give way is recomputed or swapped.
import { V0Blocks, distinctBlocks, type V0Block, type V0Sequence } from "../paging/v0-blocks.ts";
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

export interface V0Config extends ServingConfig {
  /** Share of the GPU's blocks kept free when prompts start. Default 0.01. */
  readonly watermark?: number;
  /** Default: as many as on the GPU. */
  readonly numCpuBlocks?: number;
  /** Most tokens of padding in a prompt step, whose prompts are all made as long as the longest. Default: no limit. */
  readonly maxPaddings?: number;
}

type V0Status = "waiting" | "running" | "swapped" | "finished";

export interface V0Sample extends V0Sequence {
  status: V0Status;
}

/** A request and its samples: a sequence group in vLLM's words. */
export interface V0Request extends LiveRequest {
  /** Of the longest sample. */
  numTokens: number;
  numComputedTokens: number;
  numOutputTokens: number;
  numPreemptions: number;
  readonly samples: V0Sample[];
}

export interface V0Step extends Step<V0Request> {
  readonly isPrompt: boolean;
  /** Prompts of the step times the longest of them; in a decode step, running samples. */
  readonly numBatchedTokens: number;
  /** Of the preempted, those whose blocks went to the CPU's memory. */
  readonly swappedOut: readonly V0Request[];
  readonly numBlocksSwappedIn: number;
  readonly numBlocksSwappedOut: number;
  readonly numBlocksCopied: number;
}

interface Changes {
  readonly scheduled: V0Request[];
  readonly admitted: V0Request[];
  readonly preempted: V0Request[];
  readonly swappedOut: V0Request[];
  readonly rejected: V0Request[];
  numBlocksSwappedIn: number;
  numBlocksSwappedOut: number;
  numBlocksCopied: number;
}

/** The prompts of a step so far, in tokens. */
interface PromptBatch {
  readonly lengths: number[];
  longest: number;
  numTokens: number;
}

/** A victim with several samples must be swapped out and the CPU's memory is full; vLLM v0 stopped the engine here. */
export class SwapSpaceExhausted extends RangeError {
  override readonly name = "SwapSpaceExhausted";
}

const DEFAULT_WATERMARK = 0.01;

export class V0Scheduler implements Scheduler<V0Request> {
  readonly blocks: V0Blocks;
  readonly config: V0Config;
  readonly #queue: WaitingQueue<V0Request> = FCFS.createQueue();
  #running: V0Request[] = [];
  #swapped: V0Request[] = [];
  #nextSample = 0;

  constructor(config: V0Config) {
    this.config = config;
    this.blocks = new V0Blocks({
      blockSize: config.blockSize,
      numGpuBlocks: config.numBlocks,
      numCpuBlocks: config.numCpuBlocks ?? config.numBlocks,
      watermarkBlocks: Math.floor((config.watermark ?? DEFAULT_WATERMARK) * config.numBlocks),
    });
  }

  get running(): readonly V0Request[] {
    return this.#running;
  }

  get swapped(): readonly V0Request[] {
    return this.#swapped;
  }

  get numWaiting(): number {
    return this.#queue.size + this.#swapped.length;
  }

  /** The swapped come back before anyone starts. */
  waiting(): readonly V0Request[] {
    return [...this.#swapped, ...this.#queue.toArray()];
  }

  /** Those that wait without blocks. */
  queued(): readonly V0Request[] {
    return this.#queue.toArray();
  }

  /** @param sampleId - the number of its first sample; default: the next one. */
  add(request: Request, sampleId = this.#nextSample): void {
    const sample = this.#createSample(sampleId, request.numPromptTokens);
    this.#queue.add({
      request,
      samples: [sample],
      numTokens: request.numPromptTokens,
      numComputedTokens: 0,
      numOutputTokens: 0,
      numPreemptions: 0,
    });
  }

  abort(id: string): void {
    const live = [...this.#running, ...this.waiting()].find(({ request }) => request.id === id);
    if (!live) return;
    for (const sample of live.samples) this.#end(sample);
    this.#queue.remove(live);
    this.#running = this.#running.filter((other) => other !== live);
    this.#swapped = this.#swapped.filter((other) => other !== live);
  }

  /** @throws SwapSpaceExhausted if a request must be swapped out and cannot be. */
  schedule(): V0Step {
    const changes = noChanges();
    if (this.#swapped.length === 0) {
      const lengths = this.#schedulePrompts(changes);
      if (lengths.length + changes.rejected.length > 0) {
        const numBatchedTokens = lengths.length * lengths.reduce((a, b) => Math.max(a, b), 0);
        return stepOf(changes, { isPrompt: true, numBatchedTokens, lengths });
      }
    }
    this.#scheduleDecode(changes);
    this.#swapped.sort(byArrival);
    if (changes.preempted.length === 0) this.#swapIn(changes);
    changes.scheduled.push(...this.#running);
    const lengths = this.#running.map(numRunning);
    const numBatchedTokens = lengths.reduce((sum, length) => sum + length, 0);
    return stepOf(changes, { isPrompt: false, numBatchedTokens, lengths });
  }

  complete(step: Step<V0Request>, output: ModelOutput<V0Request>): readonly V0Request[] {
    for (const live of step.admitted) {
      this.#forkMissing(live);
    }
    return this.completeSamples(step, (live) => output.numUntilStop(live) <= 1);
  }

  /** A prompt that has run gets the samples it was asked for. */
  #forkMissing(live: V0Request): void {
    const [parent] = live.samples;
    if (!parent) return;
    const numMissing = (live.request.numSamples ?? 1) - live.samples.length;
    for (let count = 0; count < numMissing; count++) this.fork(live, parent, this.#nextSample);
  }

  /** Adds a sample that shares all blocks of its parent so far. */
  fork(live: V0Request, parent: V0Sample, sampleId: number): void {
    const child = this.#createSample(sampleId, parent.numTokens);
    child.status = "running";
    this.blocks.fork(parent, child);
    live.samples.push(child);
  }

  /** Gives every running sample of the step a token, and ends those that stop or are as long as they may be. */
  completeSamples(
    step: Step<V0Request>,
    isStopped: (live: V0Request, sample: V0Sample) => boolean,
  ): readonly V0Request[] {
    const { maxModelLen } = this.config;
    const finished: V0Request[] = [];
    for (const live of step.scheduled) {
      const { numPromptTokens, maxTokens } = live.request;
      let longest = 0;
      for (const sample of live.samples) {
        if (sample.status === "running") {
          sample.numTokens += 1;
          const hasEnded =
            sample.numTokens - numPromptTokens >= maxTokens ||
            sample.numTokens > maxModelLen ||
            isStopped(live, sample);
          if (hasEnded) this.#end(sample);
        }
        longest = Math.max(longest, sample.numTokens);
      }
      live.numTokens = longest;
      live.numOutputTokens = longest - numPromptTokens;
      live.numComputedTokens = longest - 1;
      if (numUnfinished(live) === 0) finished.push(live);
    }
    if (finished.length > 0) {
      this.#running = this.#running.filter((live) => numUnfinished(live) > 0);
    }
    return finished;
  }

  memory(): MemoryUse {
    const { blockSize, numBlocks } = this.config;
    const capacity = numBlocks * blockSize;
    const free = this.blocks.numFree("gpu") * blockSize;
    let internal = 0;
    for (const { samples } of this.#running) internal += slackOf(samples, blockSize);
    return {
      capacity,
      stored: capacity - free - internal,
      reserved: 0,
      internal,
      free,
      external: 0,
    };
  }

  /** Prompts in queue order while blocks, slots and tokens last; returns their lengths. */
  #schedulePrompts(changes: Changes): number[] {
    const promptLimit = Math.min(this.config.maxModelLen, this.config.maxNumBatchedTokens);
    const batch: PromptBatch = { lengths: [], longest: 0, numTokens: 0 };
    let numSlots = slotsOf(this.#running);
    for (let live = this.#queue.peek(); live; live = this.#queue.peek()) {
      const [first] = samplesThat(live, "waiting");
      if (!first) break;
      const admission =
        first.numTokens > promptLimit ? "never" : this.blocks.canAllocate(first.numTokens);
      if (admission === "later") break;
      if (admission === "never") {
        first.status = "finished";
        changes.rejected.push(live);
      } else {
        if (!this.#fitsBatch(batch, first.numTokens)) break;
        numSlots += maxRunning(live);
        if (numSlots > this.config.maxNumSeqs) break;
        addPrompt(batch, first.numTokens);
        this.#startPrompt(live, first, changes);
      }
      this.#queue.take();
    }
    return batch.lengths;
  }

  /** A batch of prompts is a rectangle as wide as the longest of them. */
  #fitsBatch({ lengths, longest, numTokens }: PromptBatch, numNew: number): boolean {
    const numBatchedTokens = (lengths.length + 1) * Math.max(longest, numNew);
    const numPaddings = numBatchedTokens - numTokens - numNew;
    return (
      numBatchedTokens <= this.config.maxNumBatchedTokens &&
      numPaddings <= (this.config.maxPaddings ?? Infinity)
    );
  }

  #startPrompt(live: V0Request, sample: V0Sample, changes: Changes): void {
    this.blocks.allocate(sample);
    sample.status = "running";
    live.numComputedTokens = sample.numTokens;
    this.#running.push(live);
    changes.scheduled.push(live);
    changes.admitted.push(live);
  }

  /** A block for each running sample, oldest request first; the last arrived gives way. */
  #scheduleDecode(changes: Changes): void {
    const queue = this.#running.toSorted(byArrival);
    this.#running = [];
    let next = 0;
    while (next < queue.length) {
      const live = queue[next];
      if (!live) break;
      next += 1;
      let isEvicted = false;
      while (!isEvicted && !this.blocks.canAppend(numRunning(live))) {
        const victim = (queue.length > next ? queue.pop() : undefined) ?? live;
        this.#preempt(victim, changes);
        isEvicted = victim === live;
      }
      if (isEvicted) break;
      this.#appendSlots(live, changes);
      this.#running.push(live);
    }
  }

  #appendSlots(live: V0Request, changes: Changes): void {
    for (const sample of live.samples) {
      if (sample.status === "running" && this.blocks.append(sample)) changes.numBlocksCopied += 1;
    }
  }

  /** One sample is cheap to compute again; several would be computed apart and lose what they share, so they move. */
  #preempt(live: V0Request, changes: Changes): void {
    const samples = samplesThat(live, "running");
    live.numPreemptions += 1;
    changes.preempted.push(live);
    if (maxRunning(live) === 1) {
      for (const sample of samples) {
        this.blocks.free(sample);
        sample.status = "waiting";
      }
      live.numComputedTokens = 0;
      this.#queue.putBack(live);
      return;
    }
    if (!this.blocks.canSwapOut(samples)) {
      throw new SwapSpaceExhausted(
        `Request ${live.request.id} must be swapped out: ${distinctBlocks(samples).size} blocks, and ` +
          `${this.blocks.numFree("cpu")} are free in the CPU's memory.`,
      );
    }
    changes.numBlocksSwappedOut += this.blocks.swap(samples, "cpu");
    for (const sample of samples) sample.status = "swapped";
    changes.swappedOut.push(live);
    this.#swapped.push(live);
  }

  /** Oldest first, and nobody overtakes. */
  #swapIn(changes: Changes): void {
    let numSlots = slotsOf(this.#running);
    while (this.#swapped[0]) {
      const live = this.#swapped[0];
      const samples = samplesThat(live, "swapped");
      if (!this.blocks.canSwapIn(samples)) return;
      if (numSlots + maxRunning(live) > this.config.maxNumSeqs) return;
      this.#swapped.shift();
      changes.numBlocksSwappedIn += this.blocks.swap(samples, "gpu");
      for (const sample of samples) sample.status = "running";
      this.#appendSlots(live, changes);
      numSlots += maxRunning(live);
      changes.admitted.push(live);
      this.#running.push(live);
    }
  }

  #createSample(id: number, numTokens: number): V0Sample {
    this.#nextSample = Math.max(this.#nextSample, id + 1);
    return { id, numTokens, blockTable: [], status: "waiting" };
  }

  #end(sample: V0Sample): void {
    this.blocks.free(sample);
    sample.status = "finished";
  }
}

/** The samples of a request in one state, in the order they were made. */
export function samplesThat(live: V0Request, status: V0Status): V0Sample[] {
  return live.samples.filter((sample) => sample.status === status);
}

/** Token slots of last blocks that hold nothing. */
function slackOf(samples: readonly V0Sample[], blockSize: number): number {
  const [only] = samples;
  if (samples.length === 1 && only) {
    return Math.max(0, only.blockTable.length * blockSize - only.numTokens);
  }
  // Samples that share their last block leave its rest unused once.
  const slack = new Map<V0Block | undefined, number>();
  for (const { blockTable, numTokens } of samples) {
    slack.set(blockTable.at(-1), blockTable.length * blockSize - numTokens);
  }
  let numSlots = 0;
  for (const [block, count] of slack) if (block) numSlots += Math.max(0, count);
  return numSlots;
}

function numRunning({ samples }: V0Request): number {
  return samples.reduce((sum, { status }) => sum + (status === "running" ? 1 : 0), 0);
}

function numUnfinished({ samples }: V0Request): number {
  return samples.reduce((sum, { status }) => sum + (status === "finished" ? 0 : 1), 0);
}

/** Slots a request needs: all of its samples, though before the prompt has run there is only one. */
function maxRunning(live: V0Request): number {
  const numSamples = live.request.numSamples ?? 1;
  return live.samples.length < numSamples ? numSamples : numUnfinished(live);
}

function slotsOf(running: readonly V0Request[]): number {
  return running.reduce((sum, live) => sum + maxRunning(live), 0);
}

function byArrival(a: V0Request, b: V0Request): number {
  return a.request.arrival - b.request.arrival;
}

function addPrompt(batch: PromptBatch, numTokens: number): void {
  batch.lengths.push(numTokens);
  batch.longest = Math.max(batch.longest, numTokens);
  batch.numTokens += numTokens;
}

function noChanges(): Changes {
  return {
    scheduled: [],
    admitted: [],
    preempted: [],
    swappedOut: [],
    rejected: [],
    numBlocksSwappedIn: 0,
    numBlocksSwappedOut: 0,
    numBlocksCopied: 0,
  };
}

interface StepShape {
  readonly isPrompt: boolean;
  readonly numBatchedTokens: number;
  /** Tokens computed for each scheduled request. */
  readonly lengths: readonly number[];
}

function stepOf(changes: Changes, { isPrompt, numBatchedTokens, lengths }: StepShape): V0Step {
  return {
    ...changes,
    ...(!isPrompt && { numSamples: lengths }),
    isPrompt,
    numBatchedTokens,
    numScheduledTokens: lengths,
    numDraftTokens: lengths.map(() => 0),
    numPaddingTokens: numBatchedTokens - lengths.reduce((sum, length) => sum + length, 0),
  };
}
