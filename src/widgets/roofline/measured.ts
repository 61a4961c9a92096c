// Times of a model's matrix products that others measured on real GPUs, as points of the roofline. Pure.
import { arithmeticIntensity } from "../../core/cost/cost.ts";
import {
  measuredGemm,
  type MeasuredGpu,
  type MeasuredModel,
  type MeasuredOperator,
} from "../../core/roofline/measured/measured-gemm.ts";
import { linearLayerCost } from "../../core/roofline/roofline.ts";

/** By the ids of the catalogue. */
const GPUS: ReadonlyMap<string, MeasuredGpu> = new Map([
  ["a100-80gb-sxm", "a100"],
  ["h100-sxm", "h100"],
]);
/** Llama 3.1 kept the matrices of Llama 3 8B, and 70B has those of Llama 2 70B. */
const MODELS: ReadonlyMap<string, MeasuredModel> = new Map([
  ["llama-2-7b", "llama-2-7b"],
  ["llama-3.1-8b", "llama-3-8b"],
  ["llama-2-70b", "llama-2-70b"],
  ["llama-3.1-70b", "llama-2-70b"],
]);
const OPERATORS: readonly MeasuredOperator[] = ["qkv", "attention-out", "gate-up", "down"];
const BYTES_PER_ELEMENT = 2;

export interface MeasuredPoint {
  readonly id: string;
  /** FLOP a byte, every operand counted once. */
  readonly intensity: number;
  /** FLOP a second that the kernel reached. */
  readonly rate: number;
}

function readMeasured(gpu: MeasuredGpu, model: MeasuredModel): readonly MeasuredPoint[] {
  return OPERATORS.flatMap((operator) =>
    measuredGemm(gpu, model, 1, operator).map(({ m, n, k, seconds }) => {
      const cost = linearLayerCost({
        inputs: k,
        outputs: n,
        batch: m,
        bytesPerElement: BYTES_PER_ELEMENT,
      });
      return {
        id: `${operator}-${m}`,
        intensity: arithmeticIntensity(cost),
        rate: cost.flops / seconds,
      };
    }),
  );
}

/** Read once: a slider asks again in every frame. */
const read = new Map<string, readonly MeasuredPoint[]>();

/** Every product and token count that was measured; empty where the model or the GPU was not. */
export function findMeasured(gpuId: string, modelId: string): readonly MeasuredPoint[] {
  const [gpu, model] = [GPUS.get(gpuId), MODELS.get(modelId)];
  if (gpu === undefined || model === undefined) return [];
  const key = `${gpu} ${model}`;
  const points = read.get(key) ?? readMeasured(gpu, model);
  read.set(key, points);
  return points;
}
