// Requests, a scheduling policy and a step time make a simulation, run a few steps at a time so that whoever runs it can
// show progress or stop. Deterministic: it knows no clock but its own.
import type {
  LiveRequest,
  MemoryUse,
  Policy,
  Request,
  Scheduler,
  ServingConfig,
  Step,
} from "../scheduling/scheduler.ts";
import { ONE_TOKEN_EACH } from "../scheduling/scheduler.ts";
import { seconds, type Seconds } from "../units/units.ts";
import type { RequestSource } from "./request-source.ts";
import { Statistics, type RequestOutcome, type SimulationReport, type Slo } from "./statistics.ts";
import type { StepModel } from "./step-model.ts";

export interface SimulationOptions {
  readonly source: RequestSource;
  readonly policy: Policy;
  readonly config: ServingConfig;
  readonly stepModel: StepModel;
  /** What counts as served well; without it everything that ends does. */
  readonly slo?: Slo;
  /** Called for each request that ends or is refused. */
  readonly onOutcome?: (outcome: RequestOutcome) => void;
  /** Called after each step, with what it did. Nothing that it is given may be kept or changed. */
  readonly onStep?: (event: StepEvent) => void;
}

export interface StepEvent {
  readonly start: Seconds;
  readonly end: Seconds;
  readonly step: Step;
  /** While the step runs. */
  readonly memory: MemoryUse;
  readonly finished: readonly LiveRequest[];
  readonly scheduler: Scheduler;
}

export interface Progress {
  readonly isDone: boolean;
  /** Simulated. */
  readonly time: Seconds;
  readonly numSteps: number;
  /** Requests that have ended or were refused. */
  readonly numEnded: number;
}

/** A moment that is known once the step that ends then is timed. */
interface Moment {
  at: Seconds;
}

/** A request on its way; the scheduler holds it as its `request`. */
class Tracked implements Request {
  readonly id: string;
  readonly numPromptTokens: number;
  readonly maxTokens: number;
  readonly arrival: Seconds;
  readonly numOutputTokens: number;
  readonly priority?: number;
  readonly content?: NonNullable<Request["content"]>;
  readonly numSamples?: number;
  /** Start of the first step that computed a token of it. */
  startedAt: Seconds | undefined;
  firstToken: Moment | undefined;
  lastToken: Moment | undefined;
  /** Output tokens that were counted. */
  numCounted = 0;
  numHitTokens = 0;
  numPreemptions = 0;

  constructor(request: Request, maxModelLen: number) {
    this.id = request.id;
    this.numPromptTokens = request.numPromptTokens;
    this.arrival = request.arrival;
    this.numOutputTokens = Math.min(
      request.numOutputTokens ?? request.maxTokens,
      request.maxTokens,
      maxModelLen - request.numPromptTokens,
    );
    this.maxTokens = Math.min(request.maxTokens, maxModelLen - request.numPromptTokens);
    if (request.priority !== undefined) this.priority = request.priority;
    if (request.content !== undefined) this.content = request.content;
    if (request.numSamples !== undefined) this.numSamples = request.numSamples;
  }
}

/** A step's load while it is summed. */
interface OpenLoad {
  numTokens: number;
  numSequences: number;
  numDecodes: number;
  numDecodeKeys: number;
  readonly prefills: { cached: number; fresh: number }[];
}

/** When a step began, when the one before it ended if that was then, and when it will end. */
interface StepTimes {
  readonly start: Seconds;
  readonly wasJust: Moment | undefined;
  readonly moment: Moment;
}

/** Steps between two looks at whether the time is up. */
const STEPS_PER_LOOK = 32;

