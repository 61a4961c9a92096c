// How many bytes an element takes: weights, cache and activations each have a format of their own.

export type NumberFormat = "fp32" | "bf16" | "fp8" | "int8" | "int4";

/** Bytes of an element. bf16 stands for fp16 too. */
const BYTES: Readonly<Record<NumberFormat, number>> = {
  fp32: 4,
  bf16: 2,
  fp8: 1,
  int8: 1,
  int4: 0.5,
};

export interface Precision {
  readonly weights: NumberFormat;
  readonly kv: NumberFormat;
  readonly activations: NumberFormat;
}

/** Everything in 16 bits: how most models are published. */
export const BF16: Precision = { weights: "bf16", kv: "bf16", activations: "bf16" };

/** Bytes of one element, without the scales that quantised formats keep beside their blocks. */
export function bytesOf(format: NumberFormat): number {
  return BYTES[format];
}

/**
 * The format in which matrices are multiplied: 8-bit arithmetic needs weights and activations in the same 8-bit
 * format; otherwise the narrower weights are expanded to the activations' format, at least 16 bits, first.
 */
export function multiplyFormat({ weights, activations }: Precision): NumberFormat {
  if (weights === activations && (weights === "fp8" || weights === "int8")) return weights;
  return activations === "fp32" ? "fp32" : "bf16";
}
