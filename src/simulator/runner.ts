// Runs scenarios a slice at a time, in turn, so that a call to cancel or a new run is answered between two slices. What
// the Worker does, without the Worker.
import { metricsCsv } from "../core/simulation/metrics-csv.ts";
import { outcomeRow, OUTCOME_HEADER } from "../core/simulation/outcomes-csv.ts";
import type { Scenario } from "../core/simulation/scenario-types.ts";
import { parseScenarioText } from "../core/simulation/scenario.ts";
import { createSimulation, findTraceId } from "../core/simulation/scenario-simulation.ts";
import type { Simulation } from "../core/simulation/simulation.ts";
import { parseTrace, TRACES, type Trace } from "../core/simulation/trace.ts";
import type { CallMessage, ReplyMessage, RunMessage, SimulationResult } from "./messages.ts";

/** What a test replaces. */
export interface RunnerSurroundings {
  readonly reply: (message: ReplyMessage) => void;
  /** The parsed JSON of a file. */
  readonly fetchJson: (url: string) => Promise<unknown>;
  /** Lets messages in. */
  readonly pause: () => Promise<void>;
  /** Milliseconds. */
  readonly now: () => number;
}

interface Job {
  readonly id: number;
  readonly scenario: Scenario;
  readonly simulation: Simulation;
  /** CSV rows of the requests that have ended. */
  readonly rows: string[] | undefined;
  lastReportMs: number;
}

/** A reader who stops a run waits for one slice of each that runs. */
const SLICE_MS = 20;
/** Between two reports of progress; a page draws each. */
const REPORT_MS = 100;

export class Runner {
  readonly #surroundings: RunnerSurroundings;
  /** Asked for and neither answered nor cancelled. */
  readonly #open = new Set<number>();
  /** Those that are ready, the next to run first. */
  readonly #jobs: Job[] = [];
  readonly #traces = new Map<string, Promise<Trace>>();
  #isRunning = false;

  constructor(surroundings: RunnerSurroundings) {
    this.#surroundings = surroundings;
  }

  receive(message: CallMessage): void {
    if (message.kind === "cancel") this.#open.delete(message.id);
    else {
      this.#open.add(message.id);
      void this.#start(message);
    }
  }

  async #start(message: RunMessage): Promise<void> {
    const { id } = message;
    try {
      const job = await this.#prepare(message);
      if (!this.#open.has(id)) return;
      this.#jobs.push(job);
      if (!this.#isRunning) await this.#runAll();
    } catch (error) {
      this.#fail(id, error);
    }
  }

  /** @throws RangeError with a sentence. */
  async #prepare({ id, scenario: text, tracesUrl, withRequests }: RunMessage): Promise<Job> {
    const scenario = parseScenarioText(text);
    const traceId = findTraceId(scenario);
    let trace: Trace | undefined;
    if (traceId !== undefined) {
      this.#surroundings.reply({ kind: "progress", id, fraction: 0, stage: "fetching the trace" });
      trace = await this.#traceOf(traceId, tracesUrl);
    }
    const rows: string[] | undefined = withRequests ? [] : undefined;
    const simulation = createSimulation(scenario, {
      ...(trace && { trace }),
      ...(rows && { onOutcome: (outcome) => rows.push(outcomeRow(outcome)) }),
    });
    return { id, scenario, simulation, rows, lastReportMs: -Infinity };
  }

  /** Each is fetched once; one that could not be is asked for again. */
  #traceOf(id: string, tracesUrl: string): Promise<Trace> {
    const known = this.#traces.get(id);
    if (known) return known;
    const trace = this.#fetchTrace(id, tracesUrl);
    trace.catch(() => this.#traces.delete(id));
    this.#traces.set(id, trace);
    return trace;
  }

  async #fetchTrace(id: string, tracesUrl: string): Promise<Trace> {
    const shipped = TRACES.find((trace) => trace.id === id);
    if (!shipped) throw new RangeError(`There is no trace ${id}.`);
    let json: unknown;
    try {
      json = await this.#surroundings.fetchJson(`${tracesUrl}${shipped.file}`);
    } catch (error) {
      throw new RangeError(`The trace "${shipped.name}" could not be fetched: ${textOf(error)}.`);
    }
    return parseTrace(json);
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) {
      if (!this.#open.has(job.id)) continue;
      try {
        if (this.#runSlice(job)) this.#answer(job);
        else this.#jobs.push(job);
      } catch (error) {
        this.#fail(job.id, error);
      }
      await this.#surroundings.pause();
    }
    this.#isRunning = false;
  }

  /** Whether it has come to its end. */
  #runSlice(job: Job): boolean {
    const { now, reply } = this.#surroundings;
    const start = now();
    const { isDone, numEnded } = job.simulation.advance(Infinity, () => now() - start >= SLICE_MS);
    if (!isDone && start - job.lastReportMs >= REPORT_MS) {
      const fraction = Math.min(1, numEnded / numRequestsOf(job.scenario));
      reply({ kind: "progress", id: job.id, fraction, stage: "simulating" });
      job.lastReportMs = start;
    }
    return isDone;
  }

  #answer({ id, scenario, simulation, rows }: Job): void {
    const report = simulation.report();
    const result: SimulationResult = {
      report,
      csv: metricsCsv(report),
      name: scenario.name,
      ...(rows && { requestsCsv: [OUTCOME_HEADER, ...rows, ""].join("\n") }),
    };
    this.#open.delete(id);
    this.#surroundings.reply({ kind: "result", id, result });
  }

  /** Of a run that was cancelled nobody wants to know why it failed. */
  #fail(id: number, error: unknown): void {
    if (!this.#open.delete(id)) return;
    const message =
      error instanceof RangeError ? error.message : `The simulation stopped: ${textOf(error)}.`;
    this.#surroundings.reply({ kind: "failure", id, message });
  }
}

function numRequestsOf({ requests }: Scenario): number {
  return requests.kind === "rows" ? requests.rows.length : requests.numRequests;
}

/** Without the full stop. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\.$/, "");
}
