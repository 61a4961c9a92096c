// From what the reader asked to scenarios, and from results to what is shown. Pure.
import { policies, VLLM_V1_PRIORITY } from "../../core/scheduling/policies.ts";
import type { Policy } from "../../core/scheduling/scheduler.ts";
import { serialiseScenario } from "../../core/simulation/scenario-json.ts";
import type { Scenario } from "../../core/simulation/scenario-types.ts";
import { checkSamples, parseScenario, parseScenarioText } from "../../core/simulation/scenario.ts";
import { servingConfigOf } from "../../core/simulation/scenario-simulation.ts";
import type { Summary } from "../../core/simulation/histogram.ts";
import type { SimulationReport } from "../../core/simulation/statistics.ts";
import { traceJson, TRACES } from "../../core/simulation/trace.ts";
import { findTraceText } from "../../core/simulation/trace-text.ts";
import type { DataTable } from "../../figure/widget.ts";
import type { Stat } from "../../ui/parts.tsx";
import {
  formatCount,
  formatPercent,
  formatRate,
  formatSeconds,
  NO_NUMBER,
} from "../../ui/format.ts";
import { typed } from "./entries.ts";
import { DRAWN, MAX_LINK, NOBODY, type SimulatorValues } from "./parameters.ts";

export type Asked =
  | {
      readonly ok: true;
      /** One scenario for each policy; the requests are the same. */
      readonly scenarios: readonly [Scenario, ...Scenario[]];
    }
  | { readonly ok: false; readonly problem: string };

/** A simulation that has ended. */
export interface Outcome {
  readonly scenario: Scenario;
  readonly report: SimulationReport;
  /** The figures under the names of vLLM's metrics. */
  readonly csv: string;
}

/** @param own - text of a scenario file that takes the place of the fields; empty: the fields hold. */
export function ask(values: SimulatorValues, own = values.scenario): Asked {
  try {
    const scenario = scenarioOf(values, own);
    // Also says whether the model fits.
    const { maxNumSeqs } = servingConfigOf(scenario);
    const other = findOther(values, scenario.policy);
    if (other) checkSamples(scenario.requests, { policy: other, maxNumSeqs });
    return { ok: true, scenarios: other ? [scenario, withPolicy(scenario, other)] : [scenario] };
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, problem: error.message };
    throw error;
  }
}

/** A scenario file takes the place of all fields, a trace that of the requests. */
function scenarioOf(values: SimulatorValues, own: string): Scenario {
  if (own.trim() === "") return parseScenario(fieldsJson(values));
  const trace = findTraceText(own);
  if (trace === undefined) return parseScenarioText(own);
  const requests = { kind: "trace", trace: traceJson(trace), ...urgentJson(values) };
  return parseScenario({ ...fieldsJson(values), name: trace.name, requests });
}

function findOther({ against }: SimulatorValues, policy: Policy): Policy | undefined {
  if (against === NOBODY || against === policy.id) return undefined;
  return policies.find(({ id }) => id === against);
}

/** The same requests and server, and of the options those that the other policy knows too. */
function withPolicy(scenario: Scenario, policy: Policy): Scenario {
  const known = policy.options.map(({ name }) => name);
  const kept = Object.entries(scenario.policyOptions ?? {}).filter(([name]) =>
    known.some((option) => option === name),
  );
  return { ...scenario, policy, policyOptions: Object.fromEntries(kept) };
}

function fieldsJson(values: SimulatorValues): object {
  return {
    schema: "memory-bound/scenario",
    version: 1,
    name: `${values.model} on ${values.hardware}`,
    model: values.model,
    gpu: values.hardware,
    server: {
      numGpus: Number(values.gpus),
      maxModelLen: typed(values["max-model-len"]),
      maxNumSeqs: typed(values["max-num-seqs"]),
      maxNumBatchedTokens: typed(values["max-num-batched-tokens"]),
      ...(values.blocks.trim() !== "" && { numBlocks: typed(values.blocks) }),
      enablePrefixCaching: values["prefix-caching"],
    },
    policy: values.policy,
    requests: requestsJson(values),
    slo: { timeToFirstTokenMs: typed(values.ttft), timePerOutputTokenMs: typed(values.tpot) },
  };
}

function requestsJson(values: SimulatorValues): object {
  const numRequests = typed(values.count);
  if (values.requests !== DRAWN) {
    const rateScale = typed(values["rate-scale"]);
    return { kind: "trace", trace: values.requests, numRequests, rateScale, ...urgentJson(values) };
  }
  const prefix = typed(values.prefix);
  return {
    kind: "synthetic",
    numRequests,
    ratePerS: typed(values.rate),
    arrivalCv: typed(values.bursts),
    prompt: { mean: typed(values.prompt) },
    output: { mean: typed(values.output) },
    ...(prefix !== 0 && { sharedPrefix: { tokens: prefix } }),
    ...urgentJson(values),
  };
}

/** Only where a policy asks: the others take no notice. */
function urgentJson(values: SimulatorValues): object {
  const isAsked = [values.policy, values.against].includes(VLLM_V1_PRIORITY.id);
  return isAsked ? { urgent: { share: typed(values.urgent) } } : {};
}

