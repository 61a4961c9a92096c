// The launches of attention with a key and a value for each KV head, and the parts that latent attention shares.
import type { Layout } from "./layout.ts";
import type { Launch } from "./operator.ts";

/** Two products and a sum for each channel of a rotated pair. */
const ROPE_FLOPS = 3;
/** Compare, subtract and exponentiate, add, divide: of each score. */
const SOFTMAX_FLOPS = 4;

/** What differs between kinds of attention; elements are those of one layer on one GPU. */
export interface AttentionPart {
  /** Put behind ids, so that a pass may hold two kinds. */
  readonly suffix: string;
  readonly label: string;
  readonly numHeads: number;
  /** In each head. */
  readonly scores: number;
  readonly queries: number;
  readonly outputs: number;
  /** Multiply-adds of one score, and of weighing one value, in one head. */
  readonly scoreWidth: number;
  readonly valueWidth: number;
  /** Elements in the cache's format and in the activations', for the product that makes scores. */
  readonly keys: { readonly kv: number; readonly activations: number };
  readonly values: { readonly kv: number; readonly activations: number };
  /** What a kernel reads of the cache that does both products; less than keys and values where they are one. */
  readonly cache: number;
  readonly letters: { readonly score: string; readonly value: string };
}

/** Scores, softmax and weighted values: one kernel, or three that write the scores to memory between them. */
export function attentionLaunches(layout: Layout, part: AttentionPart): Launch[] {
  const { numHeads, scores, scoreWidth, valueWidth, keys, values, suffix, label, letters } = part;
  const count = layout.numLayers;
  const all = numHeads * scores;
  const [scoreFlops, valueFlops] = [2 * all * scoreWidth, 2 * all * valueWidth];
  if (layout.isFused) {
    return [
      {
        id: `attention${suffix}`,
        name: `Attention${label}`,
        kind: "attention",
        count,
        flops: scoreFlops + valueFlops,
        formula: `2·N·(${letters.score} + ${letters.value})·scores`,
        kvRead: part.cache,
        read: part.queries + keys.activations + values.activations,
        written: part.outputs,
      },
    ];
  }
  return [
    {
      id: `scores${suffix}`,
      name: `Scores${label}`,
      kind: "attention",
      count,
      flops: scoreFlops,
      formula: `2·N·(${letters.score})·scores`,
      kvRead: keys.kv,
      read: part.queries + keys.activations,
      written: all,
    },
    {
      id: `softmax${suffix}`,
      name: `Softmax${label}`,
      kind: "elementwise",
      count,
      flops: SOFTMAX_FLOPS * all,
      formula: `${SOFTMAX_FLOPS}·N·scores`,
      read: all,
      written: all,
    },
    {
      id: `values${suffix}`,
      name: `Weighted values${label}`,
      kind: "attention",
      count,
      flops: valueFlops,
      formula: `2·N·(${letters.value})·scores`,
      kvRead: values.kv,
      read: all + values.activations,
      written: part.outputs,
    },
  ];
}

/** The norm before a block, where it is a kernel of its own. */
export function normLaunch(
  layout: Layout,
  id: string,
  name: string,
  rows: number,
  count: number,
): Launch {
  const { shape, normFlops, normWeights } = layout;
  const elements = rows * shape.width;
  return {
    id,
    name,
    kind: "norm",
    count,
    flops: normFlops * elements,
    formula: `${normFlops}·rows·D`,
    weights: normWeights,
    read: elements,
    written: elements,
  };
}

/** Adds a block's output to its input, where that is a kernel of its own. */
export function residualLaunch(layout: Layout, id: string, name: string): Launch {
  const elements = layout.totals.tokens * layout.shape.width;
  return {
    id,
    name,
    kind: "elementwise",
    count: layout.numLayers,
    flops: elements,
    formula: "T·D",
    read: 2 * elements,
    written: elements,
  };
}

