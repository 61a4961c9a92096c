// The time of a forward pass as kernels take it: the roofline with fitted losses, and where the fit no longer holds.
import { peakFor, type GpuEntry } from "../catalog/gpus/gpus.ts";
import { bytesMoved } from "../cost/cost.ts";
import type { MatmulSize, Operator } from "../cost/operator.ts";
import { operatorsOf } from "../cost/operators.ts";
import { totalsOf, type Pass, type SequenceGroup } from "../cost/pass.ts";
import { bytesOf, multiplyFormat } from "../cost/precision.ts";
import { seconds, type Seconds } from "../units/units.ts";
import { timeOfCost } from "./roofline.ts";
import { attentionSeconds } from "./attention-model.ts";
import { ATTENTION_COEFFICIENTS, GEMM_COEFFICIENTS } from "./fitted-coefficients.ts";
import {
  gemmBytes,
  gemmTime,
  type GemmBytes,
  type GemmCoefficients,
  type GemmMachine,
  type GemmTime,
} from "./gemm-model.ts";

/** Which measured GPU's losses a GPU is given. */
export interface FittedGpu {
  readonly coefficients: GemmCoefficients;
  readonly measuredOn: "A100" | "H100";
  /** How near the GPU is to the measured one; its own peaks and SMs are used either way. */
  readonly basis: "this card" | "same architecture" | "other";
}

/** The cards whose kernels were timed. */
const MEASURED_CARDS: readonly string[] = ["a100-80gb-sxm", "h100-sxm"];

/** H100 losses for H100 and H200, the A100's for A100s and, as the nearest thing known, for all others. */
export function fittedGpu(gpu: GpuEntry): FittedGpu {
  if (/^h[12]00\b/.test(gpu.id)) {
    const basis = MEASURED_CARDS.includes(gpu.id) ? "this card" : "same architecture";
    return { coefficients: GEMM_COEFFICIENTS.h100, measuredOn: "H100", basis };
  }
  const basis = MEASURED_CARDS.includes(gpu.id)
    ? "this card"
    : /^a100\b/.test(gpu.id)
      ? "same architecture"
      : "other";
  return { coefficients: GEMM_COEFFICIENTS.a100, measuredOn: "A100", basis };
}

/**
 * What the smallest kernel takes on this GPU, as fitted: time that one launch after the other costs even where nothing is
 * computed. An operator whose launches take longer than its bytes and its FLOPs is bound by overhead.
 */
export function fittedLaunchSeconds(gpu: GpuEntry): Seconds {
  return seconds(fittedGpu(gpu).coefficients.launchSeconds);
}

/** A product's time on a GPU of the catalogue, in 16 bits unless said otherwise. */
export function fittedGemmTime(size: MatmulSize, gpu: GpuEntry, per?: GemmBytes): GemmTime {
  return gemmTime(size, gpu, fittedGpu(gpu).coefficients, per);
}

export interface FittedStep {
  /** Sum over the operators. Time between kernels and on the CPU is not in it: launches as in a captured graph. */
  readonly seconds: Seconds;
  readonly rows: readonly { readonly operator: Operator; readonly seconds: Seconds }[];
  /** Something in the pass lies outside of what was fitted. */
  readonly isExtrapolated: boolean;
  /** A sentence for each thing that lies outside; absent if nothing does. */
  readonly reason?: string;
}

/**
 * The fitted time of a pass on one GPU, or on one rank of several (without the ranks' exchange).
 *
 * - Matrix products: {@link gemmTime}, and the bytes that a fused kernel moves beside its operands.
 * - Attention in a fused pass: {@link attentionSeconds}, group by group; latent attention as the rest, at its shares.
 * - The rest: a launch, its bytes and its FLOPs at the shares that products reach.
 *
 * @throws RangeError as {@link operatorsOf} for a pass that cannot be.
 */
export function fittedStepTime(pass: Pass, gpu: GpuEntry): FittedStep {
  const rows = operatorsOf(pass).map((operator) => ({
    operator,
    seconds: seconds(fittedOperatorSeconds(operator, pass, gpu)),
  }));
  const reasons = extrapolations(pass, gpu);
  return {
    seconds: seconds(rows.reduce((sum, row) => sum + row.seconds, 0)),
    rows,
    isExtrapolated: reasons.length > 0,
    ...(reasons.length > 0 && { reason: reasons.join(" ") }),
  };
}

function fittedOperatorSeconds(operator: Operator, pass: Pass, gpu: GpuEntry): number {
  const { coefficients } = fittedGpu(gpu);
  const format = multiplyFormat(pass.precision);
  const machine: GemmMachine = {
    numSms: gpu.numSms,
    bandwidth: gpu.bandwidth,
    peakFlops: peakFor(gpu, format).rate,
  };
  if (operator.kind === "attention" && pass.isFused && !pass.shape.latent) {
    // With one KV head for many queries their own bytes count, which the fit left out: never below the roofline.
    const floor = timeOfCost(operator.cost, gpu, { format }).seconds;
    return Math.max(floor, operator.count * attentionLayerSeconds(pass, machine));
  }
  if (operator.size) return productSeconds(operator, operator.size, pass, machine, coefficients);
  return streamSeconds(operator, machine, operator.kind === "attention" ? LATENT : coefficients);
}

