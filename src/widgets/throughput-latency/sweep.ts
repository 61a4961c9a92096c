// The runs of a sweep: the same requests, more and more of them a second, once for each scheduler. Pure: scenarios out,
// reports in.
import { findGpu } from "../../core/catalog/gpus/gpus.ts";
import { findModel } from "../../core/catalog/models/models.ts";
import { ORCA_MAX, STATIC_BATCHING, VLLM_V0, VLLM_V1 } from "../../core/scheduling/policies.ts";
import type { Policy } from "../../core/scheduling/scheduler.ts";
import {
  defaultDeployment,
  type Deployment,
  type Workload,
} from "../../core/serving/deployment.ts";
import { kvCapacity } from "../../core/serving/kv-capacity.ts";
import { loadAt } from "../../core/serving/load.ts";
import { largestBatch } from "../../core/serving/pareto.ts";
import { serialiseScenario } from "../../core/simulation/scenario-json.ts";
import type { Scenario } from "../../core/simulation/scenario-types.ts";
import type { SimulationReport } from "../../core/simulation/statistics.ts";
import { seconds } from "../../core/units/units.ts";

/** Everything that a run depends on; the latency that is drawn is not among it. */
export interface SweepValues {
  readonly policies: string;
  readonly model: string;
  readonly hardware: string;
  readonly prompt: number;
  readonly output: number;
  readonly period: number;
  readonly firstToken: number;
  readonly perToken: number;
}

export interface Latencies {
  /** Seconds. */
  readonly mean: number;
  readonly p99: number;
}

/** What one run gave. */
export interface SweepPoint {
  /** Requests that arrive a second. */
  readonly rate: number;
  readonly numRequests: number;
  /** Output tokens a second, from the first arrival to the last token. */
  readonly tokensPerSecond: number;
  readonly timePerOutputToken: Latencies;
  readonly timeToFirstToken: Latencies;
  /** Requests a second that met the objective. */
  readonly goodput: number;
}

export interface SweepCurve {
  readonly policy: string;
  readonly points: readonly SweepPoint[];
}

export interface Sweep {
  readonly values: SweepValues;
  readonly curves: readonly SweepCurve[];
}

export interface PlannedRun {
  readonly policy: Policy;
  readonly rate: number;
  /** Text of a scenario file. */
  readonly scenario: string;
}

/** Of the rate that the deployment is worked out to sustain with as many requests as it holds; the last ones overload it. */
const FRACTIONS = [0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9, 1, 1.1, 1.25, 1.4];
/** Lengths are cut at so many means. */
const LONGEST = 4;
const MS_PER_S = 1000;
const SEED = 7;

const PAIR: readonly Policy[] = [STATIC_BATCHING, VLLM_V1];
const FOUR: readonly Policy[] = [STATIC_BATCHING, ORCA_MAX, VLLM_V0, VLLM_V1];

export function policiesOf(choice: string): readonly Policy[] {
  return choice === "four" ? FOUR : PAIR;
}

function longestOf({ prompt, output }: SweepValues, contextLength: number) {
  const half = Math.floor(contextLength / 2);
  return { prompt: Math.min(LONGEST * prompt, half), output: Math.min(LONGEST * output, half) };
}

export function deploymentOf(values: SweepValues): Deployment {
  const [model, gpu] = [findModel(values.model), findGpu(values.hardware)];
  if (model === undefined || gpu === undefined) {
    throw new RangeError(`The catalogue holds no ${values.model} or no ${values.hardware}.`);
  }
  const longest = longestOf(values, model.contextLength);
  return defaultDeployment(model, gpu, { maxModelLen: longest.prompt + longest.output });
}

/**
 * Arrivals a second, ascending: from a fiftieth of what the fitted times say that the deployment sustains to 1.4 times
 * that.
 *
 * @throws RangeError if no request fits.
 */
