// What each family computes at each size: the arrays, the sizes of each kernel, and its work as a formula in letters.
// The formulas are for reading; the figure's numbers come from each kernel's own cost, and a test holds them equal.
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
import { normLinear } from "./norm-linear-work.ts";
import { normQkv } from "./norm-qkv-work.ts";
import type { FamilyId } from "./steps.ts";

export const SIZE_IDS = ["small", "medium", "large", "largest"] as const;
export type SizeId = (typeof SIZE_IDS)[number];

/** Rows of the small batch, as the reader chooses them. */
export const BATCHES = ["2", "4", "8", "16"] as const;
export type Batch = (typeof BATCHES)[number];

/** What the reader chose to have computed. */
export interface Choice {
  readonly family: FamilyId;
  readonly size: SizeId;
  /** Of the small batch; the other families have their own rows. */
  readonly batch: Batch;
}

const REUSE_NOTE =
  "Compulsory traffic: each number once. Every step of this ladder has the same; what they differ in is how often a number is loaded again, and from where.";

function layer(numRows: number, inputs: number, outputs: number): Work {
  return {
    shape: `[${count(numRows)} × ${count(inputs)}] · [${count(inputs)} × ${count(outputs)}], f32`,
    numRows,
    lengths: { input: numRows * inputs, weights: inputs * outputs, output: numRows * outputs },
    letters: {
      R: { meaning: "rows", value: numRows },
      I: { meaning: "inputs, the length of a dot product", value: inputs },
      O: { meaning: "outputs of each row", value: outputs },
    },
    stage: (kernel) => linearStage(kernel, inputs, outputs),
  };
}

function product(numRows: number, inputs: number, outputs: number): Work {
  return { ...layer(numRows, inputs, outputs), note: REUSE_NOTE };
}

function linearStage(kernel: string, inputs: number, outputs: number): StageWork {
  const sizes = { inputWidth: inputs, outputWidth: outputs, firstWeightRow: 0 };
  const read: Formula = [
    [4, "R", "I"],
    [4, "I", "O"],
  ];
  const written: Formula = [[4, "R", "O"]];
  const products = [2, "R", "I", "O"] as const;
  if (kernel === "relu/in-place") {
    return { sizes: { width: outputs }, flops: [["R", "O"]], read: written, written };
  }
  return kernel === "linear-relu/vec4"
    ? { sizes, flops: [products, ["R", "O"]], read, written }
    : { sizes, flops: [products], read, written };
}

function reading(numNumbers: number, numThreads: number): Work {
  const sizes = { numNumbers, numThreads };
  const read: Formula = [[4, "C"]];
  return {
    shape: `${count(numNumbers)} numbers by ${count(numThreads)} threads`,
    // The ladder's kernels take a row of the pass for a thread; to the others it says nothing.
    numRows: numThreads,
    lengths: { input: numNumbers, data: numNumbers, sums: numThreads, output: numNumbers },
    letters: {
      C: { meaning: "numbers, 4 bytes each", value: numNumbers },
      T: { meaning: "threads, which leave a sum each", value: numThreads },
    },
    stage: (kernel) => {
      if (kernel === "micro/copy") return { sizes, flops: [], read, written: read };
      const summing = { flops: [["C"]], read, written: [[4, "T"]] };
      if (!kernel.startsWith("ladder/")) return { sizes, ...summing };
      const numVectors = numNumbers / 4;
      const laps = { numVectors, numTurns: numVectors / numThreads };
      return { sizes: laps, ...summing };
    },
  };
}

/** A launch has no size: it is the same at every one. */
const DISPATCH: Work = {
  shape: "one workgroup",
  numRows: 1,
  lengths: { counter: 1 },
  letters: {},
  stage: (kernel) =>
    kernel === "micro/empty"
      ? { sizes: {}, flops: [], read: [], written: [] }
      : { sizes: {}, flops: [[1]], read: [[4]], written: [[4]] },
};

function arithmetic(numThreads: number, numSteps: number): Work {
  const sizes = { numThreads, numSteps };
  return {
    shape: `${count(numThreads)} threads, ${count(numSteps)} turns of the loop`,
    numRows: 1,
    lengths: { seeds: numThreads, sums: numThreads },
    letters: {
      T: { meaning: "threads", value: numThreads },
      n: { meaning: "turns of the loop", value: numSteps },
    },
    stage: (kernel) => ({
      sizes,
      // Chains of a thread: 8, or 8 vectors of four.
      flops: [[2, kernel === "micro/fma-vec4" ? 32 : 8, "T", "n"]],
      read: [[4, "T"]],
      written: [[4, "T"]],
    }),
    note: "The second step does four times the arithmetic in one dispatch, so the two are compared by the multiply-add.",
  };
}

