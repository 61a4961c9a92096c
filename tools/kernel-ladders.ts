// The kernel ladders that kernel-times.ts can run: what each arm dispatches and the arrays that the arms share.
import { withSizes, rowStride, type Pass, type SizedKernel } from "../src/gpu/kernel.ts";
import type { ArrayData } from "../src/gpu/backend.ts";
import { createRandom } from "../src/core/statistics/random.ts";
import { ATTENTION_CONTIGUOUS_VARIANTS } from "../shaders/attention/kernel.ts";
import { flashMerge, flashPartialContiguous, numSplits } from "../shaders/flash-decode/kernel.ts";
import { linearRelu } from "../shaders/linear-relu/kernel.ts";
import {
  LINEAR_FEW_ROWS,
  LINEAR_MANY_ROWS,
  linearHalf,
  linearVec4,
} from "../shaders/linear/kernel.ts";
import { FMA_VARIANTS, READ_VARIANTS, copyVec4, emptyDispatch } from "../shaders/micro/kernel.ts";
import { reluInPlace } from "../shaders/relu/kernel.ts";

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

const ONE_PASS: Pass = { numRows: 1, firstRow: 0, numContextTokens: 1 };

function reading(numNumbers: number, numThreads: number): Ladder {
  const sizes = { numNumbers, numThreads };
  const kernels = [
    ...READ_VARIANTS.map((kernel) => withSizes(kernel, sizes)),
    withSizes(copyVec4, sizes),
  ];
  return {
    description: `${numNumbers} numbers, ${numThreads} threads`,
    arrays: {
      input: randomFloats(rowStride(numNumbers)),
      sums: new Float32Array(numThreads),
      output: new Float32Array(rowStride(numNumbers)),
    },
    pass: ONE_PASS,
    arms: kernels.map((kernel) => ({ label: kernel.id, kernels: [kernel] })),
  };
}

function arithmetic(numThreads: number, numSteps: number): Ladder {
  const kernels = [
    ...FMA_VARIANTS.map((kernel) => withSizes(kernel, { numThreads, numSteps })),
    withSizes(emptyDispatch, {}),
  ];
  return {
    description: `${numThreads} threads, ${numSteps} steps`,
    arrays: { seeds: randomFloats(numThreads), sums: new Float32Array(numThreads) },
    pass: ONE_PASS,
    arms: kernels.map((kernel) => ({ label: kernel.id, kernels: [kernel] })),
  };
}

function fusion(numRows: number, inputWidth: number, outputWidth: number): Ladder {
  const sizes = { inputWidth, outputWidth, firstWeightRow: 0 };
  const apart = [withSizes(linearVec4, sizes), withSizes(reluInPlace, { width: outputWidth })];
  return {
    ...matmul(numRows, inputWidth, outputWidth),
    arms: [
      { label: "linear, then ReLU", kernels: apart },
      { label: linearRelu.id, kernels: [withSizes(linearRelu, sizes)] },
    ],
  };
}

/** Keys in a split of flash decode. */
const SPLIT_LENGTH = 256;

/** @param places - (sequence, position) of each row */
function attention(
  places: readonly (readonly [sequence: number, position: number])[],
  [numHeads = 1, numKvHeads = 1, headWidth = 2, capacity = 1]: readonly number[],
): Ladder {
  const numSequences = 1 + Math.max(...places.map(([sequence]) => sequence));
  const numSlots = numSequences * capacity;
  const heads = { numHeads, numKvHeads, headWidth };
  const sizes = { ...heads, capacity, numSlots, blockSize: 16, splitLength: SPLIT_LENGTH };
  const numOutputs = places.length * rowStride(numHeads * headWidth);
  const numPartials = places.length * numHeads * numSplits(sizes) * (headWidth + 2);
  const flash = [withSizes(flashPartialContiguous, sizes), withSizes(flashMerge, sizes)];
  return {
    description: `${places.length} rows, ${numHeads} heads on ${numKvHeads} of ${headWidth}, ${capacity} tokens`,
    arrays: {
      rows: Uint32Array.from(places.flat()),
      queries: randomFloats(numOutputs),
      cache: randomFloats(2 * numSlots * numKvHeads * headWidth),
      partials: new Float32Array(numPartials),
      attended: new Float32Array(numOutputs),
    },
    pass: {
      numRows: places.length,
      firstRow: 0,
      numContextTokens: places.reduce((sum, place) => sum + place[1] + 1, 0),
    },
    arms: [
      ...ATTENTION_CONTIGUOUS_VARIANTS.map((kernel) => ({
        label: kernel.id,
        kernels: [withSizes(kernel, sizes)],
      })),
      { label: "flash-decode", kernels: flash },
    ],
  };
}

export const LADDERS: Readonly<Record<string, Family>> = {
  matmul: {
    shape: "rows, inputs, outputs; up to 16 rows take the matrix-vector ladder",
    defaults: [512, 512, 512],
    build: ([numRows = 1, inputWidth = 1, outputWidth = 1]) =>
      matmul(numRows, inputWidth, outputWidth),
  },
  read: {
    shape: "numbers, threads",
    defaults: [4_194_304, 65_536],
    build: ([numNumbers = 1, numThreads = 1]) => reading(numNumbers, numThreads),
  },
  fma: {
    shape: "threads, steps",
    defaults: [65_536, 256],
    build: ([numThreads = 1, numSteps = 1]) => arithmetic(numThreads, numSteps),
  },
  fusion: {
    shape: "rows, inputs, outputs",
    defaults: [16, 64, 4096],
    build: ([numRows = 1, inputWidth = 1, outputWidth = 1]) =>
      fusion(numRows, inputWidth, outputWidth),
  },
  decode: {
    shape: "sequences, heads, KV heads, head width, tokens in each context",
    defaults: [1, 8, 2, 64, 1024],
    build: ([numSequences = 1, ...sizes]) => {
      const last = (sizes[3] ?? 1) - 1;
      return attention(
        Array.from({ length: numSequences }, (_, sequence) => [sequence, last] as const),
        sizes,
      );
    },
  },
  prefill: {
    shape: "heads, KV heads, head width, tokens of the prompt",
    defaults: [4, 2, 32, 64],
    build: (sizes) =>
      attention(
        Array.from({ length: sizes[3] ?? 1 }, (_, position) => [0, position] as const),
        sizes,
      ),
  },
};
