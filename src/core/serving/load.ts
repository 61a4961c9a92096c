// What a deployment does under a load: first token, pace, throughput, cost. Each once as the roofline's bound and once
// from fitted kernel times.
import { decodePass, prefillPass } from "../cost/pass.ts";
import { findLinkBetween } from "../parallel/links.ts";
import {
  tensorParallelStep,
  type Estimate,
  type TensorParallelStep,
} from "../parallel/tensor-parallel.ts";
import { seconds, type Seconds } from "../units/units.ts";
import type { Deployment, Workload } from "./deployment.ts";

export interface LoadFigures {
  readonly estimate: Estimate;
  /** B: requests that run at once. */
  readonly batch: number;
  /** Prefill of one prompt. */
  readonly prefill: TensorParallelStep;
  /** A decode step of `batch` requests, each at its mean context. */
  readonly decode: TensorParallelStep;
  /** TTFT of a request that does not wait: the prefill of its prompt. */
  readonly timeToFirstToken: Seconds;
  /** TPOT while only decode steps run. */
  readonly timePerOutputToken: Seconds;
  /** Of one request, while only decode steps run: 1 / TPOT. */
  readonly decodeTokensPerSecondPerUser: number;
  /** Of all requests, while only decode steps run: B / TPOT. */
  readonly decodeTokensPerSecond: number;
  /**
   * Output tokens a second in a steady state where every prompt is also prefilled on these GPUs, one at a time:
   * `B·O / (B·prefill + (O − 1)·step)`; the prefill makes the first token.
   */
  readonly tokensPerSecond: number;
  readonly requestsPerSecond: number;
  readonly tokensPerSecondPerGpu: number;
  /**
   * Mean gap between a request's tokens in that steady state, prefills of others included but not its own:
   * `((B − 1)·prefill + (O − 1)·step) / (O − 1)`. With one output token there is no gap; it is then a step.
   */
  readonly timePerOutputTokenUnderLoad: Seconds;
  /** Of one request in that steady state. */
  readonly tokensPerSecondPerUser: number;
  /** Prefill and all decode steps of one request that does not wait. */
  readonly endToEnd: Seconds;
  /** Of output, at the reader's price; absent without one. */
  readonly costPerMillionTokens?: number;
  /** See {@link prefillServersPerDecodeServer}. */
  readonly prefillServersPerDecodeServer: number;
}

/** Tokens in the cache at the middle of the output: `prompt + O/2`, rounded down. */
export function meanContext({ promptTokens, outputTokens }: Workload): number {
  return promptTokens + Math.floor(outputTokens / 2);
}

/**
 * Prefill servers that keep one decode server busy when the two are apart: a decode server finishes `B / (O·step)`
 * requests a second, and a prefill server prepares `1 / prefill`, so `B·prefill / (O·step)`. Dividing by the output's
 * length O is what some published calculators forget.
 *
 * @see "How to Scale Your Model", chapter on inference, for the same ratio
 */
export function prefillServersPerDecodeServer(of: {
  readonly prefill: Seconds;
  readonly decodeStep: Seconds;
  readonly batch: number;
  readonly outputTokens: number;
}): number {
  return (of.batch * of.prefill) / (of.outputTokens * of.decodeStep);
}

/**
 * The figures at a batch, whether or not memory holds it.
 *
 * @throws RangeError if the model cannot be split over the GPUs, or no link between them is known.
 */
export function loadAt(
  deployment: Deployment,
  workload: Workload,
  { batch, estimate }: { readonly batch: number; readonly estimate: Estimate },
): LoadFigures {
  const prefill = prefillStep(deployment, workload, estimate);
  return loadWith(deployment, workload, { batch, estimate, prefill });
}

/** Prefill of one prompt alone: it does not depend on the batch. */
export function prefillStep(
  deployment: Deployment,
  workload: Workload,
  estimate: Estimate,
): TensorParallelStep {
  const { model, numGpus: ranks, precision } = deployment;
  const pass = prefillPass(model.shape, {
    batch: 1,
    prompt: workload.promptTokens,
    precision,
    ranks,
  });
  return stepOn(deployment, pass, estimate);
}

function stepOn(
  { gpu, numGpus, link }: Deployment,
  pass: Parameters<typeof tensorParallelStep>[0],
  estimate: Estimate,
): TensorParallelStep {
  return tensorParallelStep(pass, gpu, link ?? findLinkBetween(gpu, numGpus), estimate);
}

/** As {@link loadAt}, for many batches with one prefill. */
export function loadWith(
  deployment: Deployment,
  workload: Workload,
  at: {
    readonly batch: number;
    readonly estimate: Estimate;
    readonly prefill: TensorParallelStep;
  },
): LoadFigures {
  const { model, numGpus: ranks, precision } = deployment;
  const { batch, estimate, prefill } = at;
  const { outputTokens, pricePerGpuHour } = workload;
  const context = meanContext(workload);
  const pass = decodePass(model.shape, { batch, context, precision, ranks });
  const decode = stepOn(deployment, pass, estimate);
  const cycle = batch * prefill.seconds + (outputTokens - 1) * decode.seconds;
  const numGaps = outputTokens - 1;
  const waiting = numGaps === 0 ? 0 : ((batch - 1) * prefill.seconds) / numGaps;
  const tokensPerSecond = (batch * outputTokens) / cycle;
  return {
    estimate,
    batch,
    prefill,
    decode,
    timeToFirstToken: prefill.seconds,
    timePerOutputToken: decode.seconds,
    decodeTokensPerSecondPerUser: 1 / decode.seconds,
    decodeTokensPerSecond: batch / decode.seconds,
    tokensPerSecond,
    requestsPerSecond: batch / cycle,
    tokensPerSecondPerGpu: tokensPerSecond / ranks,
    timePerOutputTokenUnderLoad: seconds(decode.seconds + waiting),
    tokensPerSecondPerUser: outputTokens / cycle,
    endToEnd: seconds(prefill.seconds + (outputTokens - 1) * decode.seconds),
    prefillServersPerDecodeServer: prefillServersPerDecodeServer({
      prefill: prefill.seconds,
      decodeStep: decode.seconds,
      batch,
      outputTokens,
    }),
    ...(pricePerGpuHour === undefined
      ? {}
      : { costPerMillionTokens: costPerMillion(pricePerGpuHour * ranks, tokensPerSecond) }),
  };
}

const SECONDS_PER_HOUR = 3600;
const MILLION = 1e6;

/** `price an hour / 3600 / (tokens a second) · 10⁶`. */
function costPerMillion(pricePerHour: number, tokensPerSecond: number): number {
  return ((pricePerHour / SECONDS_PER_HOUR) * MILLION) / tokensPerSecond;
}
