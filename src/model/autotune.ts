// Chooses the variant of each kernel family for few, some and many rows by timing them on the device at hand.
// What shared memory and barriers win on a GPU they lose on a software adapter, so no rule of thumb will do.
import { seconds, type Seconds } from "../core/units/units.ts";
import type { Backend, Operation, PassPart } from "../gpu/backend.ts";
import type { Kernel } from "../gpu/kernel.ts";
import { hasBarrier } from "./barriers.ts";
import type { DeviceModel } from "./device-model.ts";
import type { TunedFamily, TunedVariant } from "./engine.ts";
import {
  DEFAULT_CHOICE,
  KERNEL_FAMILIES,
  MEASURED,
  type KernelChoice,
  type KernelChooser,
  type KernelFamily,
} from "./kernel-choice.ts";
import { busyTime, SUBMISSION_TARGET, workloadOf } from "./pace.ts";
import { forwardOperations } from "./plan.ts";
import { RunSession } from "./run-session.ts";
import {
  compiled,
  neverInterrupted,
  rowsOf,
  throwIfInterrupted,
  type Interrupted,
  type PacedHost,
} from "./submissions.ts";

export interface TuningHost extends PacedHost {
  readonly model: DeviceModel;
  /** Asked between two submissions: the measurement then ends with an EngineError ("cancelled"). */
  readonly isInterrupted?: Interrupted;
}

/** Row counts that are measured, and up to how many rows each one's winner serves. */
const ROW_CLASSES = [
  { numRows: 1, upTo: 2 },
  { numRows: 8, upTo: 24 },
  { numRows: 48, upTo: Infinity },
] as const;

/** Tokens in each sequence while attention is measured: a short story's context. */
const CONTEXT = 48;

/** Timed runs of each variant, after one that compiles and warms; the fastest counts. */
const NUM_RUNS = 3;

/** A variant whose first run takes this many times the best so far is not measured further. */
const HOPELESS = 4;

/** Times the variants of every family and returns the choice by number of rows. */
export async function createChooser(host: TuningHost): Promise<KernelChooser> {
  return chooserOf(await tuneKernels(host)) ?? (() => DEFAULT_CHOICE);
}

/** Times the variants of every family for every class of row counts. The CPU has no variants: none then. */
export async function tuneKernels(host: TuningHost): Promise<TunedFamily[]> {
  if (host.backend.kind === "cpu") return [];
  const tuned = [...(await tunePath(host, true)), ...(await tunePath(host, false))];
  return tuned.toSorted((one, other) => one.numRows - other.numRows);
}

/** All classes on the arrays of the largest: how many slots the cache has is a constant of some pipelines. */
async function tunePath(host: TuningHost, isFused: boolean): Promise<TunedFamily[]> {
  const { isInterrupted = neverInterrupted } = host;
  const tuned: TunedFamily[] = [];
  const mostRows = Math.max(...ROW_CLASSES.map(({ numRows }) => numRows));
  const session = tuningSession(host, mostRows, isFused);
  try {
    for (const { numRows } of ROW_CLASSES) {
      for (const family of MEASURED[isFused ? "fused" : "unfused"]) {
        const timed = await timeVariants({ session, numRows, isInterrupted }, family);
        tuned.push({ family, numRows, ...timed });
      }
    }
    return tuned;
  } finally {
    session.free();
  }
}

/** The choice that a table of measurements makes; undefined if it names a kernel that there is no more. */
export function chooserOf(tuned: readonly TunedFamily[]): KernelChooser | undefined {
  const choices: { readonly upTo: number; readonly choice: KernelChoice }[] = [];
  for (const { numRows, upTo } of ROW_CLASSES) {
    let choice = DEFAULT_CHOICE;
    for (const { family, chosen } of tuned.filter((entry) => entry.numRows === numRows)) {
      const index = KERNEL_FAMILIES[family].findIndex(({ id }) => id === chosen);
      if (index === -1) return undefined;
      choice = withPagedTwin(choice, family, index);
    }
    choices.push({ upTo, choice });
  }
  return (numRows) => choices.find(({ upTo }) => numRows <= upTo)?.choice ?? DEFAULT_CHOICE;
}

function tuningSession(host: TuningHost, numRows: number, isFused: boolean): RunSession {
  const sequence = Array.from({ length: CONTEXT }, () => 0);
  const sequences = Array.from({ length: numRows }, () => sequence);
  return new RunSession(
    { ...host, choose: () => DEFAULT_CHOICE },
    {
      sequences,
      isFinished: sequences.map(() => false),
      path: { cache: true, fusion: isFused, kvLayout: "contiguous" },
      sampling: { kind: "greedy" },
      stopTokens: [],
      capacity: CONTEXT,
      maxRows: numRows,
    },
  );
}

