// Proposes shapes of a given number of parameters whose products fill tiles and waves on a GPU, and says what that gains
// over a shape of the same size chosen without looking. All times are modelled with the fitted efficiencies.
import type { GpuEntry } from "../catalog/gpus/gpus.ts";
import { countParameters, type ModelShape } from "../catalog/models/model-shape.ts";
import { requireCount } from "../roofline/require.ts";
import type { Seconds } from "../units/units.ts";
import {
  productsSeconds,
  shapeProducts,
  tiledProduct,
  type ShapeUse,
  type TiledProduct,
} from "./products.ts";
import { TENSOR_CORE_BYTES } from "./tiles.ts";
import { grouped } from "../units/grouped.ts";

export interface DesignRequest {
  /** Parameters wanted, a million to a hundred trillion. */
  readonly parameterBudget: number;
  readonly gpu: GpuEntry;
  /** Rows of a step: tokens of a prefill, or sequences of a decode step. */
  readonly tokens: number;
  /** Entries that the tokenizer needs; proposals round up. 128,256 unless said. */
  readonly vocabulary?: number;
  /** Tensor-parallel ranks that share each matrix; 1 unless said. */
  readonly ranks?: number;
}

/** A shape with what the model says of it. */
export interface DesignedShape {
  readonly shape: ModelShape;
  readonly parameters: number;
  /** On one rank. */
  readonly products: readonly TiledProduct[];
  /** All matrix products of a step on one rank, modelled; the head with one row for each row of the step. */
  readonly stepSeconds: Seconds;
  /** Useful FLOP/s of these products over the peak, modelled. */
  readonly utilisation: number;
}

export interface ShapeProposal extends DesignedShape {
  /** The shape of as many layers that the parameter count alone gives: nothing rounded but to whole heads. */
  readonly naive: DesignedShape;
  /**
   * Modelled time for each parameter that the proposal saves against the naive shape: 0.1 is 10 %; negative where it
   * saves nothing. Tiles and waves only: what misaligned rows cost beside is not in the measurements, and not in here.
   */
  readonly gain: number;
}

const DEFAULT_VOCABULARY = 128_256;
const LEAST_BUDGET = 1e6;
const GREATEST_BUDGET = 1e14;
/** Elements of 128 bytes in 16 bits. */
const STEP = TENSOR_CORE_BYTES / 2;
/** Width over layers of published dense models lies in this range: Llama 2 7B 128, Llama 3.1 405B 130. */
const SLIMMEST = 64;
const WIDEST = 192;
const USUAL = 128;
/** Gated feed-forward width over model width, searched from and to. */
const GATED = 8 / 3;
const GATED_RANGE = 0.1;
const NUM_HIDDEN_WIDTHS = 9;
const NUM_WIDTHS = 16;
/** Parameters may miss the budget by this much, and by the second if no shape is within the first. */
const TOLERANCE = 0.04;
const LOOSE_TOLERANCE = 0.25;
const NUM_PROPOSALS = 6;
/** Query heads that share a KV head. */
const GROUP = 4;
/** A budget below this shares the embedding with the head, as small models do. */
const TIED_BELOW = 1.5e9;

/**
 * Shapes near a parameter budget, the least modelled time for each parameter first.
 *
 * Widths are whole groups of four heads of 128 (heads of 64 below 1,024) that divide among the ranks, feed-forward widths multiples of 64 a rank
 * near 8/3 of the width, KV heads about a quarter of the heads from 16 on, the vocabulary a multiple of 64 a rank; layers
 * make up the budget.
 *
 * @returns at most six, of distinct widths; those that gain nothing only if none gains.
 * @throws RangeError if a number is not allowed, or the budget is too small for the vocabulary and the ranks.
 */
