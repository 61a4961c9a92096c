// Runs one policy on a short list of requests and writes down what each step did. Pure.
import type {
  LiveRequest,
  Policy,
  Request,
  ServingConfig,
} from "../../core/scheduling/scheduler.ts";
import { listSource } from "../../core/simulation/request-source.ts";
import { Simulation, type StepEvent } from "../../core/simulation/simulation.ts";
import type { StepModel } from "../../core/simulation/step-model.ts";

/** What a step did for one request. */
export interface StepEntry {
  readonly id: string;
  readonly numTokens: number;
  /** One new token of output; otherwise a part of the prompt, or of what was lost to a preemption. */
  readonly isDecode: boolean;
  /** Tokens of it whose keys and values are stored when the step ends. */
  readonly numComputed: number;
  /** Tokens of it that are known before the step samples: what a prompt in parts catches up with. */
  readonly numKnown: number;
}

export interface RecordedStep {
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  readonly entries: readonly StepEntry[];
  readonly admitted: readonly string[];
  readonly preempted: readonly string[];
  readonly finished: readonly string[];
  /** Ended before, but their rows are still computed. */
  readonly padded: readonly string[];
  /** Tokens computed for nobody. */
  readonly numPadding: number;
  readonly numWaiting: number;
  /** Of the KV cache, allocated while the step ran. */
  readonly shareUsed: number;
}

/** Times of one request, in seconds. */
export interface RequestTimes {
  readonly id: string;
  readonly arrival: number;
  readonly started: number;
  readonly firstToken: number;
  readonly finished: number;
  readonly numPreemptions: number;
}

export interface PolicyRun {
  readonly policy: Policy;
  /** Tokens that a step may compute; undefined where the policy knows no such limit. */
  readonly budget: number | undefined;
  readonly steps: readonly RecordedStep[];
  /** In the order of arrival. */
  readonly times: readonly RequestTimes[];
  /** Between two tokens of one request, ascending, in seconds. */
  readonly gaps: readonly number[];
  readonly numPreemptions: number;
  /** End of the last step. */
  readonly makespan: number;
}

export interface RunOptions {
  readonly policy: Policy;
  readonly requests: readonly Request[];
  readonly config: ServingConfig;
  /** As {@link PolicyRun.budget}. */
  readonly budget: number | undefined;
  readonly stepModel: StepModel;
}

/** Far above what the sliders can ask for: a guard, not a limit. */
const MAX_STEPS = 20_000;

const idOf = ({ request }: LiveRequest) => request.id;

/** What is known of a request before the step that is being written down. */
interface Known {
  numOutputTokens: number;
  lastToken: number;
}

class Recorder {
  readonly steps: RecordedStep[] = [];
  readonly gaps: number[] = [];
  readonly #known = new Map<string, Known>();
  /** Members of a static batch that have ended while others go on. */
  #ended: string[] = [];

  add({ start, end, step, memory, finished, scheduler }: StepEvent): void {
    if (step.admitted.length > 0) this.#ended = [];
    const entries = step.scheduled.map((live, index) => {
      const before = this.#known.get(idOf(live))?.numOutputTokens ?? 0;
      const numTokens = step.numScheduledTokens[index] ?? 0;
      const hasSampled = live.numOutputTokens > before;
      const numKnown = live.numTokens - (hasSampled ? 1 : 0);
      this.#note(live, end);
      return {
        id: idOf(live),
        numTokens,
        isDecode: numTokens === 1 && before > 0,
        numComputed: hasSampled ? numKnown : live.numComputedTokens,
        numKnown,
      };
    });
    this.steps.push({
      start,
      end,
      entries,
      admitted: step.admitted.map(idOf),
      preempted: step.preempted.map(idOf),
      finished: finished.map(idOf),
      padded: step.numPaddingTokens > 0 ? [...this.#ended] : [],
      numPadding: step.numPaddingTokens,
      numWaiting: scheduler.numWaiting,
      shareUsed: 1 - memory.free / memory.capacity,
    });
    this.#ended.push(...finished.map(idOf));
  }

  #note(live: LiveRequest, end: number): void {
    const known = this.#known.get(idOf(live));
    if (live.numOutputTokens === (known?.numOutputTokens ?? 0)) return;
    if (known !== undefined) this.gaps.push(end - known.lastToken);
    this.#known.set(idOf(live), { numOutputTokens: live.numOutputTokens, lastToken: end });
  }
}

export function runPolicy({ policy, requests, config, budget, stepModel }: RunOptions): PolicyRun {
  const recorder = new Recorder();
  const times = new Map<string, RequestTimes>();
  const simulation = new Simulation({
    source: listSource(requests),
    policy,
    config,
    stepModel,
    onStep: (event) => recorder.add(event),
    onOutcome: (outcome) => {
      if (!outcome.isRefused) times.set(outcome.id, outcome);
    },
  });
  simulation.advance(MAX_STEPS);
  const { steps } = recorder;
  return {
    policy,
    budget,
    steps,
    times: requests.flatMap(({ id }) => times.get(id) ?? []),
    gaps: recorder.gaps.toSorted((a, b) => a - b),
    numPreemptions: simulation.report().numPreemptions,
    makespan: steps.at(-1)?.end ?? 0,
  };
}