/** Rotates `channels` of queries and keys a token. */
export function ropeLaunch(layout: Layout, channels: number, formula: string): Launch {
  const elements = layout.totals.tokens * channels;
  return {
    id: "rope",
    name: "Rotary positions",
    kind: "elementwise",
    count: layout.numLayers,
    flops: ROPE_FLOPS * elements,
    formula: `${ROPE_FLOPS}·T·${formula}`,
    read: elements,
    written: elements,
  };
}

/** Copies `channels` a token into the cache. */
export function appendLaunch(layout: Layout, channels: number): Launch {
  const elements = layout.totals.tokens * channels;
  return {
    id: "kv-append",
    name: "Append to the KV cache",
    kind: "elementwise",
    count: layout.numLayers,
    formula: "0",
    read: elements,
    kvWritten: elements,
  };
}

/** The projection back to the width of the model, from `inputs` channels; fused, it adds the residual. */
export function attentionOutLaunch(layout: Layout, inputs: number, letters: string): Launch {
  const { shape, totals, isFused, hasBias } = layout;
  const rows = totals.tokens * shape.width;
  return {
    id: "attention-out",
    name: "Attention output",
    kind: "matmul",
    count: layout.numLayers,
    flops: 2 * rows * inputs,
    formula: `2·T·${letters}·D`,
    size: { m: totals.tokens, n: shape.width, k: inputs },
    weights: inputs * shape.width + (hasBias ? shape.width : 0),
    read: totals.tokens * inputs + (isFused ? rows : 0),
    written: rows,
  };
}

/** One product for queries, keys and values; fused, with norm, rotation and append. */
function qkvLaunch(layout: Layout): Launch {
  const { shape, totals, isFused, hasQkvBias, numHeads, numKvHeads, normWeights } = layout;
  const { width, headWidth } = shape;
  const queries = numHeads * headWidth;
  const keysAndValues = 2 * numKvHeads * headWidth;
  const n = queries + keysAndValues;
  const matrix = width * n + (hasQkvBias ? n : 0);
  return {
    id: "qkv",
    name: "Query, key and value",
    kind: "matmul",
    count: layout.numLayers,
    flops: 2 * totals.tokens * width * n,
    formula: "2·T·D·(N + 2·K)·H",
    size: { m: totals.tokens, n, k: width },
    weights: matrix + (isFused ? normWeights : 0),
    read: totals.tokens * width,
    written: totals.tokens * (isFused ? queries : n),
    kvWritten: isFused ? totals.tokens * keysAndValues : 0,
  };
}

/** Of every layer: from the residual stream back to it. */
export function headAttentionLaunches(layout: Layout): Launch[] {
  const { shape, totals, isFused, numHeads, numKvHeads } = layout;
  const { headWidth, learnedPositions } = shape;
  const queries = totals.tokens * numHeads * headWidth;
  const keys = totals.keys * numKvHeads * headWidth;
  const attention = attentionLaunches(layout, {
    suffix: "",
    label: "",
    numHeads,
    scores: totals.scores,
    queries,
    outputs: queries,
    scoreWidth: headWidth,
    valueWidth: headWidth,
    keys: { kv: keys, activations: 0 },
    values: { kv: keys, activations: 0 },
    cache: 2 * keys,
    letters: { score: "H", value: "H" },
  });
  const qkv = qkvLaunch(layout);
  const out = attentionOutLaunch(layout, numHeads * headWidth, "N·H");
  if (isFused) return [qkv, ...attention, out];
  const rotated = (numHeads + numKvHeads) * headWidth;
  return [
    normLaunch(layout, "attention-norm", "Norm before attention", totals.tokens, shape.numLayers),
    qkv,
    ...(learnedPositions === undefined ? [ropeLaunch(layout, rotated, "(N + K)·H")] : []),
    appendLaunch(layout, 2 * numKvHeads * headWidth),
    ...attention,
    out,
    residualLaunch(layout, "attention-residual", "Residual of attention"),
  ];
}