export function designShape(request: DesignRequest): readonly ShapeProposal[] {
  const { parameterBudget, gpu, tokens, vocabulary = DEFAULT_VOCABULARY, ranks = 1 } = request;
  if (!(parameterBudget >= LEAST_BUDGET && parameterBudget <= GREATEST_BUDGET)) {
    throw new RangeError(
      `A parameter budget lies between a million and a hundred trillion; got ${parameterBudget}.`,
    );
  }
  requireCount("The tokens of a step", tokens);
  requireCount("The vocabulary", vocabulary);
  requireCount("The number of ranks", ranks);
  const setting = { budget: parameterBudget, vocabulary, use: { rows: tokens, ranks }, gpu };
  const widths = candidateWidths(parameterBudget, ranks);
  const near = (tolerance: number) =>
    widths.flatMap((width) => bestOfWidth(width, setting, tolerance));
  const close = near(TOLERANCE);
  // A small model has few layers, and one more is a large step.
  const shapes = close.length > 0 ? close : near(LOOSE_TOLERANCE);
  if (shapes.length === 0) {
    throw new RangeError(
      `A budget of ${grouped(parameterBudget)} parameters gives no shape with a vocabulary of ${grouped(vocabulary)} and heads for ${ranks} ranks; raise the budget, or lower the vocabulary or the ranks.`,
    );
  }
  const proposals = shapes
    .toSorted((a, b) => timePerParameter(a) - timePerParameter(b))
    .map((proposal) => against(proposal, naiveShape(proposal, setting)));
  const better = proposals.filter(({ gain }) => gain > 0);
  return (better.length > 0 ? better : proposals).slice(0, NUM_PROPOSALS);
}

function timePerParameter({ stepSeconds, parameters }: DesignedShape): number {
  return stepSeconds / parameters;
}

function against(proposal: DesignedShape, naive: DesignedShape): ShapeProposal {
  return { ...proposal, naive, gain: 1 - timePerParameter(proposal) / timePerParameter(naive) };
}

/** Width at which `12·L·D²` parameters in layers make the budget, for L = D / aspect. */
function widthFor(budget: number, aspect: number): number {
  return Math.cbrt((budget * aspect) / 12);
}

/** At most 16 widths of whole heads, evenly spread over the range of usual aspects. */
function candidateWidths(budget: number, ranks: number): number[] {
  const headWidth = headWidthFor(widthFor(budget, USUAL));
  // Below some width whole groups would leave no choice.
  const group = widthFor(budget, SLIMMEST) >= 2 * GROUP * headWidth * ranks ? GROUP : 1;
  const step = headWidth * ranks * group;
  const first = Math.max(1, Math.floor(widthFor(budget, SLIMMEST) / step));
  const last = Math.max(first, Math.ceil(widthFor(budget, WIDEST) / step));
  const stride = Math.max(1, Math.ceil((last - first + 1) / NUM_WIDTHS));
  const widths: number[] = [];
  for (let heads = first; heads <= last; heads += stride) widths.push(heads * step);
  return widths;
}

function headWidthFor(width: number): number {
  return width < 1024 ? 64 : 128;
}

/** What all candidates of a request share. */
interface Setting {
  readonly budget: number;
  readonly vocabulary: number;
  readonly use: ShapeUse;
  readonly gpu: GpuEntry;
}

/** The feed-forward width that takes the least time for each of its parameters; nothing if none comes near the budget. */
function bestOfWidth(
  width: number,
  { budget, vocabulary, use, gpu }: Setting,
  tolerance: number,
): DesignedShape[] {
  const step = STEP * use.ranks;
  const headWidth = headWidthFor(widthFor(budget, USUAL));
  const numHeads = width / headWidth;
  const common = {
    width,
    numHeads,
    numKvHeads: kvHeadsFor(numHeads, use.ranks),
    headWidth,
    vocabulary: Math.ceil(vocabulary / step) * step,
    isTied: budget < TIED_BELOW,
  };
  const shapes = hiddenWidths(width, step).flatMap((hiddenWidth) => {
    const shape = {
      ...common,
      hiddenWidth,
      numLayers: layersFor({ ...common, hiddenWidth }, budget),
    };
    return Math.abs(countParameters(shape) / budget - 1) <= tolerance ? [shape] : [];
  });
  const timed = shapes.map((shape) => ({ shape, time: feedForwardTime(shape, use, gpu) }));
  const [best] = timed.toSorted((a, b) => a.time - b.time);
  return best === undefined ? [] : [designed(best.shape, use, gpu)];
}

