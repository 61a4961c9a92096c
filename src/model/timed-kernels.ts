// The kernels that can be timed by themselves, and whether a device runs them in good time.
import { ladderLaunch, ladderRead, ladderReadFour } from "../../shaders/ladder/kernel.ts";
import { attentionScoresContiguous } from "../../shaders/attention-scores/kernel.ts";
import { attentionValuesContiguous } from "../../shaders/attention-values/kernel.ts";
import { ATTENTION_CONTIGUOUS_VARIANTS } from "../../shaders/attention/kernel.ts";
import {
  flashMerge,
  flashPartialContiguous,
  flashPartialPaged,
} from "../../shaders/flash-decode/kernel.ts";
import { kvAppendContiguous } from "../../shaders/kv-append/kernel.ts";
import { linearRelu } from "../../shaders/linear-relu/kernel.ts";
import { LINEAR_VARIANTS, linearHalf } from "../../shaders/linear/kernel.ts";
import {
  FMA_VARIANTS,
  READ_VARIANTS,
  copyVec4,
  emptyDispatch,
} from "../../shaders/micro/kernel.ts";
import { NORM_GATE_UP_VARIANTS } from "../../shaders/norm-gate-up/kernel.ts";
import { normLinear } from "../../shaders/norm-linear/kernel.ts";
import { NORM_QKV_CONTIGUOUS_VARIANTS } from "../../shaders/norm-qkv-rope-append/kernel.ts";
import { reluInPlace } from "../../shaders/relu/kernel.ts";
import { RMS_NORM_VARIANTS } from "../../shaders/rms-norm/kernel.ts";
import { ropeRotateHalves } from "../../shaders/rope/kernel.ts";
import { SOFTMAX_VARIANTS } from "../../shaders/softmax/kernel.ts";
import { swiglu } from "../../shaders/swiglu/kernel.ts";
import { createRandom, shuffledIndices } from "../core/statistics/random.ts";
import type { Backend } from "../gpu/backend.ts";
import {
  withSizes,
  type Bindings,
  type Kernel,
  type SizedKernel,
  type Sizes,
} from "../gpu/kernel.ts";
import { hasBarrier } from "./barriers.ts";

/** What a binding holds where random bits will not do, by the binding's name. */
type Tables = Readonly<Record<string, Uint32Array<ArrayBuffer>>>;

const NO_TABLES: Tables = {};

/** A kernel whose sizes come by name from outside. */
export interface TimedKernel {
  readonly id: string;
  readonly bindings: Bindings;
  /** False where an optional feature is missing, or where the kernel would take seconds to compile. */
  isFitFor(backend: Pick<Backend, "features" | "isSoftware">): boolean;
  /** Undefined where the sizes do not name all that the kernel needs. */
  findSized(sizes: Sizes): SizedKernel | undefined;
  /** Of a kernel over a cache: which row stands where, and the blocks of its sequence. */
  tables(sizes: Sizes, numRows: number): Tables;
  /** Σ over the rows of the tokens that each attends to; 0 for a kernel without a context. */
  numContextTokens(sizes: Sizes, numRows: number): number;
}

function timed<B extends Bindings>(kernel: Kernel<Sizes, B>): TimedKernel {
  return {
    tables: () => NO_TABLES,
    numContextTokens: () => 0,
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

/** (sequence, position) of each row: the last rows of each sequence, whose contexts fill the cache. */
function rowPlaces(
  { numSlots = 1, capacity = 1 }: Sizes,
  numRows: number,
): Uint32Array<ArrayBuffer> {
  const numSequences = Math.max(1, Math.floor(numSlots / capacity));
  const numEach = Math.ceil(numRows / numSequences);
  const first = Math.max(0, capacity - numEach);
  return Uint32Array.from({ length: 2 * numRows }, (_, index) => {
    const row = index >> 1;
    return index % 2 === 0 ? Math.floor(row / numEach) : first + (row % numEach);
  });
}

/** The blocks of all sequences, strewn over the cache as after a long day of serving. */
function blockTable({ numSlots = 1, blockSize = 1 }: Sizes): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(shuffledIndices(Math.floor(numSlots / blockSize), createRandom(1)));
}

/**
 * A kernel over a KV cache. Its sizes name `numSlots` and `capacity` also where the kernel itself needs only one of
 * them, since from both follow the sequences that there are, and where each row stands.
 */
function timedOnCache<B extends Bindings>(kernel: Kernel<Sizes, B>): TimedKernel {
  const { bindings } = kernel;
  return {
    ...timed(kernel),
    tables: (sizes, numRows) => ({
      rows: rowPlaces(sizes, numRows),
      ...("blockTable" in bindings ? { blockTable: blockTable(sizes) } : {}),
    }),
    numContextTokens: (sizes, numRows) =>
      rowPlaces(sizes, numRows).reduce(
        (sum, value, index) => (index % 2 === 0 ? sum : sum + value + 1),
        0,
      ),
  };
}

const KERNELS: ReadonlyMap<string, TimedKernel> = new Map(
  [
    ...[ladderRead, ladderReadFour].map((kernel) => timed(kernel)),
    ...READ_VARIANTS.map((kernel) => timed(kernel)),
    timed(copyVec4),
    ...FMA_VARIANTS.map((kernel) => timed(kernel)),
    timed(ladderLaunch),
    // Shown beside the others, never timed: dispatches that write nothing need not wait for one another.
    { ...timed(emptyDispatch), isFitFor: () => false },
    ...LINEAR_VARIANTS.map((kernel) => timed(kernel)),
    timed(linearHalf),
    timed(reluInPlace),
    timed(linearRelu),
    ...RMS_NORM_VARIANTS.map((kernel) => timed(kernel)),
    timed(normLinear),
    ...NORM_GATE_UP_VARIANTS.map((kernel) => timed(kernel)),
    timed(swiglu),
    timedOnCache(ropeRotateHalves),
    timedOnCache(kvAppendContiguous),
    ...NORM_QKV_CONTIGUOUS_VARIANTS.map((kernel) => timedOnCache(kernel)),
    timedOnCache(attentionScoresContiguous),
    ...SOFTMAX_VARIANTS.map((kernel) => timedOnCache(kernel)),
    timedOnCache(attentionValuesContiguous),
    ...ATTENTION_CONTIGUOUS_VARIANTS.map((kernel) => timedOnCache(kernel)),
    timedOnCache(flashPartialContiguous),
    timedOnCache(flashPartialPaged),
    timedOnCache(flashMerge),
  ].map((kernel) => [kernel.id, kernel]),
);

export function findTimedKernel(id: string): TimedKernel | undefined {
  return KERNELS.get(id);
}

export function timedKernelIds(backend: Pick<Backend, "features" | "isSoftware">): string[] {
  return [...KERNELS.values()].filter((one) => one.isFitFor(backend)).map(({ id }) => id);
}
