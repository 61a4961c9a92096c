// Causes that lie in how the model is laid out: over GPUs, over kinds of layers, over the GPU's memory and the host's.
import { pciePerDirection } from "../catalog/gpus/gpus.ts";
import type { Deployment } from "../serving/deployment.ts";
import { blocksPerRequest } from "../serving/kv-capacity.ts";
import { loadAt } from "../serving/load.ts";
import { GIBI } from "../units/units.ts";
import { compare, flagOf } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import { findCapacity, type Observations } from "./observations.ts";
import { changed, type Figure } from "./trial.ts";
import { grouped } from "../units/grouped.ts";
import { percent, round } from "./words.ts";

type Detect = (seen: Observations) => Finding | undefined;

/** Requests in the step that is timed. */
const STEP_BATCH = 16;

export const tensorParallel: Detect = (seen) => {
  const { deployment } = seen;
  const { numGpus, model } = deployment;
  const asked = flagOf(seen, "tensor-parallel-size") ?? seen.log.facts.tensorParallelSize ?? 1;
  if (asked < 2 || numGpus < 2) return undefined;
  const heads = model.shape.numKvHeads;
  if (model.shape.latent === undefined && numGpus > heads) return headsRepeat(seen, heads);
  const one = findCapacity(changed(deployment, { numGpus: 1 }));
  const all = findCapacity(deployment);
  if (one === undefined || all === undefined || !one.canStart || !all.canStart) return undefined;
  const { profiled: _, ...before } = deployment;
  const after = { ...before, numGpus: 1 };
  const figures = splitFigures(before, after, seen);
  const total = figures.find(({ unit }) => unit === "rate");
  const doCopiesWin = total !== undefined && total.after > total.before;
  return {
    id: "tensor-parallel",
    weight: doCopiesWin ? 1 : 0,
    told: `${model.name} runs on ${numGpus} GPUs and would fit on one.`,
    cause:
      "Splitting a model gives more cache than the GPUs add, since each holds fewer weights, and a token comes sooner; but two all-reduces in every layer keep it from coming sooner in proportion.",
    advice: doCopiesWin
      ? `For the most tokens a second ${numGpus} copies do better here: --tensor-parallel-size 1 --data-parallel-size ${numGpus}. Keep the split if long requests need the cache, or a single reader the speed.`
      : `By this estimate the split is the better use of these GPUs at your lengths: weights are read once for all requests. ${numGpus} copies win where the link is slow and prompts are most of the work, and they fail one by one.`,
    changes: doCopiesWin
      ? [
          { flag: "tensor-parallel-size", value: 1 },
          { flag: "data-parallel-size", value: numGpus },
        ]
      : [],
    before,
    after,
    figures,
    runs: undefined,
  };
};

function splitFigures(before: Deployment, after: Deployment, seen: Observations): Figure[] {
  const { numGpus } = before;
  const [one, other] = [findCapacity(before), findCapacity(after)];
  const { prompt, output } = seen.lengths;
  const workload = { promptTokens: prompt, outputTokens: output, concurrency: STEP_BATCH };
  const at = (deployment: Deployment, batch: number) =>
    loadAt(deployment, workload, { batch, estimate: "fitted" });
  const [split, copy] = [at(before, STEP_BATCH * numGpus), at(after, STEP_BATCH)];
  const [splitAlone, copyAlone] = [at(before, 1), at(after, 1)];
  return [
    {
      label: "Tokens that the caches of all GPUs hold",
      unit: "count",
      before: one?.numTokensBefore ?? NaN,
      after: (other?.numTokensBefore ?? NaN) * numGpus,
    },
    {
      label: "A step for one request",
      unit: "seconds",
      before: splitAlone.decode.seconds,
      after: copyAlone.decode.seconds,
    },
    {
      label: `A step with ${STEP_BATCH} requests for each GPU`,
      unit: "seconds",
      before: split.decode.seconds,
      after: copy.decode.seconds,
    },
    {
      label: "Output tokens a second of all GPUs, prompts read as well",
      unit: "rate",
      before: split.tokensPerSecond,
      after: copy.tokensPerSecond * numGpus,
    },
  ];
}

function headsRepeat({ deployment }: Observations, heads: number): Finding {
  const { numGpus, model } = deployment;
  const copies = numGpus / heads;
  const after = changed(deployment, { numGpus: heads });
  return {
    id: "tensor-parallel",
    weight: 1,
    told: `${model.name} has ${heads} KV heads and is split over ${numGpus} GPUs.`,
    cause: `Each KV head is kept by ${copies} GPUs: a token takes as much of each GPU as over ${heads}, so more GPUs add cache only through the weights they take over.`,
    advice: `Split over ${heads} and stack ${copies} stages: --tensor-parallel-size ${heads} --pipeline-parallel-size ${copies}. Each GPU then keeps half the layers’ cache or less, and none twice.`,
    changes: [
      { flag: "tensor-parallel-size", value: heads },
      { flag: "pipeline-parallel-size", value: copies },
    ],
    ...compare(deployment, after),
    figures: [
      {
        label: "One token of cache, all GPUs",
        unit: "bytes",
        before: (findCapacity(deployment)?.bytesPerToken ?? NaN) * numGpus,
        after: (findCapacity(after)?.bytesPerToken ?? NaN) * heads,
      },
    ],
  };
}

