// The way into attention: norm, the products for queries, keys and values, RoPE, and keys and values into the cache.
import type { Sizes } from "../../gpu/kernel.ts";
import {
  EPSILON,
  count,
  headLetters,
  normStage,
  sayHeads,
  type Formula,
  type Heads,
  type StageWork,
  type Work,
} from "./family-work.ts";

/** A prompt: a row for each of its tokens, and a cache that they fill. */
export function normQkv(numRows: number, width: number, heads: Heads): Work {
  const { numHeads, numKvHeads, headWidth } = heads;
  const queryWidth = numHeads * headWidth;
  const kvWidth = numKvHeads * headWidth;
  const cache = { capacity: numRows, numSlots: numRows, blockSize: numRows };
  const sizes = { width, ...heads, ...cache, epsilon: EPSILON };
  return {
    shape: `a prompt of ${count(numRows)} tokens, ${count(width)} → ${sayHeads(heads)}, f32`,
    numRows,
    lengths: {
      hidden: numRows * width,
      normWeight: width,
      weight: width,
      weights: (queryWidth + 2 * kvWidth) * width,
      rope: numRows * headWidth,
      rows: 2 * numRows,
      normed: numRows * width,
      queries: numRows * queryWidth,
      keys: numRows * kvWidth,
      values: numRows * kvWidth,
      cache: 2 * numRows * kvWidth,
    },
    letters: {
      R: { meaning: "rows, one for each token", value: numRows },
      D: { meaning: "width of the model", value: width },
      ...headLetters(heads),
    },
    stage: (kernel, place) => stageOf(kernel, place, sizes),
  };
}

type QkvSizes = Sizes & Heads & { readonly width: number };

/** What one of the three products makes. */
interface Projection {
  readonly array: string;
  /** The letter that counts its heads. */
  readonly letter: "N" | "K";
  readonly numHeads: number;
  /** Heads whose weights lie before its own. */
  readonly numBefore: number;
}

function getProjection({ numHeads, numKvHeads }: Heads, index: number): Projection {
  const projection = [
    { array: "queries", letter: "N", numHeads, numBefore: 0 } as const,
    { array: "keys", letter: "K", numHeads: numKvHeads, numBefore: numHeads } as const,
    {
      array: "values",
      letter: "K",
      numHeads: numKvHeads,
      numBefore: numHeads + numKvHeads,
    } as const,
  ][index];
  if (projection === undefined) throw new Error(`There is no product ${index} of three.`);
  return projection;
}

/** @param place - the norm stands at 0, the products at 1 to 3, and RoPE of queries and keys at 4 and 5. */
function stageOf(kernel: string, place: number, sizes: QkvSizes): StageWork {
  if (kernel.startsWith("rms-norm/")) return normStage(sizes.width);
  if (kernel.startsWith("linear/")) return productStage(getProjection(sizes, place - 1), sizes);
  if (kernel.startsWith("rope/")) return ropeStage(getProjection(sizes, place - 4), sizes);
  const keysAndValues: Formula = [[8, "R", "K", "H"]];
  if (kernel.startsWith("kv-append/")) {
    return { sizes, flops: [], read: [[8, "R"], ...keysAndValues], written: keysAndValues };
  }
  return {
    sizes,
    flops: [
      [4, "R", "D"],
      [2, "R", "D", "N", "H"],
      [4, "R", "D", "K", "H"],
      [3, "R", "N", "H"],
      [3, "R", "K", "H"],
    ],
    read: [
      [4, "R", "D"],
      [4, "R", "H"],
      [8, "R"],
      [4, "D"],
      [4, "D", "N", "H"],
      [8, "D", "K", "H"],
    ],
    written: [[4, "R", "N", "H"], ...keysAndValues],
  };
}

function productStage(
  { array, letter, numHeads, numBefore }: Projection,
  { width, headWidth }: QkvSizes,
): StageWork {
  return {
    sizes: {
      inputWidth: width,
      outputWidth: numHeads * headWidth,
      firstWeightRow: numBefore * headWidth,
    },
    arrays: { input: "normed", output: array },
    flops: [[2, "R", "D", letter, "H"]],
    read: [
      [4, "R", "D"],
      [4, "D", letter, "H"],
    ],
    written: [[4, "R", letter, "H"]],
  };
}

function ropeStage({ array, letter, numHeads }: Projection, sizes: QkvSizes): StageWork {
  return {
    sizes: { ...sizes, numHeads },
    arrays: { vectors: array },
    flops: [[3, "R", letter, "H"]],
    read: [
      [8, "R"],
      [4, "R", "H"],
      [4, "R", letter, "H"],
    ],
    written: [[4, "R", letter, "H"]],
  };
}