/** Of a scenario file, for the address: the same fields without white space; undefined where it is too long. */
export function shortText(text: string): string | undefined {
  const short = JSON.stringify(JSON.parse(serialiseScenario(parseScenarioText(text))));
  return short.length <= MAX_LINK ? short : undefined;
}

/** One sentence: what would be run. */
export function describeAsked(asked: Asked): string {
  if (!asked.ok) return `This cannot be simulated. ${asked.problem}`;
  const [{ deployment, requests }] = asked.scenarios;
  const names = asked.scenarios.map(({ policy }) => policy.name).join(" and, beside it, ");
  const many = requests.kind === "rows" ? requests.rows.length : requests.numRequests;
  return (
    `${formatCount(many)} ${many === 1 ? "request" : "requests"} ${describeRequests(requests)}, to ${deployment.model.name} on ` +
    `${deployment.numGpus} × ${deployment.gpu.name}, under ${names}.`
  );
}

function describeRequests(requests: Scenario["requests"]): string {
  if (requests.kind === "rows") return "of the scenario’s own list";
  if (requests.kind === "synthetic") return `at ${requests.ratePerS} a second`;
  const { trace } = requests;
  const name =
    typeof trace === "string" ? (TRACES.find(({ id }) => id === trace)?.name ?? trace) : trace.name;
  return `of the trace ${name} at ${requests.rateScale} times its rate`;
}

/** One sentence on the result. */
export function describeOutcomes(outcomes: readonly Outcome[]): string {
  return outcomes
    .map(
      ({ scenario, report }) =>
        `${scenario.policy.name}: ${formatRate(report.outputTokensPerSecond, "output tokens/s")}, ` +
        `median time to first token ${formatSeconds(report.timeToFirstToken.p50)}, ` +
        `${formatPercent(goodShare(report))} of requests within the objective.`,
    )
    .join(" ");
}

export function goodShare({ numGood, numArrived }: SimulationReport): number {
  return numArrived === 0 ? Number.NaN : numGood / numArrived;
}

export function statsOf(report: SimulationReport): Stat[] {
  const { mean } = report.memory;
  const { numHit, numQueried } = report.prefixes;
  return [
    {
      label: "Output",
      value: formatRate(report.outputTokensPerSecond, "tokens/s"),
      detail: formatRate(report.requestsPerSecond, "requests/s"),
    },
    {
      label: "Goodput",
      value: formatRate(report.goodputPerSecond, "requests/s"),
      detail: `${formatPercent(goodShare(report))} within the objective`,
    },
    {
      label: "KV cache with tokens in it",
      value: formatPercent(mean.stored),
      detail: "mean over time",
    },
    { label: "Preemptions", value: formatCount(report.numPreemptions) },
    {
      label: "Prefix hits",
      value: numQueried === 0 ? NO_NUMBER : formatPercent(numHit / numQueried),
      detail: "of prompt tokens",
    },
    {
      label: "Served",
      value: formatCount(report.numFinished),
      detail: `${formatCount(report.numRefused)} refused, in ${formatSeconds(report.duration)}`,
    },
  ];
}

export interface LatencyRow {
  readonly name: string;
  readonly summary: Summary;
}

export function latencyRows(report: SimulationReport): LatencyRow[] {
  return [
    { name: "Time to first token", summary: report.timeToFirstToken },
    { name: "of it in the queue", summary: report.queueing },
    { name: "Time per output token", summary: report.timePerOutputToken },
    { name: "Inter-token latency", summary: report.interTokenLatency },
    { name: "End to end", summary: report.endToEnd },
  ];
}

/** The result as a table: a row for each figure, a column for each policy. */
export function tableOf(outcomes: readonly Outcome[]): DataTable {
  const columns = outcomes.map(({ scenario }) => scenario.policy.name);
  const [first] = outcomes;
  if (!first) return { caption: "Nothing has been simulated yet", columns: ["Figure"], rows: [] };
  const stats = statsOf(first.report).map(({ label }, index) => [
    label,
    ...outcomes.map(({ report }) => statsOf(report)[index]?.value ?? NO_NUMBER),
  ]);
  const latencies = latencyRows(first.report).flatMap(({ name }, index) =>
    (["mean", "p50", "p99"] as const).map((statistic) => [
      `${name}, ${statistic}`,
      ...outcomes.map(({ report }) =>
        formatSeconds(latencyRows(report)[index]?.summary[statistic]),
      ),
    ]),
  );
  return {
    caption: "What was simulated",
    columns: ["Figure", ...columns],
    rows: [...stats, ...latencies],
  };
}

/** Before anything has run: what would be. */
export function tableOfAsked(asked: Asked): DataTable {
  if (!asked.ok)
    return { caption: "This cannot be simulated", columns: ["Why"], rows: [[asked.problem]] };
  const [scenario] = asked.scenarios;
  const { deployment, requests } = scenario;
  return {
    caption: "What would be simulated",
    columns: ["Field", "Value"],
    rows: [
      ["Model", deployment.model.name],
      ["GPUs", `${deployment.numGpus} × ${deployment.gpu.name}`],
      ["KV blocks", formatCount(servingConfigOf(scenario).numBlocks)],
      ["Requests", describeRequests(requests)],
      ["Policies", asked.scenarios.map(({ policy }) => policy.name).join(", ")],
    ],
  };
}
