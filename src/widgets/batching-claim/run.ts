// One run of the batch experiment with its curve, on the page's engine.
import batchExperiment from "../../experiments/batch/experiment.ts";
import { createPageClock } from "../../experiments/clock.ts";
import { quickSettings } from "../../experiments/experiment.ts";
import type { ExperimentRecord } from "../../experiments/record.ts";
import { seconds } from "../../core/units/units.ts";
import type { ReadyEngine } from "../../model/page-engine.ts";
import type { TaskContext } from "../../figure/task.ts";
import { LARGEST_BATCH } from "./parameters.ts";

export interface BatchValues {
  readonly batch: number;
  readonly position: number;
  readonly kvLayout: string;
}

/** Software is slow and its times stand for no GPU: fewer pairs, which the record then says. */
const SOFTWARE_BUDGET = seconds(6);

/** @throws EngineError, or the signal's reason. */
export async function runBatch(
  { engine, device, model }: ReadyEngine,
  values: BatchValues,
  { signal, onProgress }: TaskContext,
): Promise<ExperimentRecord> {
  const clock = createPageClock(document);
  const quick = device.isSoftware ? quickSettings(SOFTWARE_BUDGET) : {};
  try {
    return await batchExperiment.run(
      engine,
      { ...values, largestBatch: LARGEST_BATCH, curve: true },
      {
        device,
        model,
        clock,
        signal,
        onProgress: ({ fraction, stage }) => onProgress(fraction, stage),
        host: navigator.userAgent,
        pairSettings: quick,
        curveSettings: quick,
      },
    );
  } finally {
    clock.stop();
  }
}
