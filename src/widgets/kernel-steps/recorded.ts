// Runs recorded elsewhere, for readers whose browser has no WebGPU: one file a family, fetched when it is wanted.
import type { KernelRecord } from "../../experiments/kernel-record.ts";
import { readRun } from "../../experiments/kernel-steps/measure.ts";
import type { FamilyId } from "../../experiments/kernel-steps/steps.ts";
import { readRoofs } from "../../experiments/roofs.ts";
import { findBest, findLadder } from "../../live/recorded.ts";
import type { Measured } from "./scene.ts";

const FILES = import.meta.glob<KernelRecord>("../../../public/recorded/kernel-steps.*.json", {
  import: "default",
});

/** Hardware before software, then the newest; undefined where there is none. */
export async function findRecorded(family: FamilyId): Promise<Measured | undefined> {
  const files = Object.entries(FILES).filter(([path]) =>
    path.includes(`/kernel-steps.${family.toLowerCase()}.`),
  );
  const loaded = await Promise.all(
    files.map(async ([path, load]) => [path, await load()] as const),
  );
  const record = findBest(Object.fromEntries(loaded));
  const run = record && readRun(record);
  if (run === undefined) return undefined;
  const { device, startedAt } = run.record;
  const ladder = device.isSoftware ? undefined : findLadder(device.name);
  return { ...run, roofs: ladder && readRoofs(ladder), recordedOn: startedAt.slice(0, 10) };
}
