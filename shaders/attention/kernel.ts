// Fused attention: scores, softmax and weighted values in one kernel that keeps no score.
// Per query head a workgroup for each row, a thread for each row, or a workgroup for 16 rows; each for a contiguous
// and for a paged KV cache.
import type { Cost } from "../../src/core/cost/cost.ts";
import { bytes, flops } from "../../src/core/units/units.ts";
import {
  READ_F32,
  READ_U32,
  WRITE_F32,
  rowStride,
  type Kernel,
  type Pass,
  type WorkgroupCount,
} from "../../src/gpu/kernel.ts";
import contiguousSource from "./contiguous.wgsl?raw";
import contiguousSerialSource from "./contiguous-serial.wgsl?raw";
import contiguousTiledSource from "./contiguous-tiled.wgsl?raw";
import pagedSource from "./paged.wgsl?raw";
import pagedSerialSource from "./paged-serial.wgsl?raw";
import pagedTiledSource from "./paged-tiled.wgsl?raw";

/**
 * `numHeads` is N, `numKvHeads` K (a divisor of N), `headWidth` H, `capacity` the tokens that a sequence has
 * room for, `numSlots` the tokens that the cache has room for, `blockSize` P (contiguous kernels ignore it).
 */
export type AttentionSizes = {
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headWidth: number;
  readonly capacity: number;
  readonly numSlots: number;
  readonly blockSize: number;
};

/** The widest head: a lane, or a private array's element, for each of its components. */
const MAX_HEAD_WIDTH = 256;

const contiguousBindings = {
  rows: READ_U32,
  queries: READ_F32,
  cache: READ_F32,
  attended: WRITE_F32,
} as const;

const pagedBindings = {
  rows: READ_U32,
  queries: READ_F32,
  blockTable: READ_U32,
  cache: READ_F32,
  attended: WRITE_F32,
} as const;

type ContiguousKernel = Kernel<AttentionSizes, typeof contiguousBindings>;
type PagedKernel = Kernel<AttentionSizes, typeof pagedBindings>;

/**
 * attended_RNH[row, head] = softmax(query · keys / √H) · values, over keys 0..position of the row's sequence.
 * A workgroup of 256 per (row, head).
 */
export const attentionContiguous: ContiguousKernel = {
  id: "attention/contiguous",
  source: contiguousSource,
  bindings: contiguousBindings,
  constants: commonConstants,
  workgroups: ({ numHeads }, { numRows }) => [numHeads, numRows, 1],
  cost: attentionCost,
  twin: ({ rows, queries, cache, attended }, sizes, pass) =>
    attend({ rows, queries, cache, attended }, sizes, pass, contiguousSlots(sizes)),
};

/** The same through a block table: slot = blockTable[sequence, key / P] · P + key % P. */
export const attentionPaged: PagedKernel = {
  id: "attention/paged",
  source: pagedSource,
  bindings: pagedBindings,
  constants: (sizes) => ({
    ...commonConstants(sizes),
    BLOCK_SIZE: sizes.blockSize,
    BLOCKS_PER_SEQUENCE: Math.ceil(sizes.capacity / sizes.blockSize),
  }),
  workgroups: ({ numHeads }, { numRows }) => [numHeads, numRows, 1],
  cost: (sizes, pass) => {
    const cost = attentionCost(sizes, pass);
    const tableBytes = 4 * Math.ceil(pass.numContextTokens / sizes.blockSize);
    return { ...cost, bytesRead: bytes(cost.bytesRead + tableBytes) };
  },
  twin: ({ rows, queries, blockTable, cache, attended }, sizes, pass) =>
    attend({ rows, queries, cache, attended }, sizes, pass, pagedSlots(sizes, blockTable)),
};

/** `attentionContiguous` with one thread per (row, head). */
export const attentionContiguousSerial: ContiguousKernel = {
  ...attentionContiguous,
  id: "attention/contiguous-serial",
  source: contiguousSerialSource,
  workgroups: serialWorkgroups,
};

/** `attentionPaged` with one thread per (row, head). */
export const attentionPagedSerial: PagedKernel = {
  ...attentionPaged,
  id: "attention/paged-serial",
  source: pagedSerialSource,
  workgroups: serialWorkgroups,
};

/** `attentionContiguous` with a workgroup for 16 rows of a head: for prefills, whose rows share a context. */
export const attentionContiguousTiled: ContiguousKernel = {
  ...attentionContiguous,
  id: "attention/contiguous-tiled",
  source: contiguousTiledSource,
  workgroups: tiledWorkgroups,
};

/** `attentionPaged` with a workgroup for 16 rows of a head. */
export const attentionPagedTiled: PagedKernel = {
  ...attentionPaged,
  id: "attention/paged-tiled",
  source: pagedTiledSource,
  workgroups: tiledWorkgroups,
};

/** Kernels that compute the same; which is fastest depends on the device and on the sizes. */
export const ATTENTION_CONTIGUOUS_VARIANTS: readonly ContiguousKernel[] = [
  attentionContiguous,
  attentionContiguousSerial,
  attentionContiguousTiled,
];

/** The same over a paged cache. */
export const ATTENTION_PAGED_VARIANTS: readonly PagedKernel[] = [
  attentionPaged,
  attentionPagedSerial,
  attentionPagedTiled,
];

function serialWorkgroups({ numHeads }: AttentionSizes, { numRows }: Pass): WorkgroupCount {
  return [Math.ceil((numRows * numHeads) / 64), 1, 1];
}

