// One sample of the time of some dispatches: they are repeated in one pass, as often as a sample should last and
// never so long that the device is held, once R times and once 2R times.
import { seconds, type Seconds } from "../core/units/units.ts";
import type { Backend, ComputePass, SubmissionResult } from "../gpu/backend.ts";
import { SUBMISSION_TARGET } from "./pace.ts";

export type Part = ComputePass["parts"][number];

/** One sample, each time that of a repeat. */
export interface RepeatSample {
  readonly numRepeats: number;
  /** Undefined without timestamp-query or on a bad reading. */
  readonly deviceDuration: Seconds | undefined;
  /** By the slope (t(2R) − t(R)) / R. */
  readonly wallDuration: Seconds;
}

/** Repeats the same parts; remembers how long they took, so that the next sample is of the right length. */
export class RepeatTimer {
  readonly #backend: Backend;
  readonly #parts: readonly Part[];
  readonly #maxRepeats: number;
  #lastWall: Seconds | undefined;

  constructor(backend: Backend, parts: readonly Part[], maxRepeats: number) {
    this.#backend = backend;
    this.#parts = parts;
    this.#maxRepeats = maxRepeats;
  }

  /** @param sampleDuration - seconds that the repeats of one sample should take together. */
  async sample(sampleDuration: Seconds): Promise<RepeatSample> {
    // Parts are cut so that each fits a submission; whether all of them do is known after the first time.
    if (this.#lastWall === undefined && this.#parts.length > 1) return this.#sampleInPieces();
    const single = this.#lastWall ?? (await this.#run(this.#parts, 1)).wallTime;
    if (single > SUBMISSION_TARGET) return this.#sampleInPieces();
    const wanted = Math.ceil(Math.min(sampleDuration, SUBMISSION_TARGET) / single);
    const numRepeats = Math.min(this.#maxRepeats, Math.max(1, wanted));
    const once = await this.#run(this.#parts, numRepeats);
    const twice = await this.#run(this.#parts, 2 * numRepeats);
    this.#lastWall = seconds(once.wallTime / numRepeats);
    return {
      numRepeats,
      deviceDuration: perRepeat(once.passDurations[0], numRepeats),
      wallDuration: seconds((twice.wallTime - once.wallTime) / numRepeats),
    };
  }

  #run(parts: readonly Part[], numRepeats: number): Promise<SubmissionResult> {
    const repeated = Array.from({ length: numRepeats }, () => parts).flat();
    return this.#backend.run({
      passes: [{ label: `${numRepeats} repeats`, parts: repeated }],
      readbacks: [],
    });
  }

  /** Parts too long for one submission go one by one, and their times add up. */
  async #sampleInPieces(): Promise<RepeatSample> {
    let wall = 0;
    let device: Seconds | undefined = seconds(0);
    for (const part of this.#parts) {
      const result = await this.#run([part], 1);
      wall += result.wallTime;
      const duration = result.passDurations[0];
      device =
        device === undefined || duration === undefined ? undefined : seconds(device + duration);
    }
    this.#lastWall = seconds(wall);
    return { numRepeats: 1, deviceDuration: device, wallDuration: seconds(wall) };
  }
}

function perRepeat(duration: Seconds | undefined, numRepeats: number): Seconds | undefined {
  return duration === undefined ? undefined : seconds(duration / numRepeats);
}
