// A run recorded elsewhere, for the poster and for readers whose machine has no WebGPU. Which files there are is
// known when the site is built.
import type { KernelRecord } from "../../experiments/kernel-record.ts";
import type { Machine } from "./scene.ts";

const LADDERS = import.meta.glob<KernelRecord>("../../../public/recorded/ladder.*.json", {
  eager: true,
  import: "default",
});
const LINEARS = import.meta.glob<KernelRecord>("../../../public/recorded/linear-batch.*.json", {
  eager: true,
  import: "default",
});

/** Hardware before software, then the newest. */
function byUse(one: KernelRecord, other: KernelRecord): number {
  const hardwareFirst = Number(one.device.isSoftware) - Number(other.device.isSoftware);
  return hardwareFirst || Date.parse(other.startedAt) - Date.parse(one.startedAt);
}

function findMachine(): Machine | undefined {
  const [ladder] = Object.values(LADDERS).toSorted(byUse);
  if (ladder === undefined) return undefined;
  const linear = Object.values(LINEARS).find(({ device }) => device.name === ladder.device.name);
  return {
    id: "recorded",
    label: `${ladder.device.name}, recorded ${ladder.startedAt.slice(0, 10)}`,
    ladder,
    ...(linear === undefined ? {} : { linear }),
  };
}

/** Undefined where none has been recorded. */
export const RECORDED: Machine | undefined = findMachine();