function tiledWorkgroups({ numHeads }: AttentionSizes, { numRows }: Pass): WorkgroupCount {
  return [numHeads, Math.ceil(numRows / 16), 1];
}

function commonConstants(sizes: AttentionSizes): Record<string, number> {
  const { numHeads, numKvHeads, headWidth, capacity, numSlots } = sizes;
  if (headWidth > MAX_HEAD_WIDTH) {
    throw new RangeError(`Heads are ${headWidth} wide; attention takes ${MAX_HEAD_WIDTH} at most.`);
  }
  return {
    NUM_HEADS: numHeads,
    NUM_KV_HEADS: numKvHeads,
    HEAD_WIDTH: headWidth,
    STRIDE: rowStride(numHeads * headWidth),
    CAPACITY: capacity,
    NUM_SLOTS: numSlots,
  };
}

/**
 * Per score: 2·H + 2·H FLOPs for its key and its value, and four for scaling, subtraction, exponential and
 * sum; per output one division. The shrinking of running sums is the method's, not the problem's, and is not
 * counted. The context is read once for all heads that share it, and once per row: exact in decode, too high
 * in a prefill, whose rows share one context.
 */
function attentionCost(sizes: AttentionSizes, { numRows, numContextTokens }: Pass): Cost {
  const { numHeads, numKvHeads, headWidth } = sizes;
  const numOutputs = numRows * numHeads * headWidth;
  const contextBytes = 2 * 4 * numContextTokens * numKvHeads * headWidth;
  return {
    flops: flops(numContextTokens * numHeads * (4 * headWidth + 4) + numOutputs),
    bytesRead: bytes(8 * numRows + 4 * numOutputs + contextBytes),
    bytesWritten: bytes(4 * numOutputs),
  };
}

/** Where the cache keeps the token at a position of a sequence. */
type SlotOf = (sequence: number, position: number) => number;

function contiguousSlots({ capacity }: AttentionSizes): SlotOf {
  return (sequence, position) => sequence * capacity + position;
}

function pagedSlots({ capacity, blockSize }: AttentionSizes, blockTable: Uint32Array): SlotOf {
  const blocksPerSequence = Math.ceil(capacity / blockSize);
  return (sequence, position) => {
    const entry = sequence * blocksPerSequence + Math.floor(position / blockSize);
    return (blockTable[entry] ?? 0) * blockSize + (position % blockSize);
  };
}

interface AttentionArrays {
  readonly rows: Uint32Array;
  readonly queries: Float32Array;
  readonly cache: Float32Array;
  readonly attended: Float32Array;
}

function attend(
  arrays: AttentionArrays,
  sizes: AttentionSizes,
  { numRows, firstRow }: Pass,
  slotOf: SlotOf,
): void {
  const { rows } = arrays;
  const { numHeads, numKvHeads, headWidth, capacity } = sizes;
  const stride = rowStride(numHeads * headWidth);
  const scores = new Float64Array(capacity);
  const sums = new Float64Array(headWidth);
  const starts = new Uint32Array(capacity);
  for (let row = 0; row < numRows; row++) {
    const sequence = rows[2 * (firstRow + row)] ?? 0;
    const numKeys = Math.min((rows[2 * (firstRow + row) + 1] ?? 0) + 1, capacity);
    for (let key = 0; key < numKeys; key++) {
      starts[key] = slotOf(sequence, key) * numKvHeads * headWidth;
    }
    for (let head = 0; head < numHeads; head++) {
      const kvOffset = Math.floor((head * numKvHeads) / numHeads) * headWidth;
      const vector = row * stride + head * headWidth;
      const context = { starts: starts.subarray(0, numKeys), kvOffset, vector };
      attendHead(arrays, sizes, context, { scores: scores.subarray(0, numKeys), sums });
    }
  }
}

interface HeadContext {
  /** Index in the cache of each key of the context, KV head 0. */
  readonly starts: Uint32Array;
  /** Offset of the KV head that this query head reads. */
  readonly kvOffset: number;
  /** Index of the query, and of the output, of this row and head. */
  readonly vector: number;
}

/** Room to work in: a score for each key, a sum for each component. */
interface Scratch {
  readonly scores: Float64Array;
  readonly sums: Float64Array;
}

/** One row, one head. */
function attendHead(
  { queries, cache, attended }: AttentionArrays,
  { numSlots, numKvHeads, headWidth }: AttentionSizes,
  { starts, kvOffset, vector }: HeadContext,
  { scores, sums }: Scratch,
): void {
  const scale = 1 / Math.sqrt(headWidth);
  let maximum = -Infinity;
  for (let key = 0; key < scores.length; key++) {
    const keyStart = (starts[key] ?? 0) + kvOffset;
    let score = 0;
    for (let i = 0; i < headWidth; i++) {
      score += (queries[vector + i] ?? 0) * (cache[keyStart + i] ?? 0);
    }
    scores[key] = score * scale;
    maximum = Math.max(maximum, score * scale);
  }

  let total = 0;
  sums.fill(0);
  const valuesStart = numSlots * numKvHeads * headWidth + kvOffset;
  for (let key = 0; key < scores.length; key++) {
    const weight = Math.exp((scores[key] ?? 0) - maximum);
    const valueStart = valuesStart + (starts[key] ?? 0);
    for (let i = 0; i < headWidth; i++) {
      sums[i] = (sums[i] ?? 0) + weight * (cache[valueStart + i] ?? 0);
    }
    total += weight;
  }
  for (let i = 0; i < headWidth; i++) attended[vector + i] = (sums[i] ?? 0) / total;
}
