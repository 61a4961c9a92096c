// What is known of each pair of the experiment before anybody times it here: its arithmetic, and what others measured of
// its products.
import type { Cost } from "../../core/cost/cost.ts";
import { bytes, flops } from "../../core/units/units.ts";
import { LAYER_1024_4096, type MeasuredLayer } from "../../live/measured.tsx";

/** The widths of the layer on hardware. */
const INPUTS = 1024;
const OUTPUTS = 4096;
const FLOAT_BYTES = 4;

export interface Pair {
  /** Of the one fused kernel, each operand once. */
  readonly cost: (rows: number) => Cost;
  /** What the modelled points are, in words that go on. */
  readonly modelled: string;
  readonly measured: MeasuredLayer;
  /** What was measured, in words that go on. */
  readonly published: string;
}

export const PAIRS = {
  relu: {
    cost: (rows) => ({
      flops: flops(rows * OUTPUTS * (2 * INPUTS + 1)),
      bytesRead: bytes(FLOAT_BYTES * INPUTS * (rows + OUTPUTS)),
      bytesWritten: bytes(FLOAT_BYTES * rows * OUTPUTS),
    }),
    modelled: "the fused layer 1024 → 4096 with its ReLU, by its rows,",
    measured: LAYER_1024_4096,
    published: "times in 16 bits of the product 1024 → 4096 alone, without ReLU,",
  },
  "gate-up": {
    // The norm takes four FLOPs an element, the gate four more: an exponential, a sum, a quotient and a product.
    cost: (rows) => ({
      flops: flops(rows * (4 * INPUTS + 2 * INPUTS * 2 * OUTPUTS + 4 * OUTPUTS)),
      bytesRead: bytes(FLOAT_BYTES * (rows * INPUTS + INPUTS + 2 * OUTPUTS * INPUTS)),
      bytesWritten: bytes(FLOAT_BYTES * rows * OUTPUTS),
    }),
    modelled: "the norm, both products 1024 → 4096 and their gate in one kernel, by its rows,",
    measured: { model: "llama-2-7b", ranks: 4, operators: ["gate-up"] },
    published:
      "times in 16 bits of the gate and up products of Llama 2 7B on one of four GPUs, 4096 → 5504 together, without norm and gate,",
  },
} as const satisfies Readonly<Record<string, Pair>>;

export type PairId = keyof typeof PAIRS;
