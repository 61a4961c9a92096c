// Turns a scenario into a simulation that is ready to run.
import { findSplitProblem } from "../serving/remedies.ts";
import { batchedTokensOf } from "../serving/deployment.ts";
import { kvCapacity } from "../serving/kv-capacity.ts";
import type { ServingConfig } from "../scheduling/scheduler.ts";
import { seconds } from "../units/units.ts";
import { listSource, syntheticSource, traceSource, type RequestSource } from "./request-source.ts";
import type { Scenario } from "./scenario.ts";
import { Simulation, type SimulationOptions } from "./simulation.ts";
import { engineStepModel, linearStepModel, type StepModel } from "./step-model.ts";
import type { Trace } from "./trace.ts";

/** The trace that a scenario names, to be fetched before it is simulated; undefined if it needs none. */
export function findTraceId({ requests }: Scenario): string | undefined {
  return requests.kind === "trace" ? requests.trace : undefined;
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

function sourceOf({ requests, seed, deployment }: Scenario, trace?: Trace): RequestSource {
  if (requests.kind === "synthetic") return syntheticSource(requests, seed, deployment.blockSize);
  if (requests.kind === "rows") {
    return listSource(
      requests.rows.map(([arrivalMs, numPromptTokens, maxTokens], index) => ({
        id: String(index + 1),
        numPromptTokens,
        maxTokens,
        numOutputTokens: maxTokens,
        arrival: seconds(arrivalMs / MS_PER_S),
      })),
    );
  }
  if (!trace) throw new RangeError(`"requests" names the trace ${requests.trace}: it is missing.`);
  const { numRequests, rateScale } = requests;
  return traceSource({ trace, numRequests, rateScale, blockSize: deployment.blockSize });
}
