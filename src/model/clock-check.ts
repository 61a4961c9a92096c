// Whether the device's clock can be believed: work that is long beside any call is timed by it and by the wall clock at
// once. Firefox has handed out ticks where nanoseconds are due, https://github.com/gfx-rs/wgpu/issues/6719; this can go
// when no browser in use does.
import { median } from "../core/statistics/quantiles.ts";
import { seconds, type Seconds } from "../core/units/units.ts";
import type { StepTiming } from "./engine.ts";
import { KernelBench } from "./kernel-bench.ts";
import type { Interrupted, PacedHost } from "./submissions.ts";

/** Clocks that differ by more than this factor, either way, count in different units. */
const LARGEST_FACTOR = 2;

const NUM_SAMPLES = 5;
const SAMPLE = seconds(0.01);

/** A dispatch this long hides what recording and sending it takes: some microseconds. */
const LONG_DISPATCH = seconds(0.002);

/** A repeat that seems longer is timed once, so its wall time is no slope: the wait for the answer is in it. */
const LONGEST_SLOPE = seconds(0.03);

const NUM_THREADS = 1024;
/** Multiply-adds of a chain to begin with: some microseconds on a GPU. */
const FEWEST_STEPS = 64;
const MAX_LENGTHENINGS = 4;
const MOST_TIMES_LONGER = 1024;

type ClockReading = Pick<StepTiming, "deviceDuration" | "wallDuration">;

/** True where nothing speaks against the clock: readings that are no times are dropped elsewhere. */
export function isClockPlausible(readings: readonly ClockReading[]): boolean {
  const ratios = readings.flatMap(({ deviceDuration, wallDuration }) =>
    deviceDuration !== undefined && deviceDuration > 0 && isSlope(wallDuration)
      ? [wallDuration / deviceDuration]
      : [],
  );
  if (ratios.length === 0) return true;
  const ratio = median(ratios);
  return ratio >= 1 / LARGEST_FACTOR && ratio <= LARGEST_FACTOR;
}

function isSlope(wallDuration: Seconds): boolean {
  return wallDuration > 0 && wallDuration <= LONGEST_SLOPE;
}

function timeArithmetic(
  bench: KernelBench,
  numSteps: number,
  isInterrupted: Interrupted,
): Promise<StepTiming> {
  return bench.sample(
    {
      kernel: "micro/fma-vec4",
      sizes: { numThreads: NUM_THREADS, numSteps },
      numRows: NUM_THREADS,
      lengths: { seeds: NUM_THREADS, sums: NUM_THREADS },
      sampleDuration: SAMPLE,
      repeat: "dispatch",
    },
    isInterrupted,
  );
}

/** Steps that make a dispatch long by the wall clock, or as many as were tried. */
async function findLongSteps(bench: KernelBench, isInterrupted: Interrupted): Promise<number> {
  let numSteps = FEWEST_STEPS;
  for (let round = 0; round < MAX_LENGTHENINGS; round++) {
    const { wallDuration } = await timeArithmetic(bench, numSteps, isInterrupted);
    if (wallDuration >= LONG_DISPATCH) break;
    // A slope of so little may come out as zero or less.
    const longer = wallDuration > 0 ? timesLonger(wallDuration) : MOST_TIMES_LONGER;
    numSteps = Math.ceil(numSteps * longer);
  }
  return numSteps;
}

function timesLonger(duration: Seconds): number {
  return Math.min(MOST_TIMES_LONGER, (1.5 * LONG_DISPATCH) / duration);
}

/**
 * Some 0.3 s of work. True without a device clock, of which nothing is then believed; and of a software adapter, whose
 * clock is the processor's, whose times stand for no GPU, and whose cores other work may hold for half of a sample.
 *
 * @throws EngineError ("cancelled") between two submissions, where that is asked.
 */
export async function isClockSound(host: PacedHost, isInterrupted: Interrupted): Promise<boolean> {
  if (host.backend.clock === "wall" || host.backend.isSoftware) return true;
  const bench = new KernelBench(host);
  try {
    const numSteps = await findLongSteps(bench, isInterrupted);
    const readings: ClockReading[] = [];
    while (readings.length < NUM_SAMPLES) {
      readings.push(await timeArithmetic(bench, numSteps, isInterrupted));
    }
    return isClockPlausible(readings);
  } finally {
    bench.free();
  }
}
