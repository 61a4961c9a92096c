// The first half of an attention layer in one dispatch: RMSNorm, the Q, K and V projections, RoPE on Q
// and K, and the append of K and V to a contiguous or a paged cache. Its shaders that share memory pass
// 100 lines: five steps of a layer and their eight arrays leave no shorter form that is still plain.
import type { Cost } from "../../src/core/cost/cost.ts";
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
import contiguousBlocked from "./contiguous-blocked.wgsl?raw";
import contiguousCooperative from "./contiguous-cooperative.wgsl?raw";
import contiguousQuad from "./contiguous-quad.wgsl?raw";
import contiguousStrip from "./contiguous-strip.wgsl?raw";
import contiguous from "./contiguous.wgsl?raw";
import pagedBlocked from "./paged-blocked.wgsl?raw";
import pagedCooperative from "./paged-cooperative.wgsl?raw";
import pagedQuad from "./paged-quad.wgsl?raw";
import pagedStrip from "./paged-strip.wgsl?raw";
import paged from "./paged.wgsl?raw";

const inputs = {
  hidden: READ_F32,
  normWeight: READ_F32,
  weights: READ_F32,
  rope: READ_F32,
  rows: READ_U32,
} as const;
const outputs = { queries: WRITE_F32, cache: WRITE_F32 } as const;
const contiguousBindings = { ...inputs, ...outputs } as const;
const pagedBindings = { ...inputs, blockTable: READ_U32, ...outputs } as const;

interface NormQkvSizes extends Readonly<Record<string, number>> {
  /** D, the width of the residual stream. */
  readonly width: number;
  /** N query heads. */
  readonly numHeads: number;
  /** K key heads and as many value heads. */
  readonly numKvHeads: number;
  /** H, even: RoPE rotates elements i and i + H/2 together. */
  readonly headWidth: number;
  /** Tokens that one sequence may hold. */
  readonly capacity: number;
  /** Tokens that the cache can hold in all. */
  readonly numSlots: number;
  /** P, tokens per KV block. Contiguous variants ignore it. */
  readonly blockSize: number;
  readonly epsilon: number;
}

type NormQkvContiguousKernel = Kernel<NormQkvSizes, typeof contiguousBindings>;
type NormQkvPagedKernel = Kernel<NormQkvSizes, typeof pagedBindings>;

/** @param numTableReads - block-table entries read for each row. */
function normQkvCost(sizes: NormQkvSizes, { numRows }: Pass, numTableReads: number): Cost {
  const { width, numHeads, numKvHeads, headWidth } = sizes;
  const numOutputs = (numHeads + 2 * numKvHeads) * headWidth;
  const numRotated = (numHeads + numKvHeads) * headWidth;
  // The norm takes 4 FLOPs an element, a projection 2 for each weight, a rotation 6 for two elements.
  const flopsPerRow = 4 * width + 2 * width * numOutputs + 3 * numRotated;
  // Hidden row, its rotation, its (sequence, position), its place in the block table.
  const readsPerRow = width + headWidth + 2 + numTableReads;
  return {
    flops: flops(numRows * flopsPerRow),
    bytesRead: bytes(4 * (numRows * readsPerRow + width + numOutputs * width)),
    bytesWritten: bytes(4 * numRows * numOutputs),
  };
}

type SlotOf = (sequence: number, position: number) => number;

function normQkvTwin(
  arrays: TwinArrays<typeof contiguousBindings>,
  sizes: NormQkvSizes,
  { numRows, firstRow }: Pass,
  slotOf: SlotOf,
): void {
  const { hidden, normWeight, weights, rope, rows, queries, cache } = arrays;
  const { width, numHeads, numKvHeads, headWidth, numSlots, epsilon } = sizes;
  const stride = rowStride(width);
  const queryStride = rowStride(numHeads * headWidth);
  const normed = new Float64Array(width);
  const projected = new Float64Array(headWidth);
  for (let row = 0; row < numRows; row++) {
    const sequence = rows[2 * (firstRow + row)] ?? 0;
    const position = rows[2 * (firstRow + row) + 1] ?? 0;
    const slot = slotOf(sequence, position);
    normalise(hidden.subarray(row * stride, row * stride + width), normWeight, epsilon, normed);
    for (let head = 0; head < numHeads + 2 * numKvHeads; head++) {
      project(normed, weights, head * headWidth, projected);
      if (head < numHeads + numKvHeads) rotate(projected, rope, position);
      if (head < numHeads) {
        queries.set(projected, row * queryStride + head * headWidth);
      } else {
        const isValue = head < numHeads + numKvHeads ? 0 : 1;
        const kvHead = head - numHeads - isValue * numKvHeads;
        const slotInCache = isValue * numSlots + slot;
        cache.set(projected, (slotInCache * numKvHeads + kvHead) * headWidth);
      }
    }
  }
}

