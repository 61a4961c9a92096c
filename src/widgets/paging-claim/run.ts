// Runs the paper's four ways of giving out memory on the same requests, one after the other.
import { simulate } from "../../simulator/simulator.ts";
import type { TaskContext } from "../../figure/task.ts";
import { PAPER_ROWS } from "./paper.ts";
import {
  nameOf,
  readEvidence,
  readOutcome,
  scenarioText,
  type ClaimValues,
  type Evidence,
  type Outcome,
} from "./scene.ts";

/** @throws Error with a sentence, or the signal's reason. */
export async function runPolicies(
  values: ClaimValues,
  { signal, onProgress }: TaskContext,
): Promise<Evidence> {
  const outcomes: Outcome[] = [];
  for (const paper of PAPER_ROWS) {
    const done = outcomes.length;
    const stage = `serving with ${nameOf(paper)}`;
    const { report } = await simulate(scenarioText(paper.policy, values), {
      signal,
      onProgress: (fraction) => onProgress((done + fraction) / PAPER_ROWS.length, stage),
    });
    outcomes.push(readOutcome(paper, report));
  }
  return readEvidence(values, outcomes);
}