export class Simulation {
  readonly scheduler: Scheduler;
  readonly #options: SimulationOptions;
  readonly #statistics: Statistics;
  #now = seconds(0);
  /** The end of the latest step. */
  #latest: Moment = { at: seconds(0) };
  #next: Request | undefined;
  #isDone = false;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.scheduler = options.policy.createScheduler(options.config);
    this.#statistics = new Statistics(options);
    this.#next = options.source();
  }

  get progress(): Progress {
    const { numSteps, numEnded } = this.#statistics;
    return { isDone: this.#isDone, time: this.#now, numSteps, numEnded };
  }

  /**
   * Runs at most `maxSteps` further steps, fewer if all requests end or `isTimeUp` says so.
   *
   * @throws RangeError if the policy stops serving requests that are in the system.
   */
  advance(maxSteps: number, isTimeUp: () => boolean = () => false): Progress {
    for (let count = 0; count < maxSteps && !this.#isDone; count++) {
      if (count % STEPS_PER_LOOK === STEPS_PER_LOOK - 1 && isTimeUp()) break;
      this.#advanceOne();
    }
    return this.progress;
  }

  /** Runs to the end. */
  finish(): SimulationReport {
    this.advance(Infinity);
    return this.report();
  }

  /** Of everything so far. */
  report(): SimulationReport {
    return this.#statistics.report(this.#now, {
      numRunning: this.scheduler.running.length,
      numWaiting: this.scheduler.numWaiting,
    });
  }

  #advanceOne(): void {
    this.#takeArrivals();
    const { scheduler } = this;
    if (scheduler.running.length + scheduler.numWaiting === 0) {
      if (!this.#next) this.#isDone = true;
      else this.#idleUntil(this.#next.arrival);
      return;
    }
    const step = scheduler.schedule();
    for (const { request } of step.rejected) this.#refuse(request);
    this.#statistics.numPreemptions += step.preempted.length;
    for (const { request } of step.preempted) trackedOf(request).numPreemptions += 1;
    if (step.scheduled.length > 0) this.#run(step);
    else if (step.preempted.length + step.rejected.length === 0) this.#dropStuck();
  }

  #takeArrivals(): void {
    while (this.#next && this.#next.arrival <= this.#now) {
      const { maxModelLen } = this.#options.config;
      this.#statistics.addArrival(this.#next);
      // A prompt that leaves no room for a token is refused at the door.
      if (this.#next.numPromptTokens >= maxModelLen) this.#refuse(this.#next);
      else this.scheduler.add(new Tracked(this.#next, maxModelLen));
      this.#next = this.#options.source();
    }
  }

  #idleUntil(time: Seconds): void {
    this.#statistics.addSpan(this.#now, time, {
      memory: this.scheduler.memory(),
      numRunning: 0,
      numWaiting: 0,
    });
    this.#now = time;
  }

  #run(step: Step): void {
    const { scheduler } = this;
    const start = this.#now;
    const occupancy = {
      memory: scheduler.memory(),
      numRunning: scheduler.running.length,
      numWaiting: scheduler.numWaiting,
    };
    const finished = scheduler.complete(step, ONE_TOKEN_EACH);
    // Most have had a token at the end of the step before: theirs is a gap as long as this step.
    const wasJust = this.#latest.at === start ? this.#latest : undefined;
    const moment = { at: start };
    const { load, numSteady, unsteady } = this.#count(step, { start, wasJust, moment });
    const end = seconds(start + this.#options.stepModel(load));
    moment.at = end;
    this.#latest = moment;
    this.#now = end;
    this.#statistics.addStep(load);
    this.#statistics.addSpan(start, end, occupancy);
    for (const { at } of unsteady) this.#statistics.addGap(end - at, 1);
    if (numSteady > 0) this.#statistics.addGap(end - start, numSteady);
    for (const { request } of finished) this.#end(trackedOf(request));
    const { memory } = occupancy;
    this.#options.onStep?.({ start, end, step, memory, finished, scheduler });
  }

  /**
   * One pass over the step's requests: what it computes, and which tokens it gave. Read after the step: whether a request
   * sampled tells how much of it was cached, whatever the policy keeps.
   */
  #count(
    { scheduled, numScheduledTokens, numSamples, numPaddingTokens }: Step,
    { start, wasJust, moment }: StepTimes,
  ) {
    const load: OpenLoad = {
      numTokens: numPaddingTokens,
      numSequences: 0,
      numDecodes: 0,
      numDecodeKeys: 0,
      prefills: [],
    };
    let numSteady = 0;
    const unsteady: Moment[] = [];
    for (let index = 0; index < scheduled.length; index++) {
      const live = scheduled[index];
      const samples = numSamples?.[index] ?? 1;
      const fresh = (numScheduledTokens[index] ?? 0) / samples;
      if (!live) continue;
      const tracked = trackedOf(live.request);
      const hasSampled = live.numOutputTokens > tracked.numCounted;
      const cached = hasSampled ? live.numTokens - 1 - fresh : live.numComputedTokens - fresh;
      load.numTokens += fresh * samples;
      load.numSequences += samples;
      if (fresh === 1) {
        load.numDecodes += samples;
        load.numDecodeKeys += cached * samples;
      } else load.prefills.push({ cached, fresh });
      if (tracked.startedAt === undefined) {
        tracked.startedAt = start;
        tracked.numHitTokens = cached;
        this.#statistics.addLookup(tracked.numPromptTokens, cached);
      }
      if (!hasSampled) continue;
      tracked.numCounted = live.numOutputTokens;
      const { lastToken } = tracked;
      if (lastToken === undefined) tracked.firstToken = moment;
      else if (lastToken === wasJust) numSteady += 1;
      else unsteady.push(lastToken);
      tracked.lastToken = moment;
    }
    return { load, numSteady, unsteady };
  }

  #end(tracked: Tracked): void {
    this.#statistics.addOutcome({
      id: tracked.id,
      isRefused: false,
      arrival: tracked.arrival,
      started: tracked.startedAt ?? tracked.arrival,
      firstToken: tracked.firstToken?.at ?? this.#now,
      finished: this.#now,
      numPromptTokens: tracked.numPromptTokens,
      numOutputTokens: tracked.numCounted,
      numSamples: tracked.numSamples ?? 1,
      priority: tracked.priority ?? 0,
      numHitTokens: tracked.numHitTokens,
      numPreemptions: tracked.numPreemptions,
    });
  }

  #refuse({ id, arrival, numPromptTokens }: Request): void {
    this.#statistics.addOutcome({ id, isRefused: true, arrival, numPromptTokens });
  }

  /** The first in the queue can never fit, and nobody overtakes it. */
  #dropStuck(): void {
    const [stuck] = this.scheduler.waiting();
    if (!stuck || this.scheduler.running.length > 0) {
      throw new RangeError(
        `${this.#options.policy.name} schedules nothing while ${this.scheduler.running.length} requests run.`,
      );
    }
    this.scheduler.abort(stuck.request.id);
    this.#refuse(stuck.request);
  }
}

/** @throws RangeError if a scheduler gives back another object than the one it was given. */
function trackedOf(request: Request): Tracked {
  if (request instanceof Tracked) return request;
  throw new RangeError(`The scheduler gave back a copy of request ${request.id}.`);
}