/** Writes x / sqrt(mean(x²) + epsilon) · weight into `normed`. */
function normalise(x: Float32Array, weight: Float32Array, epsilon: number, normed: Float64Array) {
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += (x[i] ?? 0) ** 2;
  const scale = 1 / Math.sqrt(squares / x.length + epsilon);
  for (let i = 0; i < x.length; i++) normed[i] = (x[i] ?? 0) * scale * (weight[i] ?? 0);
}

/** Writes the dot products of `normed` with the weight rows from `firstWeightRow` into `projected`. */
function project(
  normed: Float64Array,
  weights: Float32Array,
  firstWeightRow: number,
  projected: Float64Array,
) {
  const stride = rowStride(normed.length);
  for (let column = 0; column < projected.length; column++) {
    const start = (firstWeightRow + column) * stride;
    let sum = 0;
    for (let i = 0; i < normed.length; i++) sum += (normed[i] ?? 0) * (weights[start + i] ?? 0);
    projected[column] = sum;
  }
}

/** Turns each pair (i, i + H/2) of one head by its angle at `position`. */
function rotate(projected: Float64Array, rope: Float32Array, position: number) {
  const headWidth = projected.length;
  const half = headWidth / 2;
  for (let i = 0; i < half; i++) {
    const cosine = rope[position * headWidth + i] ?? 0;
    const sine = rope[position * headWidth + half + i] ?? 0;
    const first = projected[i] ?? 0;
    const second = projected[half + i] ?? 0;
    projected[i] = first * cosine - second * sine;
    projected[half + i] = second * cosine + first * sine;
  }
}

function commonConstants(sizes: NormQkvSizes) {
  return {
    WIDTH: sizes.width,
    NUM_CHUNKS: rowStride(sizes.width) / 4,
    NUM_HEADS: sizes.numHeads,
    NUM_KV_HEADS: sizes.numKvHeads,
    HEAD_WIDTH: sizes.headWidth,
    QUERY_STRIDE: rowStride(sizes.numHeads * sizes.headWidth),
    NUM_SLOTS: sizes.numSlots,
    EPSILON: sizes.epsilon,
  };
}

/** Blocks that a sequence at full capacity takes: the row width of the block table. */
function blocksPerSequence({ capacity, blockSize }: NormQkvSizes): number {
  return Math.ceil(capacity / blockSize);
}

const onContiguousCache = {
  bindings: contiguousBindings,
  constants: (sizes: NormQkvSizes) => ({ ...commonConstants(sizes), CAPACITY: sizes.capacity }),
  cost: (sizes: NormQkvSizes, pass: Pass) => normQkvCost(sizes, pass, 0),
  twin(arrays: TwinArrays<typeof contiguousBindings>, sizes: NormQkvSizes, pass: Pass) {
    const { capacity } = sizes;
    normQkvTwin(arrays, sizes, pass, (sequence, position) => sequence * capacity + position);
  },
};

const onPagedCache = {
  bindings: pagedBindings,
  constants: (sizes: NormQkvSizes) => ({
    ...commonConstants(sizes),
    BLOCKS_PER_SEQUENCE: blocksPerSequence(sizes),
    BLOCK_SIZE: sizes.blockSize,
  }),
  cost: (sizes: NormQkvSizes, pass: Pass) => normQkvCost(sizes, pass, 1),
  twin(arrays: TwinArrays<typeof pagedBindings>, sizes: NormQkvSizes, pass: Pass) {
    const { blockSize } = sizes;
    const tableWidth = blocksPerSequence(sizes);
    normQkvTwin(arrays, sizes, pass, (sequence, position) => {
      const place = sequence * tableWidth + Math.floor(position / blockSize);
      return (arrays.blockTable[place] ?? 0) * blockSize + (position % blockSize);
    });
  },
};

