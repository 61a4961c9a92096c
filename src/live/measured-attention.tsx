// What others measured of attention by itself on an A100, in 16 bits, as points of a roofline, and what they are in words.
import type { ReactNode } from "react";
import { arithmeticIntensity } from "../core/cost/cost.ts";
import {
  MEASURED_ATTENTION,
  measuredAttentionCost,
  type MeasuredAttention,
} from "../core/roofline/measured/measured-attention.ts";
import { formatCount } from "../ui/format.ts";
import { sayMeasured } from "./measured.tsx";
import { KeyMark } from "./point-marks.tsx";
import { sayList, type PublishedPoint } from "./scene.ts";

function labelOf({ phase, sequences, fresh, cached }: MeasuredAttention): string {
  return phase === "prefill"
    ? `attention, prefill of ${formatCount(fresh)}`
    : `attention, decode of ${formatCount(sequences)} at ${formatCount(cached + fresh)}`;
}

export const ATTENTION_POINTS: readonly PublishedPoint[] = MEASURED_ATTENTION.map((measured) => {
  const cost = measuredAttentionCost(measured);
  return {
    gpu: "a100",
    isAttention: true,
    label: labelOf(measured),
    intensity: arithmeticIntensity(cost),
    rate: cost.flops / measured.seconds,
  };
});

const DECODE = MEASURED_ATTENTION.filter(({ phase }) => phase === "decode");
const PREFILL = MEASURED_ATTENTION.filter(({ phase }) => phase === "prefill");

/**
 * The source of products, and of attention beside them.
 *
 * @param what - of the products: "times of that layer in 16 bits".
 */
export function sayMeasuredWithAttention(what: string): ReactNode {
  const decode = sayList(DECODE.map(({ sequences }) => formatCount(sequences)));
  const prefill = sayList(PREFILL.map(({ fresh }) => formatCount(fresh)));
  return (
    <>
      {sayMeasured(what)} <KeyMark kind="attention" /> Crossed squares: attention in one layer of
      Llama 2 7B on the A100, from the same source. At 1 FLOP/B stands decode of {decode} sequences,
      to the right prefill of {prefill} tokens.
    </>
  );
}
