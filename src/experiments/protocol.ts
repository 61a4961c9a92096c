// How a time is taken: warm up, then rounds in which every arm is sampled once, in an order drawn afresh each
// round, so that a clock that ramps or a machine that tires touches all arms alike. Knows no GPU and no page.
import { median } from "../core/statistics/quantiles.ts";
import { estimateMedianRatio } from "../core/statistics/estimate.ts";
import { createRandom, shuffledIndices } from "../core/statistics/random.ts";
import { seconds, type Seconds } from "../core/units/units.ts";
import type { Clock } from "./clock.ts";
import {
  sampleSeconds,
  type DropReason,
  type Method,
  type RecordedSample,
  type StopReason,
} from "./record.ts";

/** What taking one sample gives; an engine's StepTiming is one. */
export interface Reading {
  readonly numRepeats: number;
  /** Seconds of one repeat; undefined where the device's clock gave nothing. */
  readonly deviceDuration: Seconds | undefined;
  /** Seconds of one repeat, by the slope of the wall clock. */
  readonly wallDuration: Seconds;
}

export type TakeSample = () => Promise<Reading>;

/**
 * Takes a reading.
 *
 * @throws the signal's reason if it was given meanwhile, whatever the engine then answered.
 */
export async function takeReading<R>(take: () => Promise<R>, signal?: AbortSignal): Promise<R> {
  try {
    return await take();
  } finally {
    signal?.throwIfAborted();
  }
}

export interface ProtocolSettings {
  /** Real work before the first sample that counts: clocks ramp. */
  readonly warmUp: Seconds;
  /** What each sample is asked to last: 10 to 50 ms. */
  readonly sampleDuration: Seconds;
  /** Rounds to take in any case that the budget allows. */
  readonly minRounds: number;
  /** Rounds to go on to while the interval is wide. */
  readonly maxRounds: number;
  /** Width of the interval of a ratio, relative to the ratio, above which it is wide. */
  readonly wideInterval: number;
  /** Wall-clock time from the warm-up on, after which no round begins once `fewestRounds` are in. */
  readonly budget: Seconds;
  /** Rounds to go on to when the budget is spent; twice the budget is never exceeded by more than a round. */
  readonly fewestRounds: number;
  /** The page gets a turn when this much time has passed since its last one. */
  readonly yieldAfter: Seconds;
}

/** Two arms, for a verdict. */
export const PAIR_PROTOCOL: ProtocolSettings = {
  warmUp: seconds(0.3),
  sampleDuration: seconds(0.02),
  minRounds: 15,
  maxRounds: 25,
  wideInterval: 0.1,
  budget: seconds(20),
  fewestRounds: 6,
  yieldAfter: seconds(0.05),
};

/** Many arms, for a curve; it follows a comparison, so the device is warm. */
export const CURVE_PROTOCOL: ProtocolSettings = {
  ...PAIR_PROTOCOL,
  warmUp: seconds(0.05),
  sampleDuration: seconds(0.012),
  minRounds: 7,
  maxRounds: 7,
  fewestRounds: 3,
};

/** Wall and device time that differ by more than this are both shown. */
export const CROSS_CHECK_TOLERANCE = 0.15;

/** A reading may exceed the call around it by this much: page clocks step by 0.1 ms and are jittered. */
const CLOCK_SLACK_SECONDS = 0.001;

export interface MeasurementRequest {
  readonly arms: readonly TakeSample[];
  readonly settings: ProtocolSettings;
  readonly seed: number;
  readonly clock: Clock;
  /** The clock to use if it proves to work. */
  readonly deviceClock: Method["clock"];
  readonly signal?: AbortSignal;
  /** Fraction done, in [0, 1]. */
  readonly onProgress?: (fraction: number) => void;
}

