// What paging gains over reserving: the memory-tight workload of the PagedAttention paper, simulated when the page is built.
import { policies, VLLM_V0 } from "../../core/scheduling/policies.ts";
import type { Policy } from "../../core/scheduling/scheduler.ts";
import { paperMemoryScenario } from "../../core/simulation/paper-memory.ts";
import { createSimulation } from "../../core/simulation/scenario-simulation.ts";
import type { SimulationReport } from "../../core/simulation/statistics.ts";
import { formatCount, formatNumber, formatRatio } from "../../ui/format.ts";
import type { ValueDefinition, ValueInput } from "./value.ts";

/** As many as the chapter's claim card draws unless it is told otherwise. */
const NUM_REQUESTS = 2000;

const reports = new Map<string, SimulationReport>();

function simulated(policy: Policy): SimulationReport {
  const report =
    reports.get(policy.id) ?? createSimulation(paperMemoryScenario(policy, NUM_REQUESTS)).finish();
  reports.set(policy.id, report);
  return report;
}

function rateInput(symbol: string, policy: Policy): ValueInput {
  const { requestsPerSecond } = simulated(policy);
  return {
    symbol,
    meaning: `requests a second, ${policy.name}`,
    value: formatNumber(requestsPerSecond, 3),
  };
}

/** Requests a second of vLLM v0 over those of a policy that reserves. */
export const pagingGain: ValueDefinition = (args) => {
  const id = args.text("over") ?? "";
  const other = policies.find((policy) => policy.id === id);
  if (other === undefined) throw new Error(`knows no policy "${id}"`);
  const inputs = [
    rateInput(String.raw`r_\text{paging}`, VLLM_V0),
    rateInput(String.raw`r_\text{reserving}`, other),
  ];
  const text = formatRatio(
    simulated(VLLM_V0).requestsPerSecond / simulated(other).requestsPerSecond,
  );
  return {
    text,
    title: `Requests a second, ${VLLM_V0.name} over ${other.name}`,
    formula: String.raw`r_\text{paging} / r_\text{reserving}`,
    inputs,
    substitution: `${inputs.map(({ value }) => value).join(" / ")} = ${text}`,
    note: `Simulated: ${formatCount(NUM_REQUESTS)} requests drawn with seed 1, OPT-13B on an A100 with 40 GB, more of them than either can serve; the workload of the claim card.`,
  };
};
