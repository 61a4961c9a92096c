// One schema for everything measured: live runs, recorded runs, the headless runner and the reader's notebook.
// A record is JSON and keeps every sample, so that anyone can compute its figures again. Names carry the units.
import type { Coefficient } from "../core/statistics/fit.ts";
import type { Estimate } from "../core/statistics/estimate.ts";
import type { KvLayout } from "../model/engine.ts";
import type { PlainValues } from "./parameters.ts";

export const RECORD_SCHEMA = "memory-bound/record@1";

/** Why a sample counts for nothing. It is kept all the same. */
export type DropReason =
  /** The device's clock gave no reading. */
  | "no-reading"
  /** The end was before the start. */
  | "negative"
  | "zero"
  /** Longer than the call that contains it: the clock was reset, or counts in another unit. */
  | "reset"
  /** The page was out of view while it ran. */
  | "hidden";

export const DROP_REASONS: readonly DropReason[] = [
  "no-reading",
  "negative",
  "zero",
  "reset",
  "hidden",
];

export interface RecordedSample {
  readonly numRepeats: number;
  /** One repeat on the device's clock; absent where it gave no reading. */
  readonly deviceSeconds?: number;
  /** One repeat by the slope of the wall clock; absent where that gave no finite number. */
  readonly wallSeconds?: number;
  /** Absent: the sample counts. */
  readonly dropped?: DropReason;
}

/** The arithmetic of one step, as the engine reported it. */
interface RecordedPlan {
  readonly numDispatches: number;
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly numRows: number;
}

/** What one arm of a measurement ran. */
interface RecordedStep {
  readonly cache: boolean;
  readonly fusion: boolean;
  readonly kvLayout: KvLayout;
  /** B sequences. */
  readonly batch: number;
  /** Tokens already in each sequence when the timed step runs. */
  readonly position: number;
}

/** One thing that was timed over and over. */
export interface TimedSeries {
  /** Unique within its record, for example "cache-on@255x1": arm, position, batch. */
  readonly id: string;
  /** Whose arm it is: the same in a comparison and along a curve, for example "cache-on". */
  readonly arm: string;
  /** For the reader: "cache on". */
  readonly label: string;
  readonly plan: RecordedPlan;
  /** In the order taken. Sample i belongs to round i, in every series of the same measurement. */
  readonly samples: readonly RecordedSample[];
  /** Samples that count for nothing, by reason; a reason that did not occur is absent. */
  readonly numDropped: Readonly<Partial<Record<DropReason, number>>>;
  /** Seconds a repeat by the clock that the method names; absent where every sample was dropped. */
  readonly duration?: Estimate;
  /** Seconds a repeat by the wall clock, where `duration` is by the device's: the cross-check. */
  readonly wallDuration?: Estimate;
}

/** One arm: one kind of step, timed over and over. */
export interface Series extends TimedSeries {
  readonly step: RecordedStep;
}

/** How the times of one measurement were taken. */
export interface Method {
  readonly clock: "timestamp-query" | "wall";
  /** The clock's step as found: the greatest common divisor of what it said. */
  readonly quantumSeconds?: number;
  /** Wall-clock time over device time, the median of the samples; absent without both. */
  readonly crossCheckRatio?: number;
  /** Whether the two agree within 15 %; absent without both. */
  readonly isCrossChecked?: boolean;
  readonly warmUpSeconds: number;
  readonly numWarmUpSamples: number;
  /** What each sample was asked to last. */
  readonly sampleSeconds: number;
  readonly seed: number;
  /** For each round, the series in the order they ran. */
  readonly order: readonly (readonly string[])[];
  /** Rounds in which every sample counts. */
  readonly numRounds: number;
  /** Rounds that the protocol asks for. */
  readonly numRoundsAsked: number;
  readonly stoppedBy: StopReason;
}

/** Why no more rounds were run. */
export type StopReason = "enough" | "budget" | "drops";

