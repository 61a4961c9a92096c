// One run of the batch experiment with its curve, on the page's engine.
import batchExperiment from "../../experiments/batch/experiment.ts";
import type { ExperimentRecord } from "../../experiments/record.ts";
import type { ReadyEngine } from "../../model/page-engine.ts";
import type { TaskContext } from "../../figure/task.ts";
import { runClaim } from "../../live/run.ts";
import type { Run } from "../../live/scene.ts";
import { LARGEST_BATCH } from "./parameters.ts";

export interface BatchValues {
  readonly batch: number;
  readonly position: number;
  readonly kvLayout: string;
}

/** @throws EngineError, or the signal's reason. */
export function runBatch(
  ready: ReadyEngine,
  values: BatchValues,
  task: TaskContext,
): Promise<Run<ExperimentRecord>> {
  const { engine, model } = ready;
  return runClaim(ready, task, (context) =>
    batchExperiment.run(
      engine,
      { ...values, largestBatch: LARGEST_BATCH, curve: true },
      { ...context, model },
    ),
  );
}
