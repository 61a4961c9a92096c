// Causes that are told from how the server was loaded: who ran, who waited, how full the cache was, how long tokens
// took. Each comes with the same requests simulated before and after the change.
import { bytesOf } from "../cost/precision.ts";
import { batchedTokensOf, defaultLimits, type Deployment } from "../serving/deployment.ts";
import type { Finding } from "./finding.ts";
import { findCapacity, type Observations } from "./observations.ts";
import {
  changed,
  makeRuns,
  memoryFigures,
  requestsLike,
  type ReportFigure,
  type Runs,
} from "./trial.ts";
import { grouped } from "../units/grouped.ts";
import { percent, round } from "./words.ts";

type Detect = (seen: Observations) => Finding | undefined;

interface LoadRuns {
  readonly seen: Observations;
  readonly after: Deployment;
  readonly tells: readonly ReportFigure[];
  readonly spreadSeconds?: number;
  readonly before?: Deployment;
}

function runsOf({ seen, after, tells, spreadSeconds, before }: LoadRuns): Runs | undefined {
  const { lengths, load } = seen;
  const requests = requestsLike(
    { lengths, load, ...(spreadSeconds !== undefined && { spreadSeconds }) },
    Math.min(seen.deployment.maxModelLen, after.maxModelLen),
  );
  if (requests.kind !== "synthetic") return undefined;
  const { numRequests } = requests;
  const how = `${grouped(numRequests)} requests of ${grouped(lengths.prompt)} prompt and ${grouped(lengths.output)} output tokens on average (${lengths.isKnown ? "from /metrics" : "a guess"}), arriving within about ${spreadSeconds ?? 1} s.`;
  return makeRuns({
    before: { deployment: before ?? seen.deployment },
    after: { deployment: after },
    requests,
    load: how,
    tells,
  });
}

export const preemption: Detect = (seen) => {
  const { load, events, deployment, capacity, lengths } = seen;
  const numPreemptions = Math.max(load?.numPreemptions ?? 0, events.numPreempted);
  if (numPreemptions === 0 || capacity === undefined) return undefined;
  const fits = Math.floor(capacity.numTokensBefore / (lengths.prompt + lengths.output));
  const target = Math.max(1, Math.min(fits, deployment.maxNumSeqs - 1));
  const after = changed(deployment, { maxNumSeqs: target });
  return {
    id: "preemption",
    weight: 2,
    told: `${grouped(numPreemptions)} ${numPreemptions === 1 ? "preemption is" : "preemptions are"} counted${load?.cacheUsage === undefined ? "" : `, with the cache ${percent(load.cacheUsage)} full`}.`,
    cause:
      "Requests grow while they run. When the cache is full the youngest gives up its blocks, and its whole text is computed again later.",
    advice: `Let fewer run at once: about ${grouped(Math.max(1, fits))} of your length fit to their end. Gaps become even, and some throughput goes, since cache is kept for what may come; numbers in between trade the two. More cache gains both: fp8, more of the GPU, more GPUs.`,
    changes: [{ flag: "max-num-seqs", value: target }],
    before: deployment,
    after,
    figures: [
      {
        label: "Requests allowed at once",
        unit: "count",
        before: deployment.maxNumSeqs,
        after: target,
      },
      {
        label: "Tokens they grow to, against the cache",
        unit: "share",
        before:
          (deployment.maxNumSeqs * (lengths.prompt + lengths.output)) / capacity.numTokensBefore,
        after: (target * (lengths.prompt + lengths.output)) / capacity.numTokensBefore,
      },
    ],
    runs: runsOf({
      seen,
      after,
      tells: ["preemptions", "computed", "longest-gap", "throughput", "duration"],
    }),
  };
};

const FULL = 0.8;
const NEARLY = 0.9;
const FEWEST_WAITING = 4;

export const fewRunning: Detect = (seen) => {
  const { load, deployment, capacity } = seen;
  if (load === undefined || capacity === undefined) return undefined;
  const { numRunning, numWaiting } = load;
  if (numWaiting < FEWEST_WAITING || numWaiting < numRunning / 2) return undefined;
  const isFull = (load.cacheUsage ?? 0) >= FULL;
  const waited = `${grouped(Math.round(numRunning))} ran while ${grouped(Math.round(numWaiting))} waited`;
  if (!isFull && numRunning >= NEARLY * deployment.maxNumSeqs) return allowMore(seen, waited);
  if (isFull) return makeRoom(seen, waited);
  return largerSteps(seen, waited);
};

