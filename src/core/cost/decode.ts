// What one cached decode step must read, and the time that alone takes.
import { countParametersWith, type ModelShape } from "../catalog/models/model-shape.ts";
import {
  bytes,
  seconds,
  type Bytes,
  type BytesPerSecond,
  type FlopsPerSecond,
  type Seconds,
} from "../units/units.ts";
import { expectedDistinctExperts } from "./experts.ts";
import { kvBytesPerToken } from "./kv-cache.ts";

/**
 * Weights that a step reads, each once: all but the embedding table of an untied model and the table of positions, of
 * which a step reads one row for each token; and of experts those that some token goes through.
 *
 * @param numTokens - of all sequences together; matters where there are experts.
 */
export function weightBytesPerStep(
  shape: ModelShape,
  bytesPerElement: number,
  numTokens = 1,
): Bytes {
  const { experts, vocabulary, width, isTied, learnedPositions = 0 } = shape;
  const numExperts = experts === undefined ? 0 : expectedDistinctExperts(experts, numTokens);
  const unread = ((isTied ? 0 : vocabulary) + learnedPositions) * width;
  return bytes((countParametersWith(shape, numExperts) - unread) * bytesPerElement);
}

export interface DecodeStep {
  readonly shape: ModelShape;
  readonly bytesPerElement: number;
  /** S: tokens in each sequence's cache. */
  readonly context: number;
  /** B: sequences. */
  readonly batch: number;
}

/** Weights once, and every sequence's cache once. */
export function decodeBytes({ shape, bytesPerElement, context, batch }: DecodeStep): Bytes {
  const cache = batch * context * kvBytesPerToken(shape, bytesPerElement);
  return bytes(weightBytesPerStep(shape, bytesPerElement, batch) + cache);
}

/**
 * No kernel can finish the step sooner at this bandwidth without reading fewer bytes.
 *
 * @throws RangeError if the bandwidth is not above 0.
 */
export function decodeFloor(step: DecodeStep, bandwidth: BytesPerSecond): Seconds {
  assertRate("A bandwidth", bandwidth);
  return seconds(decodeBytes(step) / bandwidth);
}

/** Tokens in each of `batch` caches at which a step reads as many bytes of cache as of weights. */
export function kvCrossover(shape: ModelShape, bytesPerElement: number, batch: number): number {
  const weights = weightBytesPerStep(shape, bytesPerElement, batch);
  return weights / (batch * kvBytesPerToken(shape, bytesPerElement));
}

export interface BatchStep {
  /** B: sequences. */
  readonly batch: number;
  readonly numParameters: number;
  /** Of all parameters. */
  readonly weightBytes: Bytes;
  /** Of one sequence's whole cache. */
  readonly kvBytesPerSequence: Bytes;
  /** Of all chips together. */
  readonly bandwidth: BytesPerSecond;
  /** Of all chips together. */
  readonly peak: FlopsPerSecond;
}

/**
 * A decode step from four numbers: the caches are read at the bandwidth, and the matrices take the longer of their
 * arithmetic and their reading, `B·kv/bandwidth + max(2·B·P/peak, weights/bandwidth)`.
 *
 * @throws RangeError if the bandwidth or the peak is not above 0.
 * @see Austin et al. 2025, "How to Scale Your Model", the chapter on inference
 */
export function batchStepTime(step: BatchStep): Seconds {
  const { batch, numParameters, weightBytes, kvBytesPerSequence, bandwidth, peak } = step;
  assertRate("A bandwidth", bandwidth);
  assertRate("A peak", peak);
  const caches = (batch * kvBytesPerSequence) / bandwidth;
  const matrices = Math.max((2 * batch * numParameters) / peak, weightBytes / bandwidth);
  return seconds(caches + matrices);
}

function assertRate(what: string, rate: number): void {
  if (rate > 0 && Number.isFinite(rate)) return;
  throw new RangeError(`${what} must be a number above 0; got ${rate}.`);
}
