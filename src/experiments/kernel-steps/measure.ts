// One run of a family: short trials from the smallest size up to the one that was asked for, then all steps that the
// device can run, interleaved, each sampled once a round.
import { bytesMoved } from "../../core/cost/cost.ts";
import type { Seconds } from "../../core/units/units.ts";
import { hasBarrier } from "../../model/barriers.ts";
import { EngineError, type Engine, type KernelStage } from "../../model/engine.ts";
import { timedKernelIds } from "../../model/timed-kernels.ts";
import {
  LONGEST_DISPATCH,
  LONGEST_DISPATCH_TEXT,
  TRIAL_SHARE,
  afterTrials,
  tryKernel,
} from "../choose-kernel.ts";
import type { DeviceContext } from "../experiment.ts";
import type { KernelRecord, KernelSeries } from "../kernel-record.ts";
import { timeKernels, type KernelArm } from "../time-kernels.ts";
import type { Work } from "./family-work.ts";
import { alternativesOf, costOf, getSized } from "./sized.ts";
import { FAMILIES, isFamily, type FamilyId, type Step } from "./steps.ts";
import { BATCHES, SIZE_IDS, workOf, type Batch, type Choice, type SizeId } from "./work.ts";

export const CLAIM = "A later step of the ladder takes less time than the first.";

/** A run of all steps of a family that the device can run. */
export interface StepsRun {
  readonly family: FamilyId;
  /** What was chosen. */
  readonly asked: SizeId;
  /** What was run: the asked size, or the largest at which the device was not held too long. */
  readonly size: SizeId;
  readonly batch: Batch;
  readonly record: KernelRecord;
  /** Why a step was not run, by its id. */
  readonly leftOut: Readonly<Record<string, string>>;
}

/** A step with the kernels that this device has for it. */
interface Runnable {
  readonly step: Step;
  readonly kernels: readonly string[];
}

/** Of each place the first kernel that the device runs; undefined where a place has none. */
function findKernels(step: Step, timed: ReadonlySet<string>): readonly string[] | undefined {
  const found = step.kernels.map((names) => alternativesOf(names).find((id) => timed.has(id)));
  return found.every((id) => id !== undefined) ? found : undefined;
}

const TOO_LONG = `Left out at this size: it would hold the device for more than ${LONGEST_DISPATCH_TEXT}, or its arrays do not fit.`;

/** Why a step cannot run on this device at all. */
function sayUnfit(
  step: Step,
  { timed, isSoftware, work }: { timed: ReadonlySet<string>; isSoftware: boolean; work: Work },
): string {
  if (step.untimed !== undefined) return step.untimed;
  for (const [place, names] of step.kernels.entries()) {
    const ids = alternativesOf(names);
    if (ids.some((id) => timed.has(id))) continue;
    const id = ids[0] ?? names;
    const { source, features } = getSized(id, place, work);
    if (isSoftware && hasBarrier(source)) {
      return `Left out on a software adapter: ${id} waits at barriers, which take seconds to compile there.`;
    }
    if (features.length > 0) {
      return `Left out: ${id} needs ${features.join(" and ")}, which browser and device do not offer.`;
    }
  }
  return "Left out: the device does not run it.";
}

function armOf({ step, kernels }: Runnable, work: Work): KernelArm {
  const stages = kernels.map((kernel, place): KernelStage => {
    const { sizes, arrays } = work.stage(kernel, place);
    return { kernel, sizes, ...(arrays === undefined ? {} : { arrays }) };
  });
  const [first, ...next] = stages;
  if (first === undefined) throw new Error(`${step.name} has no kernel.`);
  const { numRows, lengths } = work;
  return {
    id: step.id,
    arm: step.id,
    label: step.name,
    footprintBytes: footprintOf(stages, work),
    work: {
      kernel: first.kernel,
      sizes: first.sizes,
      ...(next.length === 0 ? {} : { next }),
      numRows,
      lengths,
    },
  };
}

/** Bytes of all arrays that a step binds, each once. */
function footprintOf(stages: readonly KernelStage[], work: Work): number {
  const names = new Set(
    stages.flatMap(({ kernel, arrays = {} }, place) =>
      Object.keys(getSized(kernel, place, work).bindings).map((name) => arrays[name] ?? name),
    ),
  );
  return 4 * [...names].reduce((sum, name) => sum + (work.lengths[name] ?? 0), 0);
}

/** One number for how much a step has to do, by which its next time is foreseen from its last. */
function amountOf({ kernels }: Runnable, work: Work): number {
  const cost = costOf(kernels, work);
  return cost.flops + bytesMoved(cost);
}

interface Trials {
  readonly size: SizeId;
  readonly runnable: readonly Runnable[];
}

/**
 * Tries each step at each size from the smallest, as long as its last time lets expect that it will let go of the
 * device soon enough.
 *
 * @returns the largest size at which two steps do, or the only one, with those that do.
 */
