// The larger run: requests of a real service, replayed under three policies. Writes the scenarios and reads the reports.
import { findGpu } from "../../core/catalog/gpus/gpus.ts";
import { findModel } from "../../core/catalog/models/models.ts";
import { STATIC_BATCHING, VLLM_V1, VLLM_V1_WHOLE_PROMPTS } from "../../core/scheduling/policies.ts";
import type { Policy } from "../../core/scheduling/scheduler.ts";
import { defaultDeployment } from "../../core/serving/deployment.ts";
import { kvCapacity } from "../../core/serving/kv-capacity.ts";
import { SCENARIO_SCHEMA, SCENARIO_VERSION } from "../../core/simulation/scenario-types.ts";
import type { SimulationReport } from "../../core/simulation/statistics.ts";
import { formatCount, formatPercent, formatRate, formatSeconds } from "../../ui/format.ts";

export const NUM_REPLAYED = 1000;
/** The longest request of the trace is shorter. */
const MAX_MODEL_LEN = 16_384;
/** What counts as served well. */
const SLO = { timeToFirstTokenMs: 1000, timePerOutputTokenMs: 50 };
/** vLLM's own setting for servers on an A100; prompts that are not cut need room for the longest. */
const BUDGET = 2048;

export const REPLAYED: readonly Policy[] = [STATIC_BATCHING, VLLM_V1_WHOLE_PROMPTS, VLLM_V1];

function budgetOf(policy: Policy, maxNumSeqs: number): number {
  if (policy === VLLM_V1) return BUDGET;
  // A static batch takes its prompts together, however long.
  return policy === STATIC_BATCHING ? maxNumSeqs * MAX_MODEL_LEN : MAX_MODEL_LEN;
}

/** The same memory for all: what the chunked server would have. */
export function azureScenario(policy: Policy, rateScale: number): string {
  const [model, gpu] = [findModel("llama-3.1-8b"), findGpu("a100-80gb-sxm")];
  if (!model || !gpu) throw new Error("The catalogue holds no Llama 3.1 8B or no A100.");
  const deployment = {
    ...defaultDeployment(model, gpu),
    maxModelLen: MAX_MODEL_LEN,
    maxNumBatchedTokens: BUDGET,
  };
  const { maxNumSeqs, blockSize } = deployment;
  return JSON.stringify({
    schema: SCENARIO_SCHEMA,
    version: SCENARIO_VERSION,
    name: policy.name,
    model: model.id,
    gpu: gpu.id,
    server: {
      maxModelLen: MAX_MODEL_LEN,
      maxNumSeqs,
      blockSize,
      maxNumBatchedTokens: budgetOf(policy, maxNumSeqs),
      numBlocks: kvCapacity(deployment).numBlocks,
      enablePrefixCaching: false,
    },
    policy: policy.id,
    stepTimes: { kind: "fitted" },
    requests: {
      kind: "trace",
      trace: "azure-2023-conversation",
      numRequests: NUM_REPLAYED,
      rateScale,
    },
    slo: SLO,
  });
}

export interface Replay {
  readonly name: string;
  /** Of the recorded rate. */
  readonly speed: number;
  readonly report: SimulationReport;
}

export const REPLAY_COLUMNS = [
  "Policy",
  "Mean TTFT",
  "p99 TTFT",
  "p99 ITL",
  "Longest gap",
  "Output",
  "All done after",
  "Served well",
] as const;

/** In the order of {@link REPLAY_COLUMNS}. */
export function replayRow({ name, report }: Replay): string[] {
  return [
    name,
    formatSeconds(report.timeToFirstToken.mean),
    formatSeconds(report.timeToFirstToken.p99),
    formatSeconds(report.interTokenLatency.p99),
    formatSeconds(report.interTokenLatency.max),
    formatRate(report.outputTokensPerSecond, "tokens/s"),
    formatSeconds(report.duration),
    formatPercent(report.numGood / report.numArrived),
  ];
}

export function describeReplays(replays: readonly Replay[]): string {
  return replays
    .map(
      ({ name, report }) =>
        `${name}: first token after ${formatSeconds(report.timeToFirstToken.mean)} on average, ${formatPercent(report.numGood / report.numArrived)} served well.`,
    )
    .join(" ");
}

export const REPLAY_NOTE = `${formatCount(NUM_REPLAYED)} requests in order: real arrival times (stretched by the speed), real lengths. Served well: first token within ${formatSeconds(SLO.timeToFirstTokenMs / 1000)}, ${formatSeconds(SLO.timePerOutputTokenMs / 1000)} a token. Modelled: one A100 and Llama 3.1 8B, which Azure did not run; all have the same KV blocks, static batching reserves ${formatCount(MAX_MODEL_LEN)} tokens a request; users do not go away, however long they wait.`;

export const TRACE_SOURCE = {
  label: "Azure LLM inference trace 2023, CC BY 4.0",
  url: "https://github.com/Azure/AzurePublicDataset",
};
