// How a time is taken: warm up, then rounds in which every arm is sampled once, in an order drawn afresh each
// round, so that a clock that ramps or a machine that tires touches all arms alike. Knows no GPU and no page.
import { median } from "../core/statistics/quantiles.ts";
import { estimateMedianRatio } from "../core/statistics/estimate.ts";
import { createRandom, shuffledIndices } from "../core/statistics/random.ts";
import { seconds, type Seconds } from "../core/units/units.ts";
import type { Clock } from "./clock.ts";
import { sampleSeconds, type Method, type RecordedSample, type StopReason } from "./record.ts";
import { createSampler } from "./sampler.ts";
import { warmUpArms } from "./warm-up.ts";

/** What taking one sample gives; an engine's StepTiming is one. */
export interface Reading {
  readonly numRepeats: number;
  /** Seconds of one repeat; undefined where the device's clock gave nothing. */
  readonly deviceDuration: Seconds | undefined;
  /** Seconds of one repeat, by the slope of the wall clock. */
  readonly wallDuration: Seconds;
}

export type TakeSample = () => Promise<Reading>;

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

/** What rounds of samples came to. */
export interface Rounds {
  /** By arm, then by round. */
  readonly samples: readonly (readonly RecordedSample[])[];
  /** By round: the arms in the order they ran. */
  readonly order: readonly (readonly number[])[];
  /** Rounds in which every sample counts. */
  readonly numRounds: number;
  readonly stoppedBy: StopReason;
}

export interface Measurement extends Rounds {
  readonly clock: Method["clock"];
  readonly warmUpDuration: Seconds;
  readonly numWarmUpSamples: number;
}

/**
 * Takes samples of every arm until there are enough.
 *
 * @throws the signal's reason, as soon as the sample under way ends; and whatever taking a sample throws.
 */
export async function measure(request: MeasurementRequest): Promise<Measurement> {
  const warmUp = await warmUpArms(createSampler(request), request);
  const samples = request.arms.map(() => []);
  return {
    ...(await takeRounds(request, { clock: warmUp.clock, samples })),
    clock: warmUp.clock,
    warmUpDuration: warmUp.duration,
    numWarmUpSamples: warmUp.numSamples,
  };
}

/**
 * Takes more rounds of two of the arms that were measured, until there are as many pairs as `request.settings` ask
 * for: every arm of a curve need not be sampled as often as the two that a verdict compares. The device is warm, and
 * the clock stays the one that was found to work.
 *
 * @param request - with all arms of the measurement.
 * @returns the measurement with the samples of both arms added to; its rounds are then the pairs, in which both count.
 * @throws as `measure` does.
 */
export async function measurePair(
  request: MeasurementRequest,
  measured: Measurement,
  pair: readonly [number, number],
): Promise<Measurement> {
  const { clock, samples, order } = measured;
  const arms = pair.flatMap((arm) => request.arms[arm] ?? []);
  const more = await takeRounds(
    { ...request, arms },
    { clock, samples: pair.map((arm) => samples[arm] ?? []) },
  );
  return {
    ...measured,
    samples: samples.map((own, arm) => more.samples[pair.indexOf(arm)] ?? own),
    order: [...order, ...more.order.map((round) => round.map((place) => pair[place] ?? place))],
    numRounds: more.numRounds,
    stoppedBy: more.stoppedBy,
  };
}

interface Begun {
  readonly clock: Method["clock"];
  /** By arm: those of the rounds before. */
  readonly samples: readonly (readonly RecordedSample[])[];
}

/** Round after round until there are enough, those before included; `order` is of the new ones. */
async function takeRounds(request: MeasurementRequest, begun: Begun): Promise<Rounds> {
  const { arms, settings, clock, onProgress } = request;
  const sampler = createSampler(request);
  const start = clock.now();
  const random = createRandom(request.seed);
  const samples = begun.samples.map((own) => [...own]);
  const order: number[][] = [];
  const findStanding = () => {
    const numTried = samples[0]?.length ?? 0;
    const rounds = Array.from({ length: numTried }, (_, round) => round);
    return {
      settings,
      numRounds: rounds.filter((round) => doesCount(samples, round)).length,
      numTried,
      elapsed: seconds(clock.now() - start),
      isWide: () => isIntervalWide(samples, begun.clock, request),
    };
  };
  let standing = findStanding();
  let stoppedBy = standing.numTried === 0 ? undefined : findStop(standing);
  while (stoppedBy === undefined) {
    const roundOrder = shuffledIndices(arms.length, random);
    const round = new Map<number, RecordedSample>();
    for (const arm of roundOrder) round.set(arm, await sampler(arm, begun.clock));
    for (const [arm, sample] of round) samples[arm]?.push(sample);
    order.push(roundOrder);
    standing = findStanding();
    onProgress?.(Math.min(1, standing.numRounds / settings.minRounds));
    stoppedBy = findStop(standing);
  }
  onProgress?.(1);
  return { samples, order, numRounds: standing.numRounds, stoppedBy };
}

/** Whether every arm's sample of that round counts. */
function doesCount(samples: readonly (readonly RecordedSample[])[], round: number): boolean {
  return samples.every((own) => own[round]?.dropped === undefined);
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
