// The whole answer for one deployment and one workload: does it fit, how many requests run, how fast, at what cost.
import type { Link } from "../parallel/all-reduce.ts";
import { findLinkBetween, findNodeCaveat } from "../parallel/links.ts";
import { RANKS } from "../parallel/ranks.ts";
import { describeSmallTimes } from "../parallel/measured.ts";
import { GIBI } from "../units/units.ts";
import { checkWorkload, type Deployment, type Workload } from "./deployment.ts";
import { blocksPerRequest, findBlockCaveat, kvCapacity, type KvCapacity } from "./kv-capacity.ts";
import { loadAt, meanContext, type LoadFigures } from "./load.ts";
import { findSplitProblem, longerRequests, remediesFor, type Remedy } from "./remedies.ts";
import { counted, grouped } from "../units/grouped.ts";

export type Verdict =
  | { readonly fits: true }
  | {
      readonly fits: false;
      /** A sentence. */
      readonly reason: string;
      /** Each makes it fit; empty if none does. */
      readonly remedies: readonly Remedy[];
    };

export interface Evaluation {
  readonly deployment: Deployment;
  readonly workload: Workload;
  readonly verdict: Verdict;
  /** Absent only where the model cannot be split over the GPUs at all. */
  readonly capacity?: KvCapacity;
  /** Requests of the workload's length that the cache holds at once; 0 where none fits. */
  readonly cacheHolds: number;
  /** Requests that run at once: the least of the workload's, `maxNumSeqs` and what the cache holds. */
  readonly running: number;
  /** Requests of the workload that wait for one of those to end. */
  readonly waiting: number;
  /** Lower bounds of each GPU's own work, plus all-reduces by the fit to measured ones; absent where nothing runs. */
  readonly roofline?: LoadFigures;
  /** From fitted kernel times; absent where nothing runs. */
  readonly fitted?: LoadFigures;
  /** Sentences on what the figures leave out. */
  readonly caveats: readonly string[];
}

/**
 * Everything that the calculator shows.
 *
 * @throws RangeError if a number is out of range; a deployment that does not fit is an answer, not an error.
 */
export function evaluate(deployment: Deployment, workload: Workload): Evaluation {
  checkWorkload(workload);
  const split = findSplitProblem(deployment);
  if (split !== undefined) return unsplittable(deployment, workload, split);
  const capacity = kvCapacity(deployment);
  const length = workload.promptTokens + workload.outputTokens;
  const cacheHolds = Math.floor(
    capacity.numBlocks / blocksPerRequest(length, deployment.blockSize),
  );
  const verdict = verdictOf(deployment, capacity, length);
  const running = verdict.fits
    ? Math.min(workload.concurrency, deployment.maxNumSeqs, cacheHolds)
    : 0;
  return {
    deployment,
    workload,
    verdict,
    capacity,
    cacheHolds,
    running,
    waiting: workload.concurrency - running,
    ...(running === 0
      ? {}
      : {
          roofline: loadAt(deployment, workload, { batch: running, estimate: "roofline" }),
          fitted: loadAt(deployment, workload, { batch: running, estimate: "fitted" }),
        }),
    caveats: caveatsOf(deployment, workload),
  };
}

function unsplittable(deployment: Deployment, workload: Workload, reason: string): Evaluation {
  const remedies = remediesForSplit(deployment, workload);
  return {
    deployment,
    workload,
    verdict: { fits: false, reason, remedies },
    cacheHolds: 0,
    running: 0,
    waiting: workload.concurrency,
    caveats: caveatsOf(deployment, workload),
  };
}

/** The nearest of the usual numbers of GPUs, below and above, over which the model does divide and on which it fits. */
function remediesForSplit(deployment: Deployment, workload: Workload): readonly Remedy[] {
  const { numGpus, profiled: _, link: __, ...rest } = deployment;
  const length = workload.promptTokens + workload.outputTokens;
  const works = (count: number) => {
    const changed = { ...rest, numGpus: count };
    if (findSplitProblem(changed) !== undefined) return false;
    return verdictFits(changed, kvCapacity(changed), length);
  };
  const below = RANKS.filter((count) => count < numGpus).findLast(works);
  const above = RANKS.find((count) => count > numGpus && works(count));
  return [below, above]
    .filter((count) => count !== undefined)
    .map((count) => ({
      kind: "more-gpus",
      text:
        count === 1
          ? "Keep the model whole on 1 GPU."
          : `Split the model over ${count} GPUs instead of ${numGpus}.`,
      deployment: { ...rest, numGpus: count },
    }));
}

function verdictFits(deployment: Deployment, capacity: KvCapacity, length: number): boolean {
  return capacity.canStart && length <= deployment.maxModelLen;
}

function verdictOf(deployment: Deployment, capacity: KvCapacity, length: number): Verdict {
  if (verdictFits(deployment, capacity, length)) return { fits: true };
  const reason = reasonOf(deployment, capacity, length);
  if (length > deployment.maxModelLen) {
    return { fits: false, reason, remedies: longerRequests(deployment, length) };
  }
  return { fits: false, reason, remedies: remediesFor(deployment, length) };
}

function reasonOf(deployment: Deployment, capacity: KvCapacity, length: number): string {
  const { memory } = capacity;
  if (length > deployment.maxModelLen) {
    return `A request of ${counted(length, "token")} is longer than the ${grouped(deployment.maxModelLen)} that the server accepts.`;
  }
  if (memory.weights > memory.requested) {
    return `The weights take ${gib(memory.weights)} on each GPU, and vLLM may use ${gib(memory.requested)}.`;
  }
  if (memory.available <= 0) {
    return `Weights, activations and other memory take ${gib(memory.requested - memory.available)} on each GPU, and vLLM may use ${gib(memory.requested)}: nothing is left for the KV cache.`;
  }
  return `One request of ${counted(deployment.maxModelLen, "token")} needs ${gib(capacity.bytesPerRequest)} of KV cache on each GPU, and ${gib(memory.available)} are left.`;
}

function caveatsOf(deployment: Deployment, workload: Workload): readonly string[] {
  const { gpu, numGpus } = deployment;
  const node = findNodeCaveat(numGpus);
  const blocks = findBlockCaveat(deployment);
  const link = numGpus === 1 ? undefined : (deployment.link ?? findLinkBetween(gpu, numGpus));
  const { contextLength, name } = deployment.model;
  const beyond = meanContext(workload) > contextLength || deployment.maxModelLen > contextLength;
  return [
    ...(node === undefined ? [] : [node]),
    ...(link === undefined ? [] : [allReduceCaveat(link, numGpus)]),
    ...(blocks === undefined ? [] : [blocks]),
    ...(beyond
      ? [
          `${name} was trained for ${grouped(contextLength)} tokens; longer requests are arithmetic only.`,
        ]
      : []),
  ];
}

const MICRO = 1e-6;

function allReduceCaveat({ id, latency, name, isMeasured }: Link, ranks: number): string {
  const micros = Math.round(latency / MICRO);
  const from = isMeasured
    ? "fitted to times of NCCL for all sizes and numbers of GPUs"
    : "carried over from a measured link";
  const scatter =
    describeSmallTimes(ranks, id) ??
    "Small ones that were measured scatter by a factor of several.";
  return `Every all-reduce over ${name} is counted with a latency of ${micros} µs, ${from}. ${scatter} vLLM's own kernels for small arrays can be quicker.`;
}

function gib(value: number): string {
  return `${(value / GIBI).toFixed(2)} GiB`;
}
