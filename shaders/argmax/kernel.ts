// Greedy sampling over a row of logits.
import { bytes, flops } from "../../src/core/units/units.ts";
import { READ_F32, WRITE_U32, rowStride, type Kernel } from "../../src/gpu/kernel.ts";
import source from "./row.wgsl?raw";

const bindings = { logits: READ_F32, nextTokens: WRITE_U32 } as const;

/**
 * nextTokens[firstRow + b] = the lowest index at which logits_BV[b] is highest. `vocabulary` is V; rows are sequences.
 */
export const argmaxRow: Kernel<{ readonly vocabulary: number }, typeof bindings> = {
  id: "argmax/row",
  source,
  bindings,
  constants: ({ vocabulary }) => ({ VOCABULARY: vocabulary, STRIDE: rowStride(vocabulary) }),
  workgroups: (_sizes, { numRows }) => [numRows, 1, 1],
  // A comparison is no FLOP.
  cost: ({ vocabulary }, { numRows }) => ({
    flops: flops(0),
    bytesRead: bytes(4 * numRows * vocabulary),
    bytesWritten: bytes(4 * numRows),
  }),
  twin({ logits, nextTokens }, { vocabulary }, { numRows, firstRow }) {
    const stride = rowStride(vocabulary);
    for (let row = 0; row < numRows; row++) {
      let best = 0;
      let bestLogit = logits[row * stride] ?? 0;
      for (let token = 1; token < vocabulary; token++) {
        const logit = logits[row * stride + token] ?? 0;
        if (logit > bestLogit) {
          best = token;
          bestLogit = logit;
        }
      }
      nextTokens[firstRow + row] = best;
    }
  },
};
