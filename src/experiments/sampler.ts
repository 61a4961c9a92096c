// Takes one sample of an arm and judges it.
import { seconds, type Seconds } from "../core/units/units.ts";
import type { MeasurementRequest, Reading } from "./protocol.ts";
import type { DropReason, Method, RecordedSample } from "./record.ts";

/** A reading may exceed the call around it by this much: page clocks step by 0.1 ms and are jittered. */
const CLOCK_SLACK_SECONDS = 0.001;

/**
 * Takes a reading.
 *
 * @throws the signal's reason if it was given meanwhile, whatever the engine then answered.
 */
export async function takeReading<R>(take: () => Promise<R>, signal?: AbortSignal): Promise<R> {
  try {
    return await take();
  } finally {
    signal?.throwIfAborted();
  }
}

/** Samples the arm of that number; what counts against the sample depends on the clock that is in use. */
export type Sampler = (arm: number, clock: Method["clock"]) => Promise<RecordedSample>;

/** Takes one sample, judges it, and lets the page breathe between samples, never inside one. */
export function createSampler({ arms, settings, clock, signal }: MeasurementRequest): Sampler {
  let lastPause = clock.now();
  return async (arm, usedClock) => {
    if (clock.now() - lastPause >= settings.yieldAfter) {
      await clock.pause(signal);
      lastPause = clock.now();
    }
    signal?.throwIfAborted();
    const take = arms[arm];
    if (take === undefined) throw new RangeError(`There is no arm ${arm}.`);
    const start = clock.now();
    const reading = await takeReading(take, signal);
    const elapsed = seconds(clock.now() - start);
    return recordSample(reading, { elapsed, isHidden: clock.wasHiddenSince(start), usedClock });
  };
}

interface Circumstances {
  /** Wall-clock time of the whole call. */
  readonly elapsed: Seconds;
  readonly isHidden: boolean;
  readonly usedClock: Method["clock"];
}

function recordSample(reading: Reading, circumstances: Circumstances): RecordedSample {
  const { numRepeats, deviceDuration, wallDuration } = reading;
  const dropped = findDropReason(reading, circumstances);
  return {
    numRepeats,
    ...(isFiniteNumber(deviceDuration) ? { deviceSeconds: deviceDuration } : {}),
    ...(isFiniteNumber(wallDuration) ? { wallSeconds: wallDuration } : {}),
    ...(dropped === undefined ? {} : { dropped }),
  };
}

function findDropReason(
  reading: Reading,
  { elapsed, isHidden, usedClock }: Circumstances,
): DropReason | undefined {
  const duration = usedClock === "wall" ? reading.wallDuration : reading.deviceDuration;
  if (isHidden) return "hidden";
  if (!isFiniteNumber(duration)) return "no-reading";
  if (duration < 0) return "negative";
  if (duration === 0) return "zero";
  if (duration * reading.numRepeats > elapsed + CLOCK_SLACK_SECONDS) return "reset";
  return undefined;
}

function isFiniteNumber(value: number | undefined): value is number {
  return Number.isFinite(value);
}
