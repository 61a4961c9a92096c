// The same requests served twice from the same memory: once with a region for each, once with blocks from a pool. What
// every slot of memory is at every step. Pure.
import { NULL_BLOCK } from "../../core/paging/block-pool.ts";
import {
  RESERVE_MAX,
  RESERVE_ORACLE,
  RESERVE_POWER_OF_TWO,
  ReservingScheduler,
  type ReservingConfig,
  type ReservingRequest,
} from "../../core/scheduling/reserving.ts";
import {
  ONE_TOKEN_EACH,
  type LiveRequest,
  type MemoryUse,
  type Request,
  type Scheduler,
  type ServingConfig,
} from "../../core/scheduling/scheduler.ts";
import { V1Scheduler } from "../../core/scheduling/vllm-v1.ts";
import { FCFS } from "../../core/scheduling/waiting-queue.ts";
import { syntheticSource } from "../../core/simulation/request-source.ts";
import { LAST_STEP, MAX_MODEL_LEN } from "./parameters.ts";

/** What a slot is, unless it is free. */
export type PieceKind = "stored" | "reserved" | "internal" | "external";

/** Slots side by side that are of one kind and of one request. */
export interface Piece {
  readonly start: number;
  readonly size: number;
  readonly kind: PieceKind;
  /** Number of the request, from 1; undefined where no request holds the slots. */
  readonly request: number | undefined;
}

/** The memory while one step runs. */
export interface Frame {
  /** By address. Worked out when asked for: a figure shows one step of many. */
  readonly pieces: () => readonly Piece[];
  readonly use: MemoryUse;
  readonly numRunning: number;
  readonly numWaiting: number;
  /** Requests that ended in the steps before. */
  readonly numAnswered: number;
  /** Times that a request was put back, this step included. */
  readonly numPreemptions: number;
}

export interface Setting {
  readonly reservation: string;
  readonly blockSize: number;
  readonly slots: number;
  readonly trace: number;
}

export interface Timelines {
  readonly requests: readonly Request[];
  /** A frame a step; step 1 is the first. */
  readonly reserved: readonly Frame[];
  readonly paged: readonly Frame[];
}

/**
 * Lengths an eighth of those on which the bars of the PagedAttention paper are reproduced (paper-memory.ts); a request
 * every other step on average.
 */
const WORKLOAD = {
  numRequests: LAST_STEP / 2,
  ratePerS: 0.5,
  arrivalCv: 1,
  prompt: { mean: 161 / 8, cv: 1, max: MAX_MODEL_LEN / 2 },
  output: { mean: 338 / 8, cv: 0.87, max: MAX_MODEL_LEN / 2 - 1 },
} as const;

/** Arrival times are in steps. */
export function drawRequests(seed: number): Request[] {
  const next = syntheticSource(WORKLOAD, seed);
  return Array.from({ length: WORKLOAD.numRequests }, next).filter((one) => one !== undefined);
}

export function createTimelines({ reservation, blockSize, slots, trace }: Setting): Timelines {
  const requests = drawRequests(trace);
  const limits = { maxNumSeqs: 256, maxNumBatchedTokens: 2048, maxModelLen: MAX_MODEL_LEN };
  const config = { ...limits, blockSize, numBlocks: slots / blockSize, enablePrefixCaching: false };
  return {
    requests,
    reserved: playReserved({ ...config, ...rulesOf(reservation) }, requests),
    paged: playPaged(config, requests),
  };
}

function rulesOf(id: string): Pick<ReservingConfig, "reservation" | "joins"> {
  if (id === "orca-pow2") return { reservation: RESERVE_POWER_OF_TWO, joins: "at any step" };
  if (id === "orca-oracle") return { reservation: RESERVE_ORACLE, joins: "at any step" };
  return {
    reservation: RESERVE_MAX,
    joins: id === "static" ? "when the batch is done" : "at any step",
  };
}

function playReserved(config: ReservingConfig, requests: readonly Request[]): Frame[] {
  const scheduler = new ReservingScheduler(config);
  return play(scheduler, requests, () => noteRegions(scheduler));
}

