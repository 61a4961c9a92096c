// The time of paged attention on a real GPU, for decode and for prefill: the roofline's terms with fitted shares.
import { requireCount, requireNotNegative, requirePositive } from "./require.ts";
import type { GemmMachine } from "./gemm-model.ts";

/** Sequences that attend alike: each has `cached` tokens before the pass and brings `fresh` new ones. */
export interface AttentionSize {
  readonly sequences: number;
  readonly cached: number;
  readonly fresh: number;
  /** Query and KV heads of one rank. */
  readonly queryHeads: number;
  readonly kvHeads: number;
  /** Elements of a key, and of a value, in one head. */
  readonly headWidth: number;
  /** Bytes that the cache keeps for one token in one layer. */
  readonly kvBytesPerToken: number;
}

/** Fitted on the A100's FlashAttention kernels over a paged cache. */
export interface AttentionCoefficients {
  readonly decode: {
    readonly launchSeconds: number;
    /** Share of the memory bandwidth at which long caches are read. */
    readonly memoryEfficiency: number;
    /** Seconds that an SM spends on one sequence and KV head besides reading. */
    readonly blockSeconds: number;
  };
  readonly prefill: {
    readonly launchSeconds: number;
    /** Seconds for each query row, whatever it attends to. */
    readonly rowSeconds: number;
    /** Share of the peak rate; scores above the diagonal are counted, since the kernel's time follows the whole block. */
    readonly mathEfficiency: number;
  };
}

/** Launch, the cache's bytes at a share of the bandwidth, and a turn on an SM for each sequence and KV head. */
export function attentionDecodeSeconds(
  size: AttentionSize,
  machine: GemmMachine,
  { launchSeconds, memoryEfficiency, blockSeconds }: AttentionCoefficients["decode"],
): number {
  const read = size.sequences * (size.cached + size.fresh) * size.kvBytesPerToken;
  const blocks = size.sequences * size.kvHeads;
  const turns = (blocks * blockSeconds) / machine.numSms;
  return launchSeconds + read / (machine.bandwidth * memoryEfficiency) + turns;
}

/** Launch, a time for each row, and `4·N·H` FLOPs for each pair of a new token and a token that it may see or not. */
export function attentionPrefillSeconds(
  size: AttentionSize,
  machine: GemmMachine,
  { launchSeconds, rowSeconds, mathEfficiency }: AttentionCoefficients["prefill"],
): number {
  const rows = size.sequences * size.fresh;
  const pairs = rows * (size.cached + size.fresh);
  const work = 4 * size.queryHeads * size.headWidth * pairs;
  return launchSeconds + rows * rowSeconds + work / (machine.peakFlops * mathEfficiency);
}

/**
 * Attention of one layer: the decode form for one new token, the slower of both forms for more.
 *
 * @throws RangeError for a size that is negative, not whole, or without sequences, new tokens or heads.
 */
export function attentionSeconds(
  size: AttentionSize,
  machine: GemmMachine,
  coefficients: AttentionCoefficients,
): number {
  requireCount("The number of sequences", size.sequences);
  requireCount("The number of new tokens", size.fresh);
  requireCount("The number of cached tokens", size.cached, 0);
  requireNotNegative("The number of query heads of a rank", size.queryHeads);
  requireNotNegative("The number of KV heads of a rank", size.kvHeads);
  requirePositive("The head width", size.headWidth);
  requirePositive("The cache bytes of a token", size.kvBytesPerToken);
  const decode = attentionDecodeSeconds(size, machine, coefficients.decode);
  if (size.fresh === 1) return decode;
  return Math.max(decode, attentionPrefillSeconds(size, machine, coefficients.prefill));
}
