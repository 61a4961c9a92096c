// Causes that are told from memory: what one GPU has, what the model takes, and what is left for the cache.
import { bytesOf } from "../cost/precision.ts";
import type { Deployment } from "../serving/deployment.ts";
import { findSplitProblem, remediesFor } from "../serving/remedies.ts";
import { compare, flagOf, wordOf } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import type { Observations } from "./observations.ts";
import type { FlagChange } from "./serve-command.ts";
import { changed, type Figure } from "./trial.ts";
import { grouped } from "../units/grouped.ts";
import { gib, percent, round } from "./words.ts";

type Detect = (seen: Observations) => Finding | undefined;

function wholeBlocks(tokens: number, blockSize: number): number {
  return Math.floor(tokens / blockSize) * blockSize;
}

const REFUSALS = new Set(["too-long", "too-long-before", "needed", "not-enough"]);

export const longestRequest: Detect = (seen) => {
  const { log, deployment, capacity } = seen;
  const { facts } = log;
  const isRefused = log.found.some(({ kind }) => REFUSALS.has(kind));
  const hasStarted = facts.numTokens !== undefined || seen.load !== undefined;
  const isTooLong =
    capacity !== undefined && capacity.numBlocks > 0 && !capacity.canStart && !hasStarted;
  if (!isRefused && !isTooLong) return undefined;
  const holds = facts.longestRequest ?? facts.numTokens ?? capacity?.longestRequest ?? 0;
  const target = wholeBlocks(Math.min(holds, deployment.maxModelLen - 1), deployment.blockSize);
  if (target < deployment.blockSize) return undefined;
  const after = changed(deployment, { maxModelLen: target });
  const needed = capacity === undefined ? "" : `, which is ${gib(capacity.bytesPerRequest)}`;
  return {
    id: "longest-request",
    weight: 3,
    told: isRefused
      ? `The log refuses to start: one request may have ${grouped(deployment.maxModelLen)} tokens${needed}, and the cache holds ${grouped(target)}.`
      : `By the formula one request of ${grouped(deployment.maxModelLen)} tokens does not fit${needed}; ${grouped(target)} tokens do.`,
    cause:
      "vLLM starts only if its KV cache holds one request of the greatest length, and that length is the model’s whole context unless you say less.",
    advice: `Set --max-model-len to ${grouped(target)} or to the longest request that you serve. More memory for the cache helps as well: fp8, a higher --gpu-memory-utilization, more GPUs.`,
    changes: [{ flag: "max-model-len", value: target }],
    ...compare(deployment, after),
  };
};

/** Shorter than this, a greatest length says little about the quotient. */
const ILLUSTRATION = 8192;

export const maximumConcurrency: Detect = (seen) => {
  const { deployment, capacity, log } = seen;
  const { maxConcurrency } = log.facts;
  if (maxConcurrency === undefined || capacity === undefined) return undefined;
  const { prompt, output, isKnown } = seen.lengths;
  const length = prompt + output;
  const fits = Math.floor(capacity.numTokensBefore / length);
  const shorter = Math.min(
    ILLUSTRATION,
    wholeBlocks(deployment.maxModelLen / 2, deployment.blockSize),
  );
  if (shorter < deployment.blockSize) return undefined;
  return {
    id: "maximum-concurrency",
    weight: 0,
    told: `The log says “${round(maxConcurrency, 2)}x for ${grouped(deployment.maxModelLen)} tokens”. Of ${grouped(length)} tokens each (${isKnown ? "your mean" : "a guess"}) about ${grouped(fits)} requests fit.`,
    cause:
      "The line divides the tokens that the cache holds by the greatest length of a request: it is a quotient, not a limit, and nothing enforces it.",
    advice:
      "Nothing is wrong. Set --max-model-len to the longest request you really serve, and the line tells how many of those fit; the cache stays the same.",
    changes: [{ flag: "max-model-len", value: shorter }],
    ...compare(deployment, changed(deployment, { maxModelLen: shorter })),
  };
};