/** Names of families whose layers do not all keep the whole context. */
const MIXED =
  /gemma-?[234]|gpt-oss|mistral-7b-(?:instruct-)?v0\.1|ministral|command-?r7b|cohere2|llama-?4|mamba|jamba|nemotron|qwen3-next|qwen3\.[5-9]|minimax|kimi-linear|olmo-?3/i;
/** More than this, as a share, is no rounding. */
const MISMATCH = 0.03;
/** A cache so many times the formula's is of another model. */
const NOISE = 10;
/** Of Gemma 3; the layers between those with the whole context. */
const WINDOW = 1024;

export const layerKinds: Detect = (seen) => {
  const { deployment, log } = seen;
  const name = seen.command?.model ?? log.facts.modelName ?? "";
  const isLatent = deployment.model.shape.latent !== undefined && seen.isModelNamed;
  const isOff = seen.command?.flags.get("disable-hybrid-kv-cache-manager") === true;
  if (isLatent) return latent(seen);
  const mismatch = seen.isModelNamed ? mismatchOf(seen) : undefined;
  if (!MIXED.test(name) && !isOff && mismatch === undefined) return undefined;
  const { maxModelLen, blockSize } = deployment;
  const maxNumBatchedTokens = deployment.maxNumBatchedTokens ?? 8192;
  const whole = blocksPerRequest(maxModelLen, blockSize);
  const kept = (tokens: number) =>
    Math.min(
      whole,
      blocksPerRequest(maxModelLen, blockSize, { tokens: WINDOW, maxNumBatchedTokens: tokens }),
    );
  const smaller = Math.min(2048, maxNumBatchedTokens);
  return {
    id: "layer-kinds",
    weight: isOff || mismatch !== undefined ? 1 : 0,
    told: MIXED.test(name)
      ? `The model’s name, “${name.slice(0, 60)}”, is of a family whose layers do not all keep the whole context.`
      : isOff
        ? "--disable-hybrid-kv-cache-manager is on the line."
        : `The log’s cache differs by ${percent(mismatch ?? 0)} from what full attention in every layer would give.`,
    cause:
      "Layers with a sliding window keep only the last tokens, and recurrent layers a fixed state: vLLM puts layers into groups with blocks of their own, so tokens and concurrency no longer follow from one division.",
    advice: `Leave the hybrid manager on. A group with a window needs room for the window and a whole step, so --max-num-batched-tokens ${smaller} makes each request smaller there. Read the log’s numbers, not a calculator’s.`,
    changes: [
      ...(isOff ? [{ flag: "disable-hybrid-kv-cache-manager", value: undefined }] : []),
      { flag: "max-num-batched-tokens", value: smaller },
    ],
    before: deployment,
    after: changed(deployment, { maxNumBatchedTokens: smaller }),
    figures: [
      {
        label: `Blocks of one request in a layer with a window of ${grouped(WINDOW)} tokens`,
        unit: "count",
        before: isOff ? whole : kept(maxNumBatchedTokens),
        after: kept(smaller),
      },
      {
        label: "Blocks of one request in a layer with the whole context",
        unit: "count",
        before: whole,
        after: whole,
      },
    ],
    runs: undefined,
  };
};

/** By how much the logged tokens miss the formula; undefined within rounding, or where the log does not say both. */
function mismatchOf({ log, capacity, deployment }: Observations): number | undefined {
  const { numTokens, availableGiB } = log.facts;
  if (numTokens === undefined || availableGiB === undefined || capacity === undefined) {
    return undefined;
  }
  if (!(numTokens > 0 && availableGiB > 0)) return undefined;
  const expected = (availableGiB * GIBI) / capacity.bytesPerToken;
  const offBy = Math.abs(numTokens / expected - 1);
  const rounding = (0.005 * GIBI) / (availableGiB * GIBI) + deployment.blockSize / numTokens;
  return offBy > Math.max(MISMATCH, rounding) && offBy < NOISE ? offBy : undefined;
}

