// Throughput against pace over the batch: what each batch gives all users together and each user alone.
import type { Estimate } from "../parallel/tensor-parallel.ts";
import type { Deployment, Workload } from "./deployment.ts";
import { blocksPerRequest, kvCapacity } from "./kv-capacity.ts";
import { loadWith, prefillStep, type LoadFigures } from "./load.ts";
import { readingSpeed } from "./reading-speed.ts";

export interface ParetoPoint {
  readonly batch: number;
  /** Output tokens a second and GPU, prefills included. */
  readonly tokensPerSecondPerGpu: number;
  /** Of one request, waits for prefills of others included: the same steady state. */
  readonly tokensPerSecondPerUser: number;
  /** No other batch is at least as good in both and better in one. */
  readonly isOnFrontier: boolean;
  /** Text arrives at least as fast as people read. */
  readonly keepsUpWithReading: boolean;
  readonly load: LoadFigures;
}

/**
 * Points for batches 1, 2, 4, … and the largest that the cache and `maxNumSeqs` hold; empty if none fits.
 *
 * @param batches - other batches; those that do not fit are left out.
 * @throws RangeError as {@link kvCapacity} and for a model that cannot be split.
 */
export function paretoFrontier(
  deployment: Deployment,
  workload: Workload,
  estimate: Estimate = "roofline",
  batches?: readonly number[],
): readonly ParetoPoint[] {
  const most = largestBatch(deployment, workload);
  if (most < 1) return [];
  const prefill = prefillStep(deployment, workload, estimate);
  const loads = (batches ?? doublings(most))
    .filter((batch) => batch <= most)
    .map((batch) => loadWith(deployment, workload, { batch, estimate, prefill }));
  return loads.map((load) => ({
    batch: load.batch,
    tokensPerSecondPerGpu: load.tokensPerSecondPerGpu,
    tokensPerSecondPerUser: load.tokensPerSecondPerUser,
    isOnFrontier: !loads.some((other) => dominates(other, load)),
    keepsUpWithReading: load.tokensPerSecondPerUser >= readingSpeed(),
    load,
  }));
}

/** The largest batch of the workload's requests that this deployment runs at once; 0 if it cannot start. */
export function largestBatch(deployment: Deployment, workload: Workload): number {
  const { canStart, numBlocks } = kvCapacity(deployment);
  const length = workload.promptTokens + workload.outputTokens;
  if (!canStart || length > deployment.maxModelLen) return 0;
  const held = Math.floor(numBlocks / blocksPerRequest(length, deployment.blockSize));
  return Math.min(held, deployment.maxNumSeqs);
}

function doublings(most: number): readonly number[] {
  const batches: number[] = [];
  for (let batch = 1; batch < most; batch *= 2) batches.push(batch);
  return [...batches, most];
}

function dominates(other: LoadFigures, load: LoadFigures): boolean {
  const perGpu = other.tokensPerSecondPerGpu - load.tokensPerSecondPerGpu;
  const perUser = other.tokensPerSecondPerUser - load.tokensPerSecondPerUser;
  return perGpu >= 0 && perUser >= 0 && (perGpu > 0 || perUser > 0);
}
