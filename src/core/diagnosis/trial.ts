// A change put to the test: the same server and load, before and after it. Memory by vLLM's own formula, at once; the
// load as two scenarios for the simulator.
import { serialiseScenario } from "../simulation/scenario-json.ts";
import type { ScenarioRequests } from "../simulation/scenario-types.ts";
import type { SimulationReport } from "../simulation/statistics.ts";
import { VLLM_V1 } from "../scheduling/policies.ts";
import type { Deployment } from "../serving/deployment.ts";
import { kvCapacity } from "../serving/kv-capacity.ts";
import { visibleMemory } from "../serving/memory.ts";
import { bytes, seconds } from "../units/units.ts";
import type { Load, RequestLengths } from "./observations.ts";

export type FigureUnit = "bytes" | "count" | "ratio" | "seconds" | "rate" | "share" | "yes-no";

/** One number before and after; NaN where it does not exist. */
export interface Figure {
  readonly label: string;
  readonly unit: FigureUnit;
  readonly before: number;
  readonly after: number;
}

/** A deployment with some settings changed; the log's figures follow where they still can. */
export function changed(
  deployment: Deployment,
  change: Partial<Omit<Deployment, "profiled">>,
): Deployment {
  const next = { ...deployment, ...change };
  const { profiled } = deployment;
  if (profiled === undefined) return next;
  const isOtherModel =
    next.numGpus !== deployment.numGpus || next.precision.weights !== deployment.precision.weights;
  if (isOtherModel) {
    const { profiled: _, ...rest } = next;
    return rest;
  }
  const { kvCache } = profiled;
  if (typeof kvCache !== "number") return next;
  const total = profiled.total ?? visibleMemory(deployment.gpu).total;
  const more = total * (next.gpuMemoryUtilization - deployment.gpuMemoryUtilization);
  return { ...next, profiled: { ...profiled, kvCache: bytes(Math.max(0, kvCache + more)) } };
}

/** What the memory of one GPU gives, before and after. */
export function memoryFigures(before: Deployment, after: Deployment): readonly Figure[] {
  const [one, other] = [kvCapacity(before), kvCapacity(after)];
  const figure = (label: string, unit: FigureUnit, of: (c: typeof one) => number): Figure => ({
    label,
    unit,
    before: of(one),
    after: of(other),
  });
  return [
    figure("Left for the KV cache, each GPU", "bytes", ({ memory }) =>
      Math.max(0, memory.available),
    ),
    figure("One token of cache, each GPU", "bytes", ({ bytesPerToken }) => bytesPerToken),
    figure("Tokens that the cache holds", "count", ({ numTokensBefore }) => numTokensBefore),
    figure("Requests of the greatest length", "ratio", ({ maxConcurrency }) => maxConcurrency),
    figure("vLLM starts", "yes-no", ({ canStart }) => (canStart ? 1 : 0)),
  ];
}

/** Two scenarios that differ in one thing, as the texts of scenario files. */
export interface Runs {
  readonly before: string;
  readonly after: string;
  readonly numRequests: number;
  /** A trace is fetched first, or there are many requests: for the Worker. */
  readonly isLarge: boolean;
  /** A sentence on the requests. */
  readonly load: string;
  /** Which numbers of the reports tell, first the one that changes most. */
  readonly tells: readonly ReportFigure[];
}

export type ReportFigure =
  | "queueing"
  | "time-to-first-token"
  | "longest-gap"
  | "throughput"
  | "preemptions"
  | "computed"
  | "internal"
  | "hits"
  | "duration";

const REPORT: Readonly<
  Record<
    ReportFigure,
    {
      readonly label: string;
      readonly unit: FigureUnit;
      readonly of: (report: SimulationReport) => number;
    }
  >
