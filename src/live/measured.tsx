// What others measured of matrix products on an A100 and an H100, in 16 bits, as points of a roofline, and their source
// in words.
import type { ReactNode } from "react";
import {
  measuredGemm,
  type MeasuredGemm,
  type MeasuredGpu,
  type MeasuredModel,
  type MeasuredOperator,
} from "../core/roofline/measured/measured-gemm.ts";
import { bytesMoved } from "../core/cost/cost.ts";
import { linearLayerCost } from "../core/roofline/roofline.ts";
import { formatCount } from "../ui/format.ts";
import { KeyMark } from "./point-marks.tsx";
import type { PublishedPoint } from "./scene.ts";

/** The products were measured in fp16. */
const BYTES_PER_ELEMENT = 2;
const GPUS: readonly MeasuredGpu[] = ["a100", "h100"];

function costOf({ m, n, k }: MeasuredGemm) {
  return linearLayerCost({ batch: m, inputs: k, outputs: n, bytesPerElement: BYTES_PER_ELEMENT });
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Products that run one after the other, as one point: their FLOPs over their bytes, and over their times. */
function pointOf(
  gpu: MeasuredGpu,
  label: string,
  products: readonly MeasuredGemm[],
): PublishedPoint {
  const flops = total(products.map((product) => costOf(product).flops));
  const bytes = total(products.map((product) => bytesMoved(costOf(product))));
  return {
    gpu,
    label,
    intensity: flops / bytes,
    rate: flops / total(products.map(({ seconds }) => seconds)),
  };
}

export interface MeasuredLayer {
  readonly model: MeasuredModel;
  /** GPUs that the layer is split among. */
  readonly ranks: number;
  readonly operators: readonly MeasuredOperator[];
}

/** The products of a layer together, on both GPUs, a point for each number of rows at which they were measured. */
export function publishedPoints(
  { model, ranks, operators }: MeasuredLayer,
  rows: readonly number[],
): PublishedPoint[] {
  return GPUS.flatMap((gpu) => {
    const columns = operators.map((operator) => measuredGemm(gpu, model, ranks, operator));
    return rows.flatMap((numRows) => {
      const products = columns.flatMap((column) =>
        column.filter(({ tokens }) => tokens === numRows),
      );
      return products.length === operators.length
        ? [pointOf(gpu, formatCount(numRows), products)]
        : [];
    });
  });
}

/** The attention output of Llama 2 7B, split among four GPUs: the layer 1024 → 4096. */
export const LAYER_1024_4096: MeasuredLayer = {
  model: "llama-2-7b",
  ranks: 4,
  operators: ["attention-out"],
};

/** All products of a layer of Llama 2 7B, of one GPU: the nearest to a pass of a model, whose attention is missing. */
export const LLAMA_LAYER: MeasuredLayer = {
  model: "llama-2-7b",
  ranks: 1,
  operators: ["qkv", "attention-out", "gate-up", "down"],
};

/** @param what - "times of that layer in 16 bits". */
export function sayMeasured(what: string): ReactNode {
  return (
    <>
      <KeyMark kind="a100" /> Hollow squares: {what} on a real A100; <KeyMark kind="h100" /> hollow
      triangles: on an H100, whose own roofs are higher than those drawn. Both published with{" "}
      <a href="https://github.com/microsoft/vidur/tree/7d47513363ec447a741ac5e47241580b47724fbf/data/profiling">
        Vidur
      </a>{" "}
      (MIT licence).
    </>
  );
}
