// npm run simulate: runs a scenario file through the serving simulator. Prints the figures as text, JSON or CSV.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { metricsCsv } from "../src/core/simulation/metrics-csv.ts";
import { outcomeRow, OUTCOME_HEADER } from "../src/core/simulation/outcomes-csv.ts";
import { serialiseScenario } from "../src/core/simulation/scenario-json.ts";
import { parseScenarioText } from "../src/core/simulation/scenario.ts";
import { createSimulation, findTraceId } from "../src/core/simulation/scenario-simulation.ts";
import type { Summary } from "../src/core/simulation/histogram.ts";
import { PAPER_BARS, paperMemoryScenario } from "../src/core/simulation/paper-memory.ts";
import type { SimulationReport } from "../src/core/simulation/statistics.ts";
import { parseTrace, TRACES, type Trace } from "../src/core/simulation/trace.ts";

const USAGE = `npm run simulate -- SCENARIO.json [--json | --csv | --requests | --scenario]
npm run simulate -- --paper

  --json      all figures, with the use of memory over time
  --csv       the figures under the names of vLLM's metrics
  --requests  one CSV row for each request
  --scenario  the scenario itself, defaults filled in
  --paper     the memory bars of the PagedAttention paper, and ours`;

const OPTIONS = {
  json: { type: "boolean", default: false },
  csv: { type: "boolean", default: false },
  requests: { type: "boolean", default: false },
  scenario: { type: "boolean", default: false },
  paper: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const TRACE_FOLDER = join(import.meta.dirname, "../public/traces");
const MAX_FILE_BYTES = 16_000_000;

/** A trace that the site ships. */
export function readTrace(id: string): Trace {
  const shipped = TRACES.find((trace) => trace.id === id);
  if (!shipped) throw new RangeError(`There is no trace ${id}.`);
  return parseTrace(JSON.parse(readFileSync(join(TRACE_FOLDER, shipped.file), "utf8")));
}

function readScenario(file: string) {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) throw new RangeError("A scenario file is smaller.");
    return parseScenarioText(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`${file}: ${error.message}`);
    throw new RangeError(`${file} cannot be read.`);
  }
}

function ms(value: number): string {
  return Number.isFinite(value) ? `${(value * 1000).toPrecision(4)} ms` : "–";
}

function latency(name: string, { mean, p50, p90, p99 }: Summary): string {
  return `${name.padEnd(10)} mean ${ms(mean)}, median ${ms(p50)}, p90 ${ms(p90)}, p99 ${ms(p99)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function textOf(name: string, report: SimulationReport): string {
  const { memory, prefixes } = report;
  const { stored, reserved, internal, external, free } = memory.mean;
  return [
    `${name}: ${report.numFinished} requests in ${report.duration.toFixed(1)} s, ${report.numRefused} refused, ${report.numSteps} steps`,
    `throughput ${report.requestsPerSecond.toPrecision(4)} requests/s, ${report.outputTokensPerSecond.toPrecision(4)} output tokens/s; within the objective ${report.goodputPerSecond.toPrecision(4)} requests/s`,
    latency("TTFT", report.timeToFirstToken),
    latency("TPOT", report.timePerOutputToken),
    latency("ITL", report.interTokenLatency),
    latency("E2E", report.endToEnd),
    latency("queueing", report.queueing),
    `KV cache   stored ${percent(stored)}, reserved ${percent(reserved)}, internal ${percent(internal)}, external ${percent(external)}, free ${percent(free)}`,
    `prefix     ${prefixes.numHit} of ${prefixes.numQueried} prompt tokens found; ${report.numPreemptions} preemptions`,
  ].join("\n");
}

/** The paper's bars beside the simulation's, and throughput over that of Orca (Max). */
function paperText(): string {
  const results = PAPER_BARS.map((bar) => ({
    bar,
    report: createSimulation(paperMemoryScenario(bar.policy)).finish(),
  }));
  const base = results[0]?.report.outputTokensPerSecond ?? 1;
  return results
    .map(({ bar, report }) => {
      const { stored, reserved, internal, external } = report.memory.whileWaiting;
      return (
        `${bar.policy.name.padEnd(14)} stored ${percent(stored)} (paper ${percent(bar.stored)}), ` +
        `reserved ${percent(reserved)}, internal ${percent(internal)}, external ${percent(external)}; ` +
        `${report.outputTokensPerSecond.toPrecision(4)} output tokens/s, ${(report.outputTokensPerSecond / base).toFixed(2)} times the first`
      );
    })
    .join("\n");
}

function run(file: string, options: Partial<Record<keyof typeof OPTIONS, boolean>>): void {
  const scenario = readScenario(file);
  if (options.scenario) {
    process.stdout.write(serialiseScenario(scenario));
    return;
  }
  const id = findTraceId(scenario);
  const rows: string[] = [];
  const simulation = createSimulation(scenario, {
    ...(id !== undefined && { trace: readTrace(id) }),
    ...(options.requests && { onOutcome: (outcome) => rows.push(outcomeRow(outcome)) }),
  });
  const report = simulation.finish();
  if (options.json) console.log(JSON.stringify(report));
  else if (options.csv) process.stdout.write(metricsCsv(report));
  else if (options.requests) console.log([OUTCOME_HEADER, ...rows].join("\n"));
  else console.log(textOf(scenario.name, report));
}

/** A bad file or argument prints one sentence and gives 1. */
export function main(args: string[]): number {
  try {
    const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
    const [file, ...others] = positionals;
    if (values.paper) console.log(paperText());
    else if (values.help || file === undefined || others.length > 0) console.log(USAGE);
    else run(file, values);
    return values.paper || values.help || file !== undefined ? 0 : 1;
  } catch (error) {
    if (!(error instanceof RangeError || (error instanceof TypeError && "code" in error))) {
      throw error;
    }
    console.error(error.message.split("\n")[0]);
    return 1;
  }
}
