// A measured choice of kernels as it is kept in the browser, checked when it is read again.
import * as v from "valibot";
import { seconds } from "../core/units/units.ts";
import type { TunedFamily } from "./engine.ts";
import { MEASURED } from "./kernel-choice.ts";

export interface KeptTuning {
  /** When it was measured, in milliseconds since 1970. */
  readonly at: number;
  /** The name of the device that it was measured on. */
  readonly device: string;
  readonly table: readonly TunedFamily[];
}

/** A table from a hot laptop should not choose for ever. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

const keptSchema = v.object({
  at: v.number(),
  device: v.string(),
  table: v.array(
    v.object({
      family: v.picklist([...MEASURED.fused, ...MEASURED.unfused]),
      numRows: v.number(),
      chosen: v.string(),
      variants: v.array(
        v.object({
          kernel: v.string(),
          duration: v.pipe(v.number(), v.minValue(0), v.transform(seconds)),
          numRowsTimed: v.exactOptional(v.number()),
        }),
      ),
    }),
  ),
});

/** @returns undefined for what is no such table, or is older than a day. */
export function parseKeptTuning(value: unknown): KeptTuning | undefined {
  const kept = v.safeParse(keptSchema, value);
  if (!kept.success || Date.now() - kept.output.at > MAX_AGE_MS) return undefined;
  return kept.output;
}

/** The newest of what a store holds. */
export function findNewestTuning(values: readonly unknown[]): KeptTuning | undefined {
  return values
    .flatMap((value) => parseKeptTuning(value) ?? [])
    .toSorted((one, other) => other.at - one.at)[0];
}
