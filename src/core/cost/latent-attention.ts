// The launches of multi-head latent attention. Sequences in decode use the absorbed form: queries and outputs go
// through the matrices that would make keys and values, so that attention reads the narrow latent as it is cached.
// Prompts make full keys and values from the latent, which takes fewer FLOPs when many queries share them.
import type { LatentAttention } from "../catalog/models/model-shape.ts";
import {
  appendLaunch,
  attentionLaunches,
  attentionOutLaunch,
  normLaunch,
  residualLaunch,
  ropeLaunch,
} from "./attention.ts";
import type { Layout } from "./layout.ts";
import type { Launch } from "./operator.ts";
import { totalsOf, type PassTotals, type SequenceGroup } from "./pass.ts";

/** Of every layer. The narrowing matrices and the cache are whole on each GPU; heads are split. */
export function latentAttentionLaunches(
  layout: Layout,
  latent: LatentAttention,
  groups: readonly SequenceGroup[],
): Launch[] {
  const { shape, totals, isFused, numHeads } = layout;
  const { kvRank, ropeWidth, valueWidth } = latent;
  const decode = groups.filter(({ fresh }) => fresh === 1);
  const prefill = groups.filter(({ fresh }) => fresh > 1);
  const rotated = (numHeads + 1) * ropeWidth;
  const attention = [
    ...(decode.length > 0 ? absorbedLaunches(layout, latent, totalsOf(decode)) : []),
    ...(prefill.length > 0 ? expandedLaunches(layout, latent, totalsOf(prefill)) : []),
  ];
  const projections = [narrowLaunch(layout, latent), queryLaunch(layout, latent)];
  const out = attentionOutLaunch(layout, numHeads * valueWidth, "N·valueWidth");
  if (isFused) return [...projections, ...attention, out];
  return [
    normLaunch(layout, "attention-norm", "Norm before attention", totals.tokens, shape.numLayers),
    ...projections,
    latentNormLaunch(layout, latent),
    ropeLaunch(layout, rotated, "(N + 1)·ropeWidth"),
    appendLaunch(layout, kvRank + ropeWidth),
    ...attention,
    out,
    residualLaunch(layout, "attention-residual", "Residual of attention"),
  ];
}

/** Narrows each row to the latents of query and cache; fused, with their norms, the rotated key and the append. */
function narrowLaunch(layout: Layout, latent: LatentAttention): Launch {
  const { shape, totals, isFused, normWeights } = layout;
  const { queryRank, kvRank, ropeWidth } = latent;
  const kept = kvRank + ropeWidth;
  const n = queryRank + kept;
  const norms = normWeights + queryRank + kvRank;
  return {
    id: "latent-down",
    name: "Query and KV latent",
    kind: "matmul",
    count: layout.numLayers,
    flops: 2 * totals.tokens * shape.width * n,
    formula: "2·T·D·(queryRank + kvRank + ropeWidth)",
    size: { m: totals.tokens, n, k: shape.width },
    weights: shape.width * n + (isFused ? norms : 0),
    read: totals.tokens * shape.width,
    written: totals.tokens * (isFused ? queryRank : n),
    kvWritten: isFused ? totals.tokens * kept : 0,
  };
}

/** Norms of the two latents, where they are kernels of their own. */
function latentNormLaunch(layout: Layout, { queryRank, kvRank }: LatentAttention): Launch {
  const { totals, normFlops } = layout;
  const elements = totals.tokens * (queryRank + kvRank);
  return {
    id: "latent-norm",
    name: "Norms of the latents",
    kind: "norm",
    count: layout.numLayers,
    flops: normFlops * elements,
    formula: `${normFlops}·T·(queryRank + kvRank)`,
    weights: queryRank + kvRank,
    read: elements,
    written: elements,
  };
}