/** Workgroups that each make `numPairs` pairs (i, i + H/2) of `numRowsEach` rows. */
function tiles(numPairs: number, numRowsEach: number) {
  return (sizes: NormQkvSizes, { numRows }: Pass): WorkgroupCount => [
    Math.ceil(((sizes.numHeads + 2 * sizes.numKvHeads) * sizes.headWidth) / 2 / numPairs),
    Math.ceil(numRows / numRowsEach),
    1,
  ];
}

/** One thread per pair of outputs of up to four rows; sequences lie apart in the cache. */
export const normQkvRopeAppendContiguous: NormQkvContiguousKernel = {
  id: "norm-qkv-rope-append/contiguous",
  source: contiguous,
  ...onContiguousCache,
  workgroups: tiles(64, 4),
};

/** One thread per pair of outputs of up to four rows; the block table says where a token lies. */
export const normQkvRopeAppendPaged: NormQkvPagedKernel = {
  id: "norm-qkv-rope-append/paged",
  source: paged,
  ...onPagedCache,
  workgroups: tiles(64, 4),
};

/** One thread per two pairs of four rows, held in registers, without shared memory. */
export const normQkvRopeAppendContiguousQuad: NormQkvContiguousKernel = {
  id: "norm-qkv-rope-append/contiguous-quad",
  source: contiguousQuad,
  ...onContiguousCache,
  workgroups: tiles(32, 16),
};

/** One workgroup per two pairs of up to four rows: its lanes read the weights side by side. */
export const normQkvRopeAppendContiguousCooperative: NormQkvContiguousKernel = {
  id: "norm-qkv-rope-append/contiguous-cooperative",
  source: contiguousCooperative,
  ...onContiguousCache,
  workgroups: tiles(2, 4),
};

/** One workgroup per 32 pairs of 64 rows, operands shared through workgroup memory. */
export const normQkvRopeAppendContiguousBlocked: NormQkvContiguousKernel = {
  id: "norm-qkv-rope-append/contiguous-blocked",
  source: contiguousBlocked,
  ...onContiguousCache,
  workgroups: tiles(32, 64),
};

/** One thread per two pairs of four rows, held in registers, without shared memory. */
export const normQkvRopeAppendPagedQuad: NormQkvPagedKernel = {
  id: "norm-qkv-rope-append/paged-quad",
  source: pagedQuad,
  ...onPagedCache,
  workgroups: tiles(32, 16),
};

/** One workgroup per two pairs of up to four rows: its lanes read the weights side by side. */
export const normQkvRopeAppendPagedCooperative: NormQkvPagedKernel = {
  id: "norm-qkv-rope-append/paged-cooperative",
  source: pagedCooperative,
  ...onPagedCache,
  workgroups: tiles(2, 4),
};

/** One workgroup per 32 pairs of 64 rows, operands shared through workgroup memory. */
export const normQkvRopeAppendPagedBlocked: NormQkvPagedKernel = {
  id: "norm-qkv-rope-append/paged-blocked",
  source: pagedBlocked,
  ...onPagedCache,
  workgroups: tiles(32, 64),
};

/** One thread per four pairs of one row: the row is read and normed once for the four. */
export const normQkvRopeAppendContiguousStrip: NormQkvContiguousKernel = {
  id: "norm-qkv-rope-append/contiguous-strip",
  source: contiguousStrip,
  ...onContiguousCache,
  workgroups: tiles(256, 1),
};

/** One thread per four pairs of one row: the row is read and normed once for the four. */
export const normQkvRopeAppendPagedStrip: NormQkvPagedKernel = {
  id: "norm-qkv-rope-append/paged-strip",
  source: pagedStrip,
  ...onPagedCache,
  workgroups: tiles(256, 1),
};

export const NORM_QKV_CONTIGUOUS_VARIANTS: readonly NormQkvContiguousKernel[] = [
  normQkvRopeAppendContiguous,
  normQkvRopeAppendContiguousQuad,
  normQkvRopeAppendContiguousCooperative,
  normQkvRopeAppendContiguousBlocked,
  normQkvRopeAppendContiguousStrip,
];

export const NORM_QKV_PAGED_VARIANTS: readonly NormQkvPagedKernel[] = [
  normQkvRopeAppendPaged,
  normQkvRopeAppendPagedQuad,
  normQkvRopeAppendPagedCooperative,
  normQkvRopeAppendPagedBlocked,
  normQkvRopeAppendPagedStrip,
];
