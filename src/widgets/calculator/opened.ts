// The main numbers of the page, opened: formula, the values put in, and where they come from. Pure.
import { countActiveParameters, countParameters } from "../../core/catalog/models/model-shape.ts";
import { peakFor, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { bytesMoved, type Cost } from "../../core/cost/cost.ts";
import { passCost } from "../../core/cost/operators.ts";
import { bytesOf, multiplyFormat } from "../../core/cost/precision.ts";
import { findLinkBetween } from "../../core/parallel/links.ts";
import { kvHeadsPerRank, rankParameters } from "../../core/parallel/ranks.ts";
import type { TensorParallelStep } from "../../core/parallel/tensor-parallel.ts";
import { batchedTokensOf, type Deployment } from "../../core/serving/deployment.ts";
import {
  blocksPerRequest,
  findBlockCaveat,
  type KvCapacity,
} from "../../core/serving/kv-capacity.ts";
import { meanContext, type LoadFigures } from "../../core/serving/load.ts";
import { readingSpeed, READING_SOURCE } from "../../core/serving/reading-speed.ts";
import { visibleMemory } from "../../core/serving/memory.ts";
import {
  formatBandwidth,
  formatBinaryBytes,
  formatBytes,
  formatCount,
  formatNumber,
  formatRate,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import type { Running, Step } from "./scene.ts";

type Input = OpenedNumber["inputs"][number];

const input = (symbol: string, meaning: string, value: string): Input => ({
  symbol,
  meaning,
  value,
});

interface Source {
  readonly label: string;
  readonly url: string;
}

/** Addresses of the web only: our own model's source is a file beside this page, a typed-in one has none. */
function sourcesOf({ model, gpu }: Deployment, ...which: ("model" | "gpu")[]): readonly Source[] {
  const entries = which.map((name) => (name === "model" ? model : gpu));
  return entries.flatMap(({ name, source: { url, readOn } }) =>
    url.startsWith("https://") ? [{ label: `${name}, read on ${readOn}`, url }] : [],
  );
}

const VLLM: Source = {
  label: "vLLM at commit 52a31cce, May 2026",
  url: "https://github.com/vllm-project/vllm",
};

/** Weights on one GPU. */
export function openWeights(deployment: Deployment, capacity: KvCapacity): OpenedNumber {
  const { model, numGpus, precision } = deployment;
  const { weights, keptAt16Bits, isProfiled } = capacity.memory;
  const { matrices, tables, rest } = rankParameters(model.shape, numGpus);
  const width = bytesOf(precision.weights);
  const text = formatBinaryBytes(weights);
  const inputs = [
    input("M", "parameters of matrices on one GPU", formatCount(matrices)),
    input("E", "of the embedding and the output head", formatCount(tables)),
    input("R", "of norms, biases, routers and positions", formatCount(rest)),
    input("b", `bytes of a weight in ${precision.weights}`, formatNumber(width)),
  ];
  const kept =
    keptAt16Bits > 0
      ? [input("k", "what stays in 16 bits, and scales", formatBytes(keptAt16Bits))]
      : [];
  const formula = keptAt16Bits > 0 ? "(M + E + R) · b + k" : "(M + E + R) · b";
  return {
    text,
    title: "Weights on one GPU",
    formula,
    inputs: [...inputs, ...kept],
    substitution: isProfiled ? `the log says ${text}` : `${formatBytes(weights)} = ${text}`,
    note: weightsNote(deployment),
    sources: sourcesOf(deployment, "model"),
  };
}

function weightsNote({ model: { name, shape }, numGpus }: Deployment): string {
  const all = countParameters(shape);
  const active = countActiveParameters(shape);
  const experts = active < all ? `, of which one token meets ${formatSi(active, "")}` : "";
  const split =
    numGpus === 1
      ? ""
      : ` Each of ${numGpus} GPUs holds its share of the matrices and all of the norms.`;
  return `${name} has ${formatCount(all)} parameters${experts}.${split}`;
}

/** Activations, CUDA graphs and what lies outside PyTorch. */
export function openWork(deployment: Deployment, { memory }: KvCapacity): OpenedNumber {
  const { activations, cudaGraphs, other } = memory;
  const sum = activations + cudaGraphs + other;
  const parts = [activations, cudaGraphs, other].map((part) => formatBinaryBytes(part)).join(" + ");
  return {
    text: formatBinaryBytes(sum),
    title: "Activations and overhead on one GPU",
    formula: "activations + CUDA graphs + other",
    inputs: [
      input(
        "activations",
        `of a step of ${formatCount(batchedTokensOf(deployment))} tokens`,
        formatBinaryBytes(activations),
      ),
      input("CUDA graphs", "recorded launches", formatBinaryBytes(cudaGraphs)),
      input("other", "outside PyTorch: CUDA context, NCCL", formatBinaryBytes(other)),
    ],
    substitution: `${parts} = ${formatBinaryBytes(sum)}`,
    note: memory.isProfiled
      ? "Where the log names a part, its figure stands here; the others are estimates."
      : "Estimates, held against public start-up logs. vLLM measures the activations when it starts.",
    sources: [VLLM],
  };
}

/** Memory that vLLM may take of one GPU. */
export function openShare({ gpu, gpuMemoryUtilization }: Deployment, capacity: KvCapacity) {
  const { total, totalNote, requested } = capacity.memory;
  const { url } = visibleMemory(gpu);
  return {
    text: formatBinaryBytes(requested),
    title: "Memory that vLLM may take of one GPU",
    formula: "total · gpu-memory-utilization",
    inputs: [
      input("total", `memory of the ${gpu.name}`, formatBinaryBytes(total, 4)),
      input("gpu-memory-utilization", "share of it", formatNumber(gpuMemoryUtilization, 2)),
    ],
    substitution: `${formatBinaryBytes(total, 4)} · ${formatNumber(gpuMemoryUtilization, 2)} = ${formatBinaryBytes(requested)}`,
    note: totalNote,
    sources: url === undefined ? [] : [{ label: "the log", url }],
  } satisfies OpenedNumber;
}

/** Cache of the running requests when each has all its tokens. */
export function openUsed(running: Running, used: number): OpenedNumber {
  const { capacity, roofline, evaluation } = running;
  const { workload, deployment } = evaluation;
  const length = workload.promptTokens + workload.outputTokens;
  const blocks = blocksPerRequest(length, deployment.blockSize);
  return {
    text: formatBinaryBytes(used),
    title: "KV cache of the running requests on one GPU",
    formula: "B · ⌈(prompt + output) / P⌉ · block",
    inputs: [
      input("B", "requests that run at once", formatCount(roofline.batch)),
      input("prompt + output", "tokens of a request at its end", formatCount(length)),
      input("P", "tokens of a block", formatCount(deployment.blockSize)),
      input("block", "bytes of a block over all layers", formatBinaryBytes(capacity.blockBytes)),
    ],
    substitution: `${formatCount(roofline.batch)} · ${formatCount(blocks)} · ${formatBinaryBytes(capacity.blockBytes)} = ${formatBinaryBytes(used)}`,
    sources: sourcesOf(deployment, "model"),
  };
}

/** KV cache of one token on one GPU. */
export function openPerToken(deployment: Deployment, capacity: KvCapacity): OpenedNumber {
  const { model, numGpus, precision } = deployment;
  const { shape } = model;
  const element = bytesOf(precision.kv);
  const text = formatBinaryBytes(capacity.bytesPerToken);
  const common = {
    text,
    title: "KV cache of one token on one GPU",
    sources: sourcesOf(deployment, "model"),
  };
  const layers = input("L", "layers", formatCount(shape.numLayers));
  const bytesInput = input("b", `bytes of an element in ${precision.kv}`, formatNumber(element));
  if (shape.latent !== undefined) {
    const { kvRank, ropeWidth } = shape.latent;
    return {
      ...common,
      formula: "L · (latent + rotated key) · b",
      inputs: [
        layers,
        input("latent", "width of the cached latent", formatCount(kvRank)),
        input("rotated key", "shared by all heads", formatCount(ropeWidth)),
        bytesInput,
      ],
      substitution: `${shape.numLayers} · (${kvRank} + ${ropeWidth}) · ${element} = ${text}`,
      note: "Latent attention keeps one latent for all heads, whole on every GPU.",
    };
  }
  const heads = kvHeadsPerRank(shape, numGpus);
  return {
    ...common,
    formula: "2 · L · K · H · b",
    inputs: [
      layers,
      input("K", "KV heads on one GPU", formatCount(heads)),
      input("H", "width of a head", formatCount(shape.headWidth)),
      bytesInput,
    ],
    substitution: `2 · ${shape.numLayers} · ${heads} · ${shape.headWidth} · ${element} = ${text}`,
    note: `The model has ${shape.numKvHeads} KV heads; each of ${numGpus} GPUs keeps ${heads}.`,
  };
}

/** "Maximum concurrency" of vLLM's start-up log. */
export function openConcurrency(deployment: Deployment, capacity: KvCapacity): OpenedNumber {
  const { maxModelLen, blockSize } = deployment;
  const { numBlocks, blocksPerRequest: perRequest, maxConcurrency, memory } = capacity;
  const text = `${formatNumber(maxConcurrency)}×`;
  return {
    text,
    title: `Requests of ${formatCount(maxModelLen)} tokens that the cache holds`,
    formula: "⌊⌊available / page⌋ / L⌋ / ⌈max-model-len / P⌉",
    inputs: [
      input("available", "memory left for the cache", formatBinaryBytes(memory.available, 4)),
      input("page", "a block in one layer", formatBinaryBytes(capacity.pageBytes)),
      input("L", "layers", formatCount(deployment.model.shape.numLayers)),
      input("P", "tokens of a block", formatCount(blockSize)),
    ],
    substitution: `${formatCount(numBlocks)} blocks / ${formatCount(perRequest)} = ${text}`,
    note: [
      `vLLM logs “GPU KV cache size: ${formatCount(capacity.numTokens)} tokens” and this number as “Maximum concurrency”.`,
      findBlockCaveat(deployment),
    ]
      .filter((sentence) => sentence !== undefined)
      .join(" "),
    sources: [VLLM],
  };
}

function costInputs({ flops }: Cost, moved: number, gpu: GpuEntry, peak: number): Input[] {
  return [
    input("bytes", "moved by all operators on one GPU", formatBytes(moved)),
    input("bandwidth", `of the ${gpu.name}`, formatBandwidth(gpu.bandwidth)),
    input("FLOPs", "of all operators on one GPU", formatSi(flops, "FLOP")),
    input("peak", `of the ${gpu.name}, dense`, formatSi(peak, "FLOP/s")),
  ];
}

function reduceInputs({ gpu, numGpus }: Deployment, step: TensorParallelStep): Input[] {
  if (step.numAllReduces === 0) return [];
  const link = findLinkBetween(gpu, numGpus);
  const each = step.allReduce / step.numAllReduces;
  return [
    input("R", "all-reduces, two a layer", formatCount(step.numAllReduces)),
    input(
      "t",
      `of one: ${formatBytes(step.allReduceBytes)} over ${link?.name ?? "the link"}`,
      formatSeconds(each),
    ),
  ];
}

function sumOf(step: TensorParallelStep): string {
  if (step.numAllReduces === 0) return formatSeconds(step.seconds);
  return `${formatSeconds(step.compute)} + ${formatSeconds(step.allReduce)} = ${formatSeconds(step.seconds)}`;
}

interface StepWords {
  readonly title: string;
  readonly note: string;
}

/** The time of a pass, as the bound or as fitted. */
function openStep(
  running: Running,
  { pass }: Step,
  load: LoadFigures,
  step: TensorParallelStep,
  { title, note }: StepWords,
): OpenedNumber {
  const { deployment } = running.evaluation;
  const { gpu, precision } = deployment;
  const isBound = load.estimate === "roofline";
  const peak = peakFor(gpu, multiplyFormat(precision));
  const cost = passCost(pass);
  const reduces = step.numAllReduces === 0 ? "" : " + R · t";
  const work = isBound ? "Σ max(bytes / bandwidth, FLOPs / peak)" : "Σ fitted kernel time";
  const why = isBound
    ? `The sum runs over the operators; none can be faster. Launches and the CPU are not in it.${step.numAllReduces === 0 ? "" : " All-reduces are by a fit to measured times of NCCL, which is no bound."}`
    : `Kernel times fitted on measurements of an A100 and an H100 (Vidur, MIT licence).${running.extrapolation === undefined ? "" : ` ${running.extrapolation}`}`;
  return {
    text: formatSeconds(step.seconds),
    title: `${title}, ${isBound ? "bound" : "fitted"}`,
    formula: `${work}${reduces}`,
    inputs: [
      ...costInputs(cost, bytesMoved(cost), gpu, peak.rate),
      ...reduceInputs(deployment, step),
    ],
    substitution: sumOf(step),
    note: `${note} ${why}`,
    sources: [
      ...sourcesOf(deployment, "model", "gpu"),
      ...(isBound ? [] : [{ label: "microsoft/vidur", url: "https://github.com/microsoft/vidur" }]),
    ],
  };
}

/** TTFT of a request that does not wait. */
export function openTimeToFirstToken(running: Running, load: LoadFigures): OpenedNumber {
  const { promptTokens } = running.evaluation.workload;
  return openStep(running, running.prefill, load, load.prefill, {
    title: "Time to first token",
    note: `Prefill of one prompt of ${formatCount(promptTokens)} tokens that does not wait for others.`,
  });
}

/** TPOT while only decode steps run. */
export function openTimePerOutputToken(running: Running, load: LoadFigures): OpenedNumber {
  const context = meanContext(running.evaluation.workload);
  return openStep(running, running.decode, load, load.decode, {
    title: "Time per output token",
    note: `One decode step of ${formatCount(load.batch)} requests with ${formatCount(context)} tokens in the cache each, the middle of the output.`,
  });
}

interface Cycle {
  readonly inputs: readonly Input[];
  /** What is under the fraction bar, with the values put in. */
  readonly seconds: string;
}

/** The time in which B requests come, are prefilled one after the other, and write their output. */
function cycleOf({ evaluation }: Running, load: LoadFigures): Cycle {
  const { outputTokens } = evaluation.workload;
  const [b, o] = [formatCount(load.batch), formatCount(outputTokens)];
  const [prefill, step] = [formatSeconds(load.prefill.seconds), formatSeconds(load.decode.seconds)];
  return {
    inputs: [
      input("B", "requests that run at once", b),
      input("O", "output tokens of a request", o),
      input("prefill", "of one prompt", prefill),
      input("step", "a decode step", step),
    ],
    seconds: `(${b} · ${prefill} + ${formatCount(outputTokens - 1)} · ${step})`,
  };
}

/** Tokens a second of one request in the steady state. */
export function openPace(running: Running, load: LoadFigures): OpenedNumber {
  const { inputs, seconds } = cycleOf(running, load);
  const text = formatNumber(load.tokensPerSecondPerUser);
  const times = load.tokensPerSecondPerUser / readingSpeed();
  return {
    text,
    title: "Pace of one request",
    formula: "O / (B · prefill + (O − 1) · step)",
    inputs,
    substitution: `${formatCount(running.evaluation.workload.outputTokens)} / ${seconds} = ${text} tokens/s`,
    note: `Between its tokens a request waits for the prefills of others. People read about ${formatNumber(readingSpeed(), 2)} tokens a second: this is ${formatNumber(times, 2)} times that.`,
    sources: [{ label: READING_SOURCE.title, url: READING_SOURCE.url }],
  };
}

/** Output tokens a second of all requests. */
export function openThroughput(running: Running, load: LoadFigures): OpenedNumber {
  const { inputs, seconds } = cycleOf(running, load);
  const { outputTokens } = running.evaluation.workload;
  const text = formatNumber(load.tokensPerSecond);
  return {
    text,
    title: "Throughput",
    formula: "B · O / (B · prefill + (O − 1) · step)",
    inputs,
    substitution: `${formatCount(load.batch)} · ${formatCount(outputTokens)} / ${seconds} = ${text} tokens/s`,
    note: "Output tokens of all requests in a steady state, every prompt prefilled on the same GPUs.",
  };
}

export function openPerGpu({ evaluation }: Running, load: LoadFigures): OpenedNumber {
  const { numGpus } = evaluation.deployment;
  const text = formatNumber(load.tokensPerSecondPerGpu);
  return {
    text,
    title: "Throughput of one GPU",
    formula: "throughput / GPUs",
    inputs: [
      input("throughput", "of all requests", formatRate(load.tokensPerSecond, "tokens/s")),
      input("GPUs", "that share the model", formatCount(numGpus)),
    ],
    substitution: `${formatRate(load.tokensPerSecond, "tokens/s")} / ${numGpus} = ${text} tokens/s`,
  };
}

/** Undefined without a price. */
export function openCost({ evaluation }: Running, load: LoadFigures): OpenedNumber | undefined {
  const { workload, deployment } = evaluation;
  const { pricePerGpuHour: price } = workload;
  if (price === undefined || load.costPerMillionTokens === undefined) return undefined;
  const text = formatNumber(load.costPerMillionTokens);
  const rate = formatRate(load.tokensPerSecond, "tokens/s");
  return {
    text,
    title: "Cost of a million output tokens",
    formula: "price · GPUs / 3600 s / throughput · 10⁶",
    inputs: [
      input("price", "of one GPU for one hour, yours", formatNumber(price)),
      input("GPUs", "that share the model", formatCount(deployment.numGpus)),
      input("throughput", "of all requests", rate),
    ],
    substitution: `${formatNumber(price)} · ${deployment.numGpus} / 3600 / ${rate} · 10⁶ = ${text}`,
    note: "In the currency of your price, and only while the GPUs are this busy.",
  };
}
