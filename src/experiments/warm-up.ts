// Real work before the first sample that counts; on the way it shows whether the device's clock works.
import { seconds, type Seconds } from "../core/units/units.ts";
import type { MeasurementRequest } from "./protocol.ts";
import type { Method } from "./record.ts";
import type { Sampler } from "./sampler.ts";

interface WarmUp {
  readonly clock: Method["clock"];
  readonly duration: Seconds;
  readonly numSamples: number;
}

/**
 * Runs every arm at least once, unless that would take more than a quarter of the budget: an arm that slow needs
 * no warming. The device's clock is used if it gave a good reading half of the time.
 */
export async function warmUpArms(sampler: Sampler, request: MeasurementRequest): Promise<WarmUp> {
  const { arms, clock, settings, deviceClock } = request;
  const start = clock.now();
  let numSamples = 0;
  let numReadings = 0;
  const elapsed = () => clock.now() - start;
  const needsMore = () =>
    elapsed() < settings.warmUp ||
    numSamples === 0 ||
    (numSamples < arms.length && elapsed() < settings.budget / 4);
  while (needsMore()) {
    const { dropped } = await sampler(numSamples % arms.length, deviceClock);
    // A hidden page says nothing of the clock.
    if (dropped === undefined || dropped === "hidden") numReadings++;
    numSamples++;
  }
  const isDeviceClockGood = deviceClock === "timestamp-query" && numReadings * 2 >= numSamples;
  return {
    clock: isDeviceClockGood ? "timestamp-query" : "wall",
    duration: seconds(elapsed()),
    numSamples,
  };
}
