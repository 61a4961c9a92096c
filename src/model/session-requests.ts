// What a session is opened with: for a run, for a step that is timed, for a look inside, and after a lost device.
import type { InspectRequest, RunRequest, TimingRequest } from "./engine.ts";
import type { RunSession, SessionRequest } from "./run-session.ts";

/** Rows that a pass holds at most: more make activations large without making kernels faster. */
const MAX_ROWS = { software: 256, hardware: 1024 } as const;

/** Tokens by which capacities are rounded up. */
const CAPACITY_STEP = 64;

/** Of a run from its prompts. */
export function runSessionRequest(request: RunRequest, isSoftware: boolean): SessionRequest {
  const { prompts, path, numNewTokens } = request;
  const capacity = Math.max(...prompts.map((prompt) => prompt.length)) + numNewTokens;
  return {
    ...request,
    sequences: prompts,
    isFinished: prompts.map(() => false),
    capacity: roundedCapacity(capacity),
    maxRows: largestPass({ prompts, path }, capacity, isSoftware),
  };
}

/** Of one decode step at `position`, in sequences of any tokens. */
export function timedSessionRequest(
  { path, batch, position }: Omit<TimingRequest, "sampleDuration">,
  vocabulary: number,
  isSoftware: boolean,
): SessionRequest {
  const sequence = Array.from({ length: position }, (_, index) => index % vocabulary);
  const prompts = Array.from({ length: batch }, () => sequence);
  return {
    ...greedyRun(prompts),
    path,
    sequences: prompts,
    isFinished: prompts.map(() => false),
    capacity: roundedCapacity(position + 1),
    maxRows: path.cache ? batch : largestPass({ prompts, path }, position, isSoftware),
  };
}

/** Of one pass over the tokens whose attention is shown. */
export function inspectedSessionRequest({
  tokens,
}: Pick<InspectRequest, "tokens">): SessionRequest {
  return {
    ...greedyRun([tokens]),
    sequences: [tokens],
    isFinished: [false],
    capacity: roundedCapacity(tokens.length + 1),
    maxRows: tokens.length,
  };
}

/** From which a run goes on after its device was lost. */
export function resumedSessionRequest(
  { path, sampling, stopTokens }: RunRequest,
  { tokens, isFinished, run }: Pick<RunSession, "tokens" | "isFinished" | "run">,
): SessionRequest {
  return {
    path,
    sampling,
    stopTokens,
    sequences: tokens,
    isFinished,
    capacity: run.capacity,
    maxRows: run.maxRows,
  };
}

/** One token more for each prompt, by the plain path. */
export function greedyRun(prompts: RunRequest["prompts"]): RunRequest {
  return {
    prompts,
    numNewTokens: 1,
    path: { cache: false, fusion: false, kvLayout: "contiguous" },
    sampling: { kind: "greedy" },
    stopTokens: [],
  };
}

/** As many rows as the run can ever need in one pass, within what is sensible for the device. */
function largestPass(
  { prompts, path }: Pick<RunRequest, "prompts" | "path">,
  capacity: number,
  isSoftware: boolean,
): number {
  const wanted = path.cache
    ? prompts.reduce((sum, prompt) => sum + prompt.length, 0)
    : prompts.length * capacity;
  const limit = MAX_ROWS[isSoftware ? "software" : "hardware"];
  return Math.max(prompts.length, Math.min(limit, wanted));
}

/**
 * Capacities are constants of the attention pipelines, so they come in few sizes: a run that is a little longer
 * than the last one finds its pipelines compiled.
 */
function roundedCapacity(numTokens: number): number {
  return Math.ceil(numTokens / CAPACITY_STEP) * CAPACITY_STEP;
}
