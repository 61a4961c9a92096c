// Runs recorded elsewhere, for posters and for readers whose machine has no WebGPU. Which files there are is known when
// the site is built; a page stands without any.
import type { KernelRecord } from "../experiments/kernel-record.ts";
import type { AnyRecord } from "../experiments/kernel-record.ts";

const LADDERS = import.meta.glob<KernelRecord>("../../public/recorded/ladder.*.json", {
  eager: true,
  import: "default",
});

/** Hardware before software, then the newest. */
function byUse(one: AnyRecord, other: AnyRecord): number {
  const hardwareFirst = Number(one.device.isSoftware) - Number(other.device.isSoftware);
  return hardwareFirst || Date.parse(other.startedAt) - Date.parse(one.startedAt);
}

/** The first of some files, by use; undefined where there is none. */
export function findBest<R extends AnyRecord>(
  files: Readonly<Record<string, R>>,
  isWanted: (record: R) => boolean = () => true,
): R | undefined {
  return Object.values(files).filter(isWanted).toSorted(byUse)[0];
}

/** The ladder of a device, or the best there is where none is named. */
export function findLadder(deviceName?: string): KernelRecord | undefined {
  return findBest(LADDERS, ({ device }) => deviceName === undefined || device.name === deviceName);
}
