// A run in the page, with the roofs of a device that has any.
import { seconds } from "../../core/units/units.ts";
import { createPageClock } from "../../experiments/clock.ts";
import { quickSettings } from "../../experiments/experiment.ts";
import { measureSteps, type StepsRun } from "../../experiments/kernel-steps/measure.ts";
import type { Choice } from "../../experiments/kernel-steps/work.ts";
import { readRoofs } from "../../experiments/roofs.ts";
import type { TaskContext } from "../../figure/task.ts";
import { runLive } from "../../live/run.ts";
import type { OpenedEngine } from "../../model/page-engine.ts";
import type { Measured } from "./scene.ts";

/** Software is slow and its times stand for no GPU: fewer rounds, which the record then says. */
const SOFTWARE_BUDGET = seconds(4);

/**
 * A run in the page. On hardware the device's own ladder comes first, once a visit, for its roofs.
 *
 * @throws EngineError, the signal's reason, or an Error with a sentence where there is no WebGPU.
 */
export async function runSteps(
  opened: OpenedEngine,
  choice: Choice,
  task: TaskContext,
): Promise<Measured> {
  const { engine, device } = opened;
  if (device.backend === "webgpu" && device.isSoftware) {
    const clock = createPageClock(document);
    try {
      const measured = await measureSteps(engine, choice, {
        device,
        clock,
        signal: task.signal,
        host: navigator.userAgent,
        curveSettings: quickSettings(SOFTWARE_BUDGET),
        onProgress: ({ fraction, stage }) => task.onProgress(fraction, stage),
      });
      return { ...measured, roofs: undefined };
    } finally {
      clock.stop();
    }
  }
  let measured: StepsRun | undefined;
  const { ladder } = await runLive(opened, task, async (context) => {
    measured = await measureSteps(engine, choice, context);
    return measured.record;
  });
  if (measured === undefined) throw new Error("Nothing was timed.");
  return { ...measured, roofs: ladder === undefined ? undefined : readRoofs(ladder) };
}
