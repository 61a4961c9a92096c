// Linear layers, output_RO = input_RI · weightsᵀ: the same arithmetic and the same compulsory bytes in
// ways that differ in how often a weight is read again and in how evenly the reads are spread.
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
import half from "./half.wgsl?raw";
import naive from "./naive.wgsl?raw";
import octetShared from "./octet-shared.wgsl?raw";
import octet from "./octet.wgsl?raw";
import quad from "./quad.wgsl?raw";
import strip from "./strip.wgsl?raw";
import subgroup from "./subgroup.wgsl?raw";
import tiled from "./tiled.wgsl?raw";
import vec4 from "./vec4.wgsl?raw";

const bindings = { input: READ_F32, weights: READ_F32, output: WRITE_F32 } as const;

interface LinearSizes extends Readonly<Record<string, number>> {
  /** I, the width of a row of the input and of a row of the weights. */
  readonly inputWidth: number;
  /** O, the number of outputs for each row. */
  readonly outputWidth: number;
  /** The row of `weights` that makes output 0, so that one matrix can hold several projections. */
  readonly firstWeightRow: number;
}

type LinearKernel = Kernel<LinearSizes, typeof bindings>;

function linearCost({ inputWidth, outputWidth }: LinearSizes, { numRows }: Pass): Cost {
  return {
    flops: flops(2 * numRows * inputWidth * outputWidth),
    bytesRead: bytes(4 * (numRows * inputWidth + inputWidth * outputWidth)),
    bytesWritten: bytes(4 * numRows * outputWidth),
  };
}

function linearTwin(
  { input, weights, output }: TwinArrays<typeof bindings>,
  { inputWidth, outputWidth, firstWeightRow }: LinearSizes,
  { numRows }: Pass,
): void {
  const inputStride = rowStride(inputWidth);
  const outputStride = rowStride(outputWidth);
  for (let row = 0; row < numRows; row++) {
    const inputStart = row * inputStride;
    for (let column = 0; column < outputWidth; column++) {
      const weightStart = (firstWeightRow + column) * inputStride;
      let sum = 0;
      for (let i = 0; i < inputWidth; i++) {
        sum += (input[inputStart + i] ?? 0) * (weights[weightStart + i] ?? 0);
      }
      output[row * outputStride + column] = sum;
    }
  }
}

const shared = { bindings, cost: linearCost, twin: linearTwin };

function strides({ inputWidth, outputWidth, firstWeightRow }: LinearSizes) {
  return {
    INPUT_STRIDE: rowStride(inputWidth),
    OUTPUT_WIDTH: outputWidth,
    OUTPUT_STRIDE: rowStride(outputWidth),
    FIRST_WEIGHT_ROW: firstWeightRow,
  };
}

/** Workgroups that each make `numColumns` outputs of `numRowsEach` rows. */
function tiles(numColumns: number, numRowsEach: number): LinearKernel["workgroups"] {
  return ({ outputWidth }, { numRows }): WorkgroupCount => [
    Math.ceil(outputWidth / numColumns),
    Math.ceil(numRows / numRowsEach),
    1,
  ];
}

/** One thread per output element, one multiply-add at a time. */
export const linearNaive: LinearKernel = {
  id: "linear/naive",
  source: naive,
  ...shared,
  constants: (sizes) => ({ ...strides(sizes), INPUT_WIDTH: sizes.inputWidth }),
  workgroups: tiles(64, 1),
};

/** One thread per output of up to four rows: a weight is read once for the four. */
export const linearVec4: LinearKernel = {
  id: "linear/vec4",
  source: vec4,
  ...shared,
  constants: strides,
  workgroups: tiles(64, 4),
};

/** One thread per 4 × 4 outputs, held in registers, without shared memory. */
export const linearQuad: LinearKernel = {
  id: "linear/quad",
  source: quad,
  ...shared,
  constants: strides,
  workgroups: tiles(64, 16),
};

/** One workgroup per four outputs of up to four rows: its lanes read the weights side by side. */
export const linearCooperative: LinearKernel = {
  id: "linear/cooperative",
  source: cooperative,
  ...shared,
  constants: strides,
  workgroups: tiles(4, 4),
};

/** One workgroup per 16 × 16 outputs, operands shared through workgroup memory. */
export const linearTiled: LinearKernel = {
  id: "linear/tiled",
  source: tiled,
  ...shared,
  constants: (sizes) => ({ ...strides(sizes), INPUT_WIDTH: sizes.inputWidth }),
  workgroups: tiles(16, 16),
};

/** One workgroup per 64 × 64 outputs, one thread per 4 × 4 of them held in registers. */
export const linearBlocked: LinearKernel = {
  id: "linear/blocked",
  source: blocked,
  ...shared,
  constants: strides,
  workgroups: tiles(64, 64),
};

/** One thread per eight outputs of up to four rows: an element of the input is read once for the eight. */
export const linearStrip: LinearKernel = {
  id: "linear/strip",
  source: strip,
  ...shared,
  constants: strides,
  workgroups: tiles(512, 4),
};

/** `linearCooperative` for up to 16 rows: a small batch reads the weights once. */
export const linearBatch: LinearKernel = {
  id: "linear/batch",
  source: batch,
  ...shared,
  constants: strides,
  workgroups: tiles(4, 16),
};

/** `linearCooperative`, its lanes' sums added within subgroups. */
export const linearSubgroup: LinearKernel = {
  id: "linear/subgroup",
  source: subgroup,
  ...shared,
  features: ["subgroups"],
  constants: strides,
  workgroups: tiles(4, 4),
};

/** One workgroup per 128 × 128 outputs, one thread per 8 × 8 of them held in registers. */
export const linearOctetShared: LinearKernel = {
  id: "linear/octet-shared",
  source: octetShared,
  ...shared,
  constants: strides,
  workgroups: tiles(128, 128),
};

/** One thread per 8 × 8 outputs, held in registers, without shared memory. */
export const linearOctet: LinearKernel = {
  id: "linear/octet",
  source: octet,
  ...shared,
  constants: strides,
  workgroups: tiles(128, 32),
};

/**
 * `linearOctetShared` with operands and products rounded to f16. Its results differ from the others' in the third
 * digit, so the engine, whose text must not depend on the device, does not choose from it.
 */
export const linearHalf: LinearKernel = {
  id: "linear/half",
  source: half,
  ...shared,
  features: ["shader-f16"],
  constants: strides,
  workgroups: tiles(128, 128),
};

/** Matrix times vector, and a few rows: from the textbook's way on, each step with the reason in its header. */
export const LINEAR_FEW_ROWS: readonly LinearKernel[] = [
  linearNaive,
  linearVec4,
  linearStrip,
  linearCooperative,
  linearBatch,
  linearSubgroup,
];

/** Matrix times matrix, from the textbook's way on. */
export const LINEAR_MANY_ROWS: readonly LinearKernel[] = [
  linearNaive,
  linearVec4,
  linearTiled,
  linearQuad,
  linearBlocked,
  linearOctetShared,
  linearOctet,
];

/** Every way that computes in f32. */
export const LINEAR_VARIANTS: readonly LinearKernel[] = [
  ...new Set([...LINEAR_FEW_ROWS, ...LINEAR_MANY_ROWS]),
];
