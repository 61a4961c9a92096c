// A norm and the linear layer after it, output_RO = norm(hidden_RD) · weightsᵀ, in one kernel. The other half of the
// pair is rms-norm followed by linear/vec4.
import { bytes, flops } from "../../src/core/units/units.ts";
import { READ_F32, WRITE_F32, rowStride, type Kernel } from "../../src/gpu/kernel.ts";
import vec4 from "./vec4.wgsl?raw";

const bindings = {
  hidden: READ_F32,
  normWeight: READ_F32,
  weights: READ_F32,
  output: WRITE_F32,
} as const;

interface NormLinearSizes extends Readonly<Record<string, number>> {
  /** D, the width that is normalised, and of a row of the weights. */
  readonly width: number;
  /** O, the number of outputs for each row. */
  readonly outputWidth: number;
  readonly epsilon: number;
}

/** One thread per output of up to four rows. */
export const normLinear: Kernel<NormLinearSizes, typeof bindings> = {
  id: "norm-linear/vec4",
  source: vec4,
  bindings,
  constants: ({ width, outputWidth, epsilon }) => ({
    WIDTH: width,
    NUM_CHUNKS: rowStride(width) / 4,
    OUTPUT_WIDTH: outputWidth,
    OUTPUT_STRIDE: rowStride(outputWidth),
    EPSILON: epsilon,
  }),
  workgroups: ({ outputWidth }, { numRows }) => [
    Math.ceil(outputWidth / 64),
    Math.ceil(numRows / 4),
    1,
  ],
  cost: ({ width, outputWidth }, { numRows }) => ({
    // Four FLOPs an element for the norm, two a weight for the product: as in the two kernels apart.
    flops: flops(numRows * width * (4 + 2 * outputWidth)),
    bytesRead: bytes(4 * width * (numRows + 1 + outputWidth)),
    bytesWritten: bytes(4 * numRows * outputWidth),
  }),
  twin: ({ hidden, normWeight, weights, output }, { width, outputWidth, epsilon }, { numRows }) => {
    const stride = rowStride(width);
    const outputStride = rowStride(outputWidth);
    for (let row = 0; row < numRows; row++) {
      const x = hidden.subarray(row * stride, row * stride + width);
      const squares = x.reduce((sum, value) => sum + value * value, 0);
      const scale = 1 / Math.sqrt(squares / width + epsilon);
      for (let column = 0; column < outputWidth; column++) {
        let sum = 0;
        for (let i = 0; i < width; i++) {
          sum += (x[i] ?? 0) * scale * (normWeight[i] ?? 0) * (weights[column * stride + i] ?? 0);
        }
        output[row * outputStride + column] = sum;
      }
    }
  },
};
