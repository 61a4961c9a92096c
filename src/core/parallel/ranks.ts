// What one tensor-parallel rank holds: heads, weights, and how many GPUs a model needs before it fits.
import { countLayers, parameterParts, type ModelShape } from "../catalog/models/model-shape.ts";
import type { GpuEntry } from "../catalog/gpus/gpus.ts";
import { findRankProblem } from "../cost/pass.ts";
import { bytesOf, type Precision } from "../cost/precision.ts";
import { bytes, type Bytes } from "../units/units.ts";
import { checkRanks } from "./all-reduce.ts";

/** Tensor-parallel sizes worth offering: the whole nodes that one can buy, and halves of them. */
export const RANKS = [1, 2, 4, 8, 16, 32, 64] as const;

/**
 * KV heads that each rank keeps: `max(1, K / ranks)`. With fewer KV heads than ranks each head is kept by several ranks,
 * so the cache no longer shrinks. Latent attention keeps its one latent on every rank.
 *
 * @throws RangeError if the heads cannot be dealt out evenly.
 */
export function kvHeadsPerRank(
  shape: Pick<ModelShape, "numKvHeads" | "latent">,
  ranks: number,
): number {
  checkRanks(ranks);
  const { numKvHeads, latent } = shape;
  if (latent !== undefined) return 1;
  const isEven = numKvHeads >= ranks ? numKvHeads % ranks === 0 : ranks % numKvHeads === 0;
  if (!isEven) throw new RangeError(`${numKvHeads} KV heads do not divide over ${ranks} GPUs.`);
  return Math.max(1, numKvHeads / ranks);
}

/** Parameters on one rank. */
export interface RankParameters {
  /** Matrices of attention and of the feed-forward networks: what quantisation narrows. */
  readonly matrices: number;
  /** Embedding and output head, split by vocabulary: served in 16 bits whatever the matrices are. */
  readonly tables: number;
  /** Norms, biases, routers and position tables, the same on every rank; also in 16 bits. */
  readonly rest: number;
}

/**
 * What one of `ranks` GPUs holds. Matrices are split by heads or by hidden width; K and V projections are kept several
 * times over once there are more ranks than KV heads; the narrowing projections of latent attention are on every rank.
 * With one rank the parts add up to `countParameters`.
 */
export function rankParameters(shape: ModelShape, ranks: number): RankParameters {
  checkRanks(ranks);
  const parts = parameterParts(shape);
  const layers = countLayers(shape);
  const attention = attentionMatrices(shape, ranks);
  const dense = feedForwardMatrices(shape, shape.hiddenWidth);
  const { count = 0, shared = 0, width = 0 } = shape.experts ?? {};
  const experts = (count + shared) * feedForwardMatrices(shape, width);
  const whole = attentionMatrices(shape, 1);
  const perDenseLayer = parts.denseFeedForward - dense;
  const perExpertLayer = parts.router + (count + shared) * parts.expert - experts;
  return {
    matrices:
      shape.numLayers * attention + (layers.dense * dense + layers.expert * experts) / ranks,
    tables: (parts.embedding + parts.head) / ranks,
    rest:
      shape.numLayers * (parts.attention - whole + parts.norms) +
      layers.dense * perDenseLayer +
      layers.expert * perExpertLayer +
      parts.finalNorm +
      parts.positions,
  };
}

function attentionMatrices(shape: ModelShape, ranks: number): number {
  const { width, numHeads, headWidth, latent } = shape;
  const heads = numHeads / ranks;
  if (latent === undefined) {
    const kvHeads = Math.max(1, shape.numKvHeads / ranks);
    return width * headWidth * (2 * heads + 2 * kvHeads);
  }
  const { queryRank, kvRank, ropeWidth, plainWidth, valueWidth } = latent;
  const queries = heads * (plainWidth + ropeWidth);
  const queryPath = queryRank === 0 ? width * queries : width * queryRank + queryRank * queries;
  const kvPath = width * (kvRank + ropeWidth) + kvRank * heads * (plainWidth + valueWidth);
  return queryPath + kvPath + heads * valueWidth * width;
}

function feedForwardMatrices(shape: ModelShape, hidden: number): number {
  return (shape.feedForward === "plain" ? 2 : 3) * shape.width * hidden;
}

/** Bytes of weights on one rank when every parameter takes the same number of bytes. */
export function weightBytesPerRank(
  shape: ModelShape,
  precision: Pick<Precision, "weights">,
  ranks: number,
): Bytes {
  const { matrices, tables, rest } = rankParameters(shape, ranks);
  return bytes((matrices + tables + rest) * bytesOf(precision.weights));
}

export interface RanksNeeded {
  /**
   * Least number of GPUs whose memory together holds the model, whether or not its heads divide by it; absent if the
   * reserve alone fills a GPU.
   */
  readonly byMemory?: number;
  /** Least of 1, 2, 4, … 64 that also divides the model; undefined if none does. */
  readonly ranks?: number;
  /** Weights and reserve on one GPU at that number. */
  readonly perRank?: Bytes;
  /** Memory of one GPU that may be used. */
  readonly usable: Bytes;
}

export interface RankBudget {
  /** Part of each GPU's memory that may be used, in (0, 1]; 0.92 is vLLM's own default since v0.21. */
  readonly gpuMemoryUtilization?: number;
  /** Bytes that every GPU needs besides weights: activations, cache. */
  readonly reservedPerRank?: Bytes;
}

/**
 * How many GPUs a model needs.
 *
 * @throws RangeError if the utilisation is outside (0, 1].
 */
export function ranksNeeded(
  shape: ModelShape,
  gpu: Pick<GpuEntry, "memory">,
  precision: Pick<Precision, "weights">,
  { gpuMemoryUtilization = 0.92, reservedPerRank = bytes(0) }: RankBudget = {},
): RanksNeeded {
  if (!(gpuMemoryUtilization > 0 && gpuMemoryUtilization <= 1)) {
    throw new RangeError(
      `A share of memory is above 0 and at most 1; got ${gpuMemoryUtilization}.`,
    );
  }
  const usable = bytes(gpu.memory * gpuMemoryUtilization);
  const free = usable - reservedPerRank;
  const total = weightBytesPerRank(shape, precision, 1);
  const perRank = (ranks: number) =>
    bytes(weightBytesPerRank(shape, precision, ranks) + reservedPerRank);
  const ranks = RANKS.find(
    (count) => perRank(count) <= usable && findRankProblem(shape, count) === undefined,
  );
  return {
    usable,
    ...(free > 0 ? { byMemory: Math.max(1, Math.ceil(total / free)) } : {}),
    ...(ranks === undefined ? {} : { ranks, perRank: perRank(ranks) }),
  };
}