/** Attention that was not measured in its own form: the shares that the measured form reaches. */
const LATENT = {
  launchSeconds: ATTENTION_COEFFICIENTS.decode.launchSeconds,
  memoryEfficiency: ATTENTION_COEFFICIENTS.decode.memoryEfficiency,
  mathEfficiency: ATTENTION_COEFFICIENTS.prefill.mathEfficiency,
};

type Shares = Pick<GemmCoefficients, "launchSeconds" | "memoryEfficiency" | "mathEfficiency">;

/** Launches, and the longer of bytes and FLOPs at the given shares. */
function streamSeconds(
  { cost, count }: Operator,
  { bandwidth, peakFlops }: GemmMachine,
  { launchSeconds, memoryEfficiency, mathEfficiency }: Shares,
): number {
  const memory = bytesMoved(cost) / (bandwidth * memoryEfficiency);
  return count * launchSeconds + Math.max(memory, cost.flops / (peakFlops * mathEfficiency));
}

function productSeconds(
  operator: Operator,
  size: MatmulSize,
  { precision }: Pass,
  machine: GemmMachine,
  coefficients: GemmCoefficients,
): number {
  const activation = bytesOf(precision.activations);
  const per = { input: activation, weight: bytesOf(precision.weights), output: activation };
  const beside = Math.max(0, bytesMoved(operator.cost) - operator.count * gemmBytes(size, per));
  const streamed = beside / (machine.bandwidth * coefficients.memoryEfficiency);
  return operator.count * gemmTime(size, machine, coefficients, per).seconds + streamed;
}

/** Attention of one layer on one rank, the groups one after the other. */
function attentionLayerSeconds(pass: Pass, machine: GemmMachine): number {
  const heads = attentionHeads(pass);
  return pass.groups.reduce(
    (sum, { count, cached, fresh }) =>
      sum +
      attentionSeconds(
        { sequences: count, cached, fresh, ...heads },
        machine,
        ATTENTION_COEFFICIENTS,
      ),
    0,
  );
}

function attentionHeads({ shape, precision, ranks = 1 }: Pass) {
  const { numHeads, numKvHeads, headWidth } = shape;
  const kvHeads = Math.max(1, numKvHeads / ranks);
  const kvBytesPerToken = 2 * kvHeads * headWidth * bytesOf(precision.kv);
  return { queryHeads: numHeads / ranks, kvHeads, headWidth, kvBytesPerToken };
}

/** The largest sizes among the measurements. */
const MEASURED = { rows: 4096, cached: 3136, fresh: 3392, sequences: 128 };

function extrapolations(pass: Pass, gpu: GpuEntry): string[] {
  const { shape, precision, groups } = pass;
  const { basis, measuredOn } = fittedGpu(gpu);
  const reasons: string[] = [];
  if (basis === "other") {
    reasons.push(
      `The ${gpu.name} was not measured: its own peaks with the shares that an A100 reaches.`,
    );
  } else if (basis === "same architecture") {
    reasons.push(
      `An ${measuredOn} SXM with 80 GB was measured, not the ${gpu.name}: same architecture, not this card; its own peaks with the ${measuredOn}'s shares.`,
    );
  }
  if (measuredOn === "H100") {
    reasons.push(
      "Attention was measured on an A100 only: the H100's peaks with the A100's shares.",
    );
  }
  const formats = [precision.weights, precision.kv, precision.activations];
  if (formats.some((format) => format !== "bf16")) {
    reasons.push("Kernels were measured in 16 bits only.");
  }
  if (shape.latent) reasons.push("Latent attention was not measured.");
  if (shape.experts) reasons.push("Kernels of experts were not measured.");
  if (!pass.isFused) reasons.push("Unfused attention and elementwise kernels were not measured.");
  if (isBeyondSizes(groups)) {
    reasons.push(
      `Measurements end at ${MEASURED.rows} rows, ${MEASURED.cached} cached and ${MEASURED.fresh} new tokens of a sequence, and ${MEASURED.sequences} sequences.`,
    );
  }
  return reasons;
}

function isBeyondSizes(groups: readonly SequenceGroup[]): boolean {
  const { tokens, sequences } = totalsOf(groups);
  return (
    tokens > MEASURED.rows ||
    sequences > MEASURED.sequences ||
    groups.some(({ cached, fresh }) => cached > MEASURED.cached || fresh > MEASURED.fresh)
  );
}
