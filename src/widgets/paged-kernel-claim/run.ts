// One run of the paging experiment on the page's engine.
import pagingExperiment from "../../experiments/paging/experiment.ts";
import type { ExperimentRecord } from "../../experiments/record.ts";
import type { TaskContext } from "../../figure/task.ts";
import { runClaim } from "../../live/run.ts";
import type { Run } from "../../live/scene.ts";
import type { ReadyEngine } from "../../model/page-engine.ts";

export interface PagingValues {
  readonly position: number;
  readonly batch: number;
  readonly fusion: boolean;
}

/** @throws EngineError, or the signal's reason. */
export function runPaging(
  ready: ReadyEngine,
  values: PagingValues,
  task: TaskContext,
): Promise<Run<ExperimentRecord>> {
  const { engine, model } = ready;
  return runClaim(ready, task, (context) =>
    pagingExperiment.run(engine, { ...values, curve: false }, { ...context, model }),
  );
}
