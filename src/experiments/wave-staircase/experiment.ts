// A product that grows tile by tile, timed in fine steps: a GPU computes tiles in waves, as many at a time as it has
// places, so its time may rise in steps. The experiment says how wide they are, or that it cannot tell.
import type { Engine } from "../../model/engine.ts";
import { afterTrials, LONGEST_DISPATCH, tryKernel } from "../choose-kernel.ts";
import { defineKernelExperiment, type DeviceContext } from "../experiment.ts";
import { fitPoints } from "../figures.ts";
import type { KernelRecord, KernelSeries } from "../kernel-record.ts";
import { checkValues } from "../parameters.ts";
import { findSteps, type StepFinding } from "../steps.ts";
import { timeKernels, type KernelArm } from "../time-kernels.ts";

const CLAIM =
  "The time of a product does not grow in proportion to its size: a few tiles leave most processors idle and take as long as many.";

/** Kernels whose workgroups each make a tile of this many columns, the preferred one first; rows of a tile. */
const TILED = [
  { kernel: "linear/blocked", columns: 64, rows: 64 },
  { kernel: "linear/quad", columns: 64, rows: 16 },
] as const;

/** Numbers that are summed for each result. */
const INPUTS = 256;
const FLOAT_BYTES = 4;
/** On software fewer, or the rounds would take too long. */
const MOST_POINTS = { hardware: 48, software: 24 } as const;
/** A software adapter has a few cores for places. */
const SOFTWARE_TILES = 48;

const parameters = {
  tiles: {
    kind: "choice",
    label: "Most tiles",
    options: [
      { value: "48", label: "48" },
      { value: "192", label: "192" },
      { value: "768", label: "768" },
    ],
    default: "192",
  },
} as const;

type Tile = (typeof TILED)[number];

function armOf({ kernel, columns, rows }: Tile, tiles: number, largest: number): KernelArm {
  const outputs = tiles * columns;
  const most = largest * columns;
  return {
    id: `${kernel}@${tiles}`,
    arm: "product",
    label: `${tiles} ${tiles === 1 ? "tile" : "tiles"}`,
    footprintBytes: FLOAT_BYTES * (rows * INPUTS + INPUTS * outputs + rows * outputs),
    work: {
      kernel,
      sizes: { inputWidth: INPUTS, outputWidth: outputs, firstWeightRow: 0 },
      numRows: rows,
      lengths: { input: rows * INPUTS, weights: INPUTS * most, output: rows * most },
    },
  };
}

/** Tiles of the product that a series timed. */
export function tilesOf({ id }: Pick<KernelSeries, "id">): number {
  return Number(id.slice(id.lastIndexOf("@") + 1));
}

/** From a record's own medians, so that anyone finds the same. */
export function readSteps({ series }: Pick<KernelRecord, "series">): StepFinding {
  return findSteps(
    series.flatMap((one) =>
      one.duration === undefined ? [] : [{ x: tilesOf(one), y: one.duration.median }],
    ),
  );
}

/** For the reader, in a sentence. */
export function describeSteps(found: StepFinding): string {
  if (found.kind === "none") return `No steps can be told on this device: ${found.reason}.`;
  const rise = (found.rise * 1e6).toPrecision(3);
  return `Steps of about ${found.period} tiles, each ${rise} µs high: a staircase explains ${((1 - found.share) * 100).toFixed(0)} % of what a smooth curve leaves over.`;
}

/** A single tile against all of them. */
function choosePair(series: readonly KernelSeries[]) {
  const [baseline, contender] = [series[0], series.at(-1)];
  if (baseline === undefined || contender === undefined) throw new Error("Nothing was timed.");
  return {
    baseline,
    contender,
    baselineUnits: tilesOf(baseline),
    contenderUnits: tilesOf(contender),
    words: {
      baseline: `a product of ${baseline.label}`,
      contender: `one of ${contender.label}`,
      per: "a tile",
    },
  };
}

function fit(series: readonly KernelSeries[]) {
  const points = series.flatMap((one) =>
    one.duration === undefined ? [] : [{ x: tilesOf(one), y: one.duration.median }],
  );
  return fitPoints({ arm: "product", label: "product, by its tiles", against: "size" }, points);
}

/** Fewer where a trial of a few tiles says that all of them would hold the device for too long. */
async function fitLargest(
  engine: Engine,
  tile: Tile,
  asked: number,
  signal?: AbortSignal,
): Promise<number> {
  const tried = 4;
  const time = await tryKernel(engine, armOf(tile, tried, asked), signal);
  const allowed = Math.floor((tried * LONGEST_DISPATCH) / time);
  return Math.max(Math.min(asked, allowed), 2 * tried);
}

async function runSweep(
  engine: Engine,
  asked: number,
  context: DeviceContext,
): Promise<KernelRecord> {
  const timed = await engine.timedKernels();
  const tile = TILED.find(({ kernel }) => timed.includes(kernel)) ?? TILED[1];
  const wanted = context.device.isSoftware ? Math.min(asked, SOFTWARE_TILES) : asked;
  const largest = await fitLargest(engine, tile, wanted, context.signal);
  const spacing = Math.ceil(
    largest / MOST_POINTS[context.device.isSoftware ? "software" : "hardware"],
  );
  const arms = Array.from({ length: Math.floor(largest / spacing) }, (_, i) =>
    armOf(tile, (i + 1) * spacing, largest),
  );
  const record = await timeKernels(
    engine,
    {
      experiment: "wave-staircase",
      claim: CLAIM,
      parameters: { tiles: String(asked) },
      arms,
      line: 1,
      choosePair,
      fit,
      notes: [
        `A tile is ${tile.columns} columns of ${tile.rows} rows, ${INPUTS} products summed for each result.`,
        ...(largest < asked
          ? [`Products of up to ${largest} tiles were timed, not ${asked}.`]
          : []),
      ],
    },
    afterTrials(context),
  );
  return { ...record, notes: [describeSteps(readSteps(record)), ...record.notes] };
}

export default defineKernelExperiment({
  id: "wave-staircase",
  title: "A product that grows tile by tile",
  claim: CLAIM,
  question: "Does the time of a product rise in steps on this device?",
  parameters,
  arms: { baseline: "one tile", contender: "many tiles" },
  async run(engine, values, context) {
    checkValues(parameters, values);
    try {
      return await runSweep(engine, Number(values.tiles), context);
    } finally {
      await engine.endKernels();
    }
  },
});
