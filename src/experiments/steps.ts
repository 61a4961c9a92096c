// Whether times rise in steps: a staircase of one period against a smooth curve, both with three free numbers, and how
// often noise around the smooth curve alone would make a staircase fit as well.
import { createRandom } from "../core/statistics/random.ts";
import type { Point } from "../core/statistics/fit.ts";

export interface FoundSteps {
  readonly kind: "steps";
  /** Width of a step, in units of x. */
  readonly period: number;
  /** Height of a step, in units of y. */
  readonly rise: number;
  /** Of the smooth curve's squared misfit, what the staircase leaves. */
  readonly share: number;
}

export type StepFinding = FoundSteps | { readonly kind: "none"; readonly reason: string };

/** At least so many points on a step, or it cannot be told from a slope. */
const FEWEST_POINTS_A_STEP = 3;
/** At least so many whole steps in view, or one bend passes for a staircase. */
const FEWEST_STEPS = 3;
/** The staircase must leave less of the misfit than this, however rare that would be by chance. */
const LARGEST_SHARE = 0.5;
const NUM_RESAMPLES = 300;
/** Of the resamples, how many may fit a staircase as well. */
const CHANCE = 0.01;

interface Staircase {
  readonly period: number;
  readonly rise: number;
  readonly misfit: number;
}

/**
 * Looks for `y = a + b · ceil(x / period)` in evenly spaced points, from x of one spacing on.
 *
 * The null is a parabola with residuals drawn from its own: a staircase that fits such noise as well in more than one
 * case of a hundred is not called one.
 */
export function findSteps(points: readonly Point[], seed = 1): StepFinding {
  const periods = candidatePeriods(points);
  if (periods.length === 0) {
    return { kind: "none", reason: "there are too few points for three steps of three points" };
  }
  const smooth = fitParabola(points);
  const found = bestStaircase(points, periods);
  const smoothMisfit = sumOfSquares(points.map(({ y }, i) => y - (smooth[i] ?? 0)));
  if (!(smoothMisfit > 0) || found === undefined || found.rise <= 0) {
    return { kind: "none", reason: "the times lie on a smooth curve" };
  }
  const share = found.misfit / smoothMisfit;
  if (share > LARGEST_SHARE || isByChance(share, { points, periods, smooth, seed })) {
    return {
      kind: "none",
      reason: "a smooth curve explains the times as well as any staircase, given their noise",
    };
  }
  return { kind: "steps", period: found.period, rise: found.rise, share };
}

function candidatePeriods(points: readonly Point[]): number[] {
  const [first, second] = points;
  const last = points.at(-1);
  if (first === undefined || second === undefined || last === undefined) return [];
  const spacing = second.x - first.x;
  if (!(spacing > 0)) return [];
  const periods: number[] = [];
  for (let n = FEWEST_POINTS_A_STEP; n * spacing * FEWEST_STEPS <= last.x; n++) {
    periods.push(n * spacing);
  }
  return periods;
}

function bestStaircase(
  points: readonly Point[],
  periods: readonly number[],
): Staircase | undefined {
  let best: Staircase | undefined;
  for (const period of periods) {
    const { slope, misfit } = fitStraight(
      // A hair less, so that rounding puts no full step into the next.
      points.map(({ x, y }) => ({ x: Math.ceil(x / period - 1e-9), y })),
    );
    if (best === undefined || misfit < best.misfit) best = { period, rise: slope, misfit };
  }
  return best;
}

interface Null {
  readonly points: readonly Point[];
  readonly periods: readonly number[];
  readonly smooth: readonly number[];
  readonly seed: number;
}

/** Whether noise around the smooth curve would be explained as well by some staircase. */
function isByChance(share: number, { points, periods, smooth, seed }: Null): boolean {
  const random = createRandom(seed);
  const residuals = points.map(({ y }, i) => y - (smooth[i] ?? 0));
  let numAsGood = 0;
  for (let resample = 0; resample < NUM_RESAMPLES; resample++) {
    const drawn = points.map(({ x }, i) => ({
      x,
      y: (smooth[i] ?? 0) + (residuals[Math.floor(random() * residuals.length)] ?? 0),
    }));
    const curve = fitParabola(drawn);
    const misfit = sumOfSquares(drawn.map(({ y }, i) => y - (curve[i] ?? 0)));
    const staircase = bestStaircase(drawn, periods);
    if (staircase !== undefined && staircase.misfit <= share * misfit) numAsGood++;
  }
  return numAsGood > CHANCE * NUM_RESAMPLES;
}

function fitStraight(points: readonly Point[]): {
  readonly slope: number;
  readonly misfit: number;
} {
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const spread = points.reduce((total, { x }) => total + (x - meanX) ** 2, 0);
  const slope =
    spread > 0
      ? points.reduce((total, { x, y }) => total + (x - meanX) * (y - meanY), 0) / spread
      : 0;
  return {
    slope,
    misfit: sumOfSquares(points.map(({ x, y }) => y - meanY - slope * (x - meanX))),
  };
}

/** Values of the best parabola at the points: polynomials that are orthogonal over them, one after another. */
function fitParabola(points: readonly Point[]): number[] {
  const meanX = mean(points.map(({ x }) => x));
  const constant = points.map(() => 1);
  const linear = points.map(({ x }) => x - meanX);
  const squares = linear.map((x) => x * x);
  const square = subtract(subtract(squares, constant), linear);
  const ys = points.map(({ y }) => y);
  return [constant, linear, square]
    .map((basis) => project(ys, basis))
    .reduce((total, part) => total.map((value, i) => value + (part[i] ?? 0)));
}

/** The part of `values` along `basis`. */
function project(values: readonly number[], basis: readonly number[]): number[] {
  const length = dot(basis, basis);
  const share = length > 0 ? dot(values, basis) / length : 0;
  return basis.map((value) => share * value);
}

function subtract(values: readonly number[], basis: readonly number[]): number[] {
  const part = project(values, basis);
  return values.map((value, i) => value - (part[i] ?? 0));
}

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((total, value, i) => total + value * (other[i] ?? 0), 0);
}

function sumOfSquares(values: readonly number[]): number {
  return dot(values, values);
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
