// The same story from a heavier model: wider and deeper weights that compute the same function, so that timings
// can be taken at real sizes with readable text. Whatever is multiplied by zero is noise, so that kernels and
// memory meet ordinary numbers. Weights are made one tensor at a time, as they are asked for.
//
// Why it is the same function: the residual stream's new dimensions stay zero (zero rows of the output and down
// projections), so RMSNorm's mean shrinks by D/D₂, which its weights and epsilon make up for. A head keeps its
// scores because its queries are zero on the new lanes and grow by √(H₂/H) against the larger divisor; each old
// RoPE pair moves to the lane that turns at the same frequency. New layers and heads add zero.
import { fnv1a } from "../core/text/fnv1a.ts";
import type { ModelShape } from "../core/catalog/models/model-shape.ts";
import { countParameters } from "../core/catalog/models/model-shape.ts";
import { MAX_HEAD_WIDTH, type ModelConfig } from "./config.ts";
import { tensorShapes, type Weights } from "./weights.ts";

/** Widths grow by `width`, head widths by `head` (which divides `width`), layers to `layers` times. */
interface Growth {
  readonly width: number;
  readonly head: number;
  readonly layers: number;
}

const GROWTHS: readonly Growth[] = [
  { width: 1, head: 1, layers: 1 },
  { width: 2, head: 1, layers: 1 },
  { width: 3, head: 1, layers: 1.5 },
  { width: 6, head: 2, layers: 2 },
  { width: 8, head: 4, layers: 2 },
  { width: 12, head: 4, layers: 3 },
  { width: 16, head: 4, layers: 3.5 },
];

export interface InflatedShape {
  /** Parameters, as a multiple of the original's. */
  readonly factor: number;
  readonly shape: ModelShape;
}

/** The sizes that a model can be inflated to, from itself upwards: those whose heads the kernels can hold. */
export function inflationLadder(shape: ModelShape): InflatedShape[] {
  const growths = GROWTHS.filter(({ head }) => shape.headWidth * head <= MAX_HEAD_WIDTH);
  return growths.map((growth) => {
    const grown: ModelShape = {
      ...shape,
      numLayers: Math.round(shape.numLayers * growth.layers),
      width: shape.width * growth.width,
      hiddenWidth: shape.hiddenWidth * growth.width,
      numHeads: (shape.numHeads * growth.width) / growth.head,
      numKvHeads: (shape.numKvHeads * growth.width) / growth.head,
      headWidth: shape.headWidth * growth.head,
    };
    return { factor: countParameters(grown) / countParameters(shape), shape: grown };
  });
}

/** The rung of the ladder whose number of parameters is nearest to `factor` times the original's. */
export function nearestInflation(shape: ModelShape, factor: number): InflatedShape {
  const distance = (rung: InflatedShape) => Math.abs(Math.log(rung.factor / factor));
  return inflationLadder(shape).reduce((best, rung) =>
    distance(rung) < distance(best) ? rung : best,
  );
}

/** A heavier model with the same text; `factor` is rounded to the nearest rung of the ladder. */
export function inflate(
  config: ModelConfig,
  weights: Weights,
  factor: number,
): { readonly config: ModelConfig; readonly weights: Weights } {
  const { shape } = nearestInflation(config.shape, factor);
  const widthRatio = config.shape.width / shape.width;
  const inflated: ModelConfig = { ...config, shape, normEpsilon: config.normEpsilon * widthRatio };
  const originalShapes = tensorShapes(config.shape);
  return {
    config: inflated,
    weights: {
      check(name) {
        const originalShape = originalShapes.get(name);
        if (originalShape) weights.check(name, originalShape);
      },
      async get(name, dimensions) {
        const originalShape = originalShapes.get(name);
        const original = originalShape && (await weights.get(name, originalShape));
        return growTensor({ name, dimensions, original, before: config.shape, after: shape });
      },
    },
  };
}

interface TensorGrowth {
  readonly name: string;
  readonly dimensions: readonly number[];
  /** Absent in the layers that the original does not have. */
  readonly original: Float32Array | undefined;
  readonly before: ModelShape;
  readonly after: ModelShape;
}