/** What the interval of a ratio allows to say. */
export interface Verdict {
  /** `no-difference`: the interval contains 1. `too-close`: it cannot be decided, and the sentence says why. */
  readonly kind: "clear" | "no-difference" | "too-close";
  /** The faster arm, of a clear verdict. */
  readonly faster?: "baseline" | "contender";
  /** What it means for the claim. */
  readonly claim: "supported" | "refuted" | "undecided";
  /** For the reader, figures included. */
  readonly sentence: string;
}

/** Two arms, run in pairs in random order. */
export interface Comparison {
  readonly method: Method;
  readonly baseline: Series;
  readonly contender: Series;
  /** Tokens that one step of each arm yields; the ratio is of times a token. */
  readonly baselineTokens: number;
  readonly contenderTokens: number;
  /** Baseline's time over contender's: above 1, the contender is faster. Absent without a usable pair. */
  readonly ratio?: Estimate;
  /** The same by the wall clock, where the ratio is by the device's. */
  readonly wallRatio?: Estimate;
  /** Relative error that the clock's step alone may give the ratio; the verdict widens the interval by it. */
  readonly resolution: number;
  /** The claim holds where the ratio is above this line. */
  readonly line: number;
}

/**
 * What a time is held against: tokens already there, sequences or rows at once, the side of a matrix, or the bytes of a
 * working set.
 */
export type GrowingQuantity = "position" | "batch" | "size" | "bytes";

/** How a time grows along a curve. */
export interface RecordedFit {
  readonly arm: string;
  readonly label: string;
  /** What grows: the quantity on the horizontal axis. */
  readonly against: GrowingQuantity;
  readonly numPoints: number;
  /** Of time = factor · x^exponent. */
  readonly exponent: Coefficient;
  /** Of time = intercept + slope · x, in seconds, and seconds for each unit of x. */
  readonly line: { readonly intercept: Coefficient; readonly slope: Coefficient };
}

export interface Curve {
  readonly against: "position" | "batch";
  readonly method: Method;
  readonly series: readonly Series[];
  readonly fits: readonly RecordedFit[];
}

export interface RecordedDevice {
  readonly backend: "webgpu" | "cpu";
  readonly name: string;
  readonly isSoftware: boolean;
  readonly clock: "timestamp-query" | "wall";
  readonly memoryBudgetBytes: number;
  readonly notice?: string;
  /** What surrounds the device: a browser and its version, or "Node 22 · Dawn". */
  readonly host?: string;
}

export interface RecordedModel {
  readonly name: string;
  readonly numParameters: number;
  readonly weightBytes: number;
  readonly contextLength: number;
  readonly numLayers: number;
  readonly width: number;
}

export interface ExperimentRecord {
  readonly schema: typeof RECORD_SCHEMA;
  /** Folder under src/experiments, or "lab". */
  readonly experiment: string;
  readonly claim: string;
  readonly parameters: PlainValues;
  readonly model: RecordedModel;
  readonly device: RecordedDevice;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly wallSeconds: number;
  readonly comparison: Comparison;
  readonly verdict: Verdict;
  readonly curve?: Curve;
  /** What a reader must know beside the verdict: fewer pairs than asked, clocks that disagree, drops. */
  readonly notes: readonly string[];
}

/** The times of the samples that count, in seconds by the clock that the method names. */
export function countedSeconds(
  series: Pick<TimedSeries, "samples">,
  clock: Method["clock"],
): number[] {
  return series.samples.flatMap((sample) => {
    const value = sampleSeconds(sample, clock);
    return sample.dropped === undefined && value !== undefined ? [value] : [];
  });
}

/** One repeat by one of the two clocks. */
export function sampleSeconds(sample: RecordedSample, clock: Method["clock"]): number | undefined {
  return clock === "wall" ? sample.wallSeconds : sample.deviceSeconds;
}
