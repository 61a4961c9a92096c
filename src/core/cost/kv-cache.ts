// The memory of the KV cache.
import type { ModelShape } from "../catalog/models/model-shape.ts";
import { bytes, type Bytes } from "../units/units.ts";

type CacheShape = Pick<ModelShape, "numLayers" | "numKvHeads" | "headWidth" | "latent">;

/**
 * Elements that one layer keeps of a token: a key and a value for each KV head, `2·K·H`; with latent attention the
 * latent and the shared rotated key, `kvRank + ropeWidth`.
 *
 * @param numKvHeads - of the GPU that is asked about, if fewer than all.
 */
export function kvElementsPerLayer(shape: CacheShape, numKvHeads = shape.numKvHeads): number {
  const { latent, headWidth } = shape;
  return latent === undefined ? 2 * numKvHeads * headWidth : latent.kvRank + latent.ropeWidth;
}

/**
 * Memory the KV cache grows by for each token of context.
 *
 * One key and one value vector for each KV head of each layer, `2·L·K·H` elements; with latent attention
 * `L·(kvRank + ropeWidth)`.
 *
 * @param bytesPerElement - 4 for f32, 2 for fp16 and bf16, 1 for fp8.
 * @throws RangeError if `bytesPerElement` is not positive.
 * @see Pope et al. 2022, "Efficiently Scaling Transformer Inference", section 3.3
 * @see DeepSeek-AI 2024, "DeepSeek-V2", section 2.1
 */
export function kvBytesPerToken(shape: CacheShape, bytesPerElement: number): Bytes {
  if (!(bytesPerElement > 0 && Number.isFinite(bytesPerElement))) {
    throw new RangeError(`An element takes more than 0 bytes; got ${bytesPerElement}.`);
  }
  return bytes(shape.numLayers * kvElementsPerLayer(shape) * bytesPerElement);
}

/**
 * The same of one of several tensor-parallel GPUs: each keeps its share of the KV heads, but never less than one,
 * and the whole of a latent.
 *
 * @param ranks - GPUs over which heads are split.
 * @throws RangeError if `ranks` is not a whole number of at least 1, and as {@link kvBytesPerToken}.
 */
export function kvBytesPerTokenOfRank(
  shape: CacheShape,
  bytesPerElement: number,
  ranks: number,
): Bytes {
  if (!(Number.isInteger(ranks) && ranks >= 1)) {
    throw new RangeError(`Heads are split among a whole number of GPUs, at least 1; got ${ranks}.`);
  }
  const numKvHeads = Math.max(1, shape.numKvHeads / ranks);
  return kvBytesPerToken({ ...shape, numKvHeads }, bytesPerElement);
}
