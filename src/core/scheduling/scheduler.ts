// What every scheduling policy is: given requests and memory, it chooses what runs in the next step. It knows no clock
// and no model: time enters as arrival times, and what the model sampled is told to it.
import type { BlockContent } from "../paging/block-content.ts";
import type { Seconds } from "../units/units.ts";

/** A request as it arrives. */
export interface Request {
  /** Unlike every other request's that is in the system. */
  readonly id: string;
  readonly numPromptTokens: number;
  /** Output tokens after which it ends, whatever it says. */
  readonly maxTokens: number;
  /** Orders requests of equal priority, and decides who is preempted. */
  readonly arrival: Seconds;
  /** Lower runs first; used by priority scheduling only. Default 0. */
  readonly priority?: number;
  /** Names its full blocks; needed where prefixes are shared. */
  readonly content?: BlockContent;
  /** Output tokens it will really have, which only an oracle may ask for. Default: `maxTokens`. */
  readonly numOutputTokens?: number;
  /** Parallel samples of one prompt, for engines that share their blocks. Default 1. */
  readonly numSamples?: number;
}

/** A request inside a scheduler. */
export interface LiveRequest {
  readonly request: Request;
  /** Prompt and output so far. */
  readonly numTokens: number;
  readonly numOutputTokens: number;
  /** Tokens whose keys and values are stored, or will be when the running step ends. */
  readonly numComputedTokens: number;
  readonly numPreemptions: number;
}

/** What one step computes. Lists of the same length belong together, in scheduling order. */
export interface Step<Live extends LiveRequest = LiveRequest> {
  readonly scheduled: readonly Live[];
  /** Tokens computed for each; drafts included. */
  readonly numScheduledTokens: readonly number[];
  /** Drafts among them. */
  readonly numDraftTokens: readonly number[];
  /** Of those scheduled, the ones that were not running before. */
  readonly admitted: readonly Live[];
  /** Put back by this step: their blocks are free, or swapped out. */
  readonly preempted: readonly Live[];
  /** Ended by this step because they can never fit. */
  readonly rejected: readonly Live[];
  /** Of each scheduled: samples that take a token apart; absent where every request is one sequence. */
  readonly numSamples?: readonly number[];
  /** Tokens computed for nobody: prompts made as long as the longest, rows of requests that have ended. */
  readonly numPaddingTokens: number;
}

/** What the model gave the requests of a step. */
export interface ModelOutput<Live extends LiveRequest = LiveRequest> {
  /** Accepted drafts and one more. Not asked of a request whose prompt is not complete. */
  numSampled(live: Live): number;
  /** How many of these count up to a stop token, itself included; Infinity if there is none. */
  numUntilStop(live: Live): number;
}

/** One token each, and each request ends after the output it was made with. */
export const ONE_TOKEN_EACH: ModelOutput = {
  numSampled: () => 1,
  numUntilStop: ({ request, numOutputTokens }) =>
    Math.max(1, (request.numOutputTokens ?? request.maxTokens) - numOutputTokens),
};

/** Where the KV cache's token slots are; the parts sum to `capacity`. */
export interface MemoryUse {
  /** Token slots in all. */
  readonly capacity: number;
  /** Hold a token's keys and values. */
  readonly stored: number;
  /** Allocated now for tokens that will come. */
  readonly reserved: number;
  /** Allocated, and will never be used: the rest of a last block, or of a reservation made too large. */
  readonly internal: number;
  /** Lost between allocations: an allocator's rounding, and free regions too small for the request that waits. */
  readonly external: number;
  /** Not allocated. */
  readonly free: number;
}

export interface Scheduler<Live extends LiveRequest = LiveRequest> {
  /** Puts a request in the waiting queue. */
  add(request: Request): void;
  /** Ends a request wherever it is; nothing happens if there is none of this id. */
  abort(id: string): void;
  /**
   * Chooses the next step and allocates its memory. An empty step while nothing runs means that the first waiting
   * request can never fit; nobody overtakes it until it is aborted.
   */
  schedule(): Step<Live>;
  /** Tells what the step gave. Returns the requests that ended, in scheduling order; their memory is free. */
  complete(step: Step<Live>, output: ModelOutput<Live>): readonly Live[];
  readonly running: readonly Live[];
  /** In queue order. */
  waiting(): readonly Live[];
  readonly numWaiting: number;
  memory(): MemoryUse;
}

/** What single policies may be told besides; each policy lists those it knows. */
export interface PolicyOptions {
  /** vLLM V1: most tokens of one request in one step; 0 for no limit. */
  readonly longPrefillTokenThreshold?: number;
  /** vLLM V1: admit a request only if all of its tokens fit now. */
  readonly reserveFullIsl?: boolean;
  /** vLLM v0: share of the blocks kept free when prompts start. */
  readonly watermark?: number;
  /** vLLM v0: most tokens of padding in a step of prompts. */
  readonly maxPaddings?: number;
  /** vLLM v0: blocks in the CPU's memory that victims with several samples are swapped to. */
  readonly numCpuBlocks?: number;
}

/** The limits a policy is given. */
export interface ServingConfig {
  /** Tokens a block. */
  readonly blockSize: number;
  /** Blocks of KV cache; `blockSize · numBlocks` token slots for policies without blocks. */
  readonly numBlocks: number;
  /** Requests that may run together. */
  readonly maxNumSeqs: number;
  /** Tokens that one step may compute. */
  readonly maxNumBatchedTokens: number;
  /** Prompt and output of the longest request, in tokens. */
  readonly maxModelLen: number;
  /** Whether prefixes are shared. Default true, where the policy knows it. */
  readonly enablePrefixCaching?: boolean;
  readonly options?: PolicyOptions;
}

/** An option of a policy: its name in a scenario, and what it may be. */
export type PolicyOption =
  | {
      readonly name: keyof PolicyOptions;
      readonly kind: "count" | "share";
      readonly min: number;
      readonly max: number;
    }
  | { readonly name: keyof PolicyOptions; readonly kind: "flag" };

/** A scheduling policy is a value. */
export interface Policy {
  readonly id: string;
  readonly name: string;
  /** One sentence: what it decides differently. */
  readonly summary: string;
  /** Where it is described or implemented. */
  readonly source: string;
  readonly options: readonly PolicyOption[];
  /** Serves several samples of one prompt, sharing their blocks. */
  readonly forksSamples?: true;
  readonly createScheduler: (config: ServingConfig) => Scheduler;
}
