// One forward pass split over the GPUs of a node: each rank's own work, and the all-reduces between its layers.
import type { GpuEntry } from "../catalog/gpus/gpus.ts";
import type { ModelShape } from "../catalog/models/model-shape.ts";
import { decodePass, findRankProblem, totalsOf, type Pass } from "../cost/pass.ts";
import { BF16, bytesOf, type Precision } from "../cost/precision.ts";
import { fittedStepTime } from "../roofline/fitted.ts";
import { stepTime } from "../roofline/step-time.ts";
import { bytes, seconds, type Bytes, type Seconds } from "../units/units.ts";
import { allReduceTime, type Link } from "./all-reduce.ts";
import { findNvlink, findPcieLink } from "./links.ts";
import { RANKS, weightBytesPerRank } from "./ranks.ts";

/** How the work of one rank is timed: the lower bound of the roofline, or the fitted kernel times. */
export type Estimate = "roofline" | "fitted";

export interface TensorParallelStep {
  readonly ranks: number;
  /** One rank's own operators. */
  readonly compute: Seconds;
  /** All all-reduces of the pass, one after the other; they wait for the work before and hold up the work after. */
  readonly allReduce: Seconds;
  /** Two a layer: after attention and after the feed-forward network. 0 on one GPU. */
  readonly numAllReduces: number;
  /** Of one all-reduce on each rank: `T·D` activations. */
  readonly allReduceBytes: Bytes;
  /** `compute + allReduce`. */
  readonly seconds: Seconds;
}

const ALL_REDUCES_PER_LAYER = 2;
/** Sums of partial products travel in 16 bits at least, also between 8-bit matrices. */
const LEAST_SUM_BYTES = 2;

/**
 * Time of a pass over `pass.ranks` GPUs.
 *
 * The all-reduce is added to the step in full: nothing is assumed to overlap with it. Small ones take the latency of
 * NCCL as measured; vLLM's own kernel for small arrays on NVLink can be quicker.
 *
 * @param link - not needed on one GPU.
 * @throws RangeError if there is more than one rank and no link, or the pass cannot be.
 */
export function tensorParallelStep(
  pass: Pass,
  gpu: GpuEntry,
  link: Link | undefined,
  estimate: Estimate = "roofline",
): TensorParallelStep {
  const { ranks = 1, shape, precision } = pass;
  const compute =
    estimate === "roofline"
      ? stepTime(pass, gpu).sumOfOperators
      : fittedStepTime(pass, gpu).seconds;
  const exchange = exchangeOf({ shape, precision, ranks, tokens: totalsOf(pass.groups).tokens });
  if (ranks > 1 && link === undefined) {
    throw new RangeError(`No link is known between ${ranks} of the ${gpu.name}.`);
  }
  const each = link === undefined ? 0 : allReduceTime(exchange.allReduceBytes, ranks, link);
  const allReduce = seconds(exchange.numAllReduces * each);
  return { ranks, compute, allReduce, ...exchange, seconds: seconds(compute + allReduce) };
}

function exchangeOf(of: {
  readonly shape: ModelShape;
  readonly precision: Precision;
  readonly ranks: number;
  readonly tokens: number;
}) {
  const element = Math.max(LEAST_SUM_BYTES, bytesOf(of.precision.activations));
  return {
    numAllReduces: of.ranks === 1 ? 0 : ALL_REDUCES_PER_LAYER * of.shape.numLayers,
    allReduceBytes: bytes(of.tokens * of.shape.width * element),
  };
}

export interface ScalingRow {
  readonly ranks: number;
  readonly weightsPerRank: Bytes;
  /** The weights alone fit the memory of one GPU. */
  readonly weightsFit: boolean;
  /** Why the model cannot be split so; the steps are absent then. */
  readonly problem?: string;
  /** Absent where the GPUs have no NVLink among so many, or the model cannot be split. */
  readonly nvlink?: TensorParallelStep;
  /** Absent where the chip has no PCIe slot, or the model cannot be split. */
  readonly pcie?: TensorParallelStep;
}

export interface ScalingOptions {
  /** B: sequences. */
  readonly batch: number;
  /** S: tokens in each cache. */
  readonly context: number;
  readonly precision?: Precision;
  readonly estimate?: Estimate;
  readonly ranks?: readonly number[];
}

/** Decode steps over 1, 2, 4 and 8 GPUs, over NVLink and over PCIe. On one GPU both are the same. */
export function scalingTable(
  shape: ModelShape,
  gpu: GpuEntry,
  options: ScalingOptions,
): readonly ScalingRow[] {
  const { batch, context, precision = BF16, estimate } = options;
  return (options.ranks ?? RANKS.slice(0, 4)).map((ranks) => {
    const weightsPerRank = weightBytesPerRank(shape, precision, ranks);
    const row = { ranks, weightsPerRank, weightsFit: weightsPerRank <= gpu.memory };
    const problem = findRankProblem(shape, ranks);
    if (problem !== undefined) return { ...row, problem };
    const pass = decodePass(shape, { batch, context, precision, ranks });
    const over = (link: Link | undefined) =>
      link === undefined && ranks > 1 ? undefined : tensorParallelStep(pass, gpu, link, estimate);
    const nvlink = over(findNvlink(gpu, ranks));
    const pcie = over(findPcieLink(gpu));
    return { ...row, ...(nvlink && { nvlink }), ...(pcie && { pcie }) };
  });
}
