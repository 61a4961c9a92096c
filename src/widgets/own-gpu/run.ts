// One run on the page's engine, without a model: the ladder, then the linear layer.
import { seconds } from "../../core/units/units.ts";
import { createPageClock } from "../../experiments/clock.ts";
import { quickSettings } from "../../experiments/experiment.ts";
import type { Progress } from "../../experiments/experiment.ts";
import ladderExperiment from "../../experiments/ladder/experiment.ts";
import linearExperiment from "../../experiments/linear-batch/experiment.ts";
import type { OpenedEngine } from "../../model/page-engine.ts";
import type { Machine } from "./scene.ts";

export interface RunOptions {
  readonly largest: string;
  readonly signal: AbortSignal;
  /** Given the machine as soon as its ladder is there, while the linear layer is timed. */
  readonly onLadder: (machine: Machine) => void;
  readonly onProgress: (progress: Pick<Progress, "fraction" | "stage">) => void;
}

/** Software is slow and its times stand for no GPU: fewer rounds, which the records then say. */
const SOFTWARE_BUDGET = seconds(6);
const SOFTWARE_LARGEST_BATCH = "64";
/** Of the whole run, before the linear layer. */
const LADDER_SHARE = 0.65;

/** @throws EngineError, the signal's reason, or an Error with a sentence where there is no WebGPU. */
export async function measureDevice(
  { engine, device }: OpenedEngine,
  { largest, signal, onLadder, onProgress }: RunOptions,
): Promise<Machine> {
  if (device.backend === "cpu") {
    throw new Error(
      "This browser offers no WebGPU, so this device cannot be measured. What is drawn comes from elsewhere, as labelled.",
    );
  }
  const clock = createPageClock(document);
  const context = {
    device,
    clock,
    signal,
    host: navigator.userAgent,
    curveSettings: device.isSoftware ? quickSettings(SOFTWARE_BUDGET) : {},
  };
  try {
    const ladder = await ladderExperiment.run(
      engine,
      { largest },
      {
        ...context,
        onProgress: ({ fraction, stage }) =>
          onProgress({ fraction: LADDER_SHARE * fraction, stage: `the ladder: ${stage}` }),
      },
    );
    const machine = { id: "own", label: `${device.name}, this device`, ladder };
    onLadder(machine);
    const linear = await linearExperiment.run(
      engine,
      {
        largestBatch: device.isSoftware
          ? SOFTWARE_LARGEST_BATCH
          : linearExperiment.parameters.largestBatch.default,
      },
      {
        ...context,
        onProgress: ({ fraction, stage }) =>
          onProgress({
            fraction: LADDER_SHARE + (1 - LADDER_SHARE) * fraction,
            stage: `the linear layer: ${stage}`,
          }),
      },
    );
    return { ...machine, linear };
  } finally {
    clock.stop();
  }
}