async function findSize(
  engine: Engine,
  choice: Choice,
  {
    runnable,
    context,
  }: { readonly runnable: readonly Runnable[]; readonly context: DeviceContext },
): Promise<Trials> {
  const sizes = SIZE_IDS.slice(0, SIZE_IDS.indexOf(choice.size) + 1);
  const latest = new Map<Runnable, { readonly amount: number; readonly time: Seconds }>();
  const enough = Math.min(2, runnable.length);
  let found: Trials | undefined;
  for (const [index, id] of sizes.entries()) {
    const work = workOf({ ...choice, size: id });
    const fit: Runnable[] = [];
    for (const one of runnable) {
      context.signal?.throwIfAborted();
      const amount = amountOf(one, work);
      const last = latest.get(one);
      if (last !== undefined && (last.time * amount) / last.amount > LONGEST_DISPATCH) continue;
      const time = await tryStep(engine, armOf(one, work));
      if (time === undefined) continue;
      latest.set(one, { amount, time });
      if (time <= LONGEST_DISPATCH || index === 0) fit.push(one);
      await context.clock.pause(context.signal);
    }
    context.onProgress?.({
      fraction: (TRIAL_SHARE * (index + 1)) / sizes.length,
      stage: `trying ${runnable.length} kernels at ${work.shape}`,
      series: [],
    });
    if (fit.length < enough) break;
    found = { size: id, runnable: fit };
  }
  if (found === undefined) throw new Error("Not one of these kernels could be run on this device.");
  return found;
}

/** Undefined where the arrays are refused: the size below is then the largest. */
async function tryStep(engine: Engine, arm: KernelArm): Promise<Seconds | undefined> {
  try {
    return await tryKernel(engine, arm);
  } catch (error) {
    if (error instanceof EngineError && error.code === "out-of-memory") return undefined;
    throw error;
  }
}

/** @throws Error with a sentence where the device runs none of the family. */
export async function measureSteps(
  engine: Engine,
  choice: Choice,
  context: DeviceContext,
): Promise<StepsRun> {
  const { family, size, batch } = choice;
  const { steps, name } = FAMILIES[family];
  const { isSoftware } = context.device;
  const timed = new Set(await engine.timedKernels());
  const leftOut: Record<string, string> = {};
  const runnable: Runnable[] = [];
  for (const step of steps) {
    const kernels = findKernels(step, timed);
    if (kernels === undefined) {
      leftOut[step.id] = sayUnfit(step, { timed, isSoftware, work: workOf(choice) });
    } else runnable.push({ step, kernels });
  }
  if (runnable.length === 0) throw new Error(`${name}: this device runs none of its kernels.`);
  try {
    const trials = await findSize(engine, choice, { runnable, context });
    for (const { step } of runnable.filter((one) => !trials.runnable.includes(one))) {
      leftOut[step.id] = TOO_LONG;
    }
    const work = workOf({ ...choice, size: trials.size });
    const record = await timeKernels(
      engine,
      {
        experiment: "kernel-steps",
        claim: CLAIM,
        parameters: { family, size: trials.size, ...(family === "rows" ? { batch } : {}) },
        arms: trials.runnable.map((one) => armOf(one, work)),
        line: 1,
        choosePair: (series) => chooseEnds(series, family),
        notes: [],
      },
      afterTrials(context),
    );
    return { family, asked: size, size: trials.size, batch, record, leftOut };
  } finally {
    await engine.endKernels();
  }
}

/** The record's own comparison: the first step with the fastest after it. The figure makes one for each pair of steps. */
function chooseEnds(series: readonly KernelSeries[], family: FamilyId) {
  const [baseline, ...later] = series;
  if (baseline === undefined) throw new Error("Nothing was timed.");
  const timeOf = (one: KernelSeries) => (one.duration?.median ?? Infinity) / unitsOf(one, family);
  const contender = later.toSorted((one, other) => timeOf(one) - timeOf(other))[0] ?? baseline;
  return {
    baseline,
    contender,
    baselineUnits: unitsOf(baseline, family),
    contenderUnits: unitsOf(contender, family),
    words: { baseline: baseline.label, contender: contender.label, per: FAMILIES[family].per },
  };
}

/** Work of a repeat: steps that do more of it are compared by the multiply-add. */
export function unitsOf({ plan }: KernelSeries, family: FamilyId): number {
  return family === "arithmetic" ? plan.flops / 2 : 1;
}

/** A run as its record tells it; undefined for a record of something else. */
export function readRun(record: KernelRecord): StepsRun | undefined {
  const { family, size, batch = "16" } = record.parameters;
  const asked = SIZE_IDS.find((id) => id === size);
  const rows = BATCHES.find((id) => id === batch);
  if (typeof family !== "string" || !isFamily(family)) return undefined;
  if (asked === undefined || rows === undefined) return undefined;
  const { isSoftware } = record.device;
  const timed = new Set(timedKernelIds({ features: new Set(), isSoftware }));
  const work = workOf({ family, size: asked, batch: rows });
  const missing = FAMILIES[family].steps.filter(
    ({ id }) => !record.series.some(({ arm }) => arm === id),
  );
  const leftOut = missing.map((step: Step) => [
    step.id,
    findKernels(step, timed) === undefined || step.untimed !== undefined
      ? sayUnfit(step, { timed, isSoftware, work })
      : TOO_LONG,
  ]);
  return { family, asked, size: asked, batch: rows, record, leftOut: Object.fromEntries(leftOut) };
}
