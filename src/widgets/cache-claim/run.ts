// One run of the cache experiment on the page's engine, and the memory that the engine sets aside for the cache.
import cacheExperiment from "../../experiments/cache/experiment.ts";
import type { ExperimentRecord } from "../../experiments/record.ts";
import type { Bytes } from "../../core/units/units.ts";
import { DEFAULT_PATH, type Engine } from "../../model/engine.ts";
import type { ReadyEngine } from "../../model/page-engine.ts";
import type { TaskContext } from "../../figure/task.ts";
import { runClaim } from "../../live/run.ts";
import type { Run } from "../../live/scene.ts";

export interface CacheValues {
  readonly position: number;
  readonly fusion: boolean;
  readonly kvLayout: string;
}

/** @throws EngineError, or the signal's reason. */
export function runCache(
  ready: ReadyEngine,
  values: CacheValues,
  task: TaskContext,
): Promise<Run<ExperimentRecord>> {
  const { engine, model } = ready;
  return runClaim(ready, task, (context) =>
    cacheExperiment.run(engine, { ...values, curve: false }, { ...context, model }),
  );
}

/** What the engine sets aside for keys and values of a text of `position` tokens, the last of them generated. */
export async function findReserved(
  engine: Engine,
  position: number,
  { fusion, kvLayout }: CacheValues,
): Promise<Bytes> {
  const layout = kvLayout === "paged" ? "paged" : "contiguous";
  const { runId, kvBytes } = await engine.start({
    prompts: [Array.from({ length: position - 1 }, () => 1)],
    numNewTokens: 1,
    path: { ...DEFAULT_PATH, fusion, kvLayout: layout },
    sampling: { kind: "greedy" },
    stopTokens: [],
  });
  await engine.end(runId);
  return kvBytes;
}
