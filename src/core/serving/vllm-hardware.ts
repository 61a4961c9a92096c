// Which widths of weights vLLM has no kernels for, GPU by GPU.
import type { GpuEntry } from "../catalog/gpus/gpus.ts";
import type { NumberFormat } from "../cost/precision.ts";

/**
 * From the table "Supported Hardware" of vLLM 0.11.2 (docs.vllm.ai/en/v0.11.2/features/quantization/), in the ways that
 * our command asks for: fp8 as W8A8 or weight-only Marlin, int8 as W8A8, int4 as bitsandbytes, AWQ or GPTQ. Turing's
 * weight-only fp8 is in the guide to fp8 of the same site.
 */
const WITHOUT: Readonly<Record<string, readonly NumberFormat[]>> = {
  "v100-sxm2-32gb": ["fp8", "int8"],
  mi300x: ["int8", "int4"],
  "tpu-v5e": ["fp8", "int4"],
};

/** Whether vLLM's table lists weights of this width for this GPU. A GPU of the reader's own passes: nothing is known of it. */
export function hasKernels(gpu: Pick<GpuEntry, "id">, weights: NumberFormat): boolean {
  return WITHOUT[gpu.id]?.includes(weights) !== true;
}
