// Measured times of matrix products on an A100 80GB and an H100, for figures that set real points beside a model.
// Attribution to show with them: profiling data of microsoft/vidur, MIT licence, commit 7d47513.
import { seconds, type Seconds } from "../../units/units.ts";
import { MEASURED_PRODUCTS, MEASURED_TOKENS } from "./gemm-table.ts";

export type MeasuredGpu = "a100" | "h100";
export type MeasuredModel = "llama-2-7b" | "llama-2-70b" | "llama-3-8b";
export type MeasuredOperator = "qkv" | "attention-out" | "gate-up" | "down";

export const MEASURED_SOURCE = {
  label: "microsoft/vidur, profiling data (MIT licence, commit 7d47513)",
  url: "https://github.com/microsoft/vidur",
};

/** One kernel: m rows (tokens), k inputs, n outputs, fp16, on one of `ranks` GPUs. */
export interface MeasuredGemm {
  readonly tokens: number;
  /** Median over repeats; the clock's step is 0.5 to 1 µs. */
  readonly seconds: Seconds;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/**
 * The measured times of one product at 36 token counts from 1 to 4096, in that order.
 *
 * @param ranks - tensor-parallel ranks that the product is split among: 1, 2, 4 or 8.
 * @returns nothing for a combination that was not measured: Llama 3 8B on an H100, other ranks.
 */
export function measuredGemm(
  gpu: MeasuredGpu,
  model: MeasuredModel,
  ranks: number,
  operator: MeasuredOperator,
): readonly MeasuredGemm[] {
  const key = `${gpu} ${model} ${ranks} ${operator} `;
  const line = MEASURED_PRODUCTS.find((candidate) => candidate.startsWith(key));
  if (line === undefined) return [];
  const [n = 0, k = 0, ...micros] = line.slice(key.length).split(" ").map(Number);
  return MEASURED_TOKENS.flatMap((tokens, index) => {
    const time = micros[index];
    return time === undefined ? [] : [{ tokens, seconds: seconds(time / 1e6), m: tokens, n, k }];
  });
}