/** Layers that bring a shape nearest to the budget, at least 1. */
function layersFor(shape: Omit<ModelShape, "numLayers">, budget: number): number {
  const one = countParameters({ ...shape, numLayers: 1 });
  const layer = countParameters({ ...shape, numLayers: 2 }) - one;
  return Math.max(1, Math.round(1 + (budget - one) / layer));
}

/**
 * A quarter of the heads from 16 heads on, as models with grouped queries have; where the ranks do not divide that, the
 * fewest that they and the heads do, down to a sixteenth; else all.
 */
function kvHeadsFor(numHeads: number, ranks: number): number {
  if (numHeads < 16) return numHeads;
  if (Number.isInteger(numHeads / GROUP / ranks)) return numHeads / GROUP;
  const first = Math.ceil(numHeads / 16 / ranks) * ranks;
  for (let count = first; count < numHeads; count += ranks) {
    if (numHeads % count === 0) return count;
  }
  return numHeads;
}

/** Modelled time of the feed-forward products for each of their parameters. */
function feedForwardTime(shape: ModelShape, use: ShapeUse, gpu: GpuEntry): number {
  const products = shapeProducts(shape, use).filter(({ id }) => id === "gate-up" || id === "down");
  return (
    productsSeconds(products.map((product) => tiledProduct(product, gpu))) /
    (shape.hiddenWidth * shape.numLayers)
  );
}

/** At most nine multiples of `step` within a tenth of 8/3 of the width, and always the nearest. */
function hiddenWidths(width: number, step: number): number[] {
  const middle = GATED * width;
  const first = Math.max(1, Math.ceil((middle * (1 - GATED_RANGE)) / step));
  const last = Math.floor((middle * (1 + GATED_RANGE)) / step);
  const nearest = Math.max(1, Math.round(middle / step));
  const stride = Math.max(1, Math.ceil((last - first + 1) / NUM_HIDDEN_WIDTHS));
  const multiples = new Set([nearest]);
  for (let multiple = first; multiple <= last; multiple += stride) multiples.add(multiple);
  return [...multiples].map((multiple) => multiple * step);
}

function designed(shape: ModelShape, use: ShapeUse, gpu: GpuEntry): DesignedShape {
  const products = shapeProducts(shape, use).map((product) => tiledProduct(product, gpu));
  const stepSeconds = productsSeconds(products);
  const work = products.reduce((sum, { m, n, k, count }) => sum + 2 * m * n * k * count, 0);
  return {
    shape,
    parameters: countParameters(shape),
    products,
    stepSeconds,
    utilisation: work / stepSeconds / gpu.peakFlops,
  };
}

/**
 * As many layers, heads and KV heads as the proposal; the width that the budget gives, rounded to whole elements of a
 * head; the feed-forward width 8/3 of it, rounded to a whole number; the vocabulary as it is.
 */
function naiveShape(
  { shape }: DesignedShape,
  { budget, vocabulary, use, gpu }: Setting,
): DesignedShape {
  const shapeOf = (headWidth: number): ModelShape => {
    const width = headWidth * shape.numHeads;
    return { ...shape, headWidth, width, hiddenWidth: Math.round(GATED * width), vocabulary };
  };
  const distance = (headWidth: number) => Math.abs(countParameters(shapeOf(headWidth)) - budget);
  // Parameters grow with the width, so the nearest is found walking from the proposal's own head width.
  let headWidth = shape.headWidth;
  while (headWidth > 1 && distance(headWidth - 1) < distance(headWidth)) headWidth -= 1;
  while (distance(headWidth + 1) < distance(headWidth)) headWidth += 1;
  return designed(shapeOf(headWidth), use, gpu);
}