function queryLaunch(layout: Layout, latent: LatentAttention): Launch {
  const { shape, totals, numHeads } = layout;
  const isNarrowed = latent.queryRank > 0;
  const k = isNarrowed ? latent.queryRank : shape.width;
  const n = numHeads * (latent.plainWidth + latent.ropeWidth);
  return {
    id: "query-up",
    name: "Queries",
    kind: "matmul",
    count: layout.numLayers,
    flops: 2 * totals.tokens * k * n,
    formula: `2·T·${isNarrowed ? "queryRank" : "D"}·N·H`,
    size: { m: totals.tokens, n, k },
    weights: k * n,
    read: totals.tokens * k,
    written: totals.tokens * n,
  };
}

/** A product of each head with its own matrix, `inputs` wide to `outputs` wide. */
function perHeadLaunch(
  layout: Layout,
  tokens: number,
  part: {
    readonly id: string;
    readonly name: string;
    readonly inputs: number;
    readonly outputs: number;
    readonly letters: string;
  },
): Launch {
  const heads = layout.numHeads;
  return {
    id: part.id,
    name: part.name,
    kind: "matmul",
    count: layout.numLayers,
    flops: 2 * tokens * heads * part.inputs * part.outputs,
    formula: `2·T·N·${part.letters}`,
    weights: heads * part.inputs * part.outputs,
    read: tokens * heads * part.inputs,
    written: tokens * heads * part.outputs,
  };
}

/** One new token for each sequence: attention over the latent itself, shared by all heads. */
function absorbedLaunches(layout: Layout, latent: LatentAttention, totals: PassTotals): Launch[] {
  const { numHeads } = layout;
  const { kvRank, ropeWidth, plainWidth, valueWidth } = latent;
  const { tokens, keys } = totals;
  return [
    perHeadLaunch(layout, tokens, {
      id: "query-absorb",
      name: "Queries into the latent's space",
      inputs: plainWidth,
      outputs: kvRank,
      letters: "plainWidth·kvRank",
    }),
    ...attentionLaunches(layout, {
      suffix: "",
      label: " over the latent",
      numHeads,
      scores: totals.scores,
      queries: tokens * numHeads * (kvRank + ropeWidth),
      outputs: tokens * numHeads * kvRank,
      scoreWidth: kvRank + ropeWidth,
      valueWidth: kvRank,
      keys: { kv: keys * (kvRank + ropeWidth), activations: 0 },
      values: { kv: keys * kvRank, activations: 0 },
      cache: keys * (kvRank + ropeWidth),
      letters: { score: "kvRank + ropeWidth", value: "kvRank" },
    }),
    perHeadLaunch(layout, tokens, {
      id: "value-up",
      name: "Values out of the latent's space",
      inputs: kvRank,
      outputs: valueWidth,
      letters: "kvRank·valueWidth",
    }),
  ];
}

/** Several new tokens for each sequence: full keys and values are made first, of the cache as well. */
function expandedLaunches(layout: Layout, latent: LatentAttention, totals: PassTotals): Launch[] {
  const { numHeads } = layout;
  const { kvRank, ropeWidth, plainWidth, valueWidth } = latent;
  const { tokens, keys } = totals;
  const n = numHeads * (plainWidth + valueWidth);
  return [
    {
      id: "key-value-up",
      name: "Keys and values from the latent",
      kind: "matmul",
      count: layout.numLayers,
      flops: 2 * keys * kvRank * n,
      formula: "2·(cached + T)·kvRank·N·(plainWidth + valueWidth)",
      size: { m: keys, n, k: kvRank },
      weights: kvRank * n,
      kvRead: keys * kvRank,
      written: keys * n,
    },
    ...attentionLaunches(layout, {
      suffix: "-prefill",
      label: " of prompts",
      numHeads,
      scores: totals.scores,
      queries: tokens * numHeads * (plainWidth + ropeWidth),
      outputs: tokens * numHeads * valueWidth,
      scoreWidth: plainWidth + ropeWidth,
      valueWidth,
      keys: { kv: keys * ropeWidth, activations: keys * numHeads * plainWidth },
      values: { kv: 0, activations: keys * numHeads * valueWidth },
      cache: keys * ropeWidth,
      letters: { score: "plainWidth + ropeWidth", value: "valueWidth" },
    }),
  ];
}
