// Guesses how long work will take from how long like work took, so that no submission holds the device for long:
// a page must stay smooth, a run must be cancellable, and drivers reset a GPU that seems stuck.
import { bytesMoved } from "../core/cost/cost.ts";
import { seconds, type Seconds } from "../core/units/units.ts";
import { operationsOf, type PassPart, type SubmissionResult } from "../gpu/backend.ts";

/** What a submission should last. The promise is under 100 ms; less than half of that leaves room for a wrong guess. */
export const SUBMISSION_TARGET = seconds(0.04);

/** What some dispatches of one kernel, each over about as many rows, ask of the device. */
interface Work {
  readonly kernel: string;
  /** The power of two at or above the rows: a kernel's rate depends on how many there are. */
  readonly rowClass: number;
  /** FLOPs and four-byte numbers moved: a kernel that only copies does no arithmetic and takes time all the same. */
  readonly amount: number;
}

export type Workload = readonly Work[];

/** The work of some parts, summed by kernel within each. */
export function workloadOf(parts: readonly PassPart[]): Workload {
  return parts.flatMap((part) => {
    const rowClass = 2 ** Math.ceil(Math.log2(part.pass.numRows));
    const amounts = new Map<string, number>();
    for (const { kernel } of operationsOf(part)) {
      const cost = kernel.cost(part.pass);
      const amount = cost.flops + bytesMoved(cost) / 4;
      amounts.set(kernel.id, (amounts.get(kernel.id) ?? 0) + amount);
    }
    return Array.from(amounts, ([kernel, amount]): Work => ({ kernel, rowClass, amount }));
  });
}

/** All of it in one number, to share a time out by. */
export function amountOf(load: Workload): number {
  return load.reduce((sum, { amount }) => sum + amount, 0);
}

/**
 * What a device clock says is believed down to this share of the wall time: some browsers' clocks count in the wrong
 * unit, and some browsers answer only after 100 ms, however short the work was.
 */
const SMALLEST_BUSY_SHARE = 0.05;

/** How long a submission kept the device busy: by its clock, or else by the wall's. */
export function busyTime({ wallTime, passDurations }: SubmissionResult): Seconds {
  let device = 0;
  for (const duration of passDurations) {
    if (duration === undefined) return wallTime;
    device += duration;
  }
  return seconds(Math.max(Math.min(device, wallTime), SMALLEST_BUSY_SHARE * wallTime));
}

// Low on purpose: the first submissions are then small, and the measurement takes over. Few rows are bound by
// dispatches and by memory, so on a GPU they are guessed at the slower.
const SOFTWARE_GUESS = 0.1e9;
const HARDWARE_GUESS_PER_ROW = 3e9;
const HARDWARE_GUESS = 30e9;

export class Pace {
  readonly #isSoftware: boolean;
  readonly #canCutHardware: boolean;
  /** Amounts a second, by kernel and then by class of rows. */
  readonly #rates = new Map<string, Map<number, number>>();

  /** @param hasDeviceClock - without one a GPU's latency passes for work, and nothing is cut on its word. */
  constructor(isSoftware: boolean, hasDeviceClock = true) {
    this.#isSoftware = isSoftware;
    this.#canCutHardware = hasDeviceClock;
  }

  estimate(load: Workload): Seconds {
    return seconds(load.reduce((sum, work) => sum + work.amount / this.#rate(work), 0));
  }

  /**
   * Whether this work must be cut, or it would hold the device for longer than a submission should. A software adapter
   * is suspected from the start; a GPU only once all of this work was timed on it.
   */
  isTooLong(load: Workload): boolean {
    if (this.estimate(load) <= SUBMISSION_TARGET) return false;
    return this.#isSoftware || (this.#canCutHardware && load.every((work) => this.#knows(work)));
  }

  /**
   * Rows that fit in one submission, at least one and at most `mostRows`.
   *
   * @param loadOf - the work of so many rows.
   */
  rowsWithin(mostRows: number, loadOf: (numRows: number) => Workload): number {
    let numRows = mostRows;
    while (numRows > 1) {
      const estimated = this.estimate(loadOf(numRows));
      if (estimated <= SUBMISSION_TARGET) return numRows;
      const fitting = Math.floor((numRows * SUBMISSION_TARGET) / estimated);
      numRows = Math.max(1, Math.min(numRows - 1, fitting));
    }
    return 1;
  }

  /**
   * Takes a measurement in. What was wrong with the estimate is laid to all its kernels alike; a sudden stall moves a
   * known rate by half at most.
   */
  learn(load: Workload, duration: Seconds): void {
    if (!(duration > 0) || amountOf(load) === 0) return;
    const factor = this.estimate(load) / duration;
    const learned = load.map((work) => ({
      ...work,
      rate: this.#rate(work) * (this.#knows(work) ? (1 + factor) / 2 : factor),
    }));
    for (const { kernel, rowClass, rate } of learned) {
      const known = this.#rates.get(kernel) ?? new Map<number, number>();
      this.#rates.set(kernel, known.set(rowClass, rate));
    }
  }

  #knows({ kernel, rowClass }: Work): boolean {
    return this.#rates.get(kernel)?.has(rowClass) === true;
  }

  /**
   * A kernel that was timed for other numbers of rows only is taken to be as slow as it can be: more rows take at most
   * as much more time, and fewer rows no more time than many.
   */
  #rate({ kernel, rowClass }: Work): number {
    const known = this.#rates.get(kernel);
    if (known === undefined) {
      return this.#isSoftware
        ? SOFTWARE_GUESS
        : Math.min(HARDWARE_GUESS, HARDWARE_GUESS_PER_ROW * rowClass);
    }
    const least = [...known].map(([other, rate]) => rate * Math.min(1, rowClass / other));
    return known.get(rowClass) ?? Math.max(...least);
  }
}
