// A linear layer fused with the addition that follows it: hidden_RO += input_RI · weightsᵀ.
import type { Cost } from "../../src/core/cost/cost.ts";
import { bytes, flops } from "../../src/core/units/units.ts";
import {
  READ_F32,
  WRITE_F32,
  rowStride,
  type Kernel,
  type Pass,
  type TwinArrays,
  type WorkgroupCount,
} from "../../src/gpu/kernel.ts";
import batch from "./batch.wgsl?raw";
import blocked from "./blocked.wgsl?raw";
import cooperative from "./cooperative.wgsl?raw";
import octet from "./octet.wgsl?raw";
import quad from "./quad.wgsl?raw";
import strip from "./strip.wgsl?raw";
import thread from "./thread.wgsl?raw";

const bindings = { input: READ_F32, weights: READ_F32, hidden: WRITE_F32 } as const;

interface LinearResidualSizes extends Readonly<Record<string, number>> {
  /** I, the width of a row of the input and of a row of the weights. */
  readonly inputWidth: number;
  /** O, the width of the residual stream. */
  readonly outputWidth: number;
}

type LinearResidualKernel = Kernel<LinearResidualSizes, typeof bindings>;

function linearResidualCost(
  { inputWidth, outputWidth }: LinearResidualSizes,
  { numRows }: Pass,
): Cost {
  const numOutputs = numRows * outputWidth;
  return {
    flops: flops(numOutputs * (2 * inputWidth + 1)),
    bytesRead: bytes(4 * (numRows * inputWidth + inputWidth * outputWidth + numOutputs)),
    bytesWritten: bytes(4 * numOutputs),
  };
}

function linearResidualTwin(
  { input, weights, hidden }: TwinArrays<typeof bindings>,
  { inputWidth, outputWidth }: LinearResidualSizes,
  { numRows }: Pass,
): void {
  const inputStride = rowStride(inputWidth);
  const outputStride = rowStride(outputWidth);
  for (let row = 0; row < numRows; row++) {
    const inputStart = row * inputStride;
    for (let column = 0; column < outputWidth; column++) {
      const weightStart = column * inputStride;
      let sum = 0;
      for (let i = 0; i < inputWidth; i++) {
        sum += (input[inputStart + i] ?? 0) * (weights[weightStart + i] ?? 0);
      }
      const index = row * outputStride + column;
      hidden[index] = (hidden[index] ?? 0) + sum;
    }
  }
}

const shared = {
  bindings,
  cost: linearResidualCost,
  twin: linearResidualTwin,
  constants: ({ inputWidth, outputWidth }: LinearResidualSizes) => ({
    INPUT_STRIDE: rowStride(inputWidth),
    OUTPUT_WIDTH: outputWidth,
    OUTPUT_STRIDE: rowStride(outputWidth),
  }),
};

/** Workgroups that each make `numColumns` outputs of `numRowsEach` rows. */
function tiles(numColumns: number, numRowsEach: number): LinearResidualKernel["workgroups"] {
  return ({ outputWidth }, { numRows }): WorkgroupCount => [
    Math.ceil(outputWidth / numColumns),
    Math.ceil(numRows / numRowsEach),
    1,
  ];
}

/** One thread per output of up to four rows: a weight is read once for the four. */
export const linearResidualThread: LinearResidualKernel = {
  id: "linear-residual/thread",
  source: thread,
  ...shared,
  workgroups: tiles(64, 4),
};

/** One workgroup per four outputs of up to four rows: its lanes read the weights side by side. */
export const linearResidualCooperative: LinearResidualKernel = {
  id: "linear-residual/cooperative",
  source: cooperative,
  ...shared,
  workgroups: tiles(4, 4),
};

/** `linearResidualCooperative` for up to 16 rows: a small batch reads the weights once. */
export const linearResidualBatch: LinearResidualKernel = {
  id: "linear-residual/batch",
  source: batch,
  ...shared,
  workgroups: tiles(4, 16),
};

/** One workgroup per 64 × 64 outputs, one thread per 4 × 4 of them held in registers. */
export const linearResidualBlocked: LinearResidualKernel = {
  id: "linear-residual/blocked",
  source: blocked,
  ...shared,
  workgroups: tiles(64, 64),
};

/** One thread per 4 × 4 outputs, held in registers, without shared memory. */
export const linearResidualQuad: LinearResidualKernel = {
  id: "linear-residual/quad",
  source: quad,
  ...shared,
  workgroups: tiles(64, 16),
};

/** One thread per 8 × 8 outputs, held in registers, without shared memory. */
export const linearResidualOctet: LinearResidualKernel = {
  id: "linear-residual/octet",
  source: octet,
  ...shared,
  workgroups: tiles(128, 32),
};

/** One thread per eight outputs of up to four rows: a vector of the input is read once for the eight. */
export const linearResidualStrip: LinearResidualKernel = {
  id: "linear-residual/strip",
  source: strip,
  ...shared,
  workgroups: tiles(512, 4),
};

export const LINEAR_RESIDUAL_VARIANTS: readonly LinearResidualKernel[] = [
  linearResidualThread,
  linearResidualQuad,
  linearResidualCooperative,
  linearResidualBatch,
  linearResidualBlocked,
  linearResidualOctet,
  linearResidualStrip,
];
