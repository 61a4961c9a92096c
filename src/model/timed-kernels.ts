// The kernels that can be timed by themselves, and whether a device runs them in good time.
import { ladderLaunch, ladderRead, ladderReadFour } from "../../shaders/ladder/kernel.ts";
import { linearRelu } from "../../shaders/linear-relu/kernel.ts";
import { LINEAR_VARIANTS } from "../../shaders/linear/kernel.ts";
import { FMA_VARIANTS } from "../../shaders/micro/kernel.ts";
import { NORM_GATE_UP_VARIANTS } from "../../shaders/norm-gate-up/kernel.ts";
import { reluInPlace } from "../../shaders/relu/kernel.ts";
import { RMS_NORM_VARIANTS } from "../../shaders/rms-norm/kernel.ts";
import { swiglu } from "../../shaders/swiglu/kernel.ts";
import type { Backend } from "../gpu/backend.ts";
import {
  withSizes,
  type Bindings,
  type Kernel,
  type SizedKernel,
  type Sizes,
} from "../gpu/kernel.ts";
import { hasBarrier } from "./autotune.ts";

/** A kernel whose sizes come by name from outside. */
export interface TimedKernel {
  readonly id: string;
  readonly bindings: Bindings;
  /** False where an optional feature is missing, or where the kernel would take seconds to compile. */
  isFitFor(backend: Pick<Backend, "features" | "isSoftware">): boolean;
  /** Undefined where the sizes do not name all that the kernel needs. */
  findSized(sizes: Sizes): SizedKernel | undefined;
}

function timed<B extends Bindings>(kernel: Kernel<Sizes, B>): TimedKernel {
  return {
    id: kernel.id,
    bindings: kernel.bindings,
    isFitFor: ({ features, isSoftware }) =>
      (kernel.features ?? []).every((feature) => features.has(feature)) &&
      !(isSoftware && hasBarrier(kernel.source)),
    findSized(sizes) {
      // A size that is missing makes a constant that is no number.
      const sized = withSizes(kernel, sizes);
      return Object.values(sized.constants).every(Number.isSafeInteger) ? sized : undefined;
    },
  };
}

const KERNELS: ReadonlyMap<string, TimedKernel> = new Map(
  [
    ...[ladderRead, ladderReadFour].map((kernel) => timed(kernel)),
    ...FMA_VARIANTS.map((kernel) => timed(kernel)),
    timed(ladderLaunch),
    ...LINEAR_VARIANTS.map((kernel) => timed(kernel)),
    timed(reluInPlace),
    timed(linearRelu),
    ...RMS_NORM_VARIANTS.map((kernel) => timed(kernel)),
    ...NORM_GATE_UP_VARIANTS.map((kernel) => timed(kernel)),
    timed(swiglu),
  ].map((kernel) => [kernel.id, kernel]),
);

export function findTimedKernel(id: string): TimedKernel | undefined {
  return KERNELS.get(id);
}

export function timedKernelIds(backend: Pick<Backend, "features" | "isSoftware">): string[] {
  return [...KERNELS.values()].filter((one) => one.isFitFor(backend)).map(({ id }) => id);
}
