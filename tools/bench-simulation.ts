// How long the simulator takes for many requests of the Azure trace's shape, in Node on one core: the trace repeated, an
// 8B model's fitted step times, statistics and all.
import { parseScenario } from "../src/core/simulation/scenario.ts";
import { createSimulation } from "../src/core/simulation/scenario-simulation.ts";
import type { Speed } from "./bench-speeds.ts";
import { readTrace } from "./simulate.ts";

const MICROSECONDS = 1e6;

/** Mooncake's prompts are ten times as long: of it a tenth of the requests. Azure's traces name no prefixes to share. */
const RUNS = [
  { trace: "azure-2023-conversation", policy: "vllm-v1", rateScale: 1, share: 1 },
  { trace: "azure-2023-conversation", policy: "vllm-v1", rateScale: 3, share: 1 },
  { trace: "azure-2023-conversation", policy: "orca-max", rateScale: 1, share: 1 },
  { trace: "azure-2023-code", policy: "vllm-v1", rateScale: 1, share: 1 },
  { trace: "mooncake-conversation", policy: "vllm-v1", rateScale: 0.25, share: 0.1 },
];

function scenarioOf({ trace, policy, rateScale, share }: (typeof RUNS)[number], count: number) {
  return parseScenario({
    schema: "memory-bound/scenario",
    version: 1,
    model: "llama-3.1-8b",
    gpu: "h100-sxm",
    server: { maxModelLen: 131_072, enablePrefixCaching: trace.startsWith("mooncake") },
    policy,
    requests: { kind: "trace", trace, numRequests: Math.ceil(count * share), rateScale },
  });
}

/** @param count - requests; of Mooncake's fewer. */
export function* simulatorSpeeds(count: number): Iterable<Speed> {
  for (const run of RUNS) {
    const scenario = scenarioOf(run, count);
    const trace = readTrace(run.trace);
    const processorStart = process.cpuUsage();
    const start = performance.now();
    const report = createSimulation(scenario, { trace }).finish();
    const { user, system } = process.cpuUsage(processorStart);
    yield {
      name: `${run.trace} at ${run.rateScale} times its rate, ${run.policy}`,
      numRequests: report.numFinished,
      numRequestSteps: report.numRequestSteps,
      processorS: (user + system) / MICROSECONDS,
      passedS: (performance.now() - start) / 1000,
    };
  }
}
