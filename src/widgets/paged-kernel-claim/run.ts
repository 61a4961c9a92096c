// One run of the paging experiment on the page's engine.
import { createPageClock } from "../../experiments/clock.ts";
import { quickSettings } from "../../experiments/experiment.ts";
import pagingExperiment from "../../experiments/paging/experiment.ts";
import type { ExperimentRecord } from "../../experiments/record.ts";
import { seconds } from "../../core/units/units.ts";
import type { TaskContext } from "../../figure/task.ts";
import type { ReadyEngine } from "../../model/page-engine.ts";

export interface PagingValues {
  readonly position: number;
  readonly batch: number;
  readonly fusion: boolean;
}

/** Software is slow and its times stand for no GPU: fewer pairs, which the record then says. */
const SOFTWARE_BUDGET = seconds(6);

/** @throws EngineError, or the signal's reason. */
export async function runPaging(
  { engine, device, model }: ReadyEngine,
  values: PagingValues,
  { signal, onProgress }: TaskContext,
): Promise<ExperimentRecord> {
  const clock = createPageClock(document);
  try {
    return await pagingExperiment.run(
      engine,
      { ...values, curve: false },
      {
        device,
        model,
        clock,
        signal,
        onProgress: ({ fraction, stage }) => onProgress(fraction, stage),
        host: navigator.userAgent,
        ...(device.isSoftware ? { pairSettings: quickSettings(SOFTWARE_BUDGET) } : {}),
      },
    );
  } finally {
    clock.stop();
  }
}
