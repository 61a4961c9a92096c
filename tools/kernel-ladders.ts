// The kernel ladders that kernel-times.ts can run: what each arm dispatches and the arrays that the arms share.
import { withSizes, rowStride, type Pass, type SizedKernel } from "../src/gpu/kernel.ts";
import type { ArrayData } from "../src/gpu/backend.ts";
import { createRandom } from "../src/core/statistics/random.ts";
import { LINEAR_FEW_ROWS, LINEAR_MANY_ROWS, linearHalf } from "../shaders/linear/kernel.ts";

/** One way to do the work: usually one kernel, two where what is compared is fusing them. */
export interface Arm {
  readonly label: string;
  readonly kernels: readonly SizedKernel[];
}

export interface Ladder {
  readonly description: string;
  /** By binding name. */
  readonly arrays: Readonly<Record<string, ArrayData>>;
  readonly pass: Pass;
  readonly arms: readonly Arm[];
}

interface Family {
  /** What the numbers of `--shape` mean. */
  readonly shape: string;
  readonly defaults: readonly number[];
  readonly build: (shape: readonly number[]) => Ladder;
}

const random = createRandom(1);

/** Numbers in [-1, 1). */
function randomFloats(length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => random() * 2 - 1);
}

function matmul(numRows: number, inputWidth: number, outputWidth: number): Ladder {
  const sizes = { inputWidth, outputWidth, firstWeightRow: 0 };
  const variants = numRows > 16 ? [...LINEAR_MANY_ROWS, linearHalf] : LINEAR_FEW_ROWS;
  return {
    description: `[${numRows}, ${inputWidth}] × [${inputWidth}, ${outputWidth}]`,
    arrays: {
      input: randomFloats(numRows * rowStride(inputWidth)),
      weights: randomFloats(outputWidth * rowStride(inputWidth)),
      output: new Float32Array(numRows * rowStride(outputWidth)),
    },
    pass: { numRows, firstRow: 0, numContextTokens: numRows },
    arms: variants.map((kernel) => ({ label: kernel.id, kernels: [withSizes(kernel, sizes)] })),
  };
}

export const LADDERS: Readonly<Record<string, Family>> = {
  matmul: {
    shape: "rows, inputs, outputs; up to 16 rows take the matrix-vector ladder",
    defaults: [512, 512, 512],
    build: ([numRows = 1, inputWidth = 1, outputWidth = 1]) =>
      matmul(numRows, inputWidth, outputWidth),
  },
};
