// The ladder of a device: how fast it reads working sets that double from 1 MiB on, how fast it multiplies and adds,
// and what a dispatch and a submission cost before they do anything.
import { EngineError, type Engine } from "../../model/engine.ts";
import { MEBI } from "../../core/units/units.ts";
import { LONGEST_DISPATCH, tryKernel } from "../choose-kernel.ts";
import { defineKernelExperiment, type DeviceContext } from "../experiment.ts";
import { fitPoints } from "../figures.ts";
import type { KernelRecord, KernelSeries } from "../kernel-record.ts";
import { checkValues } from "../parameters.ts";
import { doublingPoints } from "../points.ts";
import { LADDER_ARMS } from "../roofs.ts";
import { timeKernels, type ChosenPair, type KernelArm } from "../time-kernels.ts";

const CLAIM =
  "A byte takes longer to read from a large working set than from a small one, which a cache can hold.";

const VECTOR_BYTES = 16;
const FLOAT_BYTES = 4;

const parameters = {
  largest: {
    kind: "choice",
    label: "Largest working set",
    options: [
      { value: "64", label: "64 MiB" },
      { value: "256", label: "256 MiB" },
      { value: "512", label: "512 MiB" },
    ],
    default: "256",
  },
} as const;

/** How much a dispatch does. */
interface Amounts {
  readonly numThreads: number;
  /** Vectors that each thread reads, at least. */
  readonly numReads: number;
  readonly numMultiplyAdds: number;
  readonly largestMiB: number;
}

/** Enough to fill the device. */
const NUM_THREADS = { hardware: 262_144, software: 16_384 } as const;
/** Of a first, short trial; four reads a turn. */
const TRIAL = { numReads: 4, numMultiplyAdds: 8 } as const;
/** What a dispatch should last: its launch weighs little then. */
const DISPATCH_SECONDS = 0.002;
/**
 * The largest working set is cut down to what keeps a dispatch under the limit. The trial reads from a cache: a GPU's
 * memory may be several times slower, a software adapter's is not.
 */
const MEMORY_SLOWDOWN = { hardware: 6, software: 1.25 } as const;
/** A software adapter has one memory and reads it at one rate: larger sets would only take longer. */
const SOFTWARE_LARGEST_MIB = 64;
/** So much can every device read; below it there would be too few rungs. */
const SMALLEST_LARGEST_MIB = 8;
const MAX_TURNS = 65_536;

const READERS = ["ladder/read", "ladder/read-four"];
const MULTIPLIERS = ["micro/fma-scalar", "micro/fma-vec4"];

function readArm(kernel: string, sizeMiB: number, amounts: Amounts): KernelArm {
  const { numThreads, numReads, largestMiB } = amounts;
  const numVectors = (sizeMiB * MEBI) / VECTOR_BYTES;
  return {
    id: `${kernel}@${sizeMiB}`,
    arm: LADDER_ARMS.read,
    label: `${sizeMiB} MiB`,
    footprintBytes: sizeMiB * MEBI,
    work: {
      kernel,
      // Once round the whole set at least.
      sizes: { numVectors, numTurns: Math.max(numReads, numVectors / numThreads) },
      numRows: numThreads,
      lengths: { data: (largestMiB * MEBI) / FLOAT_BYTES, sums: numThreads },
    },
  };
}

function multiplyArm(kernel: string, { numThreads, numMultiplyAdds }: Amounts): KernelArm {
  return {
    id: kernel,
    arm: LADDER_ARMS.arithmetic,
    label: "multiply-adds",
    footprintBytes: 2 * FLOAT_BYTES * numThreads,
    work: {
      kernel,
      sizes: { numThreads, numSteps: numMultiplyAdds },
      numRows: numThreads,
      lengths: { seeds: numThreads, sums: numThreads },
    },
  };
}

const LAUNCH: KernelArm = {
  id: "ladder/launch",
  arm: LADDER_ARMS.launch,
  label: "a dispatch",
  footprintBytes: FLOAT_BYTES,
  work: { kernel: "ladder/launch", sizes: {}, numRows: 1, lengths: { counter: 1 } },
};

function armsOf(amounts: Amounts): KernelArm[] {
  const sizes = doublingPoints(1, amounts.largestMiB);
  return [
    ...sizes.flatMap((size) => READERS.map((kernel) => readArm(kernel, size, amounts))),
    ...MULTIPLIERS.map((kernel) => multiplyArm(kernel, amounts)),
    LAUNCH,
  ];
}

