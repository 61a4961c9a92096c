// One run on the page's engine: the device's ladder, once for a page, and then an experiment.
import { createPageClock } from "../experiments/clock.ts";
import { quickSettings, type DeviceContext } from "../experiments/experiment.ts";
import type { AnyRecord, KernelRecord } from "../experiments/kernel-record.ts";
import ladderExperiment from "../experiments/ladder/experiment.ts";
import type { TaskContext } from "../figure/task.ts";
import { seconds } from "../core/units/units.ts";
import type { OpenedEngine } from "../model/page-engine.ts";
import type { Run } from "./scene.ts";

/** Software is slow and its times stand for no GPU: fewer rounds, which the record then says. */
const SOFTWARE_BUDGET = seconds(6);
/** Of the whole run, where the ladder is not known yet. */
const LADDER_SHARE = 0.45;

/** What an experiment is given: the settings of this page, and whether fewer rounds are to do. */
export interface LiveContext extends DeviceContext {
  readonly signal: AbortSignal;
}

/** The ladders of this visit by the device's name: one is good for every figure of a page. */
const ladders = new Map<string, KernelRecord>();

interface Page {
  /** Everything but the progress, of which the ladder and the experiment have a share each. */
  readonly context: Omit<LiveContext, "onProgress">;
  /** Reports a part of the run, from one share of it to another. */
  readonly reportBetween: (
    from: number,
    to: number,
    prefix?: string,
  ) => NonNullable<LiveContext["onProgress"]>;
  readonly known: KernelRecord | undefined;
}

/** Measured once for a visit. */
async function takeLadder({ engine, device }: OpenedEngine, context: LiveContext) {
  const largest = ladderExperiment.parameters.largest.default;
  const ladder = await ladderExperiment.run(engine, { largest }, context);
  ladders.set(device.name, ladder);
  return ladder;
}

/** Settings of this page, with a clock that runs while `work` does. */
async function withPage<R>(
  { device }: OpenedEngine,
  { signal, onProgress }: TaskContext,
  work: (page: Page) => Promise<R>,
): Promise<R> {
  const clock = createPageClock(document);
  const quick = device.isSoftware ? quickSettings(SOFTWARE_BUDGET) : {};
  const host = navigator.userAgent;
  try {
    return await work({
      context: { device, clock, signal, host, curveSettings: quick, pairSettings: quick },
      reportBetween:
        (from, to, prefix = "") =>
        ({ fraction, stage }) =>
          onProgress(from + (to - from) * fraction, `${prefix}${stage}`),
      known: ladders.get(device.name),
    });
  } finally {
    clock.stop();
  }
}

const ROOFS = "this device’s roofs: ";

/** @throws EngineError, the signal's reason, or an Error with a sentence where there is no WebGPU. */
export async function runLive(
  opened: OpenedEngine,
  task: TaskContext,
  runExperiment: (context: LiveContext) => Promise<AnyRecord>,
): Promise<Run> {
  if (opened.device.backend === "cpu") {
    throw new Error(
      "This browser offers no WebGPU, so nothing can be timed on this device. What is drawn comes from elsewhere, as labelled.",
    );
  }
  return withPage(opened, task, async ({ context, reportBetween, known }) => {
    const share = known === undefined ? LADDER_SHARE : 0;
    const ladder =
      known ??
      (await takeLadder(opened, { ...context, onProgress: reportBetween(0, share, ROOFS) }));
    const record = await runExperiment({ ...context, onProgress: reportBetween(share, 1) });
    return { record, ladder };
  });
}

/**
 * The run of a claim that says something without a roofline, too: its experiment comes first, and whatever becomes of
 * the ladder after it, the record stays.
 *
 * @throws EngineError or the signal's reason, of the experiment.
 */
export async function runClaim<R extends AnyRecord>(
  opened: OpenedEngine,
  task: TaskContext,
  runExperiment: (context: LiveContext) => Promise<R>,
): Promise<Run<R>> {
  return withPage(opened, task, async ({ context, reportBetween, known }) => {
    const hasLadder = known !== undefined;
    const isCpu = opened.device.backend === "cpu";
    const share = hasLadder || isCpu ? 1 : 1 - LADDER_SHARE;
    const record = await runExperiment({ ...context, onProgress: reportBetween(0, share) });
    if (hasLadder) return { record, ladder: known };
    if (isCpu) return { record, ladder: undefined, noLadder: "this browser offers no WebGPU" };
    try {
      const onProgress = reportBetween(share, 1, ROOFS);
      return { record, ladder: await takeLadder(opened, { ...context, onProgress }) };
    } catch (error) {
      const noLadder = task.signal.aborted
        ? "the run was stopped before the device’s roofs were measured"
        : `the device’s roofs could not be measured (${error instanceof Error ? error.message : String(error)})`;
      return { record, ladder: undefined, noLadder };
    }
  });
}
