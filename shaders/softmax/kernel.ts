// Softmax of the attention scores, in place, over each row's own context.
import { bytes, flops } from "../../src/core/units/units.ts";
import { READ_U32, WRITE_F32, type Kernel } from "../../src/gpu/kernel.ts";
import source from "./row.wgsl?raw";
import threadSource from "./thread.wgsl?raw";

/** `numHeads` is N; `capacity` is the row stride of the scores. */
export type SoftmaxSizes = { readonly numHeads: number; readonly capacity: number };

const bindings = { rows: READ_U32, scores: WRITE_F32 } as const;
type SoftmaxKernel = Kernel<SoftmaxSizes, typeof bindings>;

/** scores_RNS[row, head, 0..position] = softmax of the same; later keys are left alone. */
export const softmaxRow: SoftmaxKernel = {
  id: "softmax/row",
  source,
  bindings,
  constants: ({ numHeads, capacity }) => ({ NUM_HEADS: numHeads, CAPACITY: capacity }),
  workgroups: ({ numHeads }, { numRows }) => [numHeads, numRows, 1],
  // Each score: a subtraction, an exponential, an addition and a division. Comparisons are no FLOPs.
  cost: ({ numHeads }, { numRows, numContextTokens }) => ({
    flops: flops(4 * numHeads * numContextTokens),
    bytesRead: bytes(8 * numRows + 4 * numHeads * numContextTokens),
    bytesWritten: bytes(4 * numHeads * numContextTokens),
  }),
  twin({ rows, scores }, { numHeads, capacity }, { numRows, firstRow }) {
    for (let row = 0; row < numRows; row++) {
      const numKeys = (rows[2 * (firstRow + row) + 1] ?? 0) + 1;
      for (let head = 0; head < numHeads; head++) {
        const start = (row * numHeads + head) * capacity;
        softmax(scores.subarray(start, start + Math.min(numKeys, capacity)));
      }
    }
  },
};

/** `softmaxRow` with one thread per (row, head). */
export const softmaxThread: SoftmaxKernel = {
  ...softmaxRow,
  id: "softmax/thread",
  source: threadSource,
  workgroups: ({ numHeads }, { numRows }) => [Math.ceil((numRows * numHeads) / 64), 1, 1],
};

/** Kernels that compute the same; which is fastest depends on the device and on the sizes. */
export const SOFTMAX_VARIANTS: readonly SoftmaxKernel[] = [softmaxRow, softmaxThread];

function softmax(scores: Float32Array): void {
  let maximum = -Infinity;
  for (const score of scores) maximum = Math.max(maximum, score);
  let total = 0;
  for (let key = 0; key < scores.length; key++) {
    const weight = Math.exp((scores[key] ?? 0) - maximum);
    scores[key] = weight;
    total += weight;
  }
  for (let key = 0; key < scores.length; key++) scores[key] = (scores[key] ?? 0) / total;
}