function playPaged(config: ServingConfig, requests: readonly Request[]): Frame[] {
  // The first block of vLLM's pool is a placeholder that holds nothing.
  const withPlaceholder = { ...config, numBlocks: config.numBlocks + 1, order: FCFS };
  const scheduler = new V1Scheduler(withPlaceholder);
  return play(scheduler, requests, () => noteBlocks(scheduler));
}

function play<Live extends LiveRequest>(
  scheduler: Scheduler<Live>,
  requests: readonly Request[],
  /** Takes note of who holds what, and works out the pieces when they are asked for. */
  note: () => () => Piece[],
): Frame[] {
  let [numAdded, numAnswered, numPreemptions] = [0, 0, 0];
  return Array.from({ length: LAST_STEP }, (_, time) => {
    for (let next = requests[numAdded]; next && next.arrival <= time; next = requests[numAdded]) {
      scheduler.add(next);
      numAdded += 1;
    }
    const step = scheduler.schedule();
    numPreemptions += step.preempted.length;
    const findPieces = note();
    const frame = {
      pieces: () => joinPieces(findPieces()),
      use: scheduler.memory(),
      numRunning: scheduler.running.length,
      numWaiting: scheduler.numWaiting,
      numAnswered,
      numPreemptions,
    };
    numAnswered += scheduler.complete(step, ONE_TOKEN_EACH).length;
    return frame;
  });
}

/** A request that holds a region, as it is now. */
type Holder = Readonly<
  Pick<ReservingRequest, "request" | "region" | "numReserved" | "numComputedTokens" | "hasEnded">
>;

function noteRegions(scheduler: ReservingScheduler): () => Piece[] {
  const holders = scheduler.holders().map((live): Holder => ({ ...live }));
  // Free regions are lost while the first in the queue finds none that is large enough.
  const lost = scheduler.memory().free > 0 ? [] : scheduler.freeRegions();
  return () => [
    ...holders.flatMap(regionPieces),
    ...lost.map(({ start, size }): Piece => ({
      start,
      size,
      kind: "external",
      request: undefined,
    })),
  ];
}

function regionPieces({ request, region, ...live }: Holder): Piece[] {
  if (!region) return [];
  const numStored = live.hasEnded ? 0 : live.numComputedTokens;
  const numWanted = live.hasEnded ? 0 : Math.min(live.numReserved, finalLength(request));
  const ends = [
    ["stored", numStored],
    ["reserved", numWanted],
    ["internal", live.numReserved],
    ["external", region.size],
  ] as const;
  let from = 0;
  return ends.map(([kind, end]) => {
    const start = region.start + from;
    const size = Math.max(0, end - from);
    from += size;
    return { start, size, kind, request: Number(request.id) };
  });
}

function finalLength({ numPromptTokens, numOutputTokens, maxTokens }: Request): number {
  return Math.min(numPromptTokens + (numOutputTokens ?? maxTokens), MAX_MODEL_LEN);
}

function noteBlocks({ running, config }: V1Scheduler): () => Piece[] {
  const { blockSize } = config;
  const owners = running.map(({ request, blockTable, numComputedTokens }) => ({
    request: Number(request.id),
    blocks: [...blockTable],
    numStored: numComputedTokens,
  }));
  return () =>
    owners.flatMap(({ request, blocks, numStored }) =>
      blocks.flatMap((block, index): Piece[] => {
        const start = (block - NULL_BLOCK - 1) * blockSize;
        const full = Math.min(blockSize, Math.max(0, numStored - index * blockSize));
        return [
          { start, size: full, kind: "stored", request },
          { start: start + full, size: blockSize - full, kind: "internal", request },
        ];
      }),
    );
}

/** In order of address; neighbours of one kind and one request become one piece. */
function joinPieces(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  const sorted = pieces.filter(({ size }) => size > 0).toSorted((a, b) => a.start - b.start);
  for (const piece of sorted) {
    const last = joined.at(-1);
    const isNext =
      last !== undefined &&
      last.start + last.size === piece.start &&
      last.kind === piece.kind &&
      last.request === piece.request;
    if (isNext) joined[joined.length - 1] = { ...last, size: last.size + piece.size };
    else joined.push(piece);
  }
  return joined;
}