function allowMore(seen: Observations, waited: string): Finding {
  const { deployment, capacity, lengths } = seen;
  const fits = Math.floor((capacity?.numTokensBefore ?? 0) / (lengths.prompt + lengths.output));
  const most = Math.max(defaultLimits(deployment.gpu).maxNumSeqs, deployment.maxNumSeqs + 1);
  const target = Math.max(deployment.maxNumSeqs + 1, Math.min(fits, most));
  const after = changed(deployment, { maxNumSeqs: target });
  return {
    id: "few-running",
    weight: 2,
    told: `${waited}, and no more than ${grouped(deployment.maxNumSeqs)} may run, with the cache ${percent(seen.load?.cacheUsage ?? 0)} full.`,
    cause:
      "--max-num-seqs is the limit: there is cache for more requests, and a decode step with more of them takes little longer.",
    advice:
      target === fits
        ? `Raise --max-num-seqs to ${grouped(target)}: as many requests of ${grouped(lengths.prompt + lengths.output)} tokens (${lengths.isKnown ? "your mean" : "a guess"}) as the cache holds.`
        : `Raise --max-num-seqs to ${grouped(target)}, of the ${grouped(fits)} that the cache would hold at ${lengths.isKnown ? "your" : "guessed"} lengths.`,
    changes: [{ flag: "max-num-seqs", value: target }],
    before: deployment,
    after,
    figures: [
      {
        label: "Requests allowed at once",
        unit: "count",
        before: deployment.maxNumSeqs,
        after: target,
      },
      { label: "Requests of your length that fit", unit: "count", before: fits, after: fits },
    ],
    runs: runsOf({
      seen,
      after,
      tells: ["queueing", "time-to-first-token", "throughput", "longest-gap", "duration"],
    }),
  };
}

function makeRoom(seen: Observations, waited: string): Finding {
  const { deployment } = seen;
  const { precision } = deployment;
  const isNarrow = bytesOf(precision.kv) <= 1;
  const numGpus = deployment.numGpus * 2;
  const split = changed(deployment, { numGpus });
  const canSplit = findCapacity(split) !== undefined;
  const after = isNarrow
    ? canSplit
      ? split
      : deployment
    : changed(deployment, { precision: { ...precision, kv: "fp8" } });
  return {
    id: "few-running",
    weight: 2,
    told: `${waited}, with the cache ${percent(seen.load?.cacheUsage ?? 0)} full.`,
    cause:
      "The cache is the limit: a request starts only when there are blocks for its prompt, and the first in the queue holds up all behind it.",
    advice: isNarrow
      ? `Only more memory helps: ${canSplit ? `--tensor-parallel-size ${numGpus}, ` : ""}a larger GPU, or a second server.`
      : "Keep the cache in fp8, which holds twice the tokens; then more of the GPU, then more GPUs. A higher --max-num-seqs changes nothing.",
    changes: isNarrow
      ? canSplit
        ? [{ flag: "tensor-parallel-size", value: numGpus }]
        : []
      : [{ flag: "kv-cache-dtype", value: "fp8" }],
    before: deployment,
    after,
    figures: memoryFigures(deployment, after),
    runs: runsOf({
      seen,
      after,
      tells: ["queueing", "time-to-first-token", "throughput", "preemptions", "duration"],
    }),
  };
}

function largerSteps(seen: Observations, waited: string): Finding {
  const { deployment } = seen;
  const now = batchedTokensOf(deployment);
  const target = Math.max(8192, now * 2);
  const after = changed(deployment, { maxNumBatchedTokens: target });
  return {
    id: "few-running",
    weight: 2,
    told: `${waited}, though ${grouped(deployment.maxNumSeqs)} may run and the cache is ${percent(seen.load?.cacheUsage ?? 0)} full.`,
    cause:
      "Prompts arrive faster than they are read: a step reads at most --max-num-batched-tokens, and requests wait for their turn to be read.",
    advice: `Read more in a step: --max-num-batched-tokens ${target}. If the GPU is already busy with prompts, only fewer prompt tokens help: prefix caching, shorter prompts, another server.`,
    changes: [{ flag: "max-num-batched-tokens", value: target }],
    before: deployment,
    after,
    figures: [
      { label: "Most tokens of a step", unit: "count", before: now, after: target },
      {
        label: "Steps to read all prompts that waited",
        unit: "count",
        before: Math.ceil(((seen.load?.numWaiting ?? 0) * seen.lengths.prompt) / now),
        after: Math.ceil(((seen.load?.numWaiting ?? 0) * seen.lengths.prompt) / target),
      },
    ],
    runs: runsOf({
      seen,
      after,
      tells: ["queueing", "time-to-first-token", "longest-gap", "throughput", "duration"],
    }),
  };
}

