// How long the simulator takes for many requests of the Azure trace's shape, in Node on one core: the trace repeated, an
// 8B model's fitted step times, statistics and all.
//   node tools/run.mjs tools/bench-simulation.ts [REQUESTS]
import { parseScenario } from "../src/core/simulation/scenario.ts";
import { createSimulation } from "../src/core/simulation/scenario-simulation.ts";
import { TRACES } from "../src/core/simulation/trace.ts";
import { readTrace } from "./simulate.ts";

const DEFAULT_REQUESTS = 100_000;

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

export function main(args: readonly string[]): number {
  const count = Number(args[0] ?? DEFAULT_REQUESTS);
  if (!Number.isInteger(count) || count < 1) {
    console.error("bench-simulation: say how many requests to simulate, a whole number from 1.");
    return 2;
  }
  for (const run of RUNS.filter(({ trace }) => TRACES.some(({ id }) => id === trace))) {
    const before = process.cpuUsage();
    const start = performance.now();
    const simulation = createSimulation(scenarioOf(run, count), { trace: readTrace(run.trace) });
    const report = simulation.finish();
    const wall = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(before);
    console.log(
      `${run.trace} at ${run.rateScale} times its rate, ${run.policy}: ${report.numFinished} requests, ` +
        `${report.numRequestSteps} request-steps, ${wall.toFixed(2)} s (${((user + system) / 1e6).toFixed(2)} s of CPU), ` +
        `${report.duration.toFixed(0)} s simulated, TTFT median ${report.timeToFirstToken.p50.toFixed(3)} s, ` +
        `hits ${((100 * report.prefixes.numHit) / report.prefixes.numQueried).toFixed(1)} %`,
    );
  }
  return 0;
}
