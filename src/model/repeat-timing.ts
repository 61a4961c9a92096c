// One sample of the time of some dispatches: they are repeated in one pass, as often as a sample should last and
// never so long that the device is held, once R times and once 2R times. What is too long for that goes in pieces.
import { seconds, type Seconds } from "../core/units/units.ts";
import type { PassPart, SubmissionResult } from "../gpu/backend.ts";
import type { StepTiming } from "./engine.ts";
import { busyTime, SUBMISSION_TARGET, workloadOf } from "./pace.ts";
import {
  neverInterrupted,
  runInPieces,
  throwIfInterrupted,
  unitOf,
  type Cutting,
  type PacedHost,
} from "./submissions.ts";

/** One sample, each time that of a repeat. */
export type RepeatSample = Omit<StepTiming, "plan">;

/** What 2R repeats may last, foreseen from the last sample: a third less than a submission may. */
const LONGEST_DOUBLE = seconds(0.065);

interface RepeatOptions {
  readonly maxRepeats: number;
  readonly cutting?: Cutting;
}

/** Repeats the same parts; remembers how long they took, so that the next sample is of the right length. */
export class RepeatTimer {
  readonly #host: PacedHost;
  readonly #plan: () => readonly PassPart[];
  readonly #options: RepeatOptions;
  #lastWall: Seconds | undefined;

  /** @param plan - gives the parts of a repeat, for each sample anew. */
  constructor(host: PacedHost, plan: () => readonly PassPart[], options: RepeatOptions) {
    this.#host = host;
    this.#plan = plan;
    this.#options = options;
  }

  /**
   * @param sampleDuration - seconds that the repeats of one sample should take together.
   * @throws EngineError ("cancelled") between two submissions, where that is asked.
   */
  async sample(sampleDuration: Seconds, isInterrupted = neverInterrupted): Promise<RepeatSample> {
    const parts = this.#plan();
    const isFirst = this.#lastWall === undefined;
    if (isFirst && (parts.length > 1 || this.#host.pace.isTooLong(workloadOf(parts)))) {
      return this.#sampleInPieces(parts, isInterrupted);
    }
    this.#lastWall ??= (await this.#run(parts, 1)).wallTime;
    if (2 * this.#lastWall > LONGEST_DOUBLE) return this.#sampleInPieces(parts, isInterrupted);
    const numRepeats = this.#numRepeats(sampleDuration, this.#lastWall);
    throwIfInterrupted(isInterrupted);
    const once = await this.#run(parts, numRepeats);
    throwIfInterrupted(isInterrupted);
    const twice = await this.#run(parts, 2 * numRepeats);
    this.#lastWall = seconds(once.wallTime / numRepeats);
    return {
      numRepeats,
      deviceDuration: perRepeat(once.passDurations[0], numRepeats),
      wallDuration: seconds((twice.wallTime - once.wallTime) / numRepeats),
    };
  }

  #numRepeats(sampleDuration: Seconds, single: Seconds): number {
    const wanted = Math.ceil(Math.min(sampleDuration, SUBMISSION_TARGET) / single);
    const allowed = Math.floor(LONGEST_DOUBLE / (2 * single));
    return Math.max(1, Math.min(this.#options.maxRepeats, wanted, allowed));
  }

  async #run(parts: readonly PassPart[], numRepeats: number): Promise<SubmissionResult> {
    const { backend, pace } = this.#host;
    const repeated = Array.from({ length: numRepeats }, () => parts).flat();
    const result = await backend.run({
      passes: [{ label: `${numRepeats} repeats`, parts: repeated }],
      readbacks: [],
    });
    pace.learn(workloadOf(parts), seconds(busyTime(result) / numRepeats));
    return result;
  }

  /** One repeat, in as many submissions as it needs; their times add up. */
  async #sampleInPieces(
    parts: readonly PassPart[],
    isInterrupted: () => boolean,
  ): Promise<RepeatSample> {
    const { cutting } = this.#options;
    const { wallTime, deviceDuration, numSubmissions, numRows } = await runInPieces(this.#host, {
      units: parts.map((part) => unitOf("a piece of a repeat", [part])),
      isInterrupted,
      ...(cutting && { cutting }),
    });
    this.#lastWall = wallTime;
    return {
      numRepeats: 1,
      deviceDuration,
      wallDuration: wallTime,
      ...(numSubmissions > 1 && { pieces: { count: numSubmissions, numRows } }),
    };
  }
}

function perRepeat(duration: Seconds | undefined, numRepeats: number): Seconds | undefined {
  return duration === undefined ? undefined : seconds(duration / numRepeats);
}