/** A 99th percentile so many times the median says that something else shares the step. */
const UNEVEN = 4;
const LARGE_STEP = 4096;
const CALM_STEP = 2048;
/** Prompts must arrive while others write, for their steps to meet. */
const SPREAD_SECONDS = 20;

export const stepLimits: Detect = (seen) => {
  const { metrics, deployment } = seen;
  const tokens = batchedTokensOf(deployment);
  const { interTokenP50 = 0, interTokenP99 = 0 } = metrics;
  if (tokens < LARGE_STEP || interTokenP50 <= 0 || interTokenP99 < UNEVEN * interTokenP50) {
    return undefined;
  }
  const after = changed(deployment, { maxNumBatchedTokens: CALM_STEP });
  return {
    id: "step-limits",
    weight: 2,
    told: `Between tokens pass ${round(interTokenP50 * 1000, 1)} ms at the median and ${round(interTokenP99 * 1000, 1)} ms at the 99th percentile, with steps of up to ${grouped(tokens)} tokens.`,
    cause:
      "A step that reads a long prompt takes as long as the prompt needs, and every running request gets its next token only when the step ends.",
    advice: `Smaller steps make the gaps even: --max-num-batched-tokens ${CALM_STEP}. Prompts are then read in more steps, so that under load first tokens come later.`,
    changes: [{ flag: "max-num-batched-tokens", value: CALM_STEP }],
    before: deployment,
    after,
    figures: [{ label: "Most tokens of a step", unit: "count", before: tokens, after: CALM_STEP }],
    runs: runsOf({
      seen,
      after,
      spreadSeconds: SPREAD_SECONDS,
      tells: ["longest-gap", "time-to-first-token", "throughput"],
    }),
  };
};

const SMALL_CHUNK = 1024;
const LARGE_CHUNK = 2048;

export const smallChunks: Detect = (seen) => {
  const { deployment, command, log, lengths } = seen;
  const { maxNumBatchedTokens } = deployment;
  if (maxNumBatchedTokens === undefined || maxNumBatchedTokens > SMALL_CHUNK) return undefined;
  if (command?.flags.get("enable-chunked-prefill") === false) return undefined;
  if (maxNumBatchedTokens >= lengths.prompt + deployment.maxNumSeqs) return undefined;
  const isLogged = log.facts.maxNumBatchedTokens !== undefined;
  const after = changed(deployment, { maxNumBatchedTokens: LARGE_CHUNK });
  const steps = (tokens: number) => Math.ceil(lengths.prompt / tokens);
  return {
    id: "small-chunks",
    weight: 2,
    told: `${isLogged ? "The log" : "The line"} limits a step to ${grouped(maxNumBatchedTokens)} tokens; a prompt of ${grouped(lengths.prompt)} is cut into ${grouped(steps(maxNumBatchedTokens))} pieces.`,
    cause:
      "Each piece is a step of its own: it reads all weights and the cache of the pieces before it, pays the host’s part of a step, and shares its few tokens with every request that writes.",
    advice: `--max-num-batched-tokens ${LARGE_CHUNK}, or 8192 for first tokens at the price of longer gaps. 512 was the default with chunked prefill in V0; today’s is 2,048 or 8,192 by the GPU.`,
    changes: [{ flag: "max-num-batched-tokens", value: LARGE_CHUNK }],
    before: deployment,
    after,
    figures: [
      {
        label: "Steps for one prompt, alone",
        unit: "count",
        before: steps(maxNumBatchedTokens),
        after: steps(LARGE_CHUNK),
      },
    ],
    runs: runsOf({
      seen,
      after,
      tells: ["time-to-first-token", "throughput", "longest-gap", "duration"],
    }),
  };
};

const FEW_HITS = 0.05;
/** Prompts of the trace go up to 126,000 tokens. */
const TRACE = { id: "mooncake-conversation", numRequests: 150, blockSize: 512 } as const;

