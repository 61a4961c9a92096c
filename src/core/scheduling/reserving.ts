// Scheduling before paging: each request reserves one region for all the tokens it may ever have. Requests join at any
// step (Orca, OSDI 2022) or only when the whole batch before has ended (static batching).
import { BuddyMemory, powerOfTwoFrom, type Region } from "../paging/buddy-memory.ts";
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

/** Token slots to reserve for a request. */
export type Reservation = (request: Request, config: ServingConfig) => number;

/** As if every request became as long as the model allows. */
export const RESERVE_MAX: Reservation = (_, { maxModelLen }) => maxModelLen;

/** The output's true length, made a power of two: what a good guess would reserve. */
export const RESERVE_POWER_OF_TWO: Reservation = (request, config) =>
  Math.min(request.numPromptTokens + powerOfTwoFrom(outputLength(request)), config.maxModelLen);

/** The true length, which no real system knows. */
export const RESERVE_ORACLE: Reservation = (request, config) => finalLength(request, config);

export interface ReservingConfig extends ServingConfig {
  readonly reservation: Reservation;
  /** When a waiting request may start. */
  readonly joins: "at any step" | "when the batch is done";
}

export interface ReservingRequest extends LiveRequest {
  numTokens: number;
  numOutputTokens: number;
  numComputedTokens: number;
  readonly numPreemptions: 0;
  readonly numReserved: number;
  region: Region | undefined;
  hasEnded: boolean;
}

export class ReservingScheduler implements Scheduler<ReservingRequest> {
  readonly config: ReservingConfig;
  readonly #memory: BuddyMemory;
  readonly #queue: WaitingQueue<ReservingRequest> = FCFS.createQueue();
  /** Those that hold a region; in static batching also the ended, until the batch is done. */
  #batch: ReservingRequest[] = [];
  #running: ReservingRequest[] = [];
  /** Whether the first in the queue found no region in the last step. */
  #isBlocked = false;

  constructor(config: ReservingConfig) {
    this.config = config;
    this.#memory = new BuddyMemory(config.numBlocks * config.blockSize);
  }

  get running(): readonly ReservingRequest[] {
    return this.#running;
  }

  get numWaiting(): number {
    return this.#queue.size;
  }

  waiting(): readonly ReservingRequest[] {
    return this.#queue.toArray();
  }

  add(request: Request): void {
    this.#queue.add({
      request,
      numTokens: request.numPromptTokens,
      numOutputTokens: 0,
      numComputedTokens: 0,
      numPreemptions: 0,
      numReserved: this.config.reservation(request, this.config),
      region: undefined,
      hasEnded: false,
    });
  }

  /** Those that hold a region, in the order they joined; for pictures and tests. */
  holders(): readonly Readonly<ReservingRequest>[] {
    return this.#batch;
  }

  /** Regions that nobody holds, by address; for pictures and tests. */
  freeRegions(): readonly Region[] {
    return this.#memory.freeRegions();
  }

  abort(id: string): void {
    const live = [...this.#running, ...this.#queue.toArray()].find(
      ({ request }) => request.id === id,
    );
    if (!live) return;
    this.#queue.remove(live);
    live.hasEnded = true;
    this.#removeEnded();
  }

  schedule(): Step<ReservingRequest> {
    const numDecodes = this.#running.length;
    const admitted = this.#admit();
    this.#running.push(...admitted);
    const numScheduledTokens = this.#running.map(
      ({ numTokens, numComputedTokens }) => numTokens - numComputedTokens,
    );
    for (const live of this.#running) live.numComputedTokens = live.numTokens;
    return {
      scheduled: [...this.#running],
      numScheduledTokens,
      numDraftTokens: this.#running.map(() => 0),
      numPaddingTokens: this.#padding(numDecodes, admitted),
      admitted,
      preempted: [],
      rejected: [],
    };
  }

  complete(
    step: Step<ReservingRequest>,
    output: ModelOutput<ReservingRequest>,
  ): readonly ReservingRequest[] {
    const finished: ReservingRequest[] = [];
    for (const live of step.scheduled) {
      if (live.hasEnded || output.numSampled(live) === 0) continue;
      const isStopped = output.numUntilStop(live) <= 1;
      live.numTokens += 1;
      live.numOutputTokens += 1;
      live.hasEnded =
        isStopped ||
        live.numOutputTokens >= live.request.maxTokens ||
        live.numTokens >= this.config.maxModelLen;
      if (live.hasEnded) finished.push(live);
    }
    if (finished.length > 0) this.#removeEnded();
    return finished;
  }

  memory(): MemoryUse {
    let [stored, reserved, internal, rounding] = [0, 0, 0, 0];
    for (const { request, region, numReserved, numComputedTokens, hasEnded } of this.#batch) {
      const numUsed = hasEnded ? 0 : numComputedTokens;
      const numToCome = hasEnded ? 0 : finalLength(request, this.config) - numUsed;
      stored += numUsed;
      reserved += Math.max(0, Math.min(numToCome, numReserved - numUsed));
      internal += Math.max(0, numReserved - numUsed - Math.max(0, numToCome));
      rounding += (region?.size ?? 0) - numReserved;
    }
    const { numFree, capacity } = this.#memory;
    return {
      capacity,
      stored,
      reserved,
      internal,
      external: rounding + (this.#isBlocked ? numFree : 0),
      free: this.#isBlocked ? 0 : numFree,
    };
  }

  /** First come first served, while regions, places and the step's tokens last; one prompt may be longer than those. */
  #admit(): ReservingRequest[] {
    const { config } = this;
    this.#isBlocked = false;
    if (config.joins === "when the batch is done" && this.#batch.length > 0) return [];
    const admitted: ReservingRequest[] = [];
    let budget = config.maxNumBatchedTokens - this.#running.length;
    while (this.#batch.length < config.maxNumSeqs) {
      const live = this.#queue.peek();
      if (!live || (live.numTokens > budget && admitted.length > 0)) break;
      live.region = this.#memory.allocate(live.numReserved);
      if (!live.region) {
        this.#isBlocked = true;
        break;
      }
      this.#queue.take();
      this.#batch.push(live);
      admitted.push(live);
      budget -= live.numTokens;
    }
    return admitted;
  }

  /** In a static batch prompts are made as long as the longest, and the rows of the ended are still computed. */
  #padding(numDecodes: number, admitted: readonly ReservingRequest[]): number {
    if (this.config.joins === "at any step") return 0;
    const longest = admitted.reduce((most, { numTokens }) => Math.max(most, numTokens), 0);
    const numPadded = admitted.reduce((sum, { numTokens }) => sum + longest - numTokens, 0);
    return admitted.length > 0 ? numPadded : this.#batch.length - numDecodes;
  }

  #removeEnded(): void {
    this.#running = this.#running.filter(({ hasEnded }) => !hasEnded);
    const waitsForAll = this.config.joins === "when the batch is done" && this.#running.length > 0;
    if (waitsForAll) return;
    for (const { region, hasEnded } of this.#batch) {
      if (hasEnded && region) this.#memory.release(region);
    }
    this.#batch = this.#batch.filter(({ hasEnded }) => !hasEnded);
  }
}

function outputLength(request: Request): number {
  return request.numOutputTokens ?? request.maxTokens;
}

/** Tokens a request has at its end. */
function finalLength(request: Request, { maxModelLen }: ServingConfig): number {
  return Math.min(request.numPromptTokens + outputLength(request), maxModelLen);
}
