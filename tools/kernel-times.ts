// Times the variants of a kernel family against each other in one interleaved run, and prints a table with each one's
// share of the device's own roofs, from its ladder in the same run:
// node tools/run.mjs tools/kernel-times.ts --family matmul --shape 512,512,512
import { parseArgs } from "node:util";
import { addCosts, bytesMoved, type Cost } from "../src/core/cost/cost.ts";
import { estimateMedian, estimateMedianRatio } from "../src/core/statistics/estimate.ts";
import { GIGA, KILO, seconds, type Seconds } from "../src/core/units/units.ts";
import { createClock } from "../src/experiments/clock.ts";
import {
  PAIR_PROTOCOL,
  measure,
  usablePairs,
  type Measurement,
  type Reading,
} from "../src/experiments/protocol.ts";
import type { Backend, Program } from "../src/gpu/backend.ts";
import { openDevice } from "../src/gpu/device.ts";
import type { Pass } from "../src/gpu/kernel.ts";
import { WebGpuBackend } from "../src/gpu/webgpu-backend.ts";
import type { Roofs } from "../src/experiments/roofs.ts";
import { formatShare, measureRoofs, sayRoofs, sharesOf } from "./bench-roofs.ts";
import { createNodeGpu } from "./dawn.ts";
import { LADDERS, type Arm, type Ladder } from "./kernel-ladders.ts";

const USAGE = `node tools/run.mjs tools/kernel-times.ts --family FAMILY [--shape A,B,…] [--only NAME,…] [--rounds N]

${Object.entries(LADDERS)
  .map(([name, { shape, defaults }]) => `  ${name}: ${shape} (default ${defaults.join(",")})`)
  .join("\n")}`;

const SEED = 1;
const SAMPLE_DURATION = seconds(0.02);
/** The longest that a submission may hold the device. */
const LONGEST_SUBMISSION = seconds(0.1);
const MAX_REPEATS = 4096;

/** @returns the exit status: 0, or 2 for options that make no sense. */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      family: { type: "string", default: "" },
      shape: { type: "string" },
      only: { type: "string" },
      rounds: { type: "string", default: String(PAIR_PROTOCOL.minRounds) },
    },
  });
  const family = LADDERS[values.family];
  if (!family) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  const ladder = family.build(values.shape?.split(",").map(Number) ?? family.defaults);
  const opened = await openDevice(createNodeGpu());
  if (opened.kind === "absent") throw new Error(opened.reason);
  const backend = new WebGpuBackend(opened);
  const only = values.only?.split(",");
  const arms = ladder.arms.filter(
    ({ label, kernels }) =>
      (only?.includes(label) ?? true) &&
      kernels.every(({ features }) => features.every((feature) => backend.features.has(feature))),
  );
  const clock = createClock();
  const roofs = await measureRoofs(backend, clock, `Node ${process.versions.node} · Dawn`);
  const timers = await prepareArms(backend, ladder, arms);
  const numRounds = Number(values.rounds);
  const measurement = await measure({
    arms: timers,
    settings: {
      ...PAIR_PROTOCOL,
      minRounds: numRounds,
      maxRounds: numRounds,
      budget: seconds(300),
    },
    seed: SEED,
    clock,
    deviceClock: backend.clock,
  });
  const kind = backend.isSoftware ? "software" : "hardware";
  process.stdout.write(
    `${kind}: ${backend.name} · ${measurement.clock} · ${values.family} ${ladder.description}\n` +
      `roofs: ${sayRoofs(roofs)}\n${formatTable(arms, measurement, { pass: ladder.pass, roofs })}\n`,
  );
  backend.close();
  return 0;
}

