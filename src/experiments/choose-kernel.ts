// Before a sweep: the kernel that is fastest for each of its points, and the point at which the sweep must end.
import type { Engine } from "../model/engine.ts";
import { KILO, seconds, type Seconds } from "../core/units/units.ts";
import type { DeviceContext } from "./experiment.ts";
import { takeReading } from "./sampler.ts";
import type { KernelArm } from "./time-kernels.ts";

/** What each way of computing is given to show how fast it is. */
const TRIAL = seconds(0.002);

/**
 * No dispatch is begun that would hold the device for longer, as the point before lets expect: a sample sends twice
 * its repeats at once, and no submission may exceed 100 ms.
 */
export const LONGEST_DISPATCH = seconds(0.05);

/** The same, as sentences say it. */
export const LONGEST_DISPATCH_TEXT = `${LONGEST_DISPATCH * KILO} ms`;

/**
 * A software adapter shares its processor with everything else, so one slow trial foresees little: so many points are
 * measured in any case. The sweeps choose their sizes so that these are short on a quiet machine.
 */
const FEWEST_SOFTWARE_POINTS = 4;

/** Of a whole run, before the fastest are measured. */
export const TRIAL_SHARE = 0.3;

/** Kernels of a folder that compute in f32: one in half precision is no other way of computing the same. */
export function fullPrecision(ids: readonly string[], folder: string): string[] {
  return ids.filter((id) => id.startsWith(folder) && !id.endsWith("/half"));
}

/** Seconds of a repeat, by a short trial after one that compiles and warms. */
export async function tryKernel(
  engine: Engine,
  { work }: KernelArm,
  signal?: AbortSignal,
): Promise<Seconds> {
  const request = { ...work, sampleDuration: TRIAL, repeat: "dispatch" } as const;
  const take = () => takeReading(() => engine.timeKernel(request, signal), signal);
  const first = await take();
  // A kernel that takes that long was not held up by its compilation.
  const timings =
    first.numRepeats === 1 && first.wallDuration > LONGEST_DISPATCH
      ? [first]
      : [first, await take()];
  const times = timings.map(({ deviceDuration, wallDuration }) => deviceDuration ?? wallDuration);
  return seconds(Math.min(...times.filter((time) => time > 0), Infinity));
}

/** One point of a sweep, and the ways of computing it. */
export interface SweepPoint {
  /** Its work in any unit, by which a kernel's next time is foreseen from its last. */
  readonly work: number;
  /** Ways of computing it; their `id`s differ. `way` is the same for the same kernel at every point. */
  readonly ways: readonly { readonly way: string; readonly arm: KernelArm }[];
}

/** For each point the fastest way; the sweep ends where even the fastest would take too long. */
export async function chooseArms(
  engine: Engine,
  points: readonly SweepPoint[],
  context: DeviceContext,
): Promise<KernelArm[]> {
  const latest = new Map<string, { readonly work: number; readonly time: number }>();
  const chosen: KernelArm[] = [];
  const numCertain = context.device.isSoftware ? FEWEST_SOFTWARE_POINTS : 1;
  for (const [index, { work, ways }] of points.entries()) {
    const trials: { readonly arm: KernelArm; readonly time: number }[] = [];
    for (const { way, arm } of ways) {
      context.signal?.throwIfAborted();
      const last = latest.get(way);
      const expected = last === undefined ? 0 : last.time * (work / last.work);
      if (index >= numCertain && expected > LONGEST_DISPATCH) continue;
      const time = await tryKernel(engine, arm, context.signal);
      latest.set(way, { work, time });
      trials.push({ arm, time });
    }
    await context.clock.pause(context.signal);
    context.onProgress?.({
      fraction: (TRIAL_SHARE * (index + 1)) / points.length,
      stage: `choosing kernels for ${points.length} points`,
      series: [],
    });
    const [fastest] = trials.toSorted((one, other) => one.time - other.time);
    if (fastest === undefined) break;
    chosen.push(fastest.arm);
  }
  return chosen;
}

/** The context of what follows the choice: its progress goes on from there. */
export function afterTrials(context: DeviceContext): DeviceContext {
  return {
    ...context,
    onProgress: (progress) =>
      context.onProgress?.({
        ...progress,
        fraction: TRIAL_SHARE + (1 - TRIAL_SHARE) * progress.fraction,
      }),
  };
}

/** A sentence where a sweep ended early. */
export function noteEnd(numChosen: number, numAsked: number, last: string): readonly string[] {
  return numChosen === numAsked
    ? []
    : [
        `The sweep ends at ${last}: the next point would hold this device for more than ${LONGEST_DISPATCH_TEXT}.`,
      ];
}