/** The largest working set and the smallest, each read by the kernel that is best at it. */
function choosePair(series: readonly KernelSeries[], amounts: Amounts): ChosenPair {
  const ofSize = (sizeMiB: number) => {
    const timed = series.filter(
      ({ arm, footprintBytes }) => arm === LADDER_ARMS.read && footprintBytes === sizeMiB * MEBI,
    );
    const [fastest] = timed.toSorted((one, other) => secondsAByte(one) - secondsAByte(other));
    if (fastest === undefined) throw new Error(`Nothing read ${sizeMiB} MiB.`);
    return fastest;
  };
  const [baseline, contender] = [ofSize(amounts.largestMiB), ofSize(1)];
  return {
    baseline,
    contender,
    baselineUnits: baseline.plan.bytesRead,
    contenderUnits: contender.plan.bytesRead,
    words: {
      baseline: `a working set of ${amounts.largestMiB} MiB`,
      contender: "one of 1 MiB",
      per: "reading a byte",
    },
  };
}

function secondsAByte({ duration, plan }: KernelSeries): number {
  return duration === undefined ? Infinity : duration.median / plan.bytesRead;
}

/** How the time to read a working set once grows with its size, by the better reader of each. */
function fit(series: readonly KernelSeries[]) {
  const once = new Map<number, number>();
  for (const { arm, footprintBytes, plan, duration } of series) {
    if (arm !== LADDER_ARMS.read || duration === undefined) continue;
    const time = (duration.median * footprintBytes) / plan.bytesRead;
    once.set(footprintBytes, Math.min(time, once.get(footprintBytes) ?? Infinity));
  }
  const points = [...once].map(([x, y]) => ({ x, y }));
  return fitPoints(
    { arm: LADDER_ARMS.read, label: "reading a working set once", against: "bytes" },
    points,
  );
}

/** As many turns as make a dispatch last as it should: a multiple of four, so that every reader takes it. */
function turnsFor(numTried: number, time: number): number {
  const wanted = (numTried * DISPATCH_SECONDS) / time;
  return Math.min(MAX_TURNS, Math.max(4, 4 * Math.round(wanted / 4)));
}

/** Tries reading and arithmetic in small, and sizes the rest so that no dispatch holds the device for long. */
async function chooseAmounts(
  engine: Engine,
  context: DeviceContext,
  largestMiB: number,
): Promise<Amounts> {
  const kind = context.device.isSoftware ? "software" : "hardware";
  const numThreads = NUM_THREADS[kind];
  const trial = { ...TRIAL, numThreads, largestMiB: 1 };
  const times: number[] = [];
  const tryArm = (arm: KernelArm) => tryKernel(engine, arm, context.signal);
  for (const kernel of READERS) times.push(await tryArm(readArm(kernel, 1, trial)));
  const reading = Math.max(...times);
  const multiplying = await tryArm(multiplyArm("micro/fma-vec4", trial));
  const readMiB = (numThreads * TRIAL.numReads * VECTOR_BYTES) / MEBI;
  const longestMiB = (readMiB * LONGEST_DISPATCH) / reading / MEMORY_SLOWDOWN[kind];
  return {
    numThreads,
    numReads: turnsFor(TRIAL.numReads, reading),
    numMultiplyAdds: turnsFor(TRIAL.numMultiplyAdds, multiplying),
    largestMiB: Math.min(
      largestMiB,
      Math.max(SMALLEST_LARGEST_MIB, 2 ** Math.floor(Math.log2(longestMiB))),
    ),
  };
}

async function runOnce(
  engine: Engine,
  { context, askedMiB }: { readonly context: DeviceContext; readonly askedMiB: number },
  allowedMiB: number,
): Promise<KernelRecord> {
  const amounts = await chooseAmounts(engine, context, allowedMiB);
  return timeKernels(
    engine,
    {
      experiment: "ladder",
      claim: CLAIM,
      parameters: { largest: String(askedMiB) },
      arms: armsOf(amounts),
      roundTrip: { ...LAUNCH, id: "round-trip", arm: "round-trip", label: "a submission" },
      line: 1,
      choosePair: (series) => choosePair(series, amounts),
      fit,
      notes:
        amounts.largestMiB === askedMiB
          ? []
          : [`Working sets up to ${amounts.largestMiB} MiB were read, not ${askedMiB}.`],
    },
    context,
  );
}

export default defineKernelExperiment({
  id: "ladder",
  title: "The ladder of this device: reading, arithmetic, launches",
  claim: CLAIM,
  question: "How many times longer does a byte take from memory than from a cache?",
  parameters,
  arms: { baseline: "a large working set", contender: "a small one" },
  async run(engine, values, context) {
    checkValues(parameters, values);
    const asked = Number(values.largest);
    const allowed = context.device.isSoftware ? Math.min(asked, SOFTWARE_LARGEST_MIB) : asked;
    const request = { context, askedMiB: asked };
    try {
      for (let size = allowed; ; size /= 2) {
        try {
          return await runOnce(engine, request, size);
        } catch (error) {
          // A phone may refuse an array that a desktop grants.
          const isTooLarge = error instanceof EngineError && error.code === "out-of-memory";
          if (!isTooLarge || size <= SMALLEST_LARGEST_MIB) throw error;
        }
      }
    } finally {
      await engine.endKernels();
    }
  },
});
