// What would make a deployment fit: each change is tried with the same arithmetic and offered only if it works.
import { findRankProblem } from "../cost/pass.ts";
import { bytesOf, type NumberFormat } from "../cost/precision.ts";
import { findLinkBetween } from "../parallel/links.ts";
import { RANKS } from "../parallel/ranks.ts";
import { findLengthCaveat, type Deployment } from "./deployment.ts";
import { kvCapacity } from "./kv-capacity.ts";
import { memoryParts } from "./memory.ts";
import { hasKernels } from "./vllm-hardware.ts";
import { counted, grouped } from "../units/grouped.ts";

export type RemedyKind =
  | "more-gpus"
  | "narrower-weights"
  | "narrower-cache"
  | "shorter-requests"
  | "longer-requests"
  | "higher-utilisation"
  | "narrower-weights-and-more-gpus";

export interface Remedy {
  readonly kind: RemedyKind;
  /** A sentence with the new setting. */
  readonly text: string;
  /** The deployment with what the sentence says changed. */
  readonly deployment: Deployment;
}

/** Above this, the driver and other processes leave too little to start reliably. */
const MOST_UTILISATION = 0.98;
const NARROWER: readonly NumberFormat[] = ["fp8", "int4"];

/** Changes that let vLLM start, least invasive first. Empty if none of them helps. */
export function remediesFor(deployment: Deployment, shortest: number): readonly Remedy[] {
  const single = [
    higherUtilisation(deployment),
    shorterRequests(deployment, shortest),
    narrowerCache(deployment),
    moreGpus(deployment),
    narrowerWeights(deployment),
  ].filter((remedy) => remedy !== undefined);
  if (single.length > 0) return single;
  const both = narrowerAndMore(deployment);
  return both === undefined ? [] : [both];
}

function starts(deployment: Deployment): boolean {
  return findSplitProblem(deployment) === undefined && kvCapacity(deployment).canStart;
}

/** Why the GPUs cannot share this model; undefined if they can. */
export function findSplitProblem({ model, gpu, numGpus, link }: Deployment): string | undefined {
  const problem = findRankProblem(model.shape, numGpus);
  if (problem !== undefined || numGpus === 1) return problem;
  return link === undefined && findLinkBetween(gpu, numGpus) === undefined
    ? `No link is known between ${numGpus} of the ${gpu.name}.`
    : undefined;
}

function higherUtilisation(deployment: Deployment): Remedy | undefined {
  const { available, total, requested } = memoryParts(deployment);
  const needed = kvCapacity(deployment).bytesPerRequest;
  // One byte more for each rounding of the parts.
  const share = (requested + (needed - available) + 1) / total;
  const utilisation = Math.ceil(share * 100) / 100;
  if (utilisation > MOST_UTILISATION) return undefined;
  const changed = { ...deployment, gpuMemoryUtilization: utilisation };
  if (!starts(changed)) return undefined;
  const text = `Let vLLM use ${Math.round(utilisation * 100)} % of the memory instead of ${round2(deployment.gpuMemoryUtilization * 100)} %.`;
  return { kind: "higher-utilisation", text, deployment: changed };
}

/** Down to the whole blocks that there is room for, if the workload's own requests still pass. */
function shorterRequests(deployment: Deployment, shortest: number): Remedy | undefined {
  const { longestRequest } = kvCapacity(deployment);
  if (longestRequest < Math.max(1, shortest) || longestRequest >= deployment.maxModelLen) {
    return undefined;
  }
  const changed = { ...deployment, maxModelLen: longestRequest };
  const text = `Limit requests to ${counted(longestRequest, "token")} instead of ${grouped(deployment.maxModelLen)}.`;
  return { kind: "shorter-requests", text, deployment: changed };
}

/**
 * For a workload whose requests are longer than the server accepts: the longer limit, and where that alone has no room,
 * the changes that make room for it as well.
 */
export function longerRequests(deployment: Deployment, length: number): readonly Remedy[] {
  const changed = { ...deployment, maxModelLen: length };
  const caveat = findLengthCaveat(changed);
  const text = [
    `Accept requests of ${counted(length, "token")} instead of ${grouped(deployment.maxModelLen)}.`,
    ...(caveat === undefined ? [] : [caveat]),
  ].join(" ");
  if (starts(changed)) return [{ kind: "longer-requests", text, deployment: changed }];
  return remediesFor(changed, length).map((remedy) => ({
    ...remedy,
    text: `${remedy.text} ${text}`,
  }));
}

function narrowerCache(deployment: Deployment): Remedy | undefined {
  const { precision } = deployment;
  if (bytesOf(precision.kv) <= 1) return undefined;
  const changed: Deployment = { ...deployment, precision: { ...precision, kv: "fp8" } };
  if (!starts(changed)) return undefined;
  return { kind: "narrower-cache", text: "Keep the KV cache in fp8.", deployment: changed };
}

function moreGpus(deployment: Deployment): Remedy | undefined {
  const numGpus = RANKS.find(
    (ranks) => ranks > deployment.numGpus && starts(withGpus(deployment, ranks)),
  );
  if (numGpus === undefined) return undefined;
  const text = `Split the model over ${numGpus} GPUs instead of ${deployment.numGpus}.`;
  return { kind: "more-gpus", text, deployment: withGpus(deployment, numGpus) };
}

/** A log's figures are those of its own number of GPUs and format, so they no longer hold. */
function withGpus(deployment: Deployment, numGpus: number): Deployment {
  const { profiled: _, link: __, ...rest } = deployment;
  return { ...rest, numGpus };
}

function narrowerWeights(deployment: Deployment): Remedy | undefined {
  const changed = narrowed(deployment).find(starts);
  if (changed === undefined) return undefined;
  const text = `Quantise the weights to ${changed.precision.weights}.`;
  return { kind: "narrower-weights", text, deployment: changed };
}

function narrowed(deployment: Deployment): readonly Deployment[] {
  const { precision, gpu } = deployment;
  return NARROWER.filter(
    (format) => bytesOf(format) < bytesOf(precision.weights) && hasKernels(gpu, format),
  ).map((weights) => {
    const { profiled: _, ...rest } = deployment;
    return { ...rest, precision: { ...precision, weights } };
  });
}

function narrowerAndMore(deployment: Deployment): Remedy | undefined {
  for (const changed of narrowed(deployment)) {
    const more = moreGpus(changed);
    if (more === undefined) continue;
    const text = `Quantise the weights to ${changed.precision.weights} and split the model over ${more.deployment.numGpus} GPUs.`;
    return { kind: "narrower-weights-and-more-gpus", text, deployment: more.deployment };
  }
  return undefined;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
