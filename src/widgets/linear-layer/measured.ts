// Times of linear layers that others measured on real GPUs, found by the size of the layer. Pure.
import {
  measuredGemm,
  type MeasuredGpu,
  type MeasuredModel,
  type MeasuredOperator,
} from "../../core/roofline/measured/measured-gemm.ts";
import type { Seconds } from "../../core/units/units.ts";

export interface MeasuredPoint {
  readonly batch: number;
  readonly seconds: Seconds;
}

/** By the id of the catalogue. */
const GPUS: ReadonlyMap<string, MeasuredGpu> = new Map([
  ["a100-80gb-sxm", "a100"],
  ["h100-sxm", "h100"],
]);
const MODELS: readonly MeasuredModel[] = ["llama-2-7b", "llama-2-70b", "llama-3-8b"];
const OPERATORS: readonly MeasuredOperator[] = ["qkv", "attention-out", "gate-up", "down"];
const RANKS = [1, 2, 4, 8];

const key = (gpu: MeasuredGpu, inputs: number, outputs: number) => `${gpu} ${inputs} ${outputs}`;

/** The first that was measured of each size: models share some. */
function createIndex(): ReadonlyMap<string, readonly MeasuredPoint[]> {
  const index = new Map<string, readonly MeasuredPoint[]>();
  for (const gpu of GPUS.values()) {
    for (const model of MODELS) {
      for (const ranks of RANKS) {
        for (const operator of OPERATORS) {
          const rows = measuredGemm(gpu, model, ranks, operator);
          const [first] = rows;
          if (first === undefined || index.has(key(gpu, first.k, first.n))) continue;
          const points = rows.map(({ tokens, seconds }) => ({ batch: tokens, seconds }));
          index.set(key(gpu, first.k, first.n), points);
        }
      }
    }
  }
  return index;
}

let index: ReturnType<typeof createIndex> | undefined;

/** Shortest batch first; empty where nobody measured a layer of this size on this GPU. */
export function findMeasured(
  gpuId: string,
  inputs: number,
  outputs: number,
): readonly MeasuredPoint[] {
  const gpu = GPUS.get(gpuId);
  if (gpu === undefined) return [];
  index ??= createIndex();
  return index.get(key(gpu, inputs, outputs)) ?? [];
}
