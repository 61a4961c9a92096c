// The work of one step that generates a token, with a KV cache and without: rows, arithmetic and bytes.
import type { ModelShape } from "../catalog/models/model-shape.ts";
import { bytes, flops, type Bytes, type Flops } from "../units/units.ts";
import { weightBytesPerStep } from "./decode.ts";
import { kvBytesPerToken } from "./kv-cache.ts";

export interface StepRequest {
  readonly shape: ModelShape;
  /** t: tokens of the text, the newest included; at least 1. */
  readonly numTokens: number;
  /** Keys and values of the t − 1 earlier tokens are kept (true) or computed again (false). */
  readonly hasCache: boolean;
  /** Of weights and cache alike: 4 for f32, 2 for fp16 and bf16. */
  readonly bytesPerElement: number;
}

export interface StepWork {
  /** Rows, one for each token, that go through the matrices of each layer. */
  readonly rows: number;
  /** Entries of the lower triangle that are computed in each head of each layer. */
  readonly scores: number;
  /** In the layers' matrices and, for the last row alone, in the output head. */
  readonly matrixFlops: Flops;
  /** Scores and weighted values, in all heads of all layers. */
  readonly attentionFlops: Flops;
  readonly flops: Flops;
  readonly weightBytes: Bytes;
  /** Keys and values of earlier steps. */
  readonly kvBytesRead: Bytes;
  /** Keys and values that later steps will read. */
  readonly kvBytesWritten: Bytes;
  readonly bytesMoved: Bytes;
}

/** Whether {@link decodeStepWork} holds: all layers alike, with a key and a value for each KV head. */
export function hasUniformLayers({ latent, experts }: ModelShape): boolean {
  return latent === undefined && (experts === undefined || experts.numDenseLayers === 0);
}

/**
 * Weights of the matrices of one layer that a row goes through: `D·H·(2N + 2K) + 3·D·F`, 2 in place of 3 where the
 * network is not gated; with experts the router and the active ones stand in place of the network.
 */
export function matrixParametersPerLayer(shape: ModelShape): number {
  const { width, hiddenWidth, numHeads, numKvHeads, headWidth, experts } = shape;
  const attention = width * headWidth * (2 * numHeads + 2 * numKvHeads);
  const perChannel = width * (shape.feedForward === "plain" ? 2 : 3);
  const channels =
    experts === undefined ? hiddenWidth : (experts.active + experts.shared) * experts.width;
  return attention + perChannel * channels + width * (experts?.count ?? 0);
}

/**
 * Arithmetic and compulsory traffic of the step that takes a text of t tokens to its next.
 *
 * - Matrices: 2 FLOPs for each weight and row, `2·(L·perLayer·rows + V·D)`; the output head sees the last row only.
 * - Attention: `4·L·N·H` for each score, 2 to make it and 2 to weigh a value with it. With a cache t scores a head,
 *   without `t·(t + 1)/2`.
 * - Bytes: the weights once, keys and values of earlier steps read, new ones written. What a step makes and uses up
 *   itself (activations; without a cache, the recomputed keys and values) is not counted on either side.
 *
 * @throws RangeError if there are no tokens, or layers differ from each other or keep a latent.
 */
export function decodeStepWork(request: StepRequest): StepWork {
  const { shape, numTokens, hasCache, bytesPerElement } = request;
  if (!(numTokens >= 1)) throw new RangeError(`A text has at least 1 token; got ${numTokens}.`);
  if (!hasUniformLayers(shape)) {
    throw new RangeError(
      "A step is counted here only for layers that are alike and keep full keys.",
    );
  }
  const { numLayers, numHeads, headWidth, vocabulary, width } = shape;
  const rows = hasCache ? 1 : numTokens;
  const scores = hasCache ? numTokens : (numTokens * (numTokens + 1)) / 2;
  const layerFlops = 2 * numLayers * matrixParametersPerLayer(shape) * rows;
  const matrixFlops = flops(layerFlops + 2 * vocabulary * width);
  const attentionFlops = flops(4 * numLayers * numHeads * headWidth * scores);
  const perToken = kvBytesPerToken(shape, bytesPerElement);
  const weightBytes = weightBytesPerStep(shape, bytesPerElement, rows);
  const kvBytesRead = bytes(hasCache ? (numTokens - 1) * perToken : 0);
  const kvBytesWritten = bytes(hasCache ? perToken : 0);
  return {
    rows,
    scores,
    matrixFlops,
    attentionFlops,
    flops: flops(matrixFlops + attentionFlops),
    weightBytes,
    kvBytesRead,
    kvBytesWritten,
    bytesMoved: bytes(weightBytes + kvBytesRead + kvBytesWritten),
  };
}
