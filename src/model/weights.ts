// The weights of a model by their Hugging Face names, read one tensor at a time so that a large model never
// stands in memory twice.
import * as v from "valibot";
import type { ModelShape } from "../core/catalog/models/model-shape.ts";
import { EngineError } from "./engine.ts";
import { getFile, type ModelFolder } from "./folder.ts";
import { readSafetensorsHeader, readTensor, shorten, type TensorEntry } from "./safetensors.ts";

export interface Weights {
  /** Reads nothing. @throws EngineError if the tensor is missing or has another shape. */
  check(name: string, shape: readonly number[]): void;
  /** The tensor as f32, row-major. @throws EngineError if it is missing or has another shape. */
  get(name: string, shape: readonly number[]): Promise<Float32Array<ArrayBuffer>>;
}

/** Real models have up to two hundred. */
const MAX_SHARDS = 512;

const indexSchema = v.object({ weight_map: v.record(v.string(), v.string()) });

interface StoredTensor {
  readonly file: Blob;
  readonly entry: TensorEntry;
}

/** Opens `model.safetensors`, or the shards that `model.safetensors.index.json` names. */
export async function openWeights(
  folder: ModelFolder,
  onProgress?: (fraction: number) => void,
): Promise<Weights> {
  const files = await weightFiles(folder, onProgress);
  const tensors = new Map<string, StoredTensor>();
  for (const file of files) {
    for (const [name, entry] of await readSafetensorsHeader(file)) {
      if (tensors.has(name)) {
        throw new EngineError("bad-model", `Two shards hold a tensor "${shorten(name)}".`);
      }
      tensors.set(name, { file, entry });
    }
  }
  const find = (name: string, shape: readonly number[]): StoredTensor => {
    const stored = tensors.get(name);
    if (!stored) throw new EngineError("bad-model", `The weights have no tensor "${name}".`);
    const stands = stored.entry.shape.join("×");
    const asked = shape.join("×");
    if (stands === asked) return stored;
    throw new EngineError(
      "bad-model",
      `Tensor "${name}" is ${stands}; config.json asks for ${asked}.`,
    );
  };
  return {
    check: (name, shape) => void find(name, shape),
    async get(name, shape) {
      const { file, entry } = find(name, shape);
      return readTensor(file, entry);
    },
  };
}

async function weightFiles(
  folder: ModelFolder,
  onProgress: ((fraction: number) => void) | undefined,
): Promise<Blob[]> {
  const whole = await folder.find("model.safetensors", onProgress);
  if (whole) return [whole];
  const index = await folder.find("model.safetensors.index.json");
  if (!index) return [await getFile(folder, "model.safetensors")];
  const names = shardNames(await index.text());
  return Promise.all(names.map((name) => getFile(folder, name)));
}

function shardNames(text: string): string[] {
  try {
    const { weight_map: map } = v.parse(indexSchema, JSON.parse(text));
    const names = [...new Set(Object.values(map))];
    if (names.length <= MAX_SHARDS && names.every((name) => /^[\w.-]{1,255}$/.test(name))) {
      return names;
    }
  } catch {
    // Falls through to the sentence below.
  }
  throw new EngineError("bad-model", "model.safetensors.index.json does not name the shards.");
}

/** Every tensor of a Llama-style model with its shape, in the order in which a forward pass meets them. */
export function tensorShapes(shape: ModelShape): Map<string, readonly number[]> {
  const { width, hiddenWidth, numHeads, numKvHeads, headWidth, vocabulary, numLayers } = shape;
  const shapes = new Map<string, readonly number[]>();
  shapes.set("model.embed_tokens.weight", [vocabulary, width]);
  for (let layer = 0; layer < numLayers; layer++) {
    const prefix = `model.layers.${layer}`;
    shapes.set(`${prefix}.input_layernorm.weight`, [width]);
    shapes.set(`${prefix}.self_attn.q_proj.weight`, [numHeads * headWidth, width]);
    shapes.set(`${prefix}.self_attn.k_proj.weight`, [numKvHeads * headWidth, width]);
    shapes.set(`${prefix}.self_attn.v_proj.weight`, [numKvHeads * headWidth, width]);
    shapes.set(`${prefix}.self_attn.o_proj.weight`, [width, numHeads * headWidth]);
    shapes.set(`${prefix}.post_attention_layernorm.weight`, [width]);
    shapes.set(`${prefix}.mlp.gate_proj.weight`, [hiddenWidth, width]);
    shapes.set(`${prefix}.mlp.up_proj.weight`, [hiddenWidth, width]);
    shapes.set(`${prefix}.mlp.down_proj.weight`, [width, hiddenWidth]);
  }
  shapes.set("model.norm.weight", [width]);
  if (!shape.isTied) shapes.set("lm_head.weight", [vocabulary, width]);
  return shapes;
}