function growTensor(growth: TensorGrowth): Float32Array<ArrayBuffer> {
  const { name, before, after } = growth;
  if (name.endsWith("norm.weight")) return growNorm(growth);
  const [rows = 1, cols = 1] = growth.dimensions;
  const isZero = /embed_tokens|o_proj|down_proj/.test(name);
  const tensor = isZero ? new Float32Array(rows * cols) : noise(name, rows, cols);
  if (name.endsWith("q_proj.weight")) clearNewLanes(tensor, growth);
  const place = placementOf(name, before, after);
  if (growth.original) copyInto(tensor, cols, growth.original, place);
  return tensor;
}

function growNorm({
  dimensions,
  original,
  before,
  after,
}: TensorGrowth): Float32Array<ArrayBuffer> {
  const [width = 1] = dimensions;
  const scale = Math.sqrt(before.width / after.width);
  const weight = new Float32Array(width).fill(1);
  original?.forEach((value, index) => (weight[index] = value * scale));
  return weight;
}

/** Where the original's rows and columns go, and what they are multiplied by. */
interface Placement {
  readonly numRows: number;
  readonly numCols: number;
  readonly row: (original: number) => number;
  readonly col: (original: number) => number;
  readonly scale: number;
}

const same = (index: number) => index;

function placementOf(name: string, before: ModelShape, after: ModelShape): Placement {
  const rotated = (index: number) => rotatedLane(index, before.headWidth, after.headWidth);
  const plain = (index: number) => plainLane(index, before.headWidth, after.headWidth);
  const { width, hiddenWidth, numHeads, numKvHeads, headWidth, vocabulary } = before;
  const toWidth = { numCols: width, col: same, scale: 1 };
  const queryScale = Math.sqrt(after.headWidth / before.headWidth);
  if (name.endsWith("q_proj.weight")) {
    return { ...toWidth, numRows: numHeads * headWidth, row: rotated, scale: queryScale };
  }
  if (name.endsWith("k_proj.weight")) {
    return { ...toWidth, numRows: numKvHeads * headWidth, row: rotated };
  }
  if (name.endsWith("v_proj.weight")) {
    return { ...toWidth, numRows: numKvHeads * headWidth, row: plain };
  }
  if (name.endsWith("o_proj.weight")) {
    return { numRows: width, row: same, numCols: numHeads * headWidth, col: plain, scale: 1 };
  }
  if (name.endsWith("down_proj.weight")) {
    return { numRows: width, row: same, numCols: hiddenWidth, col: same, scale: 1 };
  }
  const isTable = /embed_tokens|lm_head/.test(name);
  return { ...toWidth, numRows: isTable ? vocabulary : hiddenWidth, row: same };
}

/** The lane of a wider head whose RoPE pair turns at the frequency of this one's. */
function rotatedLane(index: number, headWidth: number, newWidth: number): number {
  const head = Math.floor(index / headWidth);
  const lane = index % headWidth;
  const half = headWidth / 2;
  const pair = lane % half;
  const side = lane < half ? 0 : newWidth / 2;
  return head * newWidth + side + pair * (newWidth / headWidth);
}

function plainLane(index: number, headWidth: number, newWidth: number): number {
  return Math.floor(index / headWidth) * newWidth + (index % headWidth);
}

function copyInto(
  tensor: Float32Array,
  cols: number,
  original: Float32Array,
  { numRows, numCols, row, col, scale }: Placement,
): void {
  const columns = Array.from({ length: numCols }, (_, index) => col(index));
  for (let from = 0; from < numRows; from++) {
    const start = row(from) * cols;
    columns.forEach((column, index) => {
      tensor[start + column] = (original[from * numCols + index] ?? 0) * scale;
    });
  }
}

/** The original heads' queries must be zero on lanes that hold noise in the keys. */
function clearNewLanes(
  tensor: Float32Array,
  { dimensions, original, before, after }: TensorGrowth,
) {
  const [, cols = 1] = dimensions;
  if (original) tensor.fill(0, 0, before.numHeads * after.headWidth * cols);
}

/**
 * Uniform noise with the variance that keeps activations of unit size: 1 / cols. Seeded by the tensor's name,
 * so that a rebuilt model has the same weights. A xorshift generator: a billion numbers must take seconds.
 */
function noise(name: string, rows: number, cols: number): Float32Array<ArrayBuffer> {
  const tensor = new Float32Array(rows * cols);
  const scale = Math.sqrt(3 / cols) / 2 ** 31;
  let state = seedOf(name);
  for (let index = 0; index < tensor.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    tensor[index] = state * scale;
  }
  return tensor;
}

/** Never zero, which xorshift could not leave. */
function seedOf(name: string): number {
  return fnv1a(name) | 1;
}