/** For each arm a function that takes one sample of it; all arms share the arrays of the same name. */
async function prepareArms(
  backend: Backend,
  { arrays, pass }: Ladder,
  arms: readonly Arm[],
): Promise<(() => Promise<Reading>)[]> {
  const onDevice = Object.fromEntries(
    Object.entries(arrays).map(([name, data]) => {
      const element = data instanceof Float32Array ? "f32" : "u32";
      const array = backend.allocate(name, element, data.length);
      backend.write(array, data);
      return [name, array];
    }),
  );
  const programs = await Promise.all(
    arms.map(({ label, kernels }) =>
      backend.prepare(kernels.map((kernel) => ({ kernel, arrays: onDevice, label }))),
    ),
  );
  return programs.map((program) => createTimer(backend, program, pass));
}

function createTimer(backend: Backend, program: Program, pass: Pass): () => Promise<Reading> {
  let single: Seconds | undefined;
  const run = (numRepeats: number) =>
    backend.run({
      passes: [
        {
          label: "timed",
          parts: Array.from({ length: numRepeats }, () => ({ program, pass })),
        },
      ],
      readbacks: [],
    });
  return async () => {
    const known = single ?? (await run(1)).wallTime;
    // Too long to be repeated in one submission: the wall clock then includes the synchronisation.
    const isLong = 2 * known > LONGEST_SUBMISSION;
    const most = Math.floor(LONGEST_SUBMISSION / known / 2);
    const wanted = Math.ceil(SAMPLE_DURATION / known);
    const numRepeats = isLong ? 1 : Math.min(MAX_REPEATS, most, wanted);
    const once = await run(numRepeats);
    const wallTime = isLong ? once.wallTime : (await run(2 * numRepeats)).wallTime - once.wallTime;
    const duration = once.passDurations[0];
    single = seconds(once.wallTime / numRepeats);
    return {
      numRepeats,
      deviceDuration: duration === undefined ? undefined : seconds(duration / numRepeats),
      wallDuration: seconds(wallTime / numRepeats),
    };
  };
}

interface TableContext {
  readonly pass: Pass;
  readonly roofs: Roofs | undefined;
}

function formatTable(
  arms: readonly Arm[],
  measurement: Measurement,
  { pass, roofs }: TableContext,
): string {
  const { samples, clock } = measurement;
  const first = samples[0] ?? [];
  const lines = arms.map(({ label, kernels }, index) => {
    const pairs = usablePairs(first, samples[index] ?? [], clock);
    if (pairs.length === 0) return [label, "no usable sample"];
    const times = pairs.map((pair) => pair[1]);
    const time = estimateMedian(times, SEED);
    const ratio = estimateMedianRatio(
      pairs.map((pair) => pair[0]),
      times,
      SEED,
    );
    const cost = addCosts(kernels.map((kernel) => kernel.cost(pass)));
    return [
      label,
      `${ms(time.median)} (${ms(time.low)} to ${ms(time.high)})`,
      ...rates(cost, seconds(time.median)),
      ...shares(cost, seconds(time.median), roofs),
      `${ratio.median.toFixed(2)}× (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`,
    ];
  });
  const title = [
    "variant",
    "ms, median (95 %)",
    "GFLOP/s",
    "GB/s",
    "of read roof (own footprint)",
    "of FMA roof",
    "faster than the first",
  ];
  return [title, ...lines]
    .map(([label = "", ...cells]) => [label.padEnd(28), ...cells.map((cell) => cell.padEnd(28))])
    .map((cells) => cells.join(" ").trimEnd())
    .join("\n");
}

function rates(cost: Cost, time: Seconds): string[] {
  return [cost.flops, bytesMoved(cost)].map((amount) => (amount / time / GIGA).toPrecision(4));
}

/** What an arm moves, each number once a kernel, stands for its footprint. */
function shares(cost: Cost, time: Seconds, roofs: Roofs | undefined): string[] {
  if (roofs === undefined) return ["–", "–"];
  const bytes = bytesMoved(cost);
  const work = { flops: cost.flops, bytes, footprintBytes: bytes, seconds: time };
  const { read, ownRead, arithmetic } = sharesOf(work, roofs);
  return [`${formatShare(read)} (${formatShare(ownRead)})`, formatShare(arithmetic)];
}

function ms(time: number): string {
  return (time * KILO).toPrecision(4);
}
