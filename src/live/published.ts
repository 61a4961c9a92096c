// The GPU that the reader's is held against: what its maker states of the A100.
import { findGpu, type GpuEntry } from "../core/catalog/gpus/gpus.ts";
import { TERA } from "../core/units/units.ts";

export interface PublishedRoof {
  readonly gpu: GpuEntry;
  /** FLOP a second of the plain 32-bit units, which are what this site's kernels use. */
  readonly floatRate: number;
  readonly floatSource: { readonly label: string; readonly url: string };
}

function getA100(): GpuEntry {
  const gpu = findGpu("a100-80gb-sxm");
  if (gpu === undefined) throw new Error("The catalogue holds no A100.");
  return gpu;
}

export const A100: PublishedRoof = {
  gpu: getA100(),
  floatRate: 19.5 * TERA,
  floatSource: {
    label: "NVIDIA A100 Tensor Core GPU Architecture (white paper)",
    url: "https://images.nvidia.com/aem-dam/en-zz/Solutions/data-center/nvidia-ampere-architecture-whitepaper.pdf",
  },
};

/** FLOP a second at best on the A100's plain 32-bit units. */
export function bestOnA100(intensity: number): number {
  return Math.min(A100.floatRate, intensity * A100.gpu.bandwidth);
}