> = {
  queueing: { label: "Waiting in the queue, median", unit: "seconds", of: (r) => r.queueing.p50 },
  "time-to-first-token": {
    label: "Time to first token, median",
    unit: "seconds",
    of: (r) => r.timeToFirstToken.p50,
  },
  "longest-gap": {
    label: "Gap between tokens, 99th percentile",
    unit: "seconds",
    of: (r) => r.interTokenLatency.p99,
  },
  throughput: { label: "Output tokens a second", unit: "rate", of: (r) => r.outputTokensPerSecond },
  preemptions: { label: "Preemptions", unit: "count", of: (r) => r.numPreemptions },
  computed: { label: "Tokens computed", unit: "count", of: (r) => r.numComputedTokens },
  internal: {
    label: "Cache lost in half-empty blocks",
    unit: "share",
    of: (r) => r.memory.mean.internal,
  },
  hits: {
    label: "Prompt tokens found in the cache",
    unit: "share",
    of: ({ prefixes }) => (prefixes.numQueried === 0 ? 0 : prefixes.numHit / prefixes.numQueried),
  },
  duration: { label: "Until all are served", unit: "seconds", of: (r) => r.duration },
};

export function reportFigures(
  tells: readonly ReportFigure[],
  before: SimulationReport,
  after: SimulationReport,
): readonly Figure[] {
  return tells.map((name) => {
    const { label, unit, of } = REPORT[name];
    return { label, unit, before: of(before), after: of(after) };
  });
}

/** Requests of a run in the page; more go to the Worker. */
const SMALL = 100;
const MOST = 1000;
const FEWEST = 8;

export interface Arrivals {
  readonly lengths: RequestLengths;
  readonly load: Load | undefined;
  /** At once, as where a queue stands; else spread over so many seconds. */
  readonly spreadSeconds?: number;
}

/** As many requests as were in the system, of the lengths that are known or guessed. */
export function requestsLike(
  { lengths, load, spreadSeconds = 1 }: Arrivals,
  maxModelLen: number,
): ScenarioRequests {
  const inSystem = load === undefined ? 64 : load.numRunning + load.numWaiting;
  const numRequests = Math.round(Math.min(MOST, Math.max(FEWEST, inSystem)));
  const mean = (value: number) => Math.max(1, Math.min(value, maxModelLen - 1));
  return {
    kind: "synthetic",
    numRequests,
    ratePerS: numRequests / spreadSeconds,
    arrivalCv: 1,
    prompt: { mean: mean(lengths.prompt), cv: 0.5, max: Math.max(1, maxModelLen - 1) },
    output: { mean: mean(lengths.output), cv: 0.5, max: Math.max(1, maxModelLen - 1) },
  };
}

export interface Side {
  readonly deployment: Deployment;
  readonly enablePrefixCaching?: boolean;
}

/** Writes two scenarios; undefined where either could not run. */
export function makeRuns(of: {
  readonly before: Side;
  readonly after: Side;
  readonly requests: ScenarioRequests;
  readonly load: string;
  readonly tells: readonly ReportFigure[];
}): Runs | undefined {
  const { requests, load, tells } = of;
  if (!canRun(of.before) || !canRun(of.after)) return undefined;
  const numRequests = requests.kind === "rows" ? requests.rows.length : requests.numRequests;
  return {
    before: scenarioText(of.before, requests),
    after: scenarioText(of.after, requests),
    numRequests,
    isLarge: requests.kind === "trace" || numRequests > SMALL,
    load,
    tells,
  };
}

function canRun({ deployment }: Side): boolean {
  const { numBlocks } = kvCapacity(deployment);
  return numBlocks * deployment.blockSize >= deployment.maxModelLen;
}

/** The host's part of a step: scheduling and sampling. A guess, the same on both sides. */
const OVERHEAD = seconds(0.002);

function scenarioText(side: Side, requests: ScenarioRequests): string {
  const { deployment, enablePrefixCaching = true } = side;
  return serialiseScenario({
    name: "before and after",
    deployment,
    numBlocks: kvCapacity(deployment).numBlocks,
    enablePrefixCaching,
    policy: VLLM_V1,
    stepTimes: { kind: "fitted", overhead: OVERHEAD },
    requests,
    seed: 7,
  });
}
