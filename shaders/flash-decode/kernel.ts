// Flash decode: attention split along the context, so that a step with few rows fills a GPU. Two kernels: the first
// leaves for each split its maximum, its sum of weights and its weighted values; the second merges them.
import { bytes, flops } from "../../src/core/units/units.ts";
import {
  READ_F32,
  READ_U32,
  WRITE_F32,
  rowStride,
  type Kernel,
  type Pass,
  type TwinArrays,
  type WorkgroupCount,
} from "../../src/gpu/kernel.ts";
import mergeSource from "./merge.wgsl?raw";
import partialContiguousSource from "./partial-contiguous.wgsl?raw";
import partialPagedSource from "./partial-paged.wgsl?raw";

/** Sizes as attention has them, and the keys in a split. */
export type FlashSizes = {
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headWidth: number;
  readonly capacity: number;
  readonly numSlots: number;
  readonly blockSize: number;
  /** Keys in a split; the last split of a context may have fewer. */
  readonly splitLength: number;
};

const contiguousBindings = {
  rows: READ_U32,
  queries: READ_F32,
  cache: READ_F32,
  partials: WRITE_F32,
} as const;

const pagedBindings = {
  rows: READ_U32,
  queries: READ_F32,
  blockTable: READ_U32,
  cache: READ_F32,
  partials: WRITE_F32,
} as const;

const mergeBindings = { rows: READ_U32, partials: READ_F32, attended: WRITE_F32 } as const;

/** The widest head: four components for each of 64 lanes. */
const MAX_HEAD_WIDTH = 256;

/** S, splits that a full context has. */
export function numSplits({ capacity, splitLength }: FlashSizes): number {
  return Math.ceil(capacity / splitLength);
}

function constants(sizes: FlashSizes): Record<string, number> {
  const { numHeads, numKvHeads, headWidth, capacity, numSlots, splitLength } = sizes;
  if (headWidth > MAX_HEAD_WIDTH) {
    throw new RangeError(
      `Heads are ${headWidth} wide; flash decode takes ${MAX_HEAD_WIDTH} at most.`,
    );
  }
  return {
    NUM_HEADS: numHeads,
    NUM_KV_HEADS: numKvHeads,
    HEAD_WIDTH: headWidth,
    STRIDE: rowStride(numHeads * headWidth),
    CAPACITY: capacity,
    NUM_SLOTS: numSlots,
    SPLIT_LENGTH: splitLength,
    NUM_SPLITS: numSplits(sizes),
  };
}

/** Splits that the contexts of a pass have in all, were they whole: what is written and read again. */
function countSplits({ splitLength }: FlashSizes, { numContextTokens }: Pass): number {
  return Math.ceil(numContextTokens / splitLength);
}

/** As attention counts; the scores' and values' arithmetic, and the context read once for the heads that share it. */
function partialCost(sizes: FlashSizes, pass: Pass) {
  const { numHeads, numKvHeads, headWidth } = sizes;
  const { numRows, numContextTokens } = pass;
  const contextBytes = 2 * 4 * numContextTokens * numKvHeads * headWidth;
  return {
    flops: flops(numContextTokens * numHeads * (4 * headWidth + 4)),
    bytesRead: bytes(8 * numRows + 4 * numRows * numHeads * headWidth + contextBytes),
    bytesWritten: bytes(4 * countSplits(sizes, pass) * numHeads * (headWidth + 2)),
  };
}

function partialWorkgroups(sizes: FlashSizes, { numRows }: Pass): WorkgroupCount {
  return [numSplits(sizes), sizes.numHeads, numRows];
}

/** The split's share of attention for each (row, head, split), over a contiguous cache. */
export const flashPartialContiguous: Kernel<FlashSizes, typeof contiguousBindings> = {
  id: "flash-decode/partial-contiguous",
  source: partialContiguousSource,
  bindings: contiguousBindings,
  constants,
  workgroups: partialWorkgroups,
  cost: partialCost,
  twin: (arrays, sizes, pass) =>
    attendSplits(arrays, sizes, pass, (sequence, key) => sequence * sizes.capacity + key),
};

/** The same through a block table: slot = blockTable[sequence, key / P] · P + key % P. */
export const flashPartialPaged: Kernel<FlashSizes, typeof pagedBindings> = {
  id: "flash-decode/partial-paged",
  source: partialPagedSource,
  bindings: pagedBindings,
  constants: (sizes) => ({
    ...constants(sizes),
    BLOCK_SIZE: sizes.blockSize,
    BLOCKS_PER_SEQUENCE: Math.ceil(sizes.capacity / sizes.blockSize),
  }),
  workgroups: partialWorkgroups,
  cost: (sizes, pass) => {
    const cost = partialCost(sizes, pass);
    const tableBytes = 4 * Math.ceil(pass.numContextTokens / sizes.blockSize);
    return { ...cost, bytesRead: bytes(cost.bytesRead + tableBytes) };
  },
  twin: ({ blockTable, ...arrays }, sizes, pass) => {
    const { capacity, blockSize } = sizes;
    const blocksPerSequence = Math.ceil(capacity / blockSize);
    attendSplits(arrays, sizes, pass, (sequence, key) => {
      const block = blockTable[sequence * blocksPerSequence + Math.floor(key / blockSize)] ?? 0;
      return block * blockSize + (key % blockSize);
    });
  },
};

