// From a ratio and its interval to words. A verdict never says more than the interval allows.
import { FEWEST_SAMPLES, type Estimate } from "../core/statistics/estimate.ts";
import { PAIR_PROTOCOL } from "./protocol.ts";
import type { Verdict } from "./record.ts";

export const NO_DIFFERENCE = "no measurable difference on this device";
export const TOO_CLOSE = "too close to call on this device";

export interface VerdictWords {
  /** The arms as a sentence names them: "cache off", "cache on". */
  readonly baseline: string;
  readonly contender: string;
  /** What is compared: "a token". */
  readonly per: string;
}

export interface Evidence {
  /** Baseline's time over contender's; absent without a usable pair. */
  readonly ratio: Estimate | undefined;
  /** The same by the wall clock, where `ratio` is by the device's. */
  readonly wallRatio: Estimate | undefined;
  /** Relative error that the clock's step alone may give the ratio. */
  readonly resolution: number;
  /** The claim holds where the ratio is above this line: 1 for "faster", 1/1.1 for "at most 10 % slower". */
  readonly line: number;
  readonly words: VerdictWords;
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * - fewer than 6 usable pairs, or the two clocks contradict each other: too close to call;
 * - the interval, widened by what the clock can resolve, contains 1: no measurable difference;
 * - it excludes 1 but contains the claim's line: too close to call;
 * - otherwise: clear.
 */
export function judge(evidence: Evidence): Verdict {
  const { ratio, resolution, line, words } = evidence;
  if (ratio === undefined) {
    return tooClose("no pair of samples could be used.");
  }
  if (ratio.numSamples < FEWEST_SAMPLES) {
    const pairs = `${ratio.numSamples} usable pair${ratio.numSamples === 1 ? "" : "s"}`;
    return tooClose(`${pairs}, and an interval of 95 % needs ${FEWEST_SAMPLES}.`);
  }
  const interval = widen(ratio, resolution);
  if (contradicts(interval, evidence.wallRatio)) {
    return tooClose("the device's clock and the wall clock disagree on which is faster.");
  }
  const claim = judgeClaim(interval, line);
  if (contains(interval, 1)) {
    const between = `between ${words.baseline} and ${words.contender}`;
    const sentence = `${capitalise(NO_DIFFERENCE)} ${between}: ${describe(ratio, interval)}.`;
    return { kind: "no-difference", claim, sentence };
  }
  if (contains(interval, line)) {
    return tooClose(`the claim asks for ${formatFactor(line)}; ${describe(ratio, interval)}.`);
  }
  return clear({ ratio, interval, claim, words });
}

function clear(found: {
  readonly ratio: Estimate;
  readonly interval: Interval;
  readonly claim: Verdict["claim"];
  readonly words: VerdictWords;
}): Verdict {
  const { ratio, interval, claim, words } = found;
  const isContenderFaster = interval.low > 1;
  const [winner, loser] = isContenderFaster
    ? [words.contender, words.baseline]
    : [words.baseline, words.contender];
  const factor = isContenderFaster ? ratio.median : 1 / ratio.median;
  const bounds = isContenderFaster ? interval : { low: 1 / interval.high, high: 1 / interval.low };
  const figures = `${formatInterval(bounds)}, ${sayPairs(ratio)}`;
  return {
    kind: "clear",
    faster: isContenderFaster ? "contender" : "baseline",
    claim,
    sentence:
      `On this device ${words.per} takes ${formatFactor(factor)} as long with ${loser} ` +
      `as with ${winner} (95 % interval ${figures}).`,
  };
}

function tooClose(reason: string): Verdict {
  return {
    kind: "too-close",
    claim: "undecided",
    sentence: `${capitalise(TOO_CLOSE)}: ${reason}`,
  };
}

function judgeClaim(interval: Interval, line: number): Verdict["claim"] {
  if (interval.low > line) return "supported";
  return interval.high < line ? "refuted" : "undecided";
}

function widen({ low, high }: Interval, resolution: number): Interval {
  return { low: low / (1 + resolution), high: high * (1 + resolution) };
}

function contains({ low, high }: Interval, value: number): boolean {
  return low <= value && value <= high;
}

/** Both exclude 1, on opposite sides. */
function contradicts(interval: Interval, other: Interval | undefined): boolean {
  if (other === undefined) return false;
  return (interval.low > 1 && other.high < 1) || (interval.high < 1 && other.low > 1);
}

function describe(ratio: Estimate, interval: Interval): string {
  const figures = `95 % interval ${formatInterval(interval)}, ${sayPairs(ratio)}`;
  return `the ratio is ${formatFactor(ratio.median)} (${figures})`;
}

/** For example "15 pairs". */
function sayPairs({ numSamples }: Estimate): string {
  const { minRounds } = PAIR_PROTOCOL;
  const few = numSamples < minRounds ? `, fewer than the ${minRounds} asked for` : "";
  return `${numSamples} pairs${few}`;
}

function formatInterval({ low, high }: Interval): string {
  return `${formatNumber(low)} to ${formatNumber(high)}`;
}

/** For example "12.3×". */
function formatFactor(value: number): string {
  return `${formatNumber(value)}×`;
}

/** Three significant digits, and two decimals near 1, where they decide. */
function formatNumber(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
