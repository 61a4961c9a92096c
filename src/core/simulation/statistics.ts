// What a simulation is asked for: latencies, throughput, goodput, use of memory, preemptions, prefix hits. Fixed size,
// however many requests pass.
import type { Request } from "../scheduling/scheduler.ts";
import { seconds, type Seconds } from "../units/units.ts";
import { Histogram, type Summary } from "./histogram.ts";
import {
  MeanShares,
  MemoryTimeline,
  type MemoryShares,
  type Occupancy,
  type TimelinePoint,
} from "./memory-timeline.ts";
import type { StepLoad } from "./step-model.ts";

/** Latencies that a request must not exceed to count as served well. */
export interface Slo {
  readonly timeToFirstToken: Seconds;
  readonly timePerOutputToken: Seconds;
}

export type RequestOutcome = ServedRequest | RefusedRequest;

export interface ServedRequest {
  readonly id: string;
  readonly isRefused: false;
  readonly arrival: Seconds;
  /** Start of the first step that computed a token of it. */
  readonly started: Seconds;
  readonly firstToken: Seconds;
  readonly finished: Seconds;
  readonly numPromptTokens: number;
  /** Of each sample. */
  readonly numOutputTokens: number;
  readonly numSamples: number;
  /** Lower is more urgent; 0 unless the request says otherwise. */
  readonly priority: number;
  /** Of the prompt, found in the prefix cache when it first started. */
  readonly numHitTokens: number;
  readonly numPreemptions: number;
}

/** It could never fit: longer than the model's limit, the step's, or the whole cache. */
export interface RefusedRequest {
  readonly id: string;
  readonly isRefused: true;
  readonly arrival: Seconds;
  readonly numPromptTokens: number;
}

export interface SimulationReport {
  /** Simulated time so far. */
  readonly duration: Seconds;
  readonly numArrived: number;
  readonly numFinished: number;
  readonly numRefused: number;
  readonly numRunning: number;
  readonly numWaiting: number;
  readonly numSteps: number;
  /** One request in one step counts once, each of its samples if it has several. */
  readonly numRequestSteps: number;
  /** Of all requests that arrived. */
  readonly numPromptTokensArrived: number;
  /** Of requests that ended. */
  readonly numPromptTokens: number;
  /** Of all their samples. */
  readonly numOutputTokens: number;
  /** Rows that went through the model: recomputed tokens and padding included. */
  readonly numComputedTokens: number;
  readonly requestsPerSecond: number;
  readonly outputTokensPerSecond: number;
  /** Requests that met the objective. */
  readonly numGood: number;
  readonly goodputPerSecond: number;
  /** Seconds: arrival to first token. */
  readonly timeToFirstToken: Summary;
  /** Seconds: mean gap of each request that had more than one token. */
  readonly timePerOutputToken: Summary;
  /** Seconds: each gap. */
  readonly interTokenLatency: Summary;
  /** Seconds: arrival to last token. */
  readonly endToEnd: Summary;
  /** Seconds: arrival to the first step. */
  readonly queueing: Summary;
  /** Seconds: first step to first token, and first to last token. */
  readonly prefill: Summary;
  readonly decode: Summary;
  /** Seconds: first step to last token. */
  readonly inference: Summary;
  readonly numPreemptions: number;
  /** Prompt tokens looked up when requests first started, and those found. */
  readonly prefixes: { readonly numQueried: number; readonly numHit: number };
  readonly memory: {
    /** Over all time. */
    readonly mean: MemoryShares;
    /** Over the time in which somebody waited: memory, not demand, is short. NaN if nobody ever did. */
    readonly whileWaiting: MemoryShares;
    readonly waitingSeconds: Seconds;
    /** At most 512 intervals. */
    readonly timeline: readonly TimelinePoint[];
  };
}

export interface StatisticsOptions {
  readonly slo?: Slo;
  readonly onOutcome?: (outcome: RequestOutcome) => void;
}

export class Statistics {
  readonly #options: StatisticsOptions;
  readonly #timeToFirstToken = new Histogram();
  readonly #timePerOutputToken = new Histogram();
  readonly #interTokenLatency = new Histogram();
  readonly #endToEnd = new Histogram();
  readonly #queueing = new Histogram();
  readonly #prefill = new Histogram();
  readonly #decode = new Histogram();
  readonly #inference = new Histogram();
  readonly #timeline = new MemoryTimeline();
  readonly #always = new MeanShares();
  readonly #whileWaiting = new MeanShares();
  numPreemptions = 0;
  #numArrived = 0;
  #numPromptTokensArrived = 0;
  #numFinished = 0;
  #numRefused = 0;
  #numGood = 0;
  #numSteps = 0;
  #numRequestSteps = 0;
  #numPromptTokens = 0;
  #numOutputTokens = 0;
  #numComputedTokens = 0;
  #numQueried = 0;
  #numHit = 0;

