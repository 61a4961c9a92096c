// The rules of the race, without an engine: whose turn it is, how long the turn is, who is ahead, how it ended.
// Each lane has a clock of its own, the sum of what its steps took on the device. Both share one device, so they
// take turns, and the lane whose clock is behind goes next: the clocks advance together.
import type { Advance } from "../../model/engine.ts";
import { formatCount, formatRatio, formatSeconds } from "../../ui/format.ts";

export type LaneId = "on" | "off";

export interface Lane {
  readonly id: LaneId;
  readonly numPromptTokens: number;
  readonly tokens: readonly number[];
  /** The lane's clock when each token was there, in seconds. */
  readonly clocks: readonly number[];
  /** No more tokens: the story ended, or is as long as was asked. */
  readonly isFinished: boolean;
  /** A decode step at the first and at the last position of the run; absent before the run is set up. */
  readonly plans: { readonly first: StepWork; readonly last: StepWork } | undefined;
  /** Tokens to write at most. */
  readonly numWanted: number;
}

/** What a step dispatches, as far as that is known, and how many rows (tokens) it computes. */
export interface StepWork {
  readonly numDispatches: number | undefined;
  readonly numRows: number;
}

export interface Lanes {
  readonly on: Lane;
  readonly off: Lane;
}

export function createLane(
  id: LaneId,
  { numPromptTokens, numWanted }: { numPromptTokens: number; numWanted: number },
): Lane {
  return {
    id,
    numPromptTokens,
    numWanted,
    tokens: [],
    clocks: [],
    isFinished: false,
    plans: undefined,
  };
}

/** Time that the lane's steps took so far, in seconds. */
export function clockOf({ clocks }: Lane): number {
  return clocks.at(-1) ?? 0;
}

/** The lane after the engine has taken some steps; a step whose clock failed gets its share of the call's time. */
export function addSteps(lane: Lane, { steps, isFinished, wallTime }: Advance): Lane {
  const tokens = [...lane.tokens];
  const clocks = [...lane.clocks];
  let clock = clockOf(lane);
  for (const { tokens: fresh, duration } of steps) {
    clock += duration ?? wallTime / steps.length;
    const [token] = fresh;
    if (token === undefined) continue;
    tokens.push(token);
    clocks.push(clock);
  }
  return { ...lane, tokens, clocks, isFinished };
}

/** What a lane had written when its clock showed `clock` seconds. */
export function laneAt(lane: Lane, clock: number): Lane {
  const count = countWritten(lane, clock);
  return { ...lane, tokens: lane.tokens.slice(0, count), clocks: lane.clocks.slice(0, count) };
}

export function countWritten({ clocks }: Lane, clock: number): number {
  return clocks.filter((time) => time <= clock).length;
}

/** Tokens that the time of the latest token is taken over: single readings of a GPU's clock are coarse. */
const LATEST = 8;

/** Seconds that the latest tokens took, each, without the prompt's; undefined before the second token. */
export function latestTokenTime({ clocks }: Lane, count = LATEST): number | undefined {
  const last = clocks.at(-1);
  const span = Math.min(count, clocks.length - 1);
  const before = clocks.at(-1 - span);
  if (last === undefined || before === undefined || span < 1) return undefined;
  return (last - before) / span;
}

/** Tokens a second of the lane's own clock, the prompt's time included. */
export function rateOf(lane: Lane): number | undefined {
  const clock = clockOf(lane);
  return clock > 0 ? lane.tokens.length / clock : undefined;
}

/** What the step that wrote the latest token dispatched and computed; both grow evenly along a run. */
export function latestWork(lane: Lane): StepWork | undefined {
  const { plans, tokens, numPromptTokens, numWanted } = lane;
  if (plans === undefined || tokens.length === 0) return undefined;
  if (lane.id === "on" && tokens.length === 1) {
    return { numDispatches: undefined, numRows: numPromptTokens };
  }
  const share = numWanted > 1 ? (tokens.length - 1) / (numWanted - 1) : 0;
  const between = (first: number, last: number) => Math.round(first + share * (last - first));
  const { first, last } = plans;
  const areCounted = first.numDispatches !== undefined && last.numDispatches !== undefined;
  return {
    numDispatches: areCounted ? between(first.numDispatches, last.numDispatches) : undefined,
    numRows: between(first.numRows, last.numRows),
  };
}

