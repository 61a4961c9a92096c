// Random numbers that are never negative, with a mean and a spread of one's choice: times between arrivals and lengths.
import type { Random } from "../statistics/random.ts";

export interface Spread {
  readonly mean: number;
  /** Standard deviation over mean: 0 always gives the mean, 1 is exponential, above 1 comes in bursts. */
  readonly cv: number;
}

/** A smaller spread is none; far below it the shape is no finite number, and no draw would ever be accepted. */
const LEAST_CV = 1e-6;

/** Gives a number at each call. */
export type Draw = () => number;

/**
 * Gamma-distributed numbers: shape `1/cv²`, scale `mean·cv²`.
 *
 * @see Marsaglia and Tsang 2000, "A simple method for generating gamma variables"
 */
export function gammaDraw({ mean, cv }: Spread, random: Random): Draw {
  if (cv < LEAST_CV) return () => mean;
  if (cv === 1) return () => -mean * Math.log(1 - random());
  const shape = 1 / cv ** 2;
  const scale = mean * cv ** 2;
  if (shape >= 1) return () => scale * gammaAbove(shape, random);
  // Below 1 the method does not hold: one shape higher, times a power of a uniform number.
  return () => scale * gammaAbove(shape + 1, random) * (1 - random()) ** (1 / shape);
}

/** Of scale 1; `shape` is at least 1. */
function gammaAbove(shape: number, random: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Of mean 0 and variance 1 (Box and Muller). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
