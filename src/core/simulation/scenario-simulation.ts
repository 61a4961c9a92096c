// Turns a scenario into a simulation that is ready to run.
import { findSplitProblem } from "../serving/remedies.ts";
import { batchedTokensOf } from "../serving/deployment.ts";
import { kvCapacity } from "../serving/kv-capacity.ts";
import type { ServingConfig } from "../scheduling/scheduler.ts";
import { seconds } from "../units/units.ts";
import {
  listSource,
  syntheticSource,
  traceSource,
  withExtras,
  type RequestSource,
} from "./request-source.ts";
import { MAX_BLOCKS, type Scenario } from "./scenario-types.ts";
import { Simulation, type SimulationOptions } from "./simulation.ts";
import { engineStepModel, linearStepModel, type StepModel } from "./step-model.ts";
import type { Trace } from "./trace.ts";

/** The trace that a scenario names, to be fetched before it is simulated; undefined if it names none. */
export function findTraceId({ requests }: Scenario): string | undefined {
  return requests.kind === "trace" && typeof requests.trace === "string"
    ? requests.trace
    : undefined;
}

export interface ScenarioInputs extends Pick<SimulationOptions, "onOutcome" | "onStep"> {
  /** The one that {@link findTraceId} names. */
  readonly trace?: Trace;
}

/**
 * @throws RangeError with a sentence if the model does not fit, a trace is needed and missing, or the block size does not
 *   divide the trace's.
 */
export function createSimulation(scenario: Scenario, inputs: ScenarioInputs = {}): Simulation {
  const { trace, ...callbacks } = inputs;
  return new Simulation({
    ...callbacks,
    source: sourceOf(scenario, trace),
    policy: scenario.policy,
    config: servingConfigOf(scenario),
    stepModel: stepModelOf(scenario),
    ...(scenario.slo && { slo: scenario.slo }),
  });
}

/** @throws RangeError with a sentence if the cache has no room for one request of the greatest length. */
export function servingConfigOf(scenario: Scenario): ServingConfig {
  const { deployment, enablePrefixCaching, policyOptions } = scenario;
  const problem = findSplitProblem(deployment);
  if (problem !== undefined) throw new RangeError(problem);
  const { blockSize, maxModelLen, maxNumSeqs } = deployment;
  const numBlocks = scenario.numBlocks ?? kvCapacity(deployment).numBlocks;
  if (numBlocks * blockSize < maxModelLen) {
    throw new RangeError(
      `One request of "maxModelLen" tokens, ${maxModelLen}, needs more than the ${numBlocks} blocks of ${blockSize} tokens that there is room for.`,
    );
  }
  if (numBlocks > MAX_BLOCKS) {
    throw new RangeError(
      `There is room for ${numBlocks} blocks of ${blockSize} tokens, and the simulator keeps at most ${MAX_BLOCKS}: give "numBlocks" or a larger "blockSize".`,
    );
  }
  return {
    blockSize,
    numBlocks,
    maxNumSeqs,
    maxNumBatchedTokens: batchedTokensOf(deployment),
    maxModelLen,
    enablePrefixCaching,
    ...(policyOptions && { options: policyOptions }),
  };
}

function stepModelOf({ deployment, stepTimes }: Scenario): StepModel {
  if (stepTimes.kind === "linear") return linearStepModel(stepTimes);
  return engineStepModel(deployment, { estimate: stepTimes.kind, overhead: stepTimes.overhead });
}

const MS_PER_S = 1000;

function getFetched(id: string, fetched: Trace | undefined): Trace {
  if (fetched) return fetched;
  throw new RangeError(`"requests" names the trace ${id}: it is missing.`);
}

function sourceOf({ requests, seed, deployment }: Scenario, fetched?: Trace): RequestSource {
  const { blockSize } = deployment;
  if (requests.kind === "synthetic") {
    return withExtras(syntheticSource(requests, seed, blockSize), requests, seed);
  }
  if (requests.kind === "rows") {
    return listSource(
      requests.rows.map(([arrivalMs, numPromptTokens, maxTokens, priority, samples], index) => ({
        id: String(index + 1),
        numPromptTokens,
        maxTokens,
        numOutputTokens: maxTokens,
        arrival: seconds(arrivalMs / MS_PER_S),
        ...(priority !== undefined && { priority }),
        ...(samples !== undefined && { numSamples: samples }),
      })),
    );
  }
  const { numRequests, rateScale, trace: named } = requests;
  const trace = typeof named === "string" ? getFetched(named, fetched) : named;
  return withExtras(traceSource({ trace, numRequests, rateScale, blockSize }), requests, seed);
}
