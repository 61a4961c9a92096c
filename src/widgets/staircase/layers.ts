// The measured products, named as a reader knows them.
import {
  measuredGemm,
  type MeasuredGemm,
  type MeasuredGpu,
  type MeasuredModel,
  type MeasuredOperator,
} from "../../core/roofline/measured/measured-gemm.ts";

export interface Layer {
  readonly id: string;
  readonly label: string;
  readonly model: MeasuredModel;
  readonly operator: MeasuredOperator;
  /** K of the product. */
  readonly inputs: number;
  /** N of the product. */
  readonly outputs: number;
}

function layerOf(
  [model, operator]: readonly [MeasuredModel, MeasuredOperator],
  label: string,
): Layer {
  const [first] = measuredGemm("a100", model, 1, operator);
  if (first === undefined) throw new Error(`${label} was not measured on an A100.`);
  return { id: `${model}-${operator}`, label, model, operator, inputs: first.k, outputs: first.n };
}

export const LAYERS: readonly Layer[] = [
  layerOf(["llama-2-7b", "qkv"], "Llama 2 7B: Q, K and V"),
  layerOf(["llama-2-7b", "attention-out"], "Llama 2 7B: attention output"),
  layerOf(["llama-2-7b", "gate-up"], "Llama 2 7B: gate and up"),
  layerOf(["llama-2-7b", "down"], "Llama 2 7B: down"),
  layerOf(["llama-3-8b", "qkv"], "Llama 3 8B: Q, K and V"),
  layerOf(["llama-2-70b", "qkv"], "Llama 2 70B: Q, K and V"),
  layerOf(["llama-2-70b", "down"], "Llama 2 70B: down"),
];

export function findLayer(id: string): Layer | undefined {
  return LAYERS.find((one) => one.id === id);
}

/** By the id of the catalogue. */
const GPUS: ReadonlyMap<string, MeasuredGpu> = new Map([
  ["a100-80gb-sxm", "a100"],
  ["h100-sxm", "h100"],
]);

/** Fewest tokens first; empty where this layer was not measured on this GPU. */
export function measurementsOf(layer: Layer, gpuId: string): readonly MeasuredGemm[] {
  const gpu = GPUS.get(gpuId);
  return gpu === undefined ? [] : measuredGemm(gpu, layer.model, 1, layer.operator);
}