function normGateUp(numRows: number, width: number, hiddenWidth: number): Work {
  return {
    shape: `${count(numRows)} rows, ${count(width)} → 2 · ${count(hiddenWidth)} → ${count(hiddenWidth)}, f32`,
    numRows,
    lengths: {
      hidden: numRows * width,
      normWeight: width,
      weight: width,
      weights: 2 * hiddenWidth * width,
      normed: numRows * width,
      gate: numRows * hiddenWidth,
      up: numRows * hiddenWidth,
      activated: numRows * hiddenWidth,
    },
    letters: {
      R: { meaning: "rows", value: numRows },
      D: { meaning: "width of the model", value: width },
      F: { meaning: "feed-forward width", value: hiddenWidth },
    },
    stage: (kernel, place) => normGateUpStage(kernel, place, { width, hiddenWidth }),
  };
}

interface Widths {
  readonly width: number;
  readonly hiddenWidth: number;
}

function normGateUpStage(kernel: string, place: number, { width, hiddenWidth }: Widths): StageWork {
  const hidden = [4, "R", "D"] as const;
  const activated = [4, "R", "F"] as const;
  if (kernel.startsWith("rms-norm/")) return normStage(width);
  if (kernel === "swiglu/gate") {
    const sizes = { width: hiddenWidth };
    return { sizes, flops: [activated], read: [[8, "R", "F"]], written: [activated] };
  }
  if (kernel.startsWith("linear/")) {
    const isGate = place === 1;
    return {
      sizes: {
        inputWidth: width,
        outputWidth: hiddenWidth,
        firstWeightRow: isGate ? 0 : hiddenWidth,
      },
      arrays: { input: "normed", output: isGate ? "gate" : "up" },
      flops: [[2, "R", "D", "F"]],
      read: [hidden, [4, "D", "F"]],
      written: [activated],
    };
  }
  return {
    sizes: { width, hiddenWidth, epsilon: EPSILON },
    flops: [hidden, [4, "R", "D", "F"], activated],
    read: [hidden, [4, "D"], [8, "D", "F"]],
    written: [activated],
  };
}

const BLOCK_SIZE = 16;
const SPLIT_LENGTH = 256;

/** @param numRows - the last rows of the sequences, as many of each. */
function attention(
  heads: Heads,
  { numSequences, capacity }: { readonly numSequences: number; readonly capacity: number },
  numRows: number,
): Work {
  const { numHeads, numKvHeads, headWidth } = heads;
  const numSlots = numSequences * capacity;
  const numEach = numRows / numSequences;
  // Row i of a sequence attends to capacity − numEach + i + 1 tokens.
  const numContext = numSequences * numEach * (capacity - (numEach - 1) / 2);
  const numSplits = Math.ceil(numContext / SPLIT_LENGTH);
  const sizes = {
    ...heads,
    capacity,
    numSlots,
    blockSize: BLOCK_SIZE,
    splitLength: SPLIT_LENGTH,
  };
  const splits = numRows * numHeads * Math.ceil(capacity / SPLIT_LENGTH);
  return {
    shape:
      numEach === 1
        ? `${count(numSequences)} × 1 new token, ${sayHeads(heads)}, contexts of ${count(capacity)} tokens`
        : `a prompt of ${count(capacity)} tokens, ${sayHeads(heads)}`,
    numRows,
    lengths: {
      rows: 2 * numRows,
      queries: numRows * numHeads * headWidth,
      cache: 2 * numSlots * numKvHeads * headWidth,
      attended: numRows * numHeads * headWidth,
      scores: numRows * numHeads * capacity,
      partials: splits * (headWidth + 2),
      blockTable: Math.ceil(numSlots / BLOCK_SIZE),
    },
    letters: {
      R: { meaning: "rows, one for each new token", value: numRows },
      S: { meaning: "tokens that the rows attend to, added up", value: numContext },
      ...headLetters(heads),
      W: { meaning: `splits of ${SPLIT_LENGTH} keys, of all rows`, value: numSplits },
      E: {
        meaning: `entries of block tables, one for ${BLOCK_SIZE} tokens`,
        value: Math.ceil(numContext / BLOCK_SIZE),
      },
    },
    stage: (kernel) => attentionStage(kernel, sizes),
    ...(numEach === 1
      ? {}
      : {
          note: "Bytes count the context once for each row, as if no two rows shared a key; the last step does share, and reads fewer.",
        }),
  };
}

const SCORES = [4, "S", "N"] as const;
const OUTPUTS = ["R", "N", "H"] as const;
const QUERIES: Formula = [
  [8, "R"],
  [4, "R", "N", "H"],
];
const PARTIALS: Formula = [
  [4, "W", "N", "H"],
  [8, "W", "N"],
];

