// The kernels that are on no ladder, by folder: what each folder computes, why no ladder times it, and what each file
// does better than a slower one. Their sources are not here: other-costs.ts brings them when a reader opens one.

export interface OtherGroup {
  /** Under shaders/. */
  readonly folder: string;
  /** By file, what it does that a slower form of the same does not. */
  readonly variants: Readonly<Record<string, string>>;
  readonly what: string;
  /** Where it is another reason than `WHY_UNTIMED`. */
  readonly why?: string;
}

export const WHY_UNTIMED =
  "No ladder times them. Where nothing else is said, a kernel reads or writes at places that stand in the engine’s tables of tokens, rows and blocks, and would do something else without them. Where the engine has forms to choose from, it times them when a model is loaded, and those times are shown here; the lab times a whole step, with every kernel in it.";

const IN_PLACE = "It adds in place, so no repeat computes the same as the one before.";

function stoodIn(row: string): string {
  return `A ladder times it on a software adapter, in place of ${row}, which waits at barriers.`;
}

export const OTHER_GROUPS: readonly OtherGroup[] = [
  {
    folder: "norm-qkv-rope-append",
    variants: {
      paged:
        "Seven kernels in one: a thread owns the two features that RoPE turns together, so nothing between hidden state and cache touches memory.",
      "paged-strip":
        "Four pairs of one row a thread, where paged.wgsl makes one: a vector of the row, once read, meets eight vectors of weights.",
      "paged-cooperative":
        "64 lanes share two pairs and read the weights in runs of 1,024 bytes; in paged.wgsl neighbours read a whole row apart.",
      "paged-quad":
        "Two pairs of four rows in registers: eight loads feed 16 dot products, where paged.wgsl feeds eight with six.",
      "paged-blocked":
        "Tiles of 64 rows and 32 pairs in shared memory, so that a workgroup fetches each of them once.",
    },
    what: "The kernels of norm → Q · K · V over a paged cache: each row asks a block table where its keys and values go. The steps are those of that ladder.",
  },
  {
    folder: "linear-residual",
    variants: {
      thread:
        "Adds where it multiplies: linear and residual apart write the product to memory and read it back.",
      strip:
        "Eight outputs a thread, where thread.wgsl makes one: a vector of the input, once read, meets eight of weights.",
      cooperative:
        "64 lanes share a row of weights and read it in runs of 1,024 bytes; in thread.wgsl neighbours read a whole row apart.",
      batch: "Up to 16 rows for one reading of the weights, where cooperative.wgsl has four.",
      quad: "4 × 4 outputs in registers: eight loads feed 16 dot products, where thread.wgsl feeds four with five.",
      blocked:
        "Tiles of 64 × 64 in shared memory under the 4 × 4 in registers: a workgroup fetches each of them once.",
      octet:
        "8 × 8 outputs in registers: 16 loads feed 64 dot products, where quad.wgsl feeds 16 with eight.",
    },
    what: "A linear layer that adds its output to the residual stream. The steps are those of the matrix products.",
    why: IN_PLACE,
  },
  {
    folder: "attention",
    variants: {
      "paged-serial":
        "Scores, softmax and values in one walk through the context, with a running maximum: no score reaches memory.",
      paged: "256 lanes for a row and head, where paged-serial.wgsl has one thread.",
      "paged-tiled":
        "16 rows share each key, value and look-up in the block table, where paged.wgsl fetches them for one.",
    },
    what: "The three forms of fused attention over a paged cache: each key and value is found through a block table.",
    why: "The ladder of decoding has one paged step, flash decode, which asks the same table.",
  },
  {
    folder: "attention-scores",
    variants: {
      paged:
        "A thread for each key of a head, where attention/paged-serial walks through them alone.",
    },
    what: "Query times key, for each head and token of the context, over a paged cache.",
  },
  {
    folder: "attention-values",
    variants: {
      paged:
        "A thread for each component of the output: neighbours read neighbouring components of a value.",
    },
    what: "The values of the context added up by their weights, over a paged cache.",
  },
  {
    folder: "softmax",
    variants: {
      thread: "Waits at no barrier, as the lanes of softmax/row do; the price is one thread a row.",
    },
    what: "Scores to weights that add up to one, a thread for each row and head.",
    why: stoodIn("softmax/row"),
  },
  {
    folder: "rms-norm",
    variants: {
      thread:
        "Waits at no barrier, as the lanes of rms-norm/row do; the price is one thread a row.",
    },
    what: "The norm before each projection, a thread for each row.",
    why: stoodIn("rms-norm/row"),
  },
  {
    folder: "embedding",
    variants: {
      lookup: "Copies one row of the table; a product with a one-hot vector would read them all.",
    },
    what: "A row of the table for each token.",
  },
  {
    folder: "kv-append",
    variants: {
      paged: "One look-up a row finds the slot, so what is stored already never has to move.",
    },
    what: "Stores the keys and values of new tokens in a paged cache, where a block table says.",
  },
  {
    folder: "residual",
    variants: {
      add: "The slow form: linear-residual adds while the product is still in a register.",
    },
    what: "Adds a layer’s output to the residual stream.",
    why: IN_PLACE,
  },
  {
    folder: "select-rows",
    variants: {
      select: "Copies one row of a prompt, which spares the logits of all its other rows.",
    },
    what: "Gathers the last row of each sequence, the only one whose logits are wanted.",
  },
  {
    folder: "argmax",
    variants: {
      row: "256 lanes share the logits and a tree keeps the better of two, where one thread would walk through them alone.",
    },
    what: "The token with the largest logit.",
    why: "It chooses from the logits that a step has just made.",
  },
  {
    folder: "sample",
    variants: {
      "top-k-top-p": "Searches for the threshold bit by bit, where a sort would move every logit.",
    },
    what: "Draws a token by temperature, top-k and top-p, without a sort.",
  },
  {
    folder: "advance",
    variants: {
      step: "The token never visits the CPU, so many steps go out in one submission.",
    },
    what: "Ends a decode step on the device: the new token becomes the next step’s input.",
  },
];

export const OTHER_IDS: readonly string[] = OTHER_GROUPS.flatMap(({ folder, variants }) =>
  Object.keys(variants).map((variant) => `${folder}/${variant}`),
);

/** What the costs of these kernels are for. */
export const OTHER_SHAPE =
  "one dispatch of a decode step of 4 sequences with 1,024 tokens each: 2,048 wide, 32 heads on 8 KV heads of 64, a vocabulary of 32,000";
