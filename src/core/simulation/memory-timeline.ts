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
  /** Integrals of each interval, side by side. */
  readonly #sums = new Float64Array(MAX_INTERVALS * NUM_COLUMNS);
  readonly #covered = new Float64Array(MAX_INTERVALS);
  #interval = FIRST_INTERVAL;

  /** Adds what held from one time to another. Times do not go back. */
  add(from: Seconds, to: Seconds, occupancy: Occupancy): void {
    while (to > this.#interval * MAX_INTERVALS) this.#halve();
    const last = Math.min(MAX_INTERVALS - 1, Math.floor(to / this.#interval));
    for (let index = Math.floor(from / this.#interval); index <= last; index++) {
      const start = Math.max(from, index * this.#interval);
      const end = index === last ? to : (index + 1) * this.#interval;
      this.#addTo(index, occupancy, end - start);
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

  /** Runs once a step: written out, without lists. */
  #addTo(index: number, occupancy: Occupancy, duration: number): void {
    const { memory, numRunning, numWaiting } = occupancy;
    const share = duration / memory.capacity;
    const at = index * NUM_COLUMNS;
    this.#covered[index] = (this.#covered[index] ?? 0) + duration;
    this.#increase(at, memory.stored * share);
    this.#increase(at + 1, memory.reserved * share);
    this.#increase(at + 2, memory.internal * share);
    this.#increase(at + 3, memory.external * share);
    this.#increase(at + 4, memory.free * share);
    this.#increase(at + 5, numRunning * duration);
    this.#increase(at + 6, numWaiting * duration);
  }

  #increase(place: number, by: number): void {
    this.#sums[place] = (this.#sums[place] ?? 0) + by;
  }

  #point(index: number, covered: number): TimelinePoint {
    const mean = (column: number) => (this.#sums[index * NUM_COLUMNS + column] ?? 0) / covered;
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
    joinPairs(this.#sums, NUM_COLUMNS);
    joinPairs(this.#covered, 1);
    this.#interval *= 2;
  }
}

/** Adds each odd group of numbers to the even one before it, and moves the sums to the first half. */
function joinPairs(sums: Float64Array, groupSize: number): void {
  for (let place = 0; place < sums.length / 2; place++) {
    const [group, member] = [Math.floor(place / groupSize), place % groupSize];
    const even = 2 * group * groupSize + member;
    sums[place] = (sums[even] ?? 0) + (sums[even + groupSize] ?? 0);
  }
  sums.fill(0, sums.length / 2);
}

/** Mean shares over time. */
export class MeanShares {
  #stored = 0;
  #reserved = 0;
  #internal = 0;
  #external = 0;
  #free = 0;
  #covered = 0;

  add(use: MemoryUse, duration: number): void {
    const weight = duration / use.capacity;
    this.#stored += use.stored * weight;
    this.#reserved += use.reserved * weight;
    this.#internal += use.internal * weight;
    this.#external += use.external * weight;
    this.#free += use.free * weight;
    this.#covered += duration;
  }

  /** Seconds that the means are of. */
  get covered(): Seconds {
    return seconds(this.#covered);
  }

  /** NaN where nothing was added. */
  mean(): MemoryShares {
    const covered = this.#covered;
    return {
      stored: this.#stored / covered,
      reserved: this.#reserved / covered,
      internal: this.#internal / covered,
      external: this.#external / covered,
      free: this.#free / covered,
    };
  }
}
