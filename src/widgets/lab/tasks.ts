// What the lab's buttons do, without the page: each task ends by itself or when its signal says so.
import { seconds } from "../../core/units/units.ts";
import { createPageClock } from "../../experiments/clock.ts";
import { runComparison, type ComparisonPlan } from "../../experiments/compare.ts";
import { quickSettings, type Progress } from "../../experiments/experiment.ts";
import type { ExperimentRecord } from "../../experiments/record.ts";
import type { KernelTiming } from "../../model/engine.ts";
import type { ReadyEngine } from "../../model/page-engine.ts";
import type { LabValues } from "./parameters.ts";
import { nameSides, switchesOf } from "./switches.ts";

/** Of a whole comparison on a software adapter, which is slow and whose times stand for no GPU. */
const SOFTWARE_BUDGET = seconds(6);

export function planComparison(values: LabValues): ComparisonPlan {
  const [a, b] = [switchesOf(values, "a"), switchesOf(values, "b")];
  const names = nameSides(a, b);
  const { position } = values;
  return {
    experiment: "lab",
    claim: `A token takes less time with B (${names.b}) than with A (${names.a}).`,
    parameters: { ...values },
    baseline: { arm: "a", label: names.a, ...a, position },
    contender: { arm: "b", label: names.b, ...b, position },
    line: 1,
    words: { baseline: names.a, contender: names.b, per: "a token" },
  };
}

interface CompareOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export async function compareSides(
  { engine, device, model }: ReadyEngine,
  values: LabValues,
  { signal, onProgress }: CompareOptions,
): Promise<ExperimentRecord> {
  const clock = createPageClock(document);
  try {
    return await runComparison(engine, planComparison(values), {
      device,
      model,
      clock,
      signal,
      onProgress,
      host: navigator.userAgent,
      ...(device.isSoftware ? { pairSettings: quickSettings(SOFTWARE_BUDGET) } : {}),
    });
  } finally {
    clock.stop();
  }
}

export interface Profile {
  readonly timings: readonly KernelTiming[];
  readonly values: LabValues;
}

/** One step by A's switches, each dispatch in a pass of its own. */
export async function profileA(
  { engine }: ReadyEngine,
  values: LabValues,
  signal: AbortSignal,
): Promise<Profile> {
  const { path, batch } = switchesOf(values, "a");
  const { position } = values;
  return { timings: await engine.profileStep({ path, batch, position }, signal), values };
}
