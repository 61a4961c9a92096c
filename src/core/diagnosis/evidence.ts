// What the detectors share: a flag's value, and the memory of a server before and after a change.
import type { Deployment } from "../serving/deployment.ts";
import { findCapacity, type Observations } from "./observations.ts";
import { memoryFigures, type Figure } from "./trial.ts";

export function flagOf({ command }: Observations, name: string): number | undefined {
  const value = command?.flags.get(name);
  return typeof value === "number" ? value : undefined;
}

export function wordOf({ command }: Observations, name: string): string | undefined {
  const value = command?.flags.get(name);
  return typeof value === "string" ? value : undefined;
}

/** Before, after and the memory of both. */
export function compare(
  before: Deployment,
  after: Deployment,
): {
  readonly before: Deployment;
  readonly after: Deployment;
  readonly figures: readonly Figure[];
  readonly runs: undefined;
} {
  const isCounted = findCapacity(before) !== undefined && findCapacity(after) !== undefined;
  return {
    before,
    after,
    figures: isCounted ? memoryFigures(before, after) : [],
    runs: undefined,
  };
}
