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

/** @throws EngineError, the signal's reason, or an Error with a sentence where there is no WebGPU. */
export async function runLive(
  { engine, device }: OpenedEngine,
  { signal, onProgress }: TaskContext,
  runExperiment: (context: LiveContext) => Promise<AnyRecord>,
): Promise<Run> {
  if (device.backend === "cpu") {
    throw new Error(
      "This browser offers no WebGPU, so nothing can be timed on this device. What is drawn comes from elsewhere, as labelled.",
    );
  }
  const clock = createPageClock(document);
  const context = {
    device,
    clock,
    signal,
    host: navigator.userAgent,
    curveSettings: device.isSoftware ? quickSettings(SOFTWARE_BUDGET) : {},
    pairSettings: device.isSoftware ? quickSettings(SOFTWARE_BUDGET) : {},
  };
  try {
    const known = ladders.get(device.name);
    const ladder =
      known ??
      (await ladderExperiment.run(
        engine,
        { largest: ladderExperiment.parameters.largest.default },
        {
          ...context,
          onProgress: ({ fraction, stage }) =>
            onProgress(LADDER_SHARE * fraction, `this device’s roofs: ${stage}`),
        },
      ));
    ladders.set(device.name, ladder);
    const done = known === undefined ? LADDER_SHARE : 0;
    const record = await runExperiment({
      ...context,
      onProgress: ({ fraction, stage }) => onProgress(done + (1 - done) * fraction, stage),
    });
    return { record, ladder };
  } finally {
    clock.stop();
  }
}
