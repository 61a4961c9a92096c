// A linear layer with ReLU in its last line: output_RO = max(input_RI · weightsᵀ, 0). The other half of the pair is
// linear/vec4 followed by relu/in-place.
import { bytes, flops } from "../../src/core/units/units.ts";
import { READ_F32, WRITE_F32, rowStride, type Kernel } from "../../src/gpu/kernel.ts";
import vec4 from "./vec4.wgsl?raw";

const bindings = { input: READ_F32, weights: READ_F32, output: WRITE_F32 } as const;

interface LinearReluSizes extends Readonly<Record<string, number>> {
  /** I, the width of a row of the input and of a row of the weights. */
  readonly inputWidth: number;
  /** O, the number of outputs for each row. */
  readonly outputWidth: number;
}

/** One thread per output of up to four rows. */
export const linearRelu: Kernel<LinearReluSizes, typeof bindings> = {
  id: "linear-relu/vec4",
  source: vec4,
  bindings,
  constants: ({ inputWidth, outputWidth }) => ({
    INPUT_STRIDE: rowStride(inputWidth),
    OUTPUT_WIDTH: outputWidth,
    OUTPUT_STRIDE: rowStride(outputWidth),
  }),
  workgroups: ({ outputWidth }, { numRows }) => [
    Math.ceil(outputWidth / 64),
    Math.ceil(numRows / 4),
    1,
  ],
  cost: ({ inputWidth, outputWidth }, { numRows }) => ({
    flops: flops(numRows * outputWidth * (2 * inputWidth + 1)),
    bytesRead: bytes(4 * inputWidth * (numRows + outputWidth)),
    bytesWritten: bytes(4 * numRows * outputWidth),
  }),
  twin: ({ input, weights, output }, { inputWidth, outputWidth }, { numRows }) => {
    const inputStride = rowStride(inputWidth);
    const outputStride = rowStride(outputWidth);
    for (let row = 0; row < numRows; row++) {
      for (let column = 0; column < outputWidth; column++) {
        let sum = 0;
        for (let i = 0; i < inputWidth; i++) {
          sum += (input[row * inputStride + i] ?? 0) * (weights[column * inputStride + i] ?? 0);
        }
        output[row * outputStride + column] = Math.max(sum, 0);
      }
    }
  },
};
