// What it takes to add up one array over several GPUs, so that each of them holds the sum.
import { seconds, type Bytes, type BytesPerSecond, type Seconds } from "../units/units.ts";

/** The way between the GPUs of one node. */
export interface Link {
  readonly id: string;
  readonly name: string;
  /**
   * Time of an all-reduce of very few bytes. One for 2, 4 and 8 GPUs: their small messages scatter so that a latency for
   * each number meets rows left out no better (tools/fit/network.ts). `findSmallTimes` has the range.
   */
  readonly latency: Seconds;
  /**
   * What the model below divides by: bytes that pass each GPU's link, in one direction, a second. As reached, not the
   * datasheet's peak.
   */
  readonly busBandwidthPerDirection: BytesPerSecond;
  /** What the datasheet or the standard promises in one direction. */
  readonly peakPerDirection: BytesPerSecond;
  /** Latency and bandwidth were fitted to measurements of this very link; otherwise `note` says where they come from. */
  readonly isMeasured: boolean;
  /** What was measured, or how the figures were carried over from another link. */
  readonly note: string;
  readonly source: { readonly url: string; readonly readOn: string };
}

/** @throws RangeError if `ranks` is not a whole number of GPUs, at least 1. */
export function checkRanks(ranks: number): void {
  if (!Number.isInteger(ranks) || ranks < 1 || ranks > MAX_RANKS) {
    throw new RangeError(`GPUs are counted from 1 to ${MAX_RANKS} in whole numbers; got ${ranks}.`);
  }
}

const MAX_RANKS = 1024;

/**
 * Bytes that an all-reduce sends over each GPU's link: `2·(n − 1)/n` times the array, as a ring does (once round to add
 * up, once round to hand out) and as no algorithm that adds on the GPUs can beat.
 *
 * @see Patarasuk and Yuan 2009, "Bandwidth optimal all-reduce algorithms for clusters of workstations"
 */
export function bytesOverLink(size: Bytes, ranks: number): number {
  return ((2 * (ranks - 1)) / ranks) * size;
}

/**
 * Time of an all-reduce: `latency + 2·(n − 1)/n · bytes / bus bandwidth`; 0 for one GPU.
 *
 * @param size - bytes of the array on each GPU.
 * @throws RangeError for a size that is negative or not finite, or a number of GPUs that is not whole.
 */
export function allReduceTime(size: Bytes, ranks: number, link: Link): Seconds {
  checkRanks(ranks);
  if (!(size >= 0 && size < Infinity)) {
    throw new RangeError(`An all-reduce takes 0 bytes or more; got ${size}.`);
  }
  if (ranks === 1) return seconds(0);
  return seconds(link.latency + bytesOverLink(size, ranks) / link.busBandwidthPerDirection);
}
