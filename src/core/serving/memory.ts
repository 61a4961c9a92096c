// Where one GPU's memory goes in vLLM before the KV cache gets the rest. The total, the weights and the cache are
// arithmetic; activations and what lies outside PyTorch are estimates, held against public start-up logs in the tests.
import type { GpuEntry } from "../catalog/gpus/gpus.ts";
import type { ModelShape } from "../catalog/models/model-shape.ts";
import { bytesOf, type NumberFormat } from "../cost/precision.ts";
import { rankParameters } from "../parallel/ranks.ts";
import { bytes, GIBI, type Bytes } from "../units/units.ts";
import { batchedTokensOf, type Deployment } from "./deployment.ts";

/** Memory that a process sees on a GPU. */
export interface VisibleMemory {
  readonly total: Bytes;
  /** Where it was read, or why the datasheet's figure stands in. */
  readonly note: string;
  readonly url?: string;
}

/** GiB as PyTorch prints them in public logs; the driver keeps a little, so they differ by up to 0.2 GiB between machines. */
const SEEN: Readonly<Record<string, { readonly gib: number; readonly url?: string }>> = {
  "a100-80gb-sxm": { gib: 79.25, url: "https://github.com/levihsu/OOTDiffusion/issues/235" },
  "a100-80gb-pcie": { gib: 79.25, url: "https://github.com/levihsu/OOTDiffusion/issues/235" },
  "a100-40gb-sxm": { gib: 39.5, url: "https://github.com/TianheWu/CoSeR/issues/10" },
  "h100-sxm": { gib: 79.11, url: "https://github.com/vllm-project/vllm/issues/27508" },
  "h100-pcie": { gib: 79.11, url: "https://github.com/vllm-project/vllm/issues/27508" },
  "h200-sxm": { gib: 139.81, url: "https://github.com/vllm-project/vllm/issues/34553" },
  // Printed as GB, by a program that divides by 2³⁰: nvidia-smi shows 183,359 MiB on the same card.
  "b200-sxm": { gib: 178.35, url: "https://github.com/pytorch/ao/pull/4002" },
  a10: { gib: 22.18, url: "https://github.com/OpenBMB/MiniCPM-V/issues/640" },
  l4: { gib: 22.03, url: "https://github.com/ArcInstitute/evo2/issues/190" },
  l40s: { gib: 44.42, url: "https://github.com/stepfun-ai/Step-Video-T2V/issues/8" },
  "rtx-4090": { gib: 23.64, url: "https://github.com/3DTopia/Phidias-Diffusion/issues/8" },
  "v100-sxm2-32gb": { gib: 31.74, url: "https://github.com/liucongg/ChatGLM-Finetuning/issues/73" },
  t4: { gib: 14.56 },
};

/**
 * "80 GB" of a GPU is neither 80·10⁹ bytes nor 80 GiB of free memory: an 80 GB A100 has 80 GiB on the board, of which
 * logs show 79.15 to 79.33. A GPU without a log at hand gets its datasheet's figure in decimal bytes: up to 7 % less
 * than it has, or a little more where error correction takes a share of it (a 24 GB L4 shows 22.03 GiB, 23.7 GB).
 */
export function visibleMemory(gpu: GpuEntry): VisibleMemory {
  const seen = SEEN[gpu.id];
  if (seen === undefined) {
    const note = `No log of the ${gpu.name} is at hand: its datasheet's memory stands in, as decimal bytes, which can be a few per cent off.`;
    return { total: gpu.memory, note };
  }
  const note = `${seen.gib} GiB, as a public log of the ${gpu.name} prints it.`;
  const total = bytes(Math.round(seen.gib * GIBI));
  return { total, note, ...(seen.url === undefined ? {} : { url: seen.url }) };
}

const TABLE_BYTES = 2;
/** AWQ and GPTQ keep a 16-bit scale and a 4-bit zero for each group of 128 weights. */
const INT4_GROUP = { size: 128, bytes: 2.5 };

export interface WeightParts {
  /** All parameters at the weights' format: what tables of "weights in GB" print. */
  readonly atFormat: Bytes;
  /**
   * What a quantised checkpoint takes beyond that: embedding, output head, norms and biases stay at 16 bits, and 4-bit
   * weights carry a scale and a zero for each group of 128. 0 for weights that are not quantised.
   */
  readonly keptAt16Bits: Bytes;
}

/** Weights on one of `ranks` GPUs. */
export function weightsOnRank(shape: ModelShape, format: NumberFormat, ranks: number): WeightParts {
  const { matrices, tables, rest } = rankParameters(shape, ranks);
  const width = bytesOf(format);
  const atFormat = bytes((matrices + tables + rest) * width);
  if (width >= TABLE_BYTES) return { atFormat, keptAt16Bits: bytes(0) };
  const scales = format === "int4" ? (matrices / INT4_GROUP.size) * INT4_GROUP.bytes : 0;
  return { atFormat, keptAt16Bits: bytes((tables + rest) * (TABLE_BYTES - width) + scales) };
}

