// The GPU that the reader's is held against: what its maker and a paper state of the A100, and what its launches took.
import { findGpu, type GpuEntry } from "../core/catalog/gpus/gpus.ts";
import { findL2Rate, ON_CHIP, type L2Rate, type Source } from "../core/catalog/gpus/on-chip.ts";
import { fittedLaunchSeconds } from "../core/roofline/fitted.ts";
import type { Bytes, Seconds } from "../core/units/units.ts";

export interface PublishedRoof {
  readonly gpu: GpuEntry;
  /** FLOP a second of the plain 32-bit units, which are what this site's kernels use. */
  readonly floatRate: number;
  readonly floatSource: Source;
  /** Its second-level cache: how much it holds, and how fast it is read. */
  readonly l2: L2Rate & { readonly size: Bytes };
  /** What the smallest of its measured kernels takes, one after the other: fitted, not stated by its maker. */
  readonly launch: Seconds;
}

function getA100(): PublishedRoof {
  const gpu = findGpu("a100-80gb-sxm");
  const onChip = gpu && ON_CHIP.get(gpu.id);
  const l2 = gpu && findL2Rate(gpu.id);
  if (onChip === undefined || l2 === undefined || gpu?.l2 === undefined) {
    throw new Error("The catalogue does not hold the A100 and its caches.");
  }
  return {
    gpu,
    floatRate: onChip.fp32Peak,
    floatSource: onChip.fp32Source,
    l2: { ...l2, size: gpu.l2 },
    launch: fittedLaunchSeconds(gpu),
  };
}

export const A100: PublishedRoof = getA100();

/** FLOP a second at best on the A100's plain 32-bit units. */
export function bestOnA100(intensity: number): number {
  return Math.min(A100.floatRate, intensity * A100.gpu.bandwidth);
}
