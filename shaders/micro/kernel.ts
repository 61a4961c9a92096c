// Kernels that measure the machine and compute nothing of use: what it reads, copies, multiplies and launches.
// The roof of a roofline is the best of several of each kind.
import { NO_COST } from "../../src/core/cost/cost.ts";
import { bytes, flops } from "../../src/core/units/units.ts";
import {
  READ_F32,
  WRITE_F32,
  type Kernel,
  type TwinArrays,
  type WorkgroupCount,
} from "../../src/gpu/kernel.ts";
import copySource from "./copy.wgsl?raw";
import emptySource from "./empty.wgsl?raw";
import fmaScalarSource from "./fma-scalar.wgsl?raw";
import fmaVec4Source from "./fma-vec4.wgsl?raw";
import readOwnRunSource from "./read-own-run.wgsl?raw";
import readScalarSource from "./read-scalar.wgsl?raw";
import readVec4Source from "./read-vec4.wgsl?raw";

interface MemorySizes extends Readonly<Record<string, number>> {
  /** C, the f32 numbers that are read, each once. */
  readonly numNumbers: number;
  /** T, threads that share the reading; at most 65,535 workgroups of 256. */
  readonly numThreads: number;
}

interface ArithmeticSizes extends Readonly<Record<string, number>> {
  /** T. */
  readonly numThreads: number;
  /** Multiply-adds in each chain of a thread. */
  readonly numSteps: number;
}

const readBindings = { input: READ_F32, sums: WRITE_F32 } as const;
const copyBindings = { input: READ_F32, output: WRITE_F32 } as const;
const arithmeticBindings = { seeds: READ_F32, sums: WRITE_F32 } as const;

type ReadKernel = Kernel<MemorySizes, typeof readBindings>;
type ArithmeticKernel = Kernel<ArithmeticSizes, typeof arithmeticBindings>;

function workgroups({ numThreads }: { readonly numThreads: number }): WorkgroupCount {
  return [Math.ceil(numThreads / 256), 1, 1];
}

function memoryConstants({ numNumbers, numThreads }: MemorySizes): Record<string, number> {
  return { NUM_NUMBERS: numNumbers, NUM_THREADS: numThreads };
}

const reading = {
  bindings: readBindings,
  constants: memoryConstants,
  workgroups,
  cost: ({ numNumbers, numThreads }: MemorySizes) => ({
    flops: flops(numNumbers),
    bytesRead: bytes(4 * numNumbers),
    bytesWritten: bytes(4 * numThreads),
  }),
};

/** @returns a twin in which number i is added up by the thread that `threadOf` names. */
function sumBy(threadOf: (index: number, sizes: MemorySizes) => number): ReadKernel["twin"] {
  return ({ input, sums }, sizes) => {
    const totals = new Float64Array(sizes.numThreads);
    for (let index = 0; index < sizes.numNumbers; index++) {
      const thread = threadOf(index, sizes);
      totals[thread] = (totals[thread] ?? 0) + (input[index] ?? 0);
    }
    sums.set(totals);
  };
}

/** Neighbouring threads read neighbouring numbers. */
export const readScalar: ReadKernel = {
  ...reading,
  id: "micro/read-scalar",
  source: readScalarSource,
  twin: sumBy((index, { numThreads }) => index % numThreads),
};

/** Neighbouring threads read neighbouring vectors of four. */
export const readVec4: ReadKernel = {
  ...reading,
  id: "micro/read-vec4",
  source: readVec4Source,
  twin: sumBy((index, { numThreads }) => Math.floor(index / 4) % numThreads),
};

/** Each thread reads a run of its own: neighbours are far apart at every moment. */
export const readOwnRun: ReadKernel = {
  ...reading,
  id: "micro/read-own-run",
  source: readOwnRunSource,
  twin: sumBy((index, { numNumbers, numThreads }) => {
    const run = Math.ceil(Math.ceil(numNumbers / 4) / numThreads);
    return Math.floor(index / 4 / run);
  }),
};

/** As many bytes written as read. */
export const copyVec4: Kernel<MemorySizes, typeof copyBindings> = {
  id: "micro/copy",
  source: copySource,
  bindings: copyBindings,
  constants: memoryConstants,
  workgroups,
  cost: ({ numNumbers }) => ({
    flops: flops(0),
    bytesRead: bytes(4 * numNumbers),
    bytesWritten: bytes(4 * numNumbers),
  }),
  twin: ({ input, output }) => output.set(input),
};

function arithmetic(variant: string, source: string, numChains: number): ArithmeticKernel {
  return {
    id: `micro/${variant}`,
    source,
    bindings: arithmeticBindings,
    constants: ({ numThreads, numSteps }) => ({ NUM_THREADS: numThreads, NUM_STEPS: numSteps }),
    workgroups,
    cost: ({ numThreads, numSteps }) => ({
      flops: flops(numThreads * numSteps * numChains * 2),
      bytesRead: bytes(4 * numThreads),
      bytesWritten: bytes(4 * numThreads),
    }),
    twin: (arrays, sizes) => sumChains(arrays, sizes, numChains),
  };
}

/** Chain i begins at seed + i; every step halves it and adds the seed. */
function sumChains(
  { seeds, sums }: TwinArrays<typeof arithmeticBindings>,
  { numThreads, numSteps }: ArithmeticSizes,
  numChains: number,
): void {
  for (let thread = 0; thread < numThreads; thread++) {
    const seed = seeds[thread] ?? 0;
    let sum = 0;
    for (let first = 0; first < numChains; first++) {
      let value = seed + first;
      for (let step = 0; step < numSteps; step++) value = value * 0.5 + seed;
      sum += value;
    }
    sums[thread] = sum;
  }
}

/** Eight chains of single numbers in each thread. */
export const fmaScalar = arithmetic("fma-scalar", fmaScalarSource, 8);

/** Eight chains of vectors of four in each thread. */
export const fmaVec4 = arithmetic("fma-vec4", fmaVec4Source, 32);

/** One dispatch of one workgroup that does nothing. */
export const emptyDispatch: Kernel<Record<string, never>, Record<string, never>> = {
  id: "micro/empty",
  source: emptySource,
  bindings: {},
  constants: () => ({}),
  workgroups: () => [1, 1, 1],
  cost: () => NO_COST,
  twin: () => {},
};

/** Ways to read the same bytes. */
export const READ_VARIANTS: readonly ReadKernel[] = [readScalar, readVec4, readOwnRun];

/** Ways to multiply and add. */
export const FMA_VARIANTS: readonly ArithmeticKernel[] = [fmaScalar, fmaVec4];
