// RMSNorm on its own: the unfused step before each projection, and the last one before the vocabulary.
import { bytes, flops } from "../../src/core/units/units.ts";
import { READ_F32, WRITE_F32, rowStride, type Kernel } from "../../src/gpu/kernel.ts";
import source from "./row.wgsl?raw";
import threadSource from "./thread.wgsl?raw";

const bindings = { hidden: READ_F32, weight: READ_F32, normed: WRITE_F32 } as const;

interface RmsNormSizes extends Readonly<Record<string, number>> {
  /** D, the width that is normalised. */
  readonly width: number;
  readonly epsilon: number;
}

type RmsNormKernel = Kernel<RmsNormSizes, typeof bindings>;

/** normed_RD = hidden_RD / sqrt(mean over D of hidden² + epsilon) · weight_D, one workgroup per row. */
export const rmsNormRow: RmsNormKernel = {
  id: "rms-norm/row",
  source,
  bindings,
  constants: ({ width, epsilon }) => ({
    WIDTH: width,
    STRIDE: rowStride(width),
    EPSILON: epsilon,
  }),
  workgroups: (_sizes, { numRows }) => [numRows, 1, 1],
  cost: ({ width }, { numRows }) => ({
    // Each element is squared and added, then multiplied by the scale and by its weight.
    flops: flops(4 * numRows * width),
    bytesRead: bytes(4 * (numRows * width + width)),
    bytesWritten: bytes(4 * numRows * width),
  }),
  twin({ hidden, weight, normed }, { width, epsilon }, { numRows }) {
    const stride = rowStride(width);
    for (let row = 0; row < numRows; row++) {
      const start = row * stride;
      let squares = 0;
      for (let column = 0; column < width; column++) {
        squares += (hidden[start + column] ?? 0) ** 2;
      }
      const scale = 1 / Math.sqrt(squares / width + epsilon);
      for (let column = 0; column < width; column++) {
        normed[start + column] = (hidden[start + column] ?? 0) * scale * (weight[column] ?? 0);
      }
    }
  },
};

/** `rmsNormRow` with one thread per row. */
export const rmsNormThread: RmsNormKernel = {
  ...rmsNormRow,
  id: "rms-norm/thread",
  source: threadSource,
  workgroups: (_sizes, { numRows }) => [Math.ceil(numRows / 64), 1, 1],
};

/** Kernels that compute the same; which is fastest depends on the device and on the sizes. */
export const RMS_NORM_VARIANTS: readonly RmsNormKernel[] = [rmsNormRow, rmsNormThread];
