// One CSV row for each request of a simulation: times in seconds since its start.
import type { RequestOutcome } from "./statistics.ts";

export const OUTCOME_HEADER =
  "id,arrival_s,started_s,first_token_s,finished_s,prompt_tokens,output_tokens,hit_tokens,preemptions,priority,samples";

/** Without a line break. A request that was refused has an arrival and a prompt and nothing else. */
export function outcomeRow(outcome: RequestOutcome): string {
  if (outcome.isRefused)
    return `${outcome.id},${outcome.arrival},,,,${outcome.numPromptTokens},,,,,`;
  const { id, arrival, started, firstToken, finished } = outcome;
  const { numPromptTokens, numOutputTokens, numHitTokens, numPreemptions } = outcome;
  const { priority, numSamples } = outcome;
  const times = [arrival, started, firstToken, finished].join(",");
  return `${id},${times},${numPromptTokens},${numOutputTokens},${numHitTokens},${numPreemptions},${priority},${numSamples}`;
}
