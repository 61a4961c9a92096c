// The contest: every contestant does the same work on the same adapter, round by round in an order drawn afresh.
// Outputs are compared before any time is taken; a contestant with another answer, or none, is not timed.
import {
  estimateMedian,
  estimateMedianRatio,
  type Estimate,
} from "../../src/core/statistics/estimate.ts";
import { seconds } from "../../src/core/units/units.ts";
import type { Clock } from "../../src/experiments/clock.ts";
import {
  PAIR_PROTOCOL,
  measure,
  usablePairs,
  type Reading,
} from "../../src/experiments/protocol.ts";
import { sampleSeconds, type RecordedSample, type Verdict } from "../../src/experiments/record.ts";
import { judge } from "../../src/experiments/verdict.ts";
import type { Work } from "./work.ts";

/** A contestant that holds the operands of one work on its device. */
export interface Runner {
  /** How it does the work, where it has a choice: a kernel's name. */
  readonly way?: string;
  /** Enqueues the work this many times; resolves when the device has done all of it. */
  run(numRepeats: number): Promise<void>;
  /** What the last repeat computed. */
  read(): Promise<Float32Array>;
  free(): void;
}

export interface Contestant {
  readonly id: string;
  /** As the table names it, with its version. */
  readonly name: string;
  /** @throws Error with a sentence where it cannot do the work. */
  prepare(work: Work): Promise<Runner>;
}

/** Largest difference allowed, relative to the largest number expected: f32 sums in another order stay within it. */
export const TOLERANCE = 1e-4;

type Targets = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Ratios that the project asks for, by kind of adapter, by work and by contestant. */
const TARGETS: Readonly<Record<"software" | "hardware", Targets>> = {
  software: {
    "matmul-512x512x512": { tfjs: 4, onnxruntime: 4, jax: 1.2 },
    "matmul-1x1024x4096": { tfjs: 10, onnxruntime: 10, jax: 1 },
    "decode-stories-1m": { onnxruntime: 10, jax: 1 },
  },
  hardware: {
    "matmul-2048x2048x2048": { tfjs: 1, onnxruntime: 1, jax: 1 },
    "decode-stories-1m": { onnxruntime: 1.5 },
  },
};

export interface ArmReport {
  readonly id: string;
  readonly name: string;
  readonly way?: string;
  /** Why there is no time: the error's sentence, or how far the output is off. */
  readonly refusal?: string;
  /** Largest difference from the expected output, relative to its largest number. */
  readonly difference?: number;
  /** Seconds a repeat. */
  readonly duration?: Estimate;
  readonly samples: readonly RecordedSample[];
  /** This contestant's time over ours, from the rounds in which both counted. */
  readonly ratio?: Estimate;
  /** The least ratio that the project asks for, and what the interval says of it. */
  readonly target?: number;
  readonly verdict?: Verdict;
}

export interface WorkReport {
  readonly id: string;
  readonly title: string;
  readonly flops: number;
  /** Compulsory traffic; absent where it depends on how the work is done. */
  readonly bytes?: number;
  /** Ours first. */
  readonly arms: readonly ArmReport[];
}

export interface ContestSettings {
  readonly numRounds: number;
  readonly seed: number;
  readonly clock: Clock;
  /** Of the adapter: it says which ratios are asked for. */
  readonly isSoftware: boolean;
}

/** What a sample of each contestant should last: long against the clock's step and the last synchronisation. */
const SAMPLE_DURATION = seconds(0.06);
const MAX_REPEATS = 256;

interface Arm {
  readonly contestant: Contestant;
  readonly runner: Runner;
  readonly difference: number;
}