/** A turn: short enough that the page stays live and the clocks stay together. */
const TURN_SECONDS = 0.03;
/** A software adapter shares its processor with the page, and its pace is not known well. */
const MOST_STEPS = { software: 4, hardware: 16 } as const;

export interface Turn {
  readonly lane: LaneId;
  readonly numSteps: number;
}

/** Whose turn is next, and how many steps it has; undefined when the race is over. */
export function nextTurn({ on, off }: Lanes, isSoftware: boolean): Turn | undefined {
  const gap = clockOf(on) - clockOf(off);
  if (on.isFinished && (off.isFinished || gap <= 0)) return undefined;
  const isTurnOfOn = !on.isFinished && (off.isFinished || gap <= 0);
  const lane = isTurnOfOn ? on : off;
  const time = latestTokenTime(lane);
  const turn = on.isFinished ? gap : Math.abs(gap) + TURN_SECONDS;
  const wanted = time === undefined ? 1 : Math.ceil(turn / time);
  const most = MOST_STEPS[isSoftware ? "software" : "hardware"];
  return { lane: lane.id, numSteps: Math.max(1, Math.min(most, wanted)) };
}

export interface Outcome {
  /** Clock of the cached lane at its last token, in seconds. */
  readonly clock: number;
  readonly numOn: number;
  /** Tokens that the other lane had written by then. */
  readonly numOff: number;
  /** Tokens with the cache over tokens without, in the same time; undefined where that is none. */
  readonly ratio: number | undefined;
  readonly onTokenTime: number | undefined;
  readonly offTokenTime: number | undefined;
}

/** How the race ended; undefined as long as it runs. */
export function findOutcome(lanes: Lanes): Outcome | undefined {
  if (nextTurn(lanes, false) !== undefined) return undefined;
  const { on, off } = lanes;
  const clock = clockOf(on);
  const numOff = countWritten(off, clock);
  return {
    clock,
    numOn: on.tokens.length,
    numOff,
    ratio: numOff > 0 ? on.tokens.length / numOff : undefined,
    onTokenTime: latestTokenTime(on),
    offTokenTime: latestTokenTime(laneAt(off, clock)) ?? latestTokenTime(off),
  };
}

function countTokens(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "token" : "tokens"}`;
}

export function describeOutcome({ clock, numOn, numOff, ratio }: Outcome): string {
  const time = formatSeconds(clock);
  const start = `With the cache, ${countTokens(numOn)} took ${time} of its own clock.`;
  if (ratio === undefined) {
    return `${start} Without it, the first token was not there after the same time.`;
  }
  if (numOff >= numOn) {
    return `${start} Without it, all ${countTokens(numOff)} were there after the same time: the cache gave no lead.`;
  }
  return `${start} Without it, ${countTokens(numOff)} were there after the same time: ${formatRatio(ratio, 3)} as many with the cache.`;
}

/** Compares what both lanes wrote, token by token, as far as both have come. */
export function describeEquality({ on, off }: Lanes): string {
  const count = Math.min(on.tokens.length, off.tokens.length);
  const differs = on.tokens.slice(0, count).findIndex((token, i) => token !== off.tokens[i]);
  if (differs >= 0) {
    return `Checked token by token: the runs differ from token ${formatCount(differs + 1)} on, where two tokens were almost equally likely and rounding decided.`;
  }
  const areBothDone = on.isFinished && off.isFinished && on.tokens.length === off.tokens.length;
  return areBothDone
    ? `Checked token by token: both runs wrote the same ${countTokens(count)}.`
    : `Checked token by token: the ${countTokens(count)} that both have written are the same.`;
}

/** The longest story that a context has room for after the prompt. */
export function roomFor(length: number, numPromptTokens: number, contextLength: number): number {
  return Math.max(1, Math.min(length, contextLength - numPromptTokens));
}
