// Measured times of attention by itself on an A100 80GB, a few of tests/golden/attention.json, for figures that set real
// points beside a model. Attribution to show with them: profiling data of microsoft/vidur, MIT licence, commit 7d47513.
import type { Cost } from "../../cost/cost.ts";
import { bytes, flops, seconds, type Seconds } from "../../units/units.ts";

/** N·H of Llama 2 7B, whose query heads each have a KV head of their own. */
const WIDTH = 32 * 128;
/** fp16. */
const BYTES_PER_ELEMENT = 2;

/** FlashAttention over a paged cache in one layer of Llama 2 7B, the median over repeats. */
export interface MeasuredAttention {
  readonly phase: "prefill" | "decode";
  readonly sequences: number;
  /** Tokens that each sequence brings; in decode, one. */
  readonly fresh: number;
  /** Tokens of each sequence that were there before. */
  readonly cached: number;
  readonly seconds: Seconds;
}

function decode(sequences: number, context: number, milliseconds: number): MeasuredAttention {
  const taken = seconds(milliseconds / 1e3);
  return { phase: "decode", sequences, fresh: 1, cached: context - 1, seconds: taken };
}

function prefill(fresh: number, milliseconds: number): MeasuredAttention {
  return { phase: "prefill", sequences: 1, fresh, cached: 0, seconds: seconds(milliseconds / 1e3) };
}

export const MEASURED_ATTENTION: readonly MeasuredAttention[] = [
  decode(1, 3136, 0.045),
  decode(32, 992, 0.307),
  decode(128, 3072, 3.22),
  prefill(512, 0.103),
  prefill(2880, 1.439),
];

/** Each query meets the tokens up to its own; queries, keys, values and results go over the bus once. */
export function measuredAttentionCost({ sequences, fresh, cached }: MeasuredAttention): Cost {
  const pairs = sequences * fresh * (cached + (fresh + 1) / 2);
  const rows = sequences * fresh;
  const context = sequences * (cached + fresh);
  return {
    flops: flops(4 * WIDTH * pairs),
    bytesRead: bytes(BYTES_PER_ELEMENT * WIDTH * (rows + 2 * context)),
    bytesWritten: bytes(BYTES_PER_ELEMENT * WIDTH * rows),
  };
}
