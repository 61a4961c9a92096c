// The matrix products of a dense model at a number of rows, each with the tiles and waves that the fitted model picks.
import type { GpuEntry } from "../catalog/gpus/gpus.ts";
import type { ModelShape } from "../catalog/models/model-shape.ts";
import { fittedGemmTime } from "../roofline/fitted.ts";
import { gemmUtilisation } from "../roofline/gemm-model.ts";
import { seconds, type Seconds } from "../units/units.ts";
import type { Tile } from "./tiles.ts";

/** One product on one rank. */
export interface ShapeProduct {
  readonly id: "qkv" | "attention-out" | "gate-up" | "down" | "head";
  readonly name: string;
  /** Launches in a pass: one a layer, one in all for the head. */
  readonly count: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** A product as the fitted model would run it. */
export interface TiledProduct extends ShapeProduct {
  readonly tile: Tile;
  /** Parts that the k axis is cut into. */
  readonly splits: number;
  /** Output tiles times splits. */
  readonly blocks: number;
  readonly waves: number;
  /** Useful share of all places in all waves, in (0, 1]. */
  readonly efficiency: number;
  /** Share of the places in all waves that hold a block, useful or not. */
  readonly waveOccupancy: number;
  /** Of one launch, modelled. */
  readonly seconds: Seconds;
  /** Useful FLOP/s over the GPU's peak, modelled. */
  readonly utilisation: number;
}

/** How a shape is used: rows of a step, and GPUs that share its matrices. */
export interface ShapeUse {
  /** Rows through each matrix: sequences in decode, tokens in prefill. */
  readonly rows: number;
  readonly ranks: number;
}

/** Products of a dense, gated model on one rank; sizes that do not divide evenly are rounded up, as padding would. */
export function shapeProducts(shape: ModelShape, { rows, ranks }: ShapeUse): ShapeProduct[] {
  const { numLayers, width, hiddenWidth, numHeads, numKvHeads, headWidth, vocabulary } = shape;
  const queries = Math.ceil(numHeads / ranks) * headWidth;
  const keysAndValues = 2 * Math.ceil(numKvHeads / ranks) * headWidth;
  const hidden = Math.ceil(hiddenWidth / ranks);
  const product = (
    id: ShapeProduct["id"],
    name: string,
    [n, k]: readonly [number, number],
  ): ShapeProduct => ({ id, name, count: id === "head" ? 1 : numLayers, m: rows, n, k });
  return [
    product("qkv", "QKV", [queries + keysAndValues, width]),
    product("attention-out", "attention output", [width, queries]),
    product("gate-up", "gate and up", [2 * hidden, width]),
    product("down", "down", [width, hidden]),
    product("head", "output head", [Math.ceil(vocabulary / ranks), width]),
  ];
}

export function tiledProduct(product: ShapeProduct, gpu: GpuEntry): TiledProduct {
  const { m, n } = product;
  const { tile, splits, blocks, waves, seconds: took } = fittedGemmTime(product, gpu);
  const waveOccupancy = blocks / (waves * gpu.numSms);
  const tileEfficiency = (m * n) / ((blocks / splits) * tile[0] * tile[1]);
  return {
    ...product,
    tile,
    splits,
    blocks,
    waves,
    efficiency: tileEfficiency * waveOccupancy,
    waveOccupancy,
    seconds: seconds(took),
    utilisation: gemmUtilisation(product, took, gpu.peakFlops),
  };
}

/** Modelled time of all products of a pass on one rank. */
export function productsSeconds(products: readonly TiledProduct[]): Seconds {
  return seconds(products.reduce((sum, { count, seconds: each }) => sum + count * each, 0));
}
