// A run of the fusion experiment recorded elsewhere: all kernels of the story model, apart and fused.
import type { ExperimentRecord } from "../../experiments/record.ts";

const FILES = import.meta.glob<ExperimentRecord>("../../../public/recorded/fusion.*.json", {
  eager: true,
  import: "default",
});

/** Hardware before software, then the newest. */
function byUse(one: ExperimentRecord, other: ExperimentRecord): number {
  const hardwareFirst = Number(one.device.isSoftware) - Number(other.device.isSoftware);
  return hardwareFirst || Date.parse(other.startedAt) - Date.parse(one.startedAt);
}

/** Undefined where none has been recorded. */
export const RECORDED: ExperimentRecord | undefined = Object.values(FILES)
  .filter(({ experiment }) => experiment === "fusion")
  .toSorted(byUse)[0];