function latent({ deployment }: Observations): Finding {
  const { model, numGpus } = deployment;
  const alone = { ...deployment, numGpus: 1 };
  const [split, whole] = [findCapacity(deployment), findCapacity(alone)];
  const isSplit = numGpus > 1;
  return {
    id: "layer-kinds",
    weight: isSplit ? 1 : 0,
    told: `${model.name} keeps one latent for each token and layer${isSplit ? `, and runs on ${numGpus} GPUs` : ""}.`,
    cause:
      "All heads share the latent, so tensor parallelism cannot divide it: every GPU keeps the cache of every request, and blocks have 64 tokens or more in most back ends.",
    advice: isSplit
      ? `Let each GPU keep its own requests: --tensor-parallel-size 1 --data-parallel-size ${numGpus} with --enable-expert-parallel. The caches then add up.`
      : "Count with the latent’s width, not with heads: a calculator that multiplies heads is off by a factor of tens.",
    changes: isSplit
      ? [
          { flag: "tensor-parallel-size", value: 1 },
          { flag: "data-parallel-size", value: numGpus },
          { flag: "enable-expert-parallel", value: true },
        ]
      : [],
    before: deployment,
    after: deployment,
    figures: [
      {
        label: "One token of cache, all GPUs together",
        unit: "bytes",
        before: (split?.bytesPerToken ?? NaN) * numGpus,
        after: whole?.bytesPerToken ?? NaN,
      },
    ],
    runs: undefined,
  };
}

const GONE = ["swap-space", "preemption-mode"];

export const offload: Detect = (seen) => {
  const gone = GONE.filter((name) => seen.command?.flags.has(name));
  const streamed = flagOf(seen, "cpu-offload-gb") ?? 0;
  if (streamed > 0) return weightsOffloaded(seen, streamed);
  const blocks = flagOf(seen, "num-gpu-blocks-override");
  const { deployment } = seen;
  if (blocks !== undefined) return overridden(seen, blocks);
  if (gone.length === 0) return undefined;
  return {
    id: "offload",
    weight: 1,
    told: `The line has ${gone.map((name) => `--${name}`).join(" and ")}.`,
    cause:
      "V1 never swaps: a preempted request gives its blocks up and is computed again. The flag went with V0, and newer versions refuse it.",
    advice:
      "Take it out. To keep evicted blocks in host memory say --kv-offloading-size, and to set the cache’s size exactly --kv-cache-memory-bytes.",
    changes: gone.map((flag) => ({ flag, value: undefined })),
    ...compare(deployment, deployment),
  };
};

function overridden(seen: Observations, blocks: number): Finding {
  const { deployment } = seen;
  const { profiled, ...rest } = deployment;
  const { kvCache: _, ...others } = profiled ?? {};
  const after: Deployment = Object.keys(others).length === 0 ? rest : { ...rest, profiled: others };
  return {
    id: "offload",
    weight: 1,
    told: `--num-gpu-blocks-override sets ${grouped(blocks)} blocks, ${grouped(blocks * deployment.blockSize)} tokens.`,
    cause:
      "The override replaces what vLLM measured: too few blocks leave memory idle, too many run out of it. It is meant for tests.",
    advice:
      "Take it out, or say the size in bytes with --kv-cache-memory-bytes, which is exact and does not depend on the block size.",
    changes: [{ flag: "num-gpu-blocks-override", value: undefined }],
    ...compare(deployment, after),
  };
}

function weightsOffloaded(seen: Observations, streamedGiB: number): Finding {
  const { deployment } = seen;
  const { gpu } = deployment;
  const streamed = streamedGiB * GIBI;
  const link = pciePerDirection(gpu.pcieGeneration ?? 4);
  const resident = findCapacity(deployment)?.memory.weights ?? NaN;
  const { profiled: _, ...whole } = deployment;
  const after = changed(whole, { precision: { ...deployment.precision, weights: "fp8" } });
  return {
    id: "offload",
    weight: 2,
    told: `--cpu-offload-gb keeps ${round(streamedGiB, 1)} GiB of the weights in host memory.`,
    cause: `Those weights cross the bus in every step, at no more than ${Math.round(link / 1e9)} GB/s against ${grouped(Math.round(gpu.bandwidth / 1e9))} GB/s of the GPU’s own memory.`,
    advice:
      "Take it out and make the weights smaller instead (--quantization), or use more GPUs. It is for trying a model, not for serving one.",
    changes: [
      ...GONE.map((flag) => ({ flag, value: undefined })),
      { flag: "cpu-offload-gb", value: undefined },
      { flag: "quantization", value: "fp8" },
    ],
    before: deployment,
    after,
    figures: [
      {
        label: "Reading the weights once, each step, at best",
        unit: "seconds",
        before: streamed / link + resident / gpu.bandwidth,
        after: (findCapacity(after)?.memory.weights ?? NaN) / gpu.bandwidth,
      },
    ],
    runs: undefined,
  };
}