  constructor(options: StatisticsOptions) {
    this.#options = options;
  }

  get numSteps(): number {
    return this.#numSteps;
  }

  get numEnded(): number {
    return this.#numFinished + this.#numRefused;
  }

  addArrival({ numPromptTokens }: Request): void {
    this.#numArrived += 1;
    this.#numPromptTokensArrived += numPromptTokens;
  }

  addStep({ numTokens, numSequences }: StepLoad): void {
    this.#numSteps += 1;
    this.#numRequestSteps += numSequences;
    this.#numComputedTokens += numTokens;
  }

  addSpan(from: Seconds, to: Seconds, occupancy: Occupancy): void {
    this.#timeline.add(from, to, occupancy);
    this.#always.add(occupancy.memory, to - from);
    if (occupancy.numWaiting > 0) this.#whileWaiting.add(occupancy.memory, to - from);
  }

  addLookup(numQueried: number, numHit: number): void {
    this.#numQueried += numQueried;
    this.#numHit += numHit;
  }

  /** A gap between two tokens of a request. */
  addGap(gap: number, times: number): void {
    this.#interTokenLatency.add(gap, times);
  }

  addOutcome(outcome: RequestOutcome): void {
    if (outcome.isRefused) this.#numRefused += 1;
    else this.#addServed(outcome);
    this.#options.onOutcome?.(outcome);
  }

  #addServed(served: ServedRequest): void {
    const { arrival, started, firstToken, finished, numOutputTokens } = served;
    const timeToFirstToken = firstToken - arrival;
    const numGaps = numOutputTokens - 1;
    const timePerOutputToken = numGaps > 0 ? (finished - firstToken) / numGaps : 0;
    this.#numFinished += 1;
    this.#numPromptTokens += served.numPromptTokens;
    this.#numOutputTokens += numOutputTokens * served.numSamples;
    this.#timeToFirstToken.add(timeToFirstToken);
    if (numGaps > 0) this.#timePerOutputToken.add(timePerOutputToken);
    this.#endToEnd.add(finished - arrival);
    this.#queueing.add(started - arrival);
    this.#prefill.add(firstToken - started);
    this.#decode.add(finished - firstToken);
    this.#inference.add(finished - started);
    const { slo } = this.#options;
    const isGood =
      slo === undefined ||
      (timeToFirstToken <= slo.timeToFirstToken && timePerOutputToken <= slo.timePerOutputToken);
    if (isGood) this.#numGood += 1;
  }

  report(
    duration: Seconds,
    now: Pick<SimulationReport, "numRunning" | "numWaiting">,
  ): SimulationReport {
    const perSecond = (count: number) => (duration > 0 ? count / duration : 0);
    return {
      duration,
      ...now,
      numArrived: this.#numArrived,
      numFinished: this.#numFinished,
      numRefused: this.#numRefused,
      numSteps: this.#numSteps,
      numRequestSteps: this.#numRequestSteps,
      numPromptTokensArrived: this.#numPromptTokensArrived,
      numPromptTokens: this.#numPromptTokens,
      numOutputTokens: this.#numOutputTokens,
      numComputedTokens: this.#numComputedTokens,
      requestsPerSecond: perSecond(this.#numFinished),
      outputTokensPerSecond: perSecond(this.#numOutputTokens),
      numGood: this.#numGood,
      goodputPerSecond: perSecond(this.#numGood),
      timeToFirstToken: this.#timeToFirstToken.summary(),
      timePerOutputToken: this.#timePerOutputToken.summary(),
      interTokenLatency: this.#interTokenLatency.summary(),
      endToEnd: this.#endToEnd.summary(),
      queueing: this.#queueing.summary(),
      prefill: this.#prefill.summary(),
      decode: this.#decode.summary(),
      inference: this.#inference.summary(),
      numPreemptions: this.numPreemptions,
      prefixes: { numQueried: this.#numQueried, numHit: this.#numHit },
      memory: {
        mean: this.#always.mean(),
        whileWaiting: this.#whileWaiting.mean(),
        waitingSeconds: seconds(this.#whileWaiting.covered),
        timeline: this.#timeline.points(),
      },
    };
  }
}
