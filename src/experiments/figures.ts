// Figures worked out from samples alone: a live run and a record from a file get theirs from the same functions.
import { estimateMedianRatio } from "../core/statistics/estimate.ts";
import { fitLine, fitPowerLaw, type Point } from "../core/statistics/fit.ts";
import { median } from "../core/statistics/quantiles.ts";
import { findQuantum } from "../core/statistics/quantum.ts";
import type { KernelComparison } from "./kernel-record.ts";
import { usablePairs } from "./protocol.ts";
import {
  sampleSeconds,
  type Comparison,
  type Curve,
  type DropReason,
  type Method,
  type RecordedFit,
  type RecordedSample,
  type Series,
  type TimedSeries,
  type Verdict,
} from "./record.ts";
import { judge, type VerdictWords } from "./verdict.ts";

/** The verdict of a comparison: from its figures alone, so a record's can be worked out again. */
export function judgeComparison(
  comparison: Pick<Comparison, "ratio" | "wallRatio" | "resolution" | "line">,
  words: VerdictWords,
): Verdict {
  const { ratio, wallRatio, resolution, line } = comparison;
  return judge({ ratio, wallRatio, resolution, line, words });
}

/** The same of kernels; one that was timed alone is compared with nothing. */
export function judgeKernels(comparison: KernelComparison): Verdict {
  if (comparison.baseline !== comparison.contender) {
    return judgeComparison(comparison, comparison.words);
  }
  const sentence = `Only “${comparison.words.baseline}” was timed: nothing is compared.`;
  return { kind: "too-close", claim: "undecided", sentence };
}

/** Ratios of times a token, by the clock in use and, for a cross-check, by the wall clock. */
export function findRatios(
  baseline: Series,
  contender: Series,
  method: Method,
): Pick<Comparison, "ratio" | "wallRatio"> {
  return findUnitRatios(
    { series: baseline, numUnits: baseline.step.batch },
    { series: contender, numUnits: contender.step.batch },
    method,
  );
}

interface UnitSeries {
  readonly series: Pick<TimedSeries, "samples">;
  /** Units of work that a repeat does: tokens, bytes, rows. */
  readonly numUnits: number;
}

/** Ratios of times a unit of work, by the clock in use and, for a cross-check, by the wall clock. */
export function findUnitRatios(
  baseline: UnitSeries,
  contender: UnitSeries,
  method: Pick<Method, "clock" | "seed">,
): Pick<Comparison, "ratio" | "wallRatio"> {
  const ratioBy = (clock: Method["clock"]) => {
    const pairs = usablePairs(baseline.series.samples, contender.series.samples, clock);
    if (pairs.length === 0) return undefined;
    return estimateMedianRatio(
      pairs.map(([time]) => time / baseline.numUnits),
      pairs.map(([, time]) => time / contender.numUnits),
      method.seed,
    );
  };
  const ratio = ratioBy(method.clock);
  const wallRatio = method.clock === "wall" ? undefined : ratioBy("wall");
  return {
    ...(ratio === undefined ? {} : { ratio }),
    ...(wallRatio === undefined ? {} : { wallRatio }),
  };
}

/**
 * Relative error that the clock's step may give one arm's time. A reading is off by at most a step; a slope, being
 * the difference of two readings, by at most two.
 */
export function findResolution(
  series: Pick<TimedSeries, "samples">,
  method: Pick<Method, "clock" | "quantumSeconds">,
): number {
  const lengths = countedSamples(series).flatMap((sample) => {
    const time = sampleSeconds(sample, method.clock);
    return time === undefined ? [] : [time * sample.numRepeats];
  });
  if (method.quantumSeconds === undefined || lengths.length === 0) return 0;
  const numReadings = method.clock === "wall" ? 2 : 1;
  return (numReadings * method.quantumSeconds) / median(lengths);
}

export function countDrops(samples: readonly RecordedSample[]): Series["numDropped"] {
  const counts: Partial<Record<DropReason, number>> = {};
  for (const { dropped } of samples) {
    if (dropped !== undefined) counts[dropped] = (counts[dropped] ?? 0) + 1;
  }
  return counts;
}

/** From the lengths of whole samples, which are what the clock was asked for. */
export function findQuantumSeconds(
  series: readonly Pick<TimedSeries, "samples">[],
  clock: Method["clock"],
): number | undefined {
  const nanoseconds = series.flatMap((one) =>
    countedSamples(one).flatMap((sample) => {
      const time = sampleSeconds(sample, clock);
      return time === undefined ? [] : [time * sample.numRepeats * 1e9];
    }),
  );
  const quantum = findQuantum(nanoseconds);
  return quantum === undefined ? undefined : quantum / 1e9;
}

function countedSamples(series: Pick<TimedSeries, "samples">): RecordedSample[] {
  return series.samples.filter(({ dropped }) => dropped === undefined);
}

/** How each arm's time grows along the curve; an arm with too few points has no fit. */
export function fitSeries(series: readonly Series[], against: Curve["against"]): RecordedFit[] {
  const arms = new Map<string, { label: string; points: Point[] }>();
  for (const { arm, label, step, duration } of series) {
    const found = arms.get(arm) ?? { label, points: [] };
    // An arm whose series bear different labels, such as "batch 1" and "batch 2", goes by its own name.
    if (found.label !== label) found.label = arm;
    if (duration !== undefined) found.points.push({ x: step[against], y: duration.median });
    arms.set(arm, found);
  }
  return [...arms].flatMap(([arm, { label, points }]) =>
    fitPoints({ arm, label, against }, points),
  );
}

/** How time grows along some points; nothing where they are too few. */
export function fitPoints(
  of: Pick<RecordedFit, "arm" | "label" | "against">,
  points: readonly Point[],
): RecordedFit[] {
  const line = fitLine(points);
  const power = fitPowerLaw(points);
  if (line === undefined || power === undefined) return [];
  const { intercept, slope, numPoints } = line;
  const { exponent } = power;
  return [{ ...of, numPoints, exponent, line: { intercept, slope } }];
}
