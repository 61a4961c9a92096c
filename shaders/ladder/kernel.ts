// Kernels for the rungs of a GPU's ladder: they read a working set over and over, or do nothing but be launched.
import { bytes, flops } from "../../src/core/units/units.ts";
import {
  READ_F32,
  WRITE_F32,
  WRITE_U32,
  type Bindings,
  type Kernel,
  type Pass,
  type Sizes,
  type TwinArrays,
} from "../../src/gpu/kernel.ts";
import launch from "./launch.wgsl?raw";
import readFour from "./read-four.wgsl?raw";
import read from "./read.wgsl?raw";

const WORKGROUP = 256;
const VECTOR_BYTES = 16;

/** A row of the pass is a thread. */
function threads(_sizes: Sizes, { numRows }: Pass): readonly [number, number, number] {
  return [Math.ceil(numRows / WORKGROUP), 1, 1];
}

const readBindings = { data: READ_F32, sums: WRITE_F32 } as const;

interface ReadSizes extends Sizes {
  /** W, vectors of four f32 in the working set: a power of two, at least 256. */
  readonly numVectors: number;
  /** Vectors that each thread reads; a multiple of four. */
  readonly numTurns: number;
}

type ReadKernel = Kernel<ReadSizes, typeof readBindings>;

function readTwin(
  { data, sums }: TwinArrays<typeof readBindings>,
  { numVectors, numTurns }: ReadSizes,
  { numRows }: Pass,
): void {
  for (let thread = 0; thread < numRows; thread++) {
    let sum = 0;
    for (let turn = 0; turn < numTurns; turn++) {
      const position = thread + turn * numRows;
      const lap = Math.floor(position / numVectors);
      const start = 4 * ((position + WORKGROUP * lap) % numVectors);
      for (let lane = 0; lane < 4; lane++) sum += data[start + lane] ?? 0;
    }
    sums[thread] = sum;
  }
}

const readShared = {
  bindings: readBindings,
  constants: ({ numVectors, numTurns }: ReadSizes) => ({
    NUM_VECTORS: numVectors,
    NUM_TURNS: numTurns,
  }),
  workgroups: threads,
  /** Every vector read counts, also one that was read before: it is the rate that is asked for. */
  cost: ({ numTurns }: ReadSizes, { numRows }: Pass) => ({
    flops: flops(4 * numTurns * numRows),
    bytesRead: bytes(VECTOR_BYTES * numTurns * numRows),
    bytesWritten: bytes(4 * numRows),
  }),
  twin: readTwin,
};

/** One vector at a time. */
export const ladderRead: ReadKernel = { id: "ladder/read", source: read, ...readShared };

/** Four vectors at a time. */
export const ladderReadFour: ReadKernel = {
  id: "ladder/read-four",
  source: readFour,
  ...readShared,
};

const launchBindings = { counter: WRITE_U32 } as const satisfies Bindings;

/** Nothing but the launch, and the wait for the launch before. */
export const ladderLaunch: Kernel<Sizes, typeof launchBindings> = {
  id: "ladder/launch",
  source: launch,
  bindings: launchBindings,
  constants: () => ({}),
  workgroups: () => [1, 1, 1],
  cost: () => ({ flops: flops(1), bytesRead: bytes(4), bytesWritten: bytes(4) }),
  twin({ counter }, _sizes, { numRows }) {
    counter[0] = (counter[0] ?? 0) + numRows;
  },
};
