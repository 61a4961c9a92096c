// A run recorded elsewhere, for the poster and for readers whose machine has no WebGPU. Which files there are is
// known when the site is built.
import type { ExperimentRecord } from "../../experiments/record.ts";

const FILES = import.meta.glob<ExperimentRecord>("../../../public/recorded/paging.*.json", {
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
  .filter(({ experiment }) => experiment === "paging")
  .toSorted(byUse)[0];
