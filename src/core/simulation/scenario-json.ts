// A scenario as the text of a file.
import { findGpu, type GpuEntry } from "../catalog/gpus/gpus.ts";
import { findModel, type ModelEntry } from "../catalog/models/models.ts";
import { GIGA, KIBI, MEBI, TERA } from "../units/units.ts";
import {
  MS_PER_S,
  SCENARIO_SCHEMA,
  SCENARIO_VERSION,
  US_PER_S,
  type Scenario,
  type ScenarioRequests,
  type StepTimes,
} from "./scenario-types.ts";
import { traceJson } from "./trace.ts";

/** The text of a scenario file; reading it gives the same scenario. A trace in it is written without white space. */
export function serialiseScenario(scenario: Scenario): string {
  const { requests } = scenario;
  const hasTrace = requests.kind === "trace" && typeof requests.trace !== "string";
  return `${JSON.stringify(scenarioJson(scenario), undefined, hasTrace ? 0 : 2)}\n`;
}

function scenarioJson(scenario: Scenario) {
  const { deployment, slo } = scenario;
  const { precision, model, gpu } = deployment;
  return {
    schema: SCENARIO_SCHEMA,
    version: SCENARIO_VERSION,
    name: scenario.name,
    model: findModel(model.id) ? model.id : modelJson(model),
    gpu: findGpu(gpu.id) ? gpu.id : gpuJson(gpu),
    server: {
      numGpus: deployment.numGpus,
      weights: precision.weights,
      kvCache: precision.kv,
      activations: precision.activations,
      gpuMemoryUtilization: deployment.gpuMemoryUtilization,
      maxModelLen: deployment.maxModelLen,
      maxNumSeqs: deployment.maxNumSeqs,
      maxNumBatchedTokens: deployment.maxNumBatchedTokens,
      blockSize: deployment.blockSize,
      numBlocks: scenario.numBlocks,
      enablePrefixCaching: scenario.enablePrefixCaching,
    },
    policy: scenario.policy.id,
    policyOptions: scenario.policyOptions,
    stepTimes: stepTimesJson(scenario.stepTimes),
    requests: requestsJson(scenario.requests),
    seed: scenario.seed,
    slo: slo && {
      timeToFirstTokenMs: slo.timeToFirstToken * MS_PER_S,
      timePerOutputTokenMs: slo.timePerOutputToken * MS_PER_S,
    },
  };
}

function requestsJson(requests: ScenarioRequests) {
  if (requests.kind !== "trace" || typeof requests.trace === "string") return requests;
  return { ...requests, trace: traceJson(requests.trace) };
}

function modelJson({ name, contextLength, shape }: ModelEntry) {
  return { name, contextLength, shape };
}

function per(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : value / unit;
}

/** In the units of datasheets, which a GPU that is no catalogue entry is read from. */
function gpuJson(gpu: GpuEntry) {
  return {
    name: gpu.name,
    memoryGB: gpu.memory / GIGA,
    bandwidthTBps: gpu.bandwidth / TERA,
    dense16BitTFLOPs: gpu.peakFlops / TERA,
    denseFp8TFLOPs: per(gpu.peakFp8, TERA),
    denseInt8TOPs: per(gpu.peakInt8, TERA),
    numSms: gpu.numSms,
    l2MiB: per(gpu.l2, MEBI),
    sharedPerSmKiB: per(gpu.sharedPerSm, KIBI),
    registersPerSmKiB: per(gpu.registersPerSm, KIBI),
    nvlinkPerDirectionGBps: per(gpu.nvlinkPerDirection, GIGA),
    pcieGeneration: gpu.pcieGeneration,
  };
}

function stepTimesJson(times: StepTimes) {
  if (times.kind !== "linear") return { kind: times.kind, overheadMs: times.overhead * MS_PER_S };
  return {
    kind: times.kind,
    stepMs: times.step * MS_PER_S,
    perTokenUs: times.perToken * US_PER_S,
    perKeyUs: times.perKey * US_PER_S,
  };
}