export const sizing: Detect = (seen) => {
  const { deployment, capacity } = seen;
  const asked = flagOf(seen, "max-num-seqs");
  if (asked === undefined || capacity === undefined || !capacity.canStart) return undefined;
  const { prompt, output, isKnown } = seen.lengths;
  const length = prompt + output;
  const blocks = Math.ceil(length / deployment.blockSize);
  const fits = Math.floor(capacity.numUsableBlocks / blocks);
  if (fits >= asked || fits < 1) return undefined;
  const needed = asked * blocks * (capacity.bytesPerToken * deployment.blockSize);
  const figures: Figure[] = [
    { label: "Requests allowed at once", unit: "count", before: asked, after: fits },
    {
      label: "Cache they need, each GPU",
      unit: "bytes",
      before: needed,
      after: (needed / asked) * fits,
    },
    {
      label: "Left for the KV cache, each GPU",
      unit: "bytes",
      before: capacity.memory.available,
      after: capacity.memory.available,
    },
  ];
  return {
    id: "sizing",
    weight: 1,
    told: `--max-num-seqs allows ${grouped(asked)} requests; of ${grouped(length)} tokens each (${isKnown ? "your mean" : "a guess"}) the cache holds ${grouped(fits)}.`,
    cause:
      "Each running request keeps its whole text in the cache, so N requests need N times their length in tokens of it; what does not fit waits or is preempted.",
    advice: `For ${grouped(asked)} requests the cache must have ${gib(needed)} on each GPU: fp8, more GPUs or a larger one. Otherwise let --max-num-seqs say what fits.`,
    changes: [{ flag: "max-num-seqs", value: fits }],
    before: deployment,
    after: changed(deployment, { maxNumSeqs: fits }),
    figures,
    runs: undefined,
  };
};

const IDLE_USAGE = 0.2;

export const allMemoryTaken: Detect = (seen) => {
  const { deployment, capacity, load } = seen;
  const usage = load?.cacheUsage;
  if (load === undefined || usage === undefined || capacity === undefined) return undefined;
  if (usage >= IDLE_USAGE || load.numWaiting >= 1 || !capacity.canStart) return undefined;
  const { memory, bytesPerRequest } = capacity;
  const wanted = Math.max(2 * usage * memory.available, bytesPerRequest);
  const share = (memory.requested - memory.available + wanted + 1) / memory.total;
  const utilisation = Math.ceil(share * 100) / 100;
  if (!(utilisation > 0 && utilisation <= deployment.gpuMemoryUtilization - 0.05)) return undefined;
  return {
    id: "all-memory-taken",
    weight: 1,
    told: `At most ${percent(usage)} of the cache was in use and nothing waited, while vLLM holds ${percent(deployment.gpuMemoryUtilization)} of the GPU.`,
    cause:
      "vLLM takes its share of the GPU when it starts, whatever the model’s size: all that the weights leave becomes KV cache, used or not.",
    advice: `If something else needs the memory, --gpu-memory-utilization ${utilisation} leaves twice what you used, and room for one request of the greatest length. Nothing becomes faster by it.`,
    changes: [{ flag: "gpu-memory-utilization", value: utilisation }],
    ...compare(deployment, changed(deployment, { gpuMemoryUtilization: utilisation })),
  };
};

export const memoryInUse: Detect = (seen) => {
  const { events, deployment } = seen;
  if (events.occupied !== undefined) return occupied(seen, events.occupied);
  if (events.hasNothingLeft) return nothingLeft(seen);
  if (!events.isOutOfMemory) return undefined;
  const lower = round(deployment.gpuMemoryUtilization - 0.05, 2);
  if (lower <= 0.05) return undefined;
  return {
    id: "memory-in-use",
    weight: 3,
    told: "The text has “CUDA out of memory”.",
    cause:
      "Something asked for more than was free: another process on the GPU, CUDA graphs captured after the cache was made (before v0.21), or a step larger than the one vLLM measured at the start.",
    advice: `Look with nvidia-smi for other processes first. Otherwise leave more room: --gpu-memory-utilization ${lower}; or make steps smaller with --max-num-batched-tokens and --max-num-seqs.`,
    changes: [{ flag: "gpu-memory-utilization", value: lower }],
    ...compare(deployment, changed(deployment, { gpuMemoryUtilization: lower })),
  };
};