/** Puts the splits of each (row, head) on one scale and divides by the sum of all weights. */
export const flashMerge: Kernel<FlashSizes, typeof mergeBindings> = {
  id: "flash-decode/merge",
  source: mergeSource,
  bindings: mergeBindings,
  constants: (sizes) => {
    const { NUM_KV_HEADS: _kvHeads, NUM_SLOTS: _slots, ...used } = constants(sizes);
    return used;
  },
  workgroups: ({ numHeads, headWidth }, { numRows }) => [
    Math.ceil((numHeads * headWidth) / 64),
    numRows,
    1,
  ],
  // A multiply-add for each value of each split, one division for each output.
  cost: (sizes, pass) => {
    const { numHeads, headWidth } = sizes;
    const splitHeads = countSplits(sizes, pass) * numHeads;
    const numOutputs = pass.numRows * numHeads * headWidth;
    return {
      flops: flops(2 * splitHeads * (headWidth + 1) + numOutputs),
      bytesRead: bytes(8 * pass.numRows + 4 * splitHeads * (headWidth + 2)),
      bytesWritten: bytes(4 * numOutputs),
    };
  },
  twin: mergeTwin,
};

/** One (row, head, split): its keys, and where its results go. */
interface Split {
  /** Index of the query's first component. */
  readonly query: number;
  /** Index in the cache of each key of the split. */
  readonly starts: readonly number[];
  /** Index in `partials` of the split's maximum. */
  readonly place: number;
}

type PartialArrays = TwinArrays<typeof contiguousBindings>;

function attendSplits(
  arrays: PartialArrays,
  sizes: FlashSizes,
  { numRows, firstRow }: Pass,
  slotOf: (sequence: number, key: number) => number,
): void {
  const { numHeads, numKvHeads, headWidth, capacity, splitLength } = sizes;
  const stride = rowStride(numHeads * headWidth);
  for (let row = 0; row < numRows; row++) {
    const sequence = arrays.rows[2 * (firstRow + row)] ?? 0;
    const numKeys = Math.min((arrays.rows[2 * (firstRow + row) + 1] ?? 0) + 1, capacity);
    for (let head = 0; head < numHeads; head++) {
      const kvHead = Math.floor((head * numKvHeads) / numHeads);
      for (let split = 0; split * splitLength < numKeys; split++) {
        const first = split * splitLength;
        const starts = Array.from(
          { length: Math.min(splitLength, numKeys - first) },
          (_, index) => (slotOf(sequence, first + index) * numKvHeads + kvHead) * headWidth,
        );
        const place = ((row * numHeads + head) * numSplits(sizes) + split) * (headWidth + 2);
        attendSplit(arrays, sizes, { query: row * stride + head * headWidth, starts, place });
      }
    }
  }
}

function attendSplit(
  { queries, cache, partials }: PartialArrays,
  { headWidth, numSlots, numKvHeads }: FlashSizes,
  { query, starts, place }: Split,
): void {
  const scores = starts.map((start) => {
    let score = 0;
    for (let i = 0; i < headWidth; i++) {
      score += (queries[query + i] ?? 0) * (cache[start + i] ?? 0);
    }
    return score / Math.sqrt(headWidth);
  });
  const maximum = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - maximum));
  partials[place] = maximum;
  partials[place + 1] = weights.reduce((sum, weight) => sum + weight, 0);
  const valuesStart = numSlots * numKvHeads * headWidth;
  for (let i = 0; i < headWidth; i++) {
    let sum = 0;
    for (let key = 0; key < starts.length; key++) {
      sum += (weights[key] ?? 0) * (cache[valuesStart + (starts[key] ?? 0) + i] ?? 0);
    }
    partials[place + 2 + i] = sum;
  }
}

function mergeTwin(
  { rows, partials, attended }: TwinArrays<typeof mergeBindings>,
  sizes: FlashSizes,
  { numRows, firstRow }: Pass,
): void {
  const { numHeads, headWidth, capacity, splitLength } = sizes;
  const stride = rowStride(numHeads * headWidth);
  for (let row = 0; row < numRows; row++) {
    const numKeys = Math.min((rows[2 * (firstRow + row) + 1] ?? 0) + 1, capacity);
    const used = Math.ceil(numKeys / splitLength);
    for (let head = 0; head < numHeads; head++) {
      const places = Array.from(
        { length: used },
        (_, split) => ((row * numHeads + head) * numSplits(sizes) + split) * (headWidth + 2),
      );
      const maximum = Math.max(...places.map((place) => partials[place] ?? 0));
      const scales = places.map((place) => Math.exp((partials[place] ?? 0) - maximum));
      const weighted = (offset: number) =>
        places.reduce(
          (sum, place, split) => sum + (scales[split] ?? 0) * (partials[place + offset] ?? 0),
          0,
        );
      const weightSum = weighted(1);
      for (let i = 0; i < headWidth; i++) {
        attended[row * stride + head * headWidth + i] = weighted(2 + i) / weightSum;
      }
    }
  }
}
