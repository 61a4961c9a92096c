// A model's weights on a backend: padded, and joined where the fused kernels read several matrices as one.
import { bytes, type Bytes } from "../core/units/units.ts";
import type { ModelShape } from "../core/catalog/models/model-shape.ts";
import type { Backend, DeviceArray } from "../gpu/backend.ts";
import { rowStride } from "../gpu/kernel.ts";
import type { ModelConfig } from "./config.ts";
import { tensorShapes, type Weights } from "./weights.ts";

export interface LayerArrays {
  readonly attentionNorm: DeviceArray;
  /** f32[(N + 2K)·H, stride(D)]: the rows of Q, then K, then V. */
  readonly qkv: DeviceArray;
  readonly attentionOutput: DeviceArray;
  readonly feedForwardNorm: DeviceArray;
  /** f32[2F, stride(D)]: the rows of gate, then up. */
  readonly gateUp: DeviceArray;
  readonly down: DeviceArray;
}

export interface DeviceModel {
  readonly config: ModelConfig;
  readonly table: DeviceArray;
  readonly layers: readonly LayerArrays[];
  readonly finalNorm: DeviceArray;
  /** The embedding table itself where the head is tied. */
  readonly head: DeviceArray;
}

/** Bytes of the weights as the device holds them: f32, rows padded to a multiple of four. */
export function deviceWeightBytes(shape: ModelShape): Bytes {
  const { width, hiddenWidth, numHeads, numKvHeads, headWidth, vocabulary, numLayers } = shape;
  const stride = rowStride(width);
  const layer =
    2 * stride +
    (numHeads + 2 * numKvHeads) * headWidth * stride +
    width * rowStride(numHeads * headWidth) +
    2 * hiddenWidth * stride +
    width * rowStride(hiddenWidth);
  const tables = vocabulary * stride * (shape.isTied ? 1 : 2);
  return bytes(4 * (numLayers * layer + tables + stride));
}

/** Bytes of the largest single array among the weights. */
export function largestWeightBytes(shape: ModelShape): Bytes {
  const { width, hiddenWidth, numHeads, numKvHeads, headWidth, vocabulary } = shape;
  const stride = rowStride(width);
  return bytes(
    4 *
      Math.max(
        vocabulary * stride,
        2 * hiddenWidth * stride,
        width * rowStride(hiddenWidth),
        (numHeads + 2 * numKvHeads) * headWidth * stride,
        width * rowStride(numHeads * headWidth),
      ),
  );
}

/** The part of a backend that uploads need. */
type Uploader = Pick<Backend, "allocate" | "write">;

/**
 * Uploads a model, one tensor at a time. All or nothing: tensors are checked before the first array is allocated, and
 * where reading or writing fails on the way, what was allocated is freed.
 *
 * @throws EngineError if a tensor is missing or has another shape.
 */
export async function uploadModel(
  backend: Backend,
  config: ModelConfig,
  weights: Weights,
  onProgress: (fraction: number) => void,
): Promise<DeviceModel> {
  for (const [name, dimensions] of tensorShapes(config.shape)) weights.check(name, dimensions);
  const made: DeviceArray[] = [];
  const uploader: Uploader = {
    allocate(...args) {
      const array = backend.allocate(...args);
      made.push(array);
      return array;
    },
    write: (...args) => backend.write(...args),
  };
  try {
    return await uploadTensors(uploader, config, weights, onProgress);
  } catch (error) {
    for (const array of made) backend.free(array);
    throw error;
  }
}

async function uploadTensors(
  backend: Uploader,
  config: ModelConfig,
  weights: Weights,
  onProgress: (fraction: number) => void,
): Promise<DeviceModel> {
  const { shape } = config;
  const { width, hiddenWidth, numHeads, numKvHeads, headWidth, vocabulary, numLayers } = shape;
  const upload = (
    label: string,
    names: readonly string[],
    numRows: readonly number[],
    cols: number,
  ) => uploadMatrix(backend, weights, { label, names, numRows, cols });
  const uploadNorm = (name: string) => uploadVector(backend, weights, name, width);

  const table = await upload("embedding", ["model.embed_tokens.weight"], [vocabulary], width);
  const layers: LayerArrays[] = [];
  for (let layer = 0; layer < numLayers; layer++) {
    const prefix = `model.layers.${layer}`;
    const attention = `${prefix}.self_attn`;
    const label = `layer ${layer}`;
    layers.push({
      attentionNorm: await uploadNorm(`${prefix}.input_layernorm.weight`),
      qkv: await upload(
        `${label} qkv`,
        ["q_proj", "k_proj", "v_proj"].map((name) => `${attention}.${name}.weight`),
        [numHeads * headWidth, numKvHeads * headWidth, numKvHeads * headWidth],
        width,
      ),
      attentionOutput: await upload(
        `${label} attention output`,
        [`${attention}.o_proj.weight`],
        [width],
        numHeads * headWidth,
      ),
      feedForwardNorm: await uploadNorm(`${prefix}.post_attention_layernorm.weight`),
      gateUp: await upload(
        `${label} gate and up`,
        [`${prefix}.mlp.gate_proj.weight`, `${prefix}.mlp.up_proj.weight`],
        [hiddenWidth, hiddenWidth],
        width,
      ),
      down: await upload(`${label} down`, [`${prefix}.mlp.down_proj.weight`], [width], hiddenWidth),
    });
    onProgress((layer + 1) / numLayers);
  }
  const finalNorm = await uploadNorm("model.norm.weight");
  const head = shape.isTied ? table : await upload("head", ["lm_head.weight"], [vocabulary], width);
  return { config, table, layers, finalNorm, head };
}

interface MatrixParts {
  readonly label: string;
  /** Tensors that stand one below the other. */
  readonly names: readonly string[];
  readonly numRows: readonly number[];
  readonly cols: number;
}

async function uploadMatrix(
  backend: Uploader,
  weights: Weights,
  { label, names, numRows, cols }: MatrixParts,
): Promise<DeviceArray> {
  const stride = rowStride(cols);
  const totalRows = numRows.reduce((sum, rows) => sum + rows, 0);
  const array = backend.allocate(label, "f32", totalRows * stride);
  let firstRow = 0;
  for (const [part, name] of names.entries()) {
    const rows = numRows[part] ?? 0;
    const tensor = await weights.get(name, [rows, cols]);
    backend.write(array, padRows(tensor, rows, cols), firstRow * stride);
    firstRow += rows;
  }
  return array;
}

async function uploadVector(
  backend: Uploader,
  weights: Weights,
  name: string,
  length: number,
): Promise<DeviceArray> {
  const array = backend.allocate(name, "f32", rowStride(length));
  backend.write(array, await weights.get(name, [length]));
  return array;
}

function padRows(
  tensor: Float32Array<ArrayBuffer>,
  rows: number,
  cols: number,
): Float32Array<ArrayBuffer> {
  const stride = rowStride(cols);
  if (stride === cols) return tensor;
  const padded = new Float32Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    padded.set(tensor.subarray(row * cols, (row + 1) * cols), row * stride);
  }
  return padded;
}

export function freeModel(backend: Backend, model: DeviceModel): void {
  const arrays = [model.table, model.finalNorm, model.head, ...model.layers.flatMap(Object.values)];
  for (const array of new Set<DeviceArray>(arrays)) backend.free(array);
}