export interface Measurement {
  readonly clock: Method["clock"];
  /** By arm, then by round. */
  readonly samples: readonly (readonly RecordedSample[])[];
  /** By round: the arms in the order they ran. */
  readonly order: readonly (readonly number[])[];
  readonly numRounds: number;
  readonly stoppedBy: StopReason;
  readonly warmUpDuration: Seconds;
  readonly numWarmUpSamples: number;
}

/**
 * Takes samples of every arm until there are enough.
 *
 * @throws the signal's reason, as soon as the sample under way ends; and whatever taking a sample throws.
 */
export async function measure(request: MeasurementRequest): Promise<Measurement> {
  const { arms, settings, clock, onProgress } = request;
  const sampler = createSampler(request);
  const warmUp = await warmUpArms(sampler, request);
  const start = clock.now();
  const random = createRandom(request.seed);
  const samples: RecordedSample[][] = arms.map(() => []);
  const order: number[][] = [];
  let numRounds = 0;
  let stoppedBy: StopReason | undefined;
  while (stoppedBy === undefined) {
    const roundOrder = shuffledIndices(arms.length, random);
    const round = new Map<number, RecordedSample>();
    for (const arm of roundOrder) round.set(arm, await sampler(arm, warmUp.clock));
    for (const [arm, sample] of round) samples[arm]?.push(sample);
    order.push(roundOrder);
    if ([...round.values()].every(({ dropped }) => dropped === undefined)) numRounds++;
    onProgress?.(Math.min(1, numRounds / settings.minRounds));
    stoppedBy = findStop({
      settings,
      numRounds,
      numTried: order.length,
      elapsed: seconds(clock.now() - start),
      isWide: () => isIntervalWide(samples, warmUp.clock, request),
    });
  }
  onProgress?.(1);
  return {
    clock: warmUp.clock,
    samples,
    order,
    numRounds,
    stoppedBy,
    warmUpDuration: warmUp.duration,
    numWarmUpSamples: warmUp.numSamples,
  };
}

type Sampler = (arm: number, clock: Method["clock"]) => Promise<RecordedSample>;

/** Takes one sample, judges it, and lets the page breathe between samples, never inside one. */
function createSampler({ arms, settings, clock, signal }: MeasurementRequest): Sampler {
  let lastPause = clock.now();
  return async (arm, usedClock) => {
    if (clock.now() - lastPause >= settings.yieldAfter) {
      await clock.pause(signal);
      lastPause = clock.now();
    }
    signal?.throwIfAborted();
    const take = arms[arm];
    if (take === undefined) throw new RangeError(`There is no arm ${arm}.`);
    const start = clock.now();
    const reading = await takeReading(take, signal);
    const elapsed = seconds(clock.now() - start);
    return recordSample(reading, { elapsed, isHidden: clock.wasHiddenSince(start), usedClock });
  };
}

interface Circumstances {
  /** Wall-clock time of the whole call. */
  readonly elapsed: Seconds;
  readonly isHidden: boolean;
  readonly usedClock: Method["clock"];
}

function recordSample(reading: Reading, circumstances: Circumstances): RecordedSample {
  const { numRepeats, deviceDuration, wallDuration } = reading;
  const dropped = findDropReason(reading, circumstances);
  return {
    numRepeats,
    ...(isFiniteNumber(deviceDuration) ? { deviceSeconds: deviceDuration } : {}),
    ...(isFiniteNumber(wallDuration) ? { wallSeconds: wallDuration } : {}),
    ...(dropped === undefined ? {} : { dropped }),
  };
}

function findDropReason(
  reading: Reading,
  { elapsed, isHidden, usedClock }: Circumstances,
): DropReason | undefined {
  const duration = usedClock === "wall" ? reading.wallDuration : reading.deviceDuration;
  if (isHidden) return "hidden";
  if (!isFiniteNumber(duration)) return "no-reading";
  if (duration < 0) return "negative";
  if (duration === 0) return "zero";
  if (duration * reading.numRepeats > elapsed + CLOCK_SLACK_SECONDS) return "reset";
  return undefined;
}