export function ratesOf(values: SweepValues): number[] {
  const deployment = deploymentOf(values);
  const workload: Workload = {
    promptTokens: values.prompt,
    outputTokens: values.output,
    concurrency: 1,
  };
  const batch = largestBatch(deployment, workload);
  if (batch < 1) {
    throw new RangeError(`${deployment.model.name} leaves no room on this GPU for one request.`);
  }
  const { requestsPerSecond } = loadAt(deployment, workload, { batch, estimate: "fitted" });
  return FRACTIONS.map((fraction) => Number((fraction * requestsPerSecond).toPrecision(2)));
}

/** Every run of a sweep, scheduler by scheduler. All of them have the same blocks for the cache. */
export function planSweep(values: SweepValues): PlannedRun[] {
  const deployment = deploymentOf(values);
  const { numBlocks } = kvCapacity(deployment);
  const rates = ratesOf(values);
  return policiesOf(values.policies).flatMap((policy) =>
    rates.map((rate) => ({
      policy,
      rate,
      scenario: serialiseScenario(scenarioOf(values, { deployment, numBlocks, policy, rate })),
    })),
  );
}

interface Run {
  readonly deployment: Deployment;
  readonly numBlocks: number;
  readonly policy: Policy;
  readonly rate: number;
}

function scenarioOf(values: SweepValues, { deployment, numBlocks, policy, rate }: Run): Scenario {
  const longest = longestOf(values, deployment.model.contextLength);
  // A static batch computes all its prompts in one step: no other limit on its tokens than its requests.
  const isStatic = policy === STATIC_BATCHING;
  const { maxNumSeqs, maxModelLen } = deployment;
  return {
    name: `${policy.name}, ${rate} requests a second`,
    deployment: {
      ...deployment,
      ...(isStatic ? { maxNumBatchedTokens: maxNumSeqs * maxModelLen } : {}),
    },
    numBlocks,
    enablePrefixCaching: false,
    policy,
    stepTimes: { kind: "fitted", overhead: seconds(0) },
    requests: {
      kind: "synthetic",
      numRequests: Math.max(1, Math.round(rate * values.period)),
      ratePerS: rate,
      arrivalCv: 1,
      prompt: { mean: values.prompt, cv: 1, max: longest.prompt },
      output: { mean: values.output, cv: 1, max: longest.output },
    },
    seed: SEED,
    slo: {
      timeToFirstToken: seconds(values.firstToken / MS_PER_S),
      timePerOutputToken: seconds(values.perToken / MS_PER_S),
    },
  };
}

/** Far below what a quantile may be off by, and few enough for a small file. */
const DIGITS = 5;

const short = (value: number) => Number(value.toPrecision(DIGITS));

export function pointOf(rate: number, report: SimulationReport): SweepPoint {
  const { timePerOutputToken: perToken, timeToFirstToken: first } = report;
  return {
    rate,
    numRequests: report.numFinished,
    tokensPerSecond: short(report.outputTokensPerSecond),
    timePerOutputToken: { mean: short(perToken.mean), p99: short(perToken.p99) },
    timeToFirstToken: { mean: short(first.mean), p99: short(first.p99) },
    goodput: short(report.goodputPerSecond),
  };
}

/** Points in the order of their runs, a curve for each scheduler. */
export function gatherSweep(
  values: SweepValues,
  runs: readonly PlannedRun[],
  points: readonly SweepPoint[],
): Sweep {
  const curves = policiesOf(values.policies).map(({ id }) => ({
    policy: id,
    points: points.filter((_, index) => runs[index]?.policy.id === id),
  }));
  return { values: onlySweepValues(values), curves };
}

export function onlySweepValues(values: SweepValues): SweepValues {
  const { policies, model, hardware, prompt, output, period, firstToken, perToken } = values;
  return { policies, model, hardware, prompt, output, period, firstToken, perToken };
}

/** Whether a sweep was run with these settings. */
export function isSweepOf({ values }: Sweep, wanted: SweepValues): boolean {
  return JSON.stringify(onlySweepValues(values)) === JSON.stringify(onlySweepValues(wanted));
}