export const prefixMisses: Detect = (seen) => {
  const { command, load, deployment } = seen;
  const isOff = command?.flags.get("enable-prefix-caching") === false;
  const share = load?.prefixHitShare;
  if (!isOff && !(share !== undefined && share < FEW_HITS)) return undefined;
  const isFull = (load?.cacheUsage ?? 0) >= FULL;
  return {
    id: "prefix-misses",
    weight: isOff ? 2 : 1,
    told: isOff
      ? "The line has --no-enable-prefix-caching."
      : `Of the prompt tokens looked up, ${percent(share ?? 0)} were found in the cache.`,
    cause: isOff
      ? "Nothing is looked up: every prompt is read whole, though the blocks of earlier ones may still be there."
      : isFull
        ? "The cache is nearly full, so the blocks that nobody uses are taken again before the same beginning comes back."
        : "Only whole blocks from the very first token on are found: one different token near the beginning (a date, a name, a random id, another LoRA or salt) makes all that follow new.",
    advice: isOff
      ? "Take the flag out: caching costs next to nothing when nothing is shared."
      : "Put what all requests share first and what differs last, and compare the token ids. With long prompts a small cache forgets beginnings before they return. Requests for prompt logprobs look nothing up, and recurrent (Mamba) layers may find nothing below blocks of a thousand tokens.",
    changes: [{ flag: "enable-prefix-caching", value: true }],
    before: deployment,
    after: deployment,
    figures: sharedFigures(seen),
    runs: traceRuns(deployment),
  };
};

/** A system prompt of half the prompt, in whole blocks. */
function sharedFigures({ lengths, deployment }: Observations) {
  const shared = Math.floor(lengths.prompt / 2 / deployment.blockSize) * deployment.blockSize;
  return [
    {
      label: "Prompt tokens to compute, if half of a prompt is shared",
      unit: "count" as const,
      before: lengths.prompt,
      after: lengths.prompt - shared,
    },
  ];
}

function traceRuns(deployment: Deployment): Runs | undefined {
  if (TRACE.blockSize % deployment.blockSize !== 0) return undefined;
  const capacity = findCapacity(deployment);
  if (capacity === undefined) return undefined;
  const longest = Math.min(deployment.model.contextLength, capacity.longestRequest);
  if (longest < TRACE.blockSize) return undefined;
  const server = changed(deployment, { maxModelLen: longest });
  return makeRuns({
    before: { deployment: server, enablePrefixCaching: false },
    after: { deployment: server, enablePrefixCaching: true },
    requests: { kind: "trace", trace: TRACE.id, numRequests: TRACE.numRequests, rateScale: 1 },
    load: `The first ${TRACE.numRequests} requests of Mooncake’s conversation trace, whose prompts share beginnings: what reuse is worth where there is something to reuse. Longer ones than ${grouped(longest)} tokens are refused.`,
    tells: ["hits", "computed", "time-to-first-token", "throughput", "duration"],
  });
}

const USUAL_BLOCK = 16;

export const blockSize: Detect = (seen) => {
  const { deployment, command, lengths } = seen;
  const asked = command?.flags.get("block-size") ?? seen.log.facts.blockSize;
  if (typeof asked !== "number" || asked === USUAL_BLOCK) return undefined;
  if (deployment.model.shape.latent !== undefined) return undefined;
  const { profiled: _, ...rest } = deployment;
  const [before, after] = [rest, { ...rest, blockSize: USUAL_BLOCK }];
  const length = lengths.prompt + lengths.output;
  const held = (size: number) => Math.ceil(length / size) * size;
  const capacities = [findCapacity(before), findCapacity(after)];
  return {
    id: "block-size",
    weight: asked > 64 ? 1 : 0,
    told: `Blocks have ${grouped(asked)} tokens; vLLM’s own choice is ${USUAL_BLOCK} on most GPUs.`,
    cause:
      "Half a block is lost at the end of each request on average, and prefixes are shared in whole blocks only. The tokens that the cache holds stay the same but for rounding.",
    advice:
      "Leave --block-size out: vLLM picks what the attention kernel wants. It is no lever on memory, and seldom one on speed.",
    changes: [{ flag: "block-size", value: undefined }],
    before,
    after,
    figures: [
      {
        label: "Tokens that the cache holds",
        unit: "count",
        before: capacities[0]?.numTokensBefore ?? NaN,
        after: capacities[1]?.numTokensBefore ?? NaN,
      },
      {
        label: `Tokens of cache for a request of ${grouped(length)}`,
        unit: "count",
        before: held(asked),
        after: held(USUAL_BLOCK),
      },
    ],
    runs: runsOf({ seen, before, after, tells: ["internal", "throughput", "duration"] }),
  };
};
