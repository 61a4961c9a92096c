// How the KV cache is used over time, in a number of intervals that stays the same however long the simulation runs.
import type { MemoryUse } from "../scheduling/scheduler.ts";
import { seconds, type Seconds } from "../units/units.ts";

/** Shares of the cache; they sum to 1. */
export interface MemoryShares {
  readonly stored: number;
  readonly reserved: number;
  readonly internal: number;
  readonly external: number;
  readonly free: number;
}

/** What is known of the system while a step runs, or while it idles. */
export interface Occupancy {
  readonly memory: MemoryUse;
  readonly numRunning: number;
  readonly numWaiting: number;
}

export interface TimelinePoint extends MemoryShares {
  /** Start of the interval. */
  readonly time: Seconds;
  /** Means over the interval, as are the shares. */
  readonly numRunning: number;
  readonly numWaiting: number;
}

/** Intervals that a timeline has at most. */
const MAX_INTERVALS = 512;
const FIRST_INTERVAL = 1e-3;
/** stored, reserved, internal, external, free, running, waiting. */
const NUM_COLUMNS = 7;

/** Integrals over time of shares and counts. */
export class MemoryTimeline {
  readonly #columns = Array.from({ length: NUM_COLUMNS }, () => new Float64Array(MAX_INTERVALS));
  readonly #covered = new Float64Array(MAX_INTERVALS);
  #interval = FIRST_INTERVAL;

  /** Adds what held from one time to another. Times do not go back. */
  add(from: Seconds, to: Seconds, occupancy: Occupancy): void {
    while (to > this.#interval * MAX_INTERVALS) this.#halve();
    const values = valuesOf(occupancy);
    const last = Math.min(MAX_INTERVALS - 1, Math.floor(to / this.#interval));
    for (let index = Math.floor(from / this.#interval); index <= last; index++) {
      const start = Math.max(from, index * this.#interval);
      const end = index === last ? to : (index + 1) * this.#interval;
      this.#addTo(index, values, end - start);
    }
  }

  /** Intervals in which something was added, in order. */
  points(): TimelinePoint[] {
    const points: TimelinePoint[] = [];
    for (let index = 0; index < MAX_INTERVALS; index++) {
      const covered = this.#covered[index] ?? 0;
      if (covered > 0) points.push(this.#point(index, covered));
    }
    return points;
  }

  #addTo(index: number, values: readonly number[], duration: number): void {
    this.#covered[index] = (this.#covered[index] ?? 0) + duration;
    for (let column = 0; column < NUM_COLUMNS; column++) {
      const sums = this.#columns[column];
      if (sums) sums[index] = (sums[index] ?? 0) + (values[column] ?? 0) * duration;
    }
  }

  #point(index: number, covered: number): TimelinePoint {
    const mean = (column: number) => (this.#columns[column]?.[index] ?? 0) / covered;
    return {
      time: seconds(index * this.#interval),
      stored: mean(0),
      reserved: mean(1),
      internal: mean(2),
      external: mean(3),
      free: mean(4),
      numRunning: mean(5),
      numWaiting: mean(6),
    };
  }

  /** Joins intervals in pairs. */
  #halve(): void {
    for (const sums of [...this.#columns, this.#covered]) {
      for (let index = 0; index < MAX_INTERVALS; index++) {
        const isKept = index < MAX_INTERVALS / 2;
        sums[index] = isKept ? (sums[2 * index] ?? 0) + (sums[2 * index + 1] ?? 0) : 0;
      }
    }
    this.#interval *= 2;
  }
}

function valuesOf({ memory, numRunning, numWaiting }: Occupancy): number[] {
  const { capacity, stored, reserved, internal, external, free } = memory;
  return [
    stored / capacity,
    reserved / capacity,
    internal / capacity,
    external / capacity,
    free / capacity,
    numRunning,
    numWaiting,
  ];
}

/** Mean shares over time. */
export class MeanShares {
  readonly #sums = { stored: 0, reserved: 0, internal: 0, external: 0, free: 0 };
  #covered = 0;

  add({ capacity, ...use }: MemoryUse, duration: number): void {
    const weight = duration / capacity;
    this.#sums.stored += use.stored * weight;
    this.#sums.reserved += use.reserved * weight;
    this.#sums.internal += use.internal * weight;
    this.#sums.external += use.external * weight;
    this.#sums.free += use.free * weight;
    this.#covered += duration;
  }

  /** Seconds that the means are of. */
  get covered(): Seconds {
    return seconds(this.#covered);
  }

  /** NaN where nothing was added. */
  mean(): MemoryShares {
    const of = (sum: number) => sum / this.#covered;
    const { stored, reserved, internal, external, free } = this.#sums;
    return {
      stored: of(stored),
      reserved: of(reserved),
      internal: of(internal),
      external: of(external),
      free: of(free),
    };
  }
}