/** @param contestants - ours first: the others are compared with it. */
export async function contest(
  work: Work,
  contestants: readonly Contestant[],
  settings: ContestSettings,
): Promise<WorkReport> {
  const tried: (Arm | ArmReport)[] = [];
  for (const contestant of contestants) tried.push(await admit(work, contestant));
  const arms = tried.filter((entry): entry is Arm => "runner" in entry);
  const numRounds = settings.numRounds;
  const { samples } = await measure({
    arms: arms.map(({ runner }) => createTimer(runner, settings.clock)),
    settings: {
      ...PAIR_PROTOCOL,
      minRounds: numRounds,
      maxRounds: numRounds,
      budget: seconds(600),
      sampleDuration: SAMPLE_DURATION,
    },
    seed: settings.seed,
    clock: settings.clock,
    deviceClock: "wall",
  });
  for (const { runner } of arms) runner.free();
  // Without ours there is nothing to compare the others with; their times stand all the same.
  const ours = samples[arms.findIndex(({ contestant }) => contestant === contestants[0])] ?? [];
  const report = (entry: Arm | ArmReport): ArmReport => {
    if (!("runner" in entry)) return entry;
    const own = samples[arms.indexOf(entry)] ?? [];
    return { ...describe(entry), ...judgeArm(work, entry, { own, ours, settings }) };
  };
  const { id, title, flops, bytes } = work;
  return { id, title, flops, ...(bytes === undefined ? {} : { bytes }), arms: tried.map(report) };
}

/** The contestant with its operands in place and its output checked, or why it is not timed. */
async function admit(work: Work, contestant: Contestant): Promise<Arm | ArmReport> {
  const { id, name } = contestant;
  let runner: Runner | undefined;
  try {
    runner = await contestant.prepare(work);
    await runner.run(1);
    const difference = largestDifference(await runner.read(), work.expected);
    if (difference <= TOLERANCE) return { contestant, runner, difference };
    runner.free();
    const refusal = `its output is off by ${difference.toExponential(1)} of the largest number`;
    return { id, name, refusal, difference, samples: [] };
  } catch (error) {
    runner?.free();
    const refusal = error instanceof Error ? error.message : String(error);
    return { id, name, refusal, samples: [] };
  }
}

/** Relative to the largest number expected; infinite where lengths differ or a number is none. */
export function largestDifference(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  let difference = 0;
  for (let index = 0; index < expected.length; index++) {
    const [one, other] = [actual[index] ?? Number.NaN, expected[index] ?? Number.NaN];
    if (!Number.isFinite(one)) return Infinity;
    largest = Math.max(largest, Math.abs(other));
    difference = Math.max(difference, Math.abs(one - other));
  }
  return largest === 0 ? (difference === 0 ? 0 : Infinity) : difference / largest;
}

/**
 * A sample is as many repeats as fill its duration, by the wall clock from the first call to the device's end. The
 * fastest repeat so far says how many: one slow moment must not make the samples after it short.
 */
function createTimer(runner: Runner, clock: Clock): () => Promise<Reading> {
  let fastest = Infinity;
  return async () => {
    const wanted = Math.ceil(SAMPLE_DURATION / fastest);
    const numRepeats = Math.min(MAX_REPEATS, Math.max(1, wanted));
    const start = clock.now();
    await runner.run(numRepeats);
    const wallDuration = seconds((clock.now() - start) / numRepeats);
    fastest = Math.min(fastest, wallDuration);
    return { numRepeats, deviceDuration: undefined, wallDuration };
  };
}

function describe({ contestant: { id, name }, runner: { way }, difference }: Arm) {
  return { id, name, difference, ...(way === undefined ? {} : { way }) };
}

interface Judged {
  readonly own: readonly RecordedSample[];
  readonly ours: readonly RecordedSample[];
  readonly settings: ContestSettings;
}

function judgeArm(
  work: Work,
  { contestant }: Arm,
  { own: samples, ours, settings: { seed, isSoftware } }: Judged,
): Pick<ArmReport, "samples" | "duration" | "ratio" | "target" | "verdict"> {
  const times = samples.flatMap((sample) => {
    const time = sample.dropped === undefined ? sampleSeconds(sample, "wall") : undefined;
    return time === undefined ? [] : [time];
  });
  if (times.length === 0) return { samples };
  const duration = estimateMedian(times, seed);
  const pairs = samples === ours ? [] : usablePairs(samples, ours, "wall");
  if (pairs.length === 0) return { samples, duration };
  const ratio = estimateMedianRatio(
    pairs.map((pair) => pair[0]),
    pairs.map((pair) => pair[1]),
    seed,
  );
  const target = TARGETS[isSoftware ? "software" : "hardware"][work.id]?.[contestant.id];
  const verdict = judge({
    ratio,
    wallRatio: undefined,
    resolution: 0,
    line: target ?? 1,
    words: { baseline: contestant.name, contender: "this engine", per: work.title },
  });
  return { samples, duration, ratio, verdict, ...(target === undefined ? {} : { target }) };
}
