// ReLU, max(x, 0): the smallest operation worth fusing into the one before it.
import { bytes, flops } from "../../src/core/units/units.ts";
import { WRITE_F32, rowStride, type Kernel } from "../../src/gpu/kernel.ts";
import inPlace from "./in-place.wgsl?raw";

/** `width` is D, the numbers in a row. */
type ReluSizes = { readonly width: number };

/** A dispatch of its own, over what the dispatch before it wrote. */
export const reluInPlace: Kernel<ReluSizes, { readonly output: typeof WRITE_F32 }> = {
  id: "relu/in-place",
  source: inPlace,
  bindings: { output: WRITE_F32 },
  constants: ({ width }) => ({ STRIDE: rowStride(width) }),
  workgroups: ({ width }, { numRows }) => [Math.ceil(rowStride(width) / 4 / 64), numRows, 1],
  cost: ({ width }, { numRows }) => ({
    flops: flops(numRows * width),
    bytesRead: bytes(4 * numRows * width),
    bytesWritten: bytes(4 * numRows * width),
  }),
  twin: ({ output }, { width }, { numRows }) => {
    const stride = rowStride(width);
    for (let row = 0; row < numRows; row++) {
      for (let index = row * stride; index < row * stride + width; index++) {
        output[index] = Math.max(output[index] ?? 0, 0);
      }
    }
  },
};
