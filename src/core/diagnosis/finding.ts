// What a cause that was found says: how it was told from the reader's own text, what to change, and the change put to
// the test.
import type { FlagChange } from "./serve-command.ts";
import type { Figure, Runs } from "./trial.ts";
import type { Deployment } from "../serving/deployment.ts";

/** One group of the questions that users of vLLM ask. */
export type CauseId =
  | "longest-request"
  | "maximum-concurrency"
  | "sizing"
  | "all-memory-taken"
  | "memory-in-use"
  | "preemption"
  | "few-running"
  | "step-limits"
  | "small-chunks"
  | "prefix-misses"
  | "block-size"
  | "fp8-cache"
  | "tensor-parallel"
  | "layer-kinds"
  | "offload";

/** 3: it does not start or falls over; 2: it is slow for this; 1: worth a change; 0: worth knowing. */
export type Weight = 0 | 1 | 2 | 3;

export interface Finding {
  readonly id: CauseId;
  readonly weight: Weight;
  /** How it was told, with the numbers of the text. A sentence. */
  readonly told: string;
  /** A sentence. */
  readonly cause: string;
  /** What to do. A sentence or two. */
  readonly advice: string;
  /** Empty where nothing on the command line is at fault. */
  readonly changes: readonly FlagChange[];
  /** The server before and after; the same deployment twice where only its use differs. */
  readonly before: Deployment;
  readonly after: Deployment;
  /** By arithmetic. */
  readonly figures: readonly Figure[];
  /** To be simulated; undefined where arithmetic says it all. */
  readonly runs: Runs | undefined;
}
