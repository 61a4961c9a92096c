// The kernels that are on no ladder, by folder: what each folder computes, and why no time stands beside it. Without
// their sources, which other-costs.ts brings when a reader opens one.

export interface OtherGroup {
  /** Under shaders/. */
  readonly folder: string;
  readonly variants: readonly string[];
  readonly what: string;
  readonly why: string;
}

const IN_A_STEP =
  "Not timed by itself: it needs the engine’s tables. The lab times it within a whole step of a model.";

function stoodIn(row: string): string {
  return `Not a step of its own: on a software adapter the ladder times it in place of ${row}, which waits at barriers.`;
}

export const OTHER_GROUPS: readonly OtherGroup[] = [
  {
    folder: "norm-qkv-rope-append",
    variants: [
      "contiguous",
      "contiguous-strip",
      "contiguous-cooperative",
      "contiguous-quad",
      "contiguous-blocked",
      "paged",
      "paged-strip",
      "paged-cooperative",
      "paged-quad",
      "paged-blocked",
    ],
    what: "The first half of a layer in one dispatch: norm, the three projections, RoPE, and keys and values into the cache. The steps from a thread for a feature to tiles are those of norm → gate · up.",
    why: "Not timed by itself: where it writes, and by which angle it turns, stands in the engine’s tables. The lab times it within a whole step of a model.",
  },
  {
    folder: "linear-residual",
    variants: ["thread", "strip", "cooperative", "batch", "quad", "blocked", "octet"],
    what: "A linear layer that adds its output to the residual stream. The steps are those of the matrix products.",
    why: "Not timed by itself: it adds in place, so no repeat computes the same as the one before. The lab times it within a whole step of a model.",
  },
  {
    folder: "attention",
    variants: ["paged-serial", "paged", "paged-tiled"],
    what: "The three forms of fused attention over a paged cache: each key and value is found through a block table.",
    why: "Not timed by itself: the ladder’s one paged step is flash decode, which asks the same table. The lab times it within a whole step of a model.",
  },
  {
    folder: "attention-scores",
    variants: ["paged"],
    what: "Query times key, for each head and token of the context, over a paged cache.",
    why: IN_A_STEP,
  },
  {
    folder: "attention-values",
    variants: ["paged"],
    what: "The values of the context added up by their weights, over a paged cache.",
    why: IN_A_STEP,
  },
  {
    folder: "softmax",
    variants: ["thread"],
    what: "Scores to weights that add up to one, a thread for each row and head.",
    why: stoodIn("softmax/row"),
  },
  {
    folder: "rms-norm",
    variants: ["thread"],
    what: "The norm before each projection, a thread for each row.",
    why: stoodIn("rms-norm/row"),
  },
  {
    folder: "embedding",
    variants: ["lookup"],
    what: "A row of the table for each token.",
    why: IN_A_STEP,
  },
  {
    folder: "rope",
    variants: ["rotate-halves"],
    what: "Turns each pair of a head’s elements by an angle that grows with the position.",
    why: IN_A_STEP,
  },
  {
    folder: "kv-append",
    variants: ["contiguous", "paged"],
    what: "Stores the keys and values of new tokens in the cache.",
    why: IN_A_STEP,
  },
  {
    folder: "residual",
    variants: ["add"],
    what: "Adds a layer’s output to the residual stream.",
    why: "Not timed by itself: it adds in place, so no repeat computes the same as the one before. The lab times it within a whole step of a model.",
  },
  {
    folder: "select-rows",
    variants: ["select"],
    what: "Gathers the last row of each sequence, the only one whose logits are wanted.",
    why: IN_A_STEP,
  },
  {
    folder: "argmax",
    variants: ["row"],
    what: "The token with the largest logit.",
    why: "Not timed by itself: it chooses from the logits of a step. The lab times it within a whole step of a model.",
  },
  {
    folder: "sample",
    variants: ["top-k-top-p"],
    what: "Draws a token by temperature, top-k and top-p, without a sort.",
    why: IN_A_STEP,
  },
  {
    folder: "advance",
    variants: ["step"],
    what: "Ends a decode step on the device: the new token becomes the next step’s input.",
    why: IN_A_STEP,
  },
];

export const OTHER_IDS: readonly string[] = OTHER_GROUPS.flatMap(({ folder, variants }) =>
  variants.map((variant) => `${folder}/${variant}`),
);

/** What the costs of these kernels are for. */
export const OTHER_SHAPE =
  "one dispatch of a decode step of 4 sequences with 1,024 tokens each: 2,048 wide, 32 heads on 8 KV heads of 64, a vocabulary of 32,000";