/** 16-bit logits, their 32-bit copy, and the probabilities made of them. */
const BYTES_PER_LOGIT = 2 + 4 + 4;

/**
 * Most memory that intermediate results take at once, estimated as vLLM measures it: a step of `maxNumBatchedTokens`
 * tokens through the widest layer (its hidden rows before and after the activation, and two rows of the model's width),
 * and the logits of every request at once.
 */
export function activationsOnRank(deployment: Deployment): Bytes {
  const { shape } = deployment.model;
  const tokens = batchedTokensOf(deployment);
  const requests = Math.min(deployment.maxNumSeqs, tokens);
  const row = widestRow(shape) / deployment.numGpus + 2 * shape.width;
  const width = Math.max(TABLE_BYTES, bytesOf(deployment.precision.activations));
  return bytes(tokens * row * width + requests * shape.vocabulary * BYTES_PER_LOGIT);
}

/** Elements for each token in the widest layer, over all GPUs. */
function widestRow(shape: ModelShape): number {
  const { experts, latent, numHeads } = shape;
  const isGated = shape.feedForward !== "plain";
  const hidden = (width: number) => (isGated ? 3 : 2) * width;
  const routed =
    experts === undefined
      ? 0
      : (experts.active + experts.shared) * (hidden(experts.width) + shape.width);
  const attention =
    latent === undefined
      ? 0
      : numHeads * (2 * (latent.plainWidth + latent.ropeWidth) + 2 * latent.valueWidth);
  return Math.max(hidden(shape.hiddenWidth), routed, attention);
}

/** The median of six public logs, which span 0.01 to 1.79 GiB. */
const OTHER = bytes(Math.round(0.22 * GIBI));
/** vLLM sets the memory of CUDA graphs aside since v0.21; two public logs print 0.45 and 0.58 GiB. */
const CUDA_GRAPHS = bytes(Math.round(0.5 * GIBI));

/** One GPU's memory. The parts up to `available` add up to `requested`. */
export interface MemoryParts {
  readonly total: Bytes;
  readonly totalNote: string;
  /** What vLLM may use: `ceil(total · gpuMemoryUtilization)`. */
  readonly requested: Bytes;
  /** Left alone: `total − requested`. */
  readonly leftToOthers: Bytes;
  readonly weights: Bytes;
  /** Part of `weights`: see {@link WeightParts}. */
  readonly keptAt16Bits: Bytes;
  /** Where a log gives the cache and not this: what the log leaves unexplained. */
  readonly activations: Bytes;
  readonly other: Bytes;
  readonly cudaGraphs: Bytes;
  /** For the KV cache: `requested` less all the above. Negative where they do not fit. */
  readonly available: Bytes;
  /** What comes from a log and not from an estimate. */
  readonly isProfiled: boolean;
}

export function memoryParts(deployment: Deployment): MemoryParts {
  const { model, gpu, numGpus, precision, profiled = {} } = deployment;
  const seen = visibleMemory(gpu);
  const total = profiled.total ?? seen.total;
  const requested = Math.ceil(total * deployment.gpuMemoryUtilization);
  const parts = weightsOnRank(model.shape, precision.weights, numGpus);
  const weights = profiled.weights ?? bytes(parts.atFormat + parts.keptAt16Bits);
  const other = profiled.other ?? OTHER;
  const cudaGraphs = profiled.cudaGraphs ?? CUDA_GRAPHS;
  const kvCache = smallest(profiled.kvCache);
  const unexplained = requested - weights - other - cudaGraphs - (kvCache ?? 0);
  const activations =
    profiled.activations ??
    (kvCache === undefined ? activationsOnRank(deployment) : bytes(Math.max(0, unexplained)));
  const rest = requested - Math.ceil(weights + activations + other + cudaGraphs);
  return {
    total,
    totalNote: profiled.total === undefined ? seen.note : "As the log prints it.",
    requested: bytes(requested),
    leftToOthers: bytes(total - requested),
    weights,
    keptAt16Bits: profiled.weights === undefined ? parts.keptAt16Bits : bytes(0),
    activations,
    other,
    cudaGraphs,
    available: bytes(kvCache ?? rest),
    isProfiled: deployment.profiled !== undefined,
  };
}

function smallest(values: Bytes | readonly Bytes[] | undefined): number | undefined {
  if (values === undefined) return undefined;
  if (typeof values === "number") return values;
  return values.length === 0 ? undefined : Math.min(...values);
}