function isFiniteNumber(value: number | undefined): value is number {
  return Number.isFinite(value);
}

interface WarmUp {
  readonly clock: Method["clock"];
  readonly duration: Seconds;
  readonly numSamples: number;
}

/**
 * Runs every arm at least once, unless that would take more than a quarter of the budget: an arm that slow needs
 * no warming. The device's clock is used if it gave a good reading half of the time.
 */
async function warmUpArms(sampler: Sampler, request: MeasurementRequest): Promise<WarmUp> {
  const { arms, clock, settings, deviceClock } = request;
  const start = clock.now();
  let numSamples = 0;
  let numReadings = 0;
  const elapsed = () => clock.now() - start;
  const needsMore = () =>
    elapsed() < settings.warmUp ||
    numSamples === 0 ||
    (numSamples < arms.length && elapsed() < settings.budget / 4);
  while (needsMore()) {
    const { dropped } = await sampler(numSamples % arms.length, deviceClock);
    // A hidden page says nothing of the clock.
    if (dropped === undefined || dropped === "hidden") numReadings++;
    numSamples++;
  }
  const isDeviceClockGood = deviceClock === "timestamp-query" && numReadings * 2 >= numSamples;
  return {
    clock: isDeviceClockGood ? "timestamp-query" : "wall",
    duration: seconds(elapsed()),
    numSamples,
  };
}

interface Standing {
  readonly settings: ProtocolSettings;
  readonly numRounds: number;
  readonly numTried: number;
  readonly elapsed: Seconds;
  readonly isWide: () => boolean;
}

function findStop(standing: Standing): StopReason | undefined {
  const { settings, numRounds, numTried, elapsed, isWide } = standing;
  if (numRounds >= settings.maxRounds) return "enough";
  if (numRounds >= settings.minRounds && !isWide()) return "enough";
  if (numTried >= 2 * settings.maxRounds) return "drops";
  const isSpent = elapsed >= settings.budget && numTried >= settings.fewestRounds;
  return isSpent || elapsed >= 2 * settings.budget ? "budget" : undefined;
}

/** Of two arms: whether the ratio is still known too loosely. Curves do not ask. */
function isIntervalWide(
  samples: readonly (readonly RecordedSample[])[],
  clock: Method["clock"],
  { arms, settings, seed }: MeasurementRequest,
): boolean {
  const [first, second] = samples;
  if (arms.length !== 2 || first === undefined || second === undefined) return false;
  const pairs = usablePairs(first, second, clock);
  if (pairs.length === 0) return true;
  const ratio = estimateMedianRatio(
    pairs.map((pair) => pair[0]),
    pairs.map((pair) => pair[1]),
    seed,
  );
  return ratio.high - ratio.low > settings.wideInterval * ratio.median;
}

/** Seconds of both samples of each round in which both count. */
export function usablePairs(
  first: readonly RecordedSample[],
  second: readonly RecordedSample[],
  clock: Method["clock"],
): (readonly [number, number])[] {
  return first.flatMap((sample, round) => {
    const partner = second[round];
    if (partner === undefined || sample.dropped !== undefined || partner.dropped !== undefined) {
      return [];
    }
    const times = [sampleSeconds(sample, clock), sampleSeconds(partner, clock)];
    const [one, other] = times;
    // The clock that is not in use may have failed alone: such a pair cannot cross-check.
    return one !== undefined && other !== undefined && one > 0 && other > 0
      ? [[one, other] as const]
      : [];
  });
}

/** The median over the samples that count of wall time over device time; undefined without both. */
export function findCrossCheckRatio(
  samples: readonly (readonly RecordedSample[])[],
): number | undefined {
  const ratios = samples
    .flat()
    .flatMap(({ deviceSeconds, wallSeconds, dropped }) =>
      dropped === undefined && deviceSeconds !== undefined && wallSeconds !== undefined
        ? [wallSeconds / deviceSeconds]
        : [],
    );
  return ratios.length === 0 ? undefined : median(ratios);
}
