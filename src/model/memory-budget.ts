// What a device is trusted with: a model, a run or a timing that does not fit is refused before anything is allocated.
import { bytes, GIBI, MEBI, type Bytes } from "../core/units/units.ts";
import { OutOfMemoryBudget, type Backend } from "../gpu/backend.ts";

/** What somebody wants to allocate. */
export interface MemoryNeed {
  readonly total: Bytes;
  /** Of its arrays. */
  readonly largest: Bytes;
  /** The subject of the sentence that refuses it: "This run". */
  readonly what: string;
}

/** Of an engine that was asked for no other. */
export function defaultBudget({ isSoftware }: Pick<Backend, "isSoftware">): Bytes {
  return bytes(isSoftware ? GIBI : 4 * GIBI);
}

/** @throws OutOfMemoryBudget where the need exceeds what is free of the budget, or one array what the device allows. */
export function checkFits(
  { liveBytes, maxArrayBytes }: Pick<Backend, "liveBytes" | "maxArrayBytes">,
  budget: Bytes,
  { total, largest, what }: MemoryNeed,
): void {
  const free = budget - liveBytes;
  if (total > free) {
    throw new OutOfMemoryBudget(
      `${what} needs ${mebibytes(total)}, and ${mebibytes(Math.max(0, free))} of the ` +
        `${mebibytes(budget)} budget are free. Choose a smaller model, batch or length, or raise the budget.`,
    );
  }
  if (largest > maxArrayBytes) {
    throw new OutOfMemoryBudget(
      `${what} needs one array of ${mebibytes(largest)}, and this device allows ` +
        `${mebibytes(maxArrayBytes)}. Choose a smaller model, batch or length.`,
    );
  }
}

function mebibytes(size: number): string {
  return `${Math.ceil(size / MEBI).toLocaleString("en")} MiB`;
}
