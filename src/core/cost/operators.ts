// Every operator of a forward pass with its arithmetic and its traffic. It multiplies by layers and never loops over
// them, so that a page may call it for every point of a curve.
import { addCosts, type Cost } from "./cost.ts";
import { headAttentionLaunches, normLaunch } from "./attention.ts";
import { feedForwardLaunches } from "./feed-forward.ts";
import { latentAttentionLaunches } from "./latent-attention.ts";
import { layoutOf, type Layout } from "./layout.ts";
import { operatorOf, type Launch, type Operator } from "./operator.ts";
import { assertPass, type Pass } from "./pass.ts";

export type { Operator } from "./operator.ts";
export { decodePass, prefillPass, type Pass } from "./pass.ts";

/**
 * The operators of one pass on one GPU, in the order in which a layer runs them; those of all layers are one row.
 *
 * - FLOPs are those of products and of attention. Norms, activations and the like are counted where they are kernels
 *   of their own (`isFused: false`); inside another kernel they run beside the matrix units and are left out.
 * - Bytes are compulsory: every operand once. A pass reads its weights once, whatever the batch; of experts it reads
 *   the expected number of distinct ones; of the embedding only the rows of its tokens.
 * - Attention is causal: a new token sees the cache, the new tokens before it and itself. Keys and values of new
 *   tokens are written to the cache and read from there.
 * - The output head sees the last row of each sequence.
 * - With ranks, query heads, feed-forward widths and the vocabulary are split; norms and routers are whole on each
 *   GPU, and the all-reduces between them are not in here.
 *
 * @throws RangeError as {@link assertPass}.
 */
export function operatorsOf(pass: Pass): Operator[] {
  assertPass(pass);
  const layout = layoutOf(pass);
  const { latent } = pass.shape;
  const launches = [
    embeddingLaunch(layout),
    ...(latent === undefined
      ? headAttentionLaunches(layout)
      : latentAttentionLaunches(layout, latent, pass.groups)),
    ...feedForwardLaunches(layout),
    ...headLaunches(layout),
  ];
  return launches.map((launch) => operatorOf(launch, pass.precision));
}

/** FLOPs and bytes of all operators together. */
export function passCost(pass: Pass): Cost {
  return addCosts(operatorsOf(pass).map(({ cost }) => cost));
}

/** Rows of the embedding table, of which each GPU holds a share, and of the position table if there is one. */
function embeddingLaunch({ shape, totals, ranks }: Layout): Launch {
  const rows = totals.tokens * shape.width;
  const hasPositions = shape.learnedPositions !== undefined;
  return {
    id: "embedding",
    name: "Embedding lookup",
    kind: "lookup",
    count: 1,
    flops: hasPositions ? rows : 0,
    formula: hasPositions ? "T·D" : "0",
    weights: rows / ranks + (hasPositions ? rows : 0),
    written: rows,
  };
}

/** The last norm and the product with the vocabulary, for the last row of each sequence. */
function headLaunches(layout: Layout): Launch[] {
  const { shape, totals, isFused, ranks, normWeights } = layout;
  const { width } = shape;
  const rows = totals.sequences;
  const n = Math.ceil(shape.vocabulary / ranks);
  const head: Launch = {
    id: "head",
    name: "Output head",
    kind: "matmul",
    count: 1,
    flops: 2 * rows * width * n,
    formula: "2·B·D·V",
    size: { m: rows, n, k: width },
    weights: width * n + (isFused ? normWeights : 0),
    read: rows * width,
    written: rows * n,
  };
  return isFused ? [head] : [normLaunch(layout, "final-norm", "Final norm", rows, 1), head];
}
