// What is served on what: a model, GPUs, and the settings of vLLM that decide its memory.
import type { GpuEntry } from "../catalog/gpus/gpus.ts";
import type { ModelEntry } from "../catalog/models/models.ts";
import { BF16, type Precision } from "../cost/precision.ts";
import type { Link } from "../parallel/all-reduce.ts";
import { checkRanks } from "../parallel/all-reduce.ts";
import { grouped } from "../units/grouped.ts";
import { GIBI, type Bytes } from "../units/units.ts";

/** What a start-up log says of one GPU; each takes the place of the estimate of the same name. */
export interface Profiled {
  /** All memory that the process sees. */
  readonly total?: Bytes;
  readonly weights?: Bytes;
  readonly activations?: Bytes;
  /** Outside PyTorch: CUDA context, NCCL buffers. */
  readonly other?: Bytes;
  readonly cudaGraphs?: Bytes;
  /** The cache's share itself, one value for each GPU or the smallest; nothing else counts then. */
  readonly kvCache?: Bytes | readonly Bytes[];
}

export interface Deployment {
  readonly model: ModelEntry;
  readonly gpu: GpuEntry;
  /** Tensor-parallel GPUs of one copy of the model. */
  readonly numGpus: number;
  readonly precision: Precision;
  /** Share of each GPU's memory that vLLM may use, in (0, 1]. */
  readonly gpuMemoryUtilization: number;
  /** Most tokens of one request, prompt and output together. */
  readonly maxModelLen: number;
  /** Most requests that run at once. */
  readonly maxNumSeqs: number;
  /** P: tokens of a KV block. */
  readonly blockSize: number;
  /** Most tokens of one step; vLLM's default for the GPU if absent. */
  readonly maxNumBatchedTokens?: number;
  /** The way between the GPUs; the fastest that the GPU has if absent. */
  readonly link?: Link;
  readonly profiled?: Profiled;
}

/** What one typical request is, and how many come at once. */
export interface Workload {
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Requests in flight; fewer run if the cache or `maxNumSeqs` does not hold them. */
  readonly concurrency: number;
  /** Price of one GPU for one hour, in the reader's currency. There is no default: prices age. */
  readonly pricePerGpuHour?: number;
}

export interface BatchLimits {
  readonly maxNumBatchedTokens: number;
  readonly maxNumSeqs: number;
}

const LARGE_GPU = 70 * GIBI;

/**
 * What `vllm serve` chooses itself: 8192 tokens a step and 1024 requests on GPUs of at least 70 GiB other than the A100,
 * 2048 and 256 on all others (vLLM commit 52a31cce).
 */
export function defaultLimits(gpu: Pick<GpuEntry, "name" | "memory">): BatchLimits {
  const isLarge = gpu.memory >= LARGE_GPU && !/a100/i.test(gpu.name);
  return isLarge
    ? { maxNumBatchedTokens: 8192, maxNumSeqs: 1024 }
    : { maxNumBatchedTokens: 2048, maxNumSeqs: 256 };
}

/** vLLM's defaults: one GPU, 16 bits, 92 % of memory, the model's whole context, blocks of 16 tokens. */
export function defaultDeployment(
  model: ModelEntry,
  gpu: GpuEntry,
  changes: Partial<Omit<Deployment, "model" | "gpu">> = {},
): Deployment {
  return {
    model,
    gpu,
    numGpus: 1,
    precision: BF16,
    gpuMemoryUtilization: 0.92,
    maxModelLen: model.contextLength,
    maxNumSeqs: defaultLimits(gpu).maxNumSeqs,
    blockSize: 16,
    ...changes,
  };
}

/**
 * A sentence where the longest request is longer than the model was trained for: vLLM compares `--max-model-len` with the
 * checkpoint's config.json and does not start, unless it is told to.
 *
 * @see https://github.com/vllm-project/vllm/pull/7080
 */
export function findLengthCaveat({
  model,
  maxModelLen,
}: Pick<Deployment, "model" | "maxModelLen">): string | undefined {
  if (maxModelLen <= model.contextLength) return undefined;
  return `vLLM refuses a --max-model-len above the ${grouped(model.contextLength)} tokens that ${model.name} was trained for, unless VLLM_ALLOW_LONG_MAX_MODEL_LEN=1 is set; the output can then be wrong.`;
}

export function batchedTokensOf({ maxNumBatchedTokens, gpu }: Deployment): number {
  return maxNumBatchedTokens ?? defaultLimits(gpu).maxNumBatchedTokens;
}

/** Far above any server, low enough that no product of these numbers loses its whole part. */
const MAX_COUNT = 100_000_000;

function checkCount(name: string, value: number, max = MAX_COUNT): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new RangeError(`${name} is a whole number from 1 to ${max}; got ${value}.`);
}

/** @throws RangeError naming the field and what is allowed. */
export function checkDeployment(deployment: Deployment): void {
  checkRanks(deployment.numGpus);
  const { gpuMemoryUtilization } = deployment;
  if (!(gpuMemoryUtilization > 0 && gpuMemoryUtilization <= 1)) {
    throw new RangeError(
      `GPU memory utilization is above 0 and at most 1; got ${gpuMemoryUtilization}.`,
    );
  }
  checkCount("The longest request", deployment.maxModelLen);
  checkCount("The most requests at once", deployment.maxNumSeqs);
  checkCount("The block size", deployment.blockSize, 4096);
  checkCount("The most tokens of a step", batchedTokensOf(deployment));
}

/** @throws RangeError naming the field and what is allowed. */
export function checkWorkload(workload: Workload): void {
  checkCount("The prompt", workload.promptTokens);
  checkCount("The output", workload.outputTokens);
  checkCount("The number of requests", workload.concurrency, 1_000_000);
  const { pricePerGpuHour } = workload;
  if (pricePerGpuHour === undefined || (pricePerGpuHour >= 0 && pricePerGpuHour < 1e9)) return;
  throw new RangeError(`A price is 0 or more an hour; got ${pricePerGpuHour}.`);
}