interface TrialHost {
  readonly session: RunSession;
  readonly numRows: number;
  readonly isInterrupted: Interrupted;
}

/** Times a family's variants for one class of row counts. */
async function timeVariants(
  host: TrialHost,
  family: KernelFamily,
): Promise<Pick<TunedFamily, "chosen" | "variants">> {
  const { session } = host;
  const variants: TunedVariant[] = [];
  let chosen = DEFAULT_CHOICE[family].id;
  let bestTime = Infinity;
  for (const [index, variant] of KERNEL_FAMILIES[family].entries()) {
    if (!isWorthTiming(variant, session.host.backend)) continue;
    const operations = forwardOperations(
      session.context,
      session.arrays.decodeRows,
      withVariant(DEFAULT_CHOICE, family, index),
    );
    const operation = operations.find(({ kernel }) => kernel.id === variant.id);
    if (!operation) continue;
    const timed = await timeOperation(host, operation, bestTime);
    variants.push({ kernel: variant.id, ...timed });
    if (timed.duration < bestTime) [chosen, bestTime] = [variant.id, timed.duration];
  }
  return { chosen, variants };
}

type Timed = Omit<TunedVariant, "kernel">;

/**
 * Times one dispatch over all rows, or over as many as do not hold the device for too long. What is not known to be
 * short begins with one row, and goes on to more as the last trial allows: twice the rows take twice the time at most.
 */
async function timeOperation(
  { session, numRows: total, isInterrupted }: TrialHost,
  operation: Operation,
  bestTime: number,
): Promise<Timed> {
  const { backend, pace } = session.host;
  const program = await compiled(backend.prepare([operation]), isInterrupted);
  const all = session.decodePass();
  const run = async (numRows: number): Promise<Seconds> => {
    throwIfInterrupted(isInterrupted);
    const part: PassPart = { program, pass: rowsOf(all, 0, numRows) };
    const result = await backend.run({
      passes: [{ label: "autotune", parts: [part] }],
      readbacks: [],
    });
    const [duration] = result.passDurations;
    // By the wall clock alone a trial this short is mostly latency, which says nothing of a step.
    if (duration !== undefined) pace.learn(workloadOf([part]), busyTime(result));
    return duration ?? result.wallTime;
  };
  const load = workloadOf([{ program, pass: rowsOf(all, 0, total) }]);
  let numRows = pace.isTooLong(load) ? 1 : total;
  const scaled = (duration: Seconds): Timed => ({
    duration: seconds((duration * total) / numRows),
    ...(numRows < total && { numRowsTimed: numRows }),
  });
  let last = await run(numRows);
  for (;;) {
    const next = Math.min(total, Math.floor((numRows * SUBMISSION_TARGET) / last));
    // Less than twice as many would tell little more.
    if (numRows === total || (next < total && next < 2 * numRows)) break;
    numRows = next;
    last = await run(numRows);
  }
  let fastest = Infinity;
  // The run before compiled and warmed.
  for (let runs = 0; ; runs++) {
    const { duration } = scaled(last);
    if (duration > HOPELESS * bestTime) return scaled(last);
    if (runs > 0) fastest = Math.min(fastest, last);
    if (runs === NUM_RUNS) return scaled(seconds(fastest));
    last = await run(numRows);
  }
}

/** Whether the device has what the variant asks for, and might be good at it. */
function isWorthTiming(
  { source, features = [] }: Pick<Kernel<never, never>, "source" | "features">,
  backend: Backend,
): boolean {
  if (backend.isSoftware && hasBarrier(source)) return false;
  return features.every((feature) => backend.features.has(feature));
}

function withVariant(choice: KernelChoice, family: KernelFamily, index: number): KernelChoice {
  const variant = KERNEL_FAMILIES[family][index];
  return variant ? { ...choice, [family]: variant } : choice;
}

function withPagedTwin(choice: KernelChoice, family: KernelFamily, index: number): KernelChoice {
  const chosen = withVariant(choice, family, index);
  if (family === "normQkvContiguous") return withVariant(chosen, "normQkvPaged", index);
  if (family === "attentionContiguous") return withVariant(chosen, "attentionPaged", index);
  return chosen;
}