function attentionStage(kernel: string, sizes: Sizes): StageWork {
  const written: Formula = [[4, ...OUTPUTS]];
  const context = [8, "S", "K", "H"] as const;
  const keysOrValues = [4, "S", "K", "H"] as const;
  if (kernel.startsWith("attention-scores/")) {
    return {
      sizes,
      flops: [
        [2, "S", "N", "H"],
        ["S", "N"],
      ],
      read: [...QUERIES, keysOrValues],
      written: [SCORES],
    };
  }
  if (kernel.startsWith("softmax/")) {
    return { sizes, flops: [SCORES], read: [[8, "R"], SCORES], written: [SCORES] };
  }
  if (kernel.startsWith("attention-values/")) {
    return {
      sizes,
      flops: [[2, "S", "N", "H"]],
      read: [[8, "R"], SCORES, keysOrValues],
      written,
    };
  }
  if (kernel === "flash-decode/merge") {
    return {
      sizes,
      flops: [[2, "W", "N", "H"], [2, "W", "N"], OUTPUTS],
      read: [[8, "R"], ...PARTIALS],
      written,
    };
  }
  const scoring: Formula = [[4, "S", "N", "H"], SCORES];
  if (kernel.startsWith("flash-decode/")) {
    const table: Formula = kernel.endsWith("paged") ? [[4, "E"]] : [];
    return {
      sizes,
      flops: scoring,
      read: [...QUERIES, context, ...table],
      written: PARTIALS,
    };
  }
  return { sizes, flops: [...scoring, OUTPUTS], read: [...QUERIES, context], written };
}

function decode(heads: Heads, numSequences: number, capacity: number): Work {
  return attention(heads, { numSequences, capacity }, numSequences);
}

function prefill(heads: Heads, numTokens: number): Work {
  return attention(heads, { numSequences: 1, capacity: numTokens }, numTokens);
}

const SMALL_HEADS: Heads = { numHeads: 8, numKvHeads: 2, headWidth: 32 };
const MIDDLE_HEADS: Heads = { numHeads: 16, numKvHeads: 4, headWidth: 64 };
const HEADS: Heads = { numHeads: 32, numKvHeads: 8, headWidth: 64 };
const WIDE_HEADS: Heads = { numHeads: 32, numKvHeads: 8, headWidth: 128 };

/** Inputs and outputs of the layer that a small batch goes through. */
const BATCH_LAYERS: Readonly<Record<SizeId, readonly [inputs: number, outputs: number]>> = {
  small: [256, 512],
  medium: [1024, 4096],
  large: [4096, 4096],
  largest: [8192, 4096],
};

/** Small to largest. The largest arrays have 128 MiB, as much as any WebGPU binds. */
const WORK: Readonly<Record<Exclude<FamilyId, "rows">, Readonly<Record<SizeId, Work>>>> = {
  product: {
    small: product(128, 128, 128),
    medium: product(512, 512, 512),
    large: product(1024, 1024, 1024),
    largest: product(2048, 2048, 2048),
  },
  vector: {
    small: product(1, 512, 1024),
    medium: product(1, 1024, 4096),
    large: product(1, 4096, 4096),
    largest: product(1, 8192, 4096),
  },
  reading: {
    small: reading(2 ** 18, 2 ** 14),
    medium: reading(2 ** 21, 2 ** 16),
    large: reading(2 ** 24, 2 ** 16),
    largest: reading(2 ** 25, 2 ** 16),
  },
  arithmetic: {
    small: arithmetic(2 ** 14, 64),
    medium: arithmetic(2 ** 16, 128),
    large: arithmetic(2 ** 17, 512),
    largest: arithmetic(2 ** 18, 1024),
  },
  launch: { small: DISPATCH, medium: DISPATCH, large: DISPATCH, largest: DISPATCH },
  relu: {
    small: layer(16, 64, 1024),
    medium: layer(16, 64, 4096),
    large: layer(64, 64, 4096),
    largest: layer(256, 64, 8192),
  },
  normLinear: {
    small: normLinear(16, 128, 512),
    medium: normLinear(32, 512, 2048),
    large: normLinear(64, 1024, 4096),
    largest: normLinear(64, 4096, 4096),
  },
  qkv: {
    small: normQkv(16, 256, SMALL_HEADS),
    medium: normQkv(32, 1024, MIDDLE_HEADS),
    large: normQkv(64, 2048, HEADS),
    largest: normQkv(64, 4096, WIDE_HEADS),
  },
  gateUp: {
    small: normGateUp(16, 128, 512),
    medium: normGateUp(32, 512, 1408),
    large: normGateUp(64, 1024, 2816),
    largest: normGateUp(64, 2048, 5632),
  },
  decode: {
    small: decode(SMALL_HEADS, 1, 256),
    medium: decode(HEADS, 1, 1024),
    large: decode(WIDE_HEADS, 1, 4096),
    largest: decode(WIDE_HEADS, 4, 4096),
  },
  prefill: {
    small: prefill(SMALL_HEADS, 64),
    medium: prefill(HEADS, 256),
    large: prefill(HEADS, 512),
    largest: prefill(WIDE_HEADS, 1024),
  },
};

export function workOf({ family, size, batch }: Choice): Work {
  if (family !== "rows") return WORK[family][size];
  return product(Number(batch), ...BATCH_LAYERS[size]);
}
