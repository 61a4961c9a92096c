// One run of the fusion experiment on the page's engine.
import fusionExperiment from "../../experiments/fusion/experiment.ts";
import type { ExperimentRecord } from "../../experiments/record.ts";
import type { TaskContext } from "../../figure/task.ts";
import { runClaim } from "../../live/run.ts";
import type { Run } from "../../live/scene.ts";
import type { ReadyEngine } from "../../model/page-engine.ts";

/** A token after some others; the batch is 1, where launches weigh most. */
const POSITION = 64;

/**
 * Growing batches, too, where the device is no software adapter, which would take minutes.
 *
 * @throws EngineError, or the signal's reason.
 */
export function runFusion(ready: ReadyEngine, task: TaskContext): Promise<Run<ExperimentRecord>> {
  const { engine, device, model } = ready;
  const values = {
    position: POSITION,
    batch: 1,
    kvLayout: "contiguous",
    curve: !device.isSoftware,
  };
  return runClaim(ready, task, (context) =>
    fusionExperiment.run(engine, values, { ...context, model }),
  );
}
