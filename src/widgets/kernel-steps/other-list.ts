// The kernels that are on no ladder, by folder: what each folder computes, and why no time stands beside it. Their
// sources are not here: other-costs.ts brings them when a reader opens one.

export interface OtherGroup {
  /** Under shaders/. */
  readonly folder: string;
  readonly variants: readonly string[];
  readonly what: string;
  /** Where it is another reason than `WHY_UNTIMED`. */
  readonly why?: string;
}

export const WHY_UNTIMED =
  "No time stands beside them. Where nothing else is said, a kernel reads or writes at places that stand in the engine’s tables of tokens, rows and blocks, and would do something else without them. The lab times a whole step of a model, with them in it.";

const IN_PLACE = "It adds in place, so no repeat computes the same as the one before.";

function stoodIn(row: string): string {
  return `A ladder times it on a software adapter, in place of ${row}, which waits at barriers.`;
}

export const OTHER_GROUPS: readonly OtherGroup[] = [
  {
    folder: "norm-qkv-rope-append",
    variants: ["paged", "paged-strip", "paged-cooperative", "paged-quad", "paged-blocked"],
    what: "The kernels of norm → Q · K · V over a paged cache: each row asks a block table where its keys and values go. The steps are those of that ladder.",
  },
  {
    folder: "linear-residual",
    variants: ["thread", "strip", "cooperative", "batch", "quad", "blocked", "octet"],
    what: "A linear layer that adds its output to the residual stream. The steps are those of the matrix products.",
    why: IN_PLACE,
  },
  {
    folder: "attention",
    variants: ["paged-serial", "paged", "paged-tiled"],
    what: "The three forms of fused attention over a paged cache: each key and value is found through a block table.",
    why: "The ladder of decoding has one paged step, flash decode, which asks the same table.",
  },
  {
    folder: "attention-scores",
    variants: ["paged"],
    what: "Query times key, for each head and token of the context, over a paged cache.",
  },
  {
    folder: "attention-values",
    variants: ["paged"],
    what: "The values of the context added up by their weights, over a paged cache.",
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
  },
  {
    folder: "kv-append",
    variants: ["paged"],
    what: "Stores the keys and values of new tokens in a paged cache, where a block table says.",
  },
  {
    folder: "residual",
    variants: ["add"],
    what: "Adds a layer’s output to the residual stream.",
    why: IN_PLACE,
  },
  {
    folder: "select-rows",
    variants: ["select"],
    what: "Gathers the last row of each sequence, the only one whose logits are wanted.",
  },
  {
    folder: "argmax",
    variants: ["row"],
    what: "The token with the largest logit.",
    why: "It chooses from the logits that a step has just made.",
  },
  {
    folder: "sample",
    variants: ["top-k-top-p"],
    what: "Draws a token by temperature, top-k and top-p, without a sort.",
  },
  {
    folder: "advance",
    variants: ["step"],
    what: "Ends a decode step on the device: the new token becomes the next step’s input.",
  },
];

export const OTHER_IDS: readonly string[] = OTHER_GROUPS.flatMap(({ folder, variants }) =>
  variants.map((variant) => `${folder}/${variant}`),
);

/** What the costs of these kernels are for. */
export const OTHER_SHAPE =
  "one dispatch of a decode step of 4 sequences with 1,024 tokens each: 2,048 wide, 32 heads on 8 KV heads of 64, a vocabulary of 32,000";
