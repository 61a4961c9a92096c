// Quantiles of any number of positive values in memory that does not grow: counts in buckets of equal ratio.

/** A bucket ends 2 % above its start; its middle is at most 1 % from any value in it. */
const RATIO = 1.02;
const LOG_RATIO = Math.log(RATIO);
/** Smaller values count as zero. */
const LEAST = 1e-6;
/** Larger values count as this, about eleven days in seconds. */
const MOST = 1e6;
const NUM_BUCKETS = Math.ceil(Math.log(MOST / LEAST) / LOG_RATIO);

/** What a quantile may be off by, relatively, for values between 1e-6 and 1e6. */
export const QUANTILE_ERROR = 0.01;

export interface Summary {
  readonly count: number;
  /** Exact up to rounding, as are `max` and `count`; NaN if there are no values, as are the quantiles. */
  readonly mean: number;
  /** Within {@link QUANTILE_ERROR}. */
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export class Histogram {
  readonly #counts = new Float64Array(NUM_BUCKETS);
  #numZero = 0;
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  get count(): number {
    return this.#count;
  }

  /** @param times - how often the value is counted. */
  add(value: number, times = 1): void {
    this.#count += times;
    this.#sum += value * times;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (value < LEAST) {
      this.#numZero += times;
      return;
    }
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + times;
  }

  get mean(): number {
    return this.#count === 0 ? Number.NaN : this.#sum / this.#count;
  }

  /** The value that `fraction` of the values do not exceed, by nearest rank; NaN if there are none. */
  quantile(fraction: number): number {
    if (this.#count === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(fraction * this.#count));
    let seen = this.#numZero;
    if (seen >= rank) return Math.max(0, this.#min);
    for (let bucket = 0; bucket < NUM_BUCKETS; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return this.#within(LEAST * RATIO ** (bucket + 0.5));
    }
    return this.#max;
  }

  summary(): Summary {
    const [p50, p90, p95, p99] = [0.5, 0.9, 0.95, 0.99].map((fraction) => this.quantile(fraction));
    const none = Number.NaN;
    return {
      count: this.#count,
      mean: this.mean,
      p50: p50 ?? none,
      p90: p90 ?? none,
      p95: p95 ?? none,
      p99: p99 ?? none,
      max: this.#count === 0 ? none : this.#max,
    };
  }

  #within(value: number): number {
    return Math.min(this.#max, Math.max(this.#min, value));
  }
}

function bucketOf(value: number): number {
  return Math.min(NUM_BUCKETS - 1, Math.floor(Math.log(value / LEAST) / LOG_RATIO));
}
