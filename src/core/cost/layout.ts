// What the operators of a pass are computed from: sums over its sequences and the sizes that one GPU holds.
import { countLayers, type ModelShape } from "../catalog/models/model-shape.ts";
import { totalsOf, type Pass, type PassTotals } from "./pass.ts";

export interface Layout {
  readonly shape: ModelShape;
  readonly isFused: boolean;
  readonly totals: PassTotals;
  readonly ranks: number;
  /** N and K of one GPU. */
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly numLayers: number;
  readonly numDenseLayers: number;
  readonly numExpertLayers: number;
  /** Weights of one norm: one for each channel, two with a bias. */
  readonly normWeights: number;
  /** FLOPs of one channel of a norm. */
  readonly normFlops: number;
  readonly hasQkvBias: boolean;
  readonly hasBias: boolean;
}

/** Square, add, scale, weigh. */
const RMS_NORM_FLOPS = 4;
/** Sum, subtract the mean, square, add, scale, weigh, add the bias. */
const LAYER_NORM_FLOPS = 7;

export function layoutOf({ shape, groups, isFused, ranks = 1 }: Pass): Layout {
  const layers = countLayers(shape);
  const isLayerNorm = shape.norm === "layer";
  return {
    shape,
    isFused,
    totals: totalsOf(groups),
    ranks,
    numHeads: shape.numHeads / ranks,
    numKvHeads: Math.max(1, shape.numKvHeads / ranks),
    numLayers: shape.numLayers,
    numDenseLayers: layers.dense,
    numExpertLayers: layers.expert,
    normWeights: shape.width * (isLayerNorm ? 2 : 1),
    normFlops: isLayerNorm ? LAYER_NORM_FLOPS : RMS_NORM_FLOPS,
    hasQkvBias: shape.biases === "qkv" || shape.biases === "all",
    hasBias: shape.biases === "all",
  };
}