function occupied(
  { deployment }: Observations,
  { freeGiB, totalGiB }: NonNullable<Observations["events"]["occupied"]>,
): Finding {
  const isSaid = freeGiB !== undefined && totalGiB !== undefined;
  const share = isSaid ? freeGiB / totalGiB : deployment.gpuMemoryUtilization - 0.1;
  const utilisation = Math.max(0.05, Math.floor(share * 100) / 100);
  return {
    id: "memory-in-use",
    weight: 3,
    told: isSaid
      ? `Of ${totalGiB} GiB only ${freeGiB} were free at the start, less than the ${percent(deployment.gpuMemoryUtilization)} that vLLM was to take.`
      : "The log says that less memory was free at the start than vLLM was to take.",
    cause:
      "--gpu-memory-utilization is a share of the whole GPU, not of what is free: two servers with 0.9 each ask for 1.8 GPUs.",
    advice: `End the other process, or let this server take what is free: --gpu-memory-utilization ${utilisation}. The shares of all servers on one GPU must add up to less than 1.`,
    changes: [{ flag: "gpu-memory-utilization", value: utilisation }],
    ...compare(deployment, changed(deployment, { gpuMemoryUtilization: utilisation })),
  };
}

function nothingLeft({ deployment }: Observations): Finding {
  const [remedy] =
    findSplitProblem(deployment) === undefined ? remediesFor(deployment, 1) : [undefined];
  const after = remedy?.deployment ?? deployment;
  return {
    id: "memory-in-use",
    weight: 3,
    told: "The log says that no memory is left for the cache blocks.",
    cause:
      "Weights, the largest step and the CUDA graphs take all of vLLM’s share, and nothing remains for the KV cache.",
    advice: `${remedy?.text ?? "No single change makes this model fit this GPU."} Narrower weights or more GPUs leave most.`,
    changes: changesBetween(deployment, after),
    ...compare(deployment, after),
  };
}

/** The flags in which two deployments of one model differ. */
function changesBetween(before: Deployment, after: Deployment): readonly FlagChange[] {
  const changes: FlagChange[] = [];
  const add = (flag: string, one: unknown, value: string | number) => {
    if (one !== value) changes.push({ flag, value });
  };
  add("gpu-memory-utilization", before.gpuMemoryUtilization, after.gpuMemoryUtilization);
  add("max-model-len", before.maxModelLen, after.maxModelLen);
  add("tensor-parallel-size", before.numGpus, after.numGpus);
  if (before.precision.kv !== after.precision.kv) {
    changes.push({ flag: "kv-cache-dtype", value: "fp8" });
  }
  if (before.precision.weights !== after.precision.weights) {
    const value = after.precision.weights === "int4" ? "bitsandbytes" : "fp8";
    changes.push({ flag: "quantization", value });
  }
  return changes;
}

const FULL = 0.9;

export const fp8Cache: Detect = (seen) => {
  const { deployment, capacity, load } = seen;
  if (capacity === undefined) return undefined;
  const { precision } = deployment;
  const said = wordOf(seen, "kv-cache-dtype") ?? seen.log.facts.kvCacheDtype;
  if (said?.startsWith("fp8") === true) {
    const { profiled: _, ...rest } = deployment;
    const wide = { ...rest, precision: { ...precision, kv: "bf16" } as const };
    const narrow = { ...rest, precision: { ...precision, kv: "fp8" } as const };
    return {
      id: "fp8-cache",
      weight: 0,
      told: `The KV cache is kept in ${said}.`,
      cause:
        "fp8 halves the bytes of a token, so the same memory holds twice the tokens; the memory that is left for the cache does not change, and time is saved only where reading the cache is what steps wait for.",
      advice:
        "Keep it if the cache was what limited you, and check your answers: a checkpoint without scales for K and V is cut to a scale of 1. If the cache was never full, --kv-cache-dtype auto loses nothing.",
      changes: [{ flag: "kv-cache-dtype", value: "auto" }],
      ...compare(narrow, wide),
    };
  }
  const isFull = (load?.cacheUsage ?? 0) >= FULL;
  const isTight = load === undefined && capacity.canStart && capacity.maxConcurrency < 2;
  if (bytesOf(precision.kv) <= 1 || (!isFull && !isTight)) return undefined;
  return {
    id: "fp8-cache",
    weight: isFull ? 1 : 0,
    told: isFull
      ? `The cache was ${percent(load?.cacheUsage ?? 0)} full.`
      : `The cache holds ${round(capacity.maxConcurrency, 2)} requests of the greatest length.`,
    cause: "The cache is the limit, and it is kept in 16 bits.",
    advice:
      "--kv-cache-dtype fp8 makes room for twice the tokens. Check your answers afterwards: without calibrated scales accuracy can suffer.",
    changes: [{ flag: "kv-cache-dtype", value: "fp8" }],
    ...compare(deployment, changed(deployment, { precision: { ...precision, kv: "fp8" } })),
  };
};
