// A simulation's figures under the names that vLLM's metrics endpoint gives them, as CSV: metric, statistic, value.
import type { Summary } from "./histogram.ts";
import type { SimulationReport } from "./statistics.ts";

type Row = readonly [metric: string, statistic: string, value: number];

/**
 * One row a figure; latencies in seconds. Quantiles are within 1 %. Figures that are no metric of vLLM's follow, without
 * its prefix.
 */
export function metricsCsv(report: SimulationReport): string {
  const rows: Row[] = [...vllmRows(report), ...ownRows(report)];
  const lines = rows
    .filter(([, , value]) => Number.isFinite(value))
    .map(([metric, statistic, value]) => `${metric},${statistic},${value}`);
  return ["metric,statistic,value", ...lines, ""].join("\n");
}

function vllmRows(report: SimulationReport): Row[] {
  const { timeline, mean } = report.memory;
  const used = timeline.map((point) => 1 - point.free);
  const rows: Row[] = [
    ["num_requests_running", "last", report.numRunning],
    ["num_requests_waiting", "last", report.numWaiting],
    ["kv_cache_usage_perc", "mean", 1 - mean.free],
    ["kv_cache_usage_perc", "max", used.reduce((most, value) => Math.max(most, value), 0)],
    ["prefix_cache_queries", "total", report.prefixes.numQueried],
    ["prefix_cache_hits", "total", report.prefixes.numHit],
    ["num_preemptions", "total", report.numPreemptions],
    ["prompt_tokens", "total", report.numPromptTokens],
    ["prompt_tokens_cached", "total", report.prefixes.numHit],
    ["generation_tokens", "total", report.numOutputTokens],
    ["iteration_tokens_total", "mean", report.numComputedTokens / report.numSteps],
    ["request_success", "total", report.numFinished],
    ...summaryRows("time_to_first_token_seconds", report.timeToFirstToken),
    ...summaryRows("inter_token_latency_seconds", report.interTokenLatency),
    ...summaryRows("request_time_per_output_token_seconds", report.timePerOutputToken),
    ...summaryRows("e2e_request_latency_seconds", report.endToEnd),
    ...summaryRows("request_queue_time_seconds", report.queueing),
    ...summaryRows("request_prefill_time_seconds", report.prefill),
    ...summaryRows("request_decode_time_seconds", report.decode),
    ...summaryRows("request_inference_time_seconds", report.inference),
  ];
  return rows.map(([metric, statistic, value]) => [`vllm:${metric}`, statistic, value]);
}

function ownRows(report: SimulationReport): Row[] {
  const shares = Object.entries(report.memory.mean).map(([part, value]): Row => [
    `kv_cache_${part}`,
    "mean",
    value,
  ]);
  return [
    ["simulated_seconds", "total", report.duration],
    ["requests_refused", "total", report.numRefused],
    ["requests_within_slo", "total", report.numGood],
    ["goodput_requests_per_second", "mean", report.goodputPerSecond],
    ["output_tokens_per_second", "mean", report.outputTokensPerSecond],
    ...shares,
  ];
}

function summaryRows(metric: string, summary: Summary): Row[] {
  return Object.entries(summary).map(([statistic, value]): Row => [metric, statistic, value]);
}
