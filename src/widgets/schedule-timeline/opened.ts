// What the totals of a policy unfold into.
import { formatCount, formatRate, formatSeconds } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import { STEP_TIMES, type Lane, type TimelineScene } from "./scene.ts";

const NOTE = `Modelled: the policy's own rules, with steps of ${STEP_TIMES} at fitted times.`;

function openWait({ run, totals }: Lane): OpenedNumber {
  const text = formatSeconds(totals.meanTimeToFirstToken);
  const waits = run.times.map(({ arrival, firstToken }) => formatSeconds(firstToken - arrival));
  return {
    text,
    title: `Mean time to first token, ${run.policy.name}`,
    formula: "mean over requests of (first token − arrival)",
    inputs: run.times.map(({ id, arrival, firstToken }) => ({
      symbol: id,
      meaning: `arrival ${formatSeconds(arrival)}, first token ${formatSeconds(firstToken)}`,
      value: formatSeconds(firstToken - arrival),
    })),
    substitution: `(${waits.join(" + ")}) / ${waits.length} = ${text}`,
    note: NOTE,
  };
}

function openGap({ run, totals }: Lane): OpenedNumber {
  const text = formatSeconds(totals.p99InterTokenLatency);
  const count = run.gaps.length;
  const rank = Math.ceil(0.99 * count);
  return {
    text,
    title: `99th percentile of the inter-token latency, ${run.policy.name}`,
    formula: "the gap at rank ⌈0.99 · n⌉ of n gaps in ascending order",
    inputs: [
      { symbol: "n", meaning: "gaps between two tokens of a request", value: formatCount(count) },
      { symbol: "least", meaning: "shortest gap", value: formatSeconds(run.gaps[0]) },
      { symbol: "most", meaning: "longest gap", value: formatSeconds(run.gaps.at(-1)) },
    ],
    substitution: `rank ⌈0.99 · ${formatCount(count)}⌉ = ${formatCount(rank)}: ${text}`,
    note: NOTE,
  };
}

function openRate({ run, totals }: Lane, { requests }: TimelineScene): OpenedNumber {
  const numTokens = requests.reduce((sum, { maxTokens }) => sum + maxTokens, 0);
  const text = formatRate(totals.outputTokensPerSecond, "tokens/s");
  return {
    text,
    title: `Throughput, ${run.policy.name}`,
    formula: "output tokens / makespan",
    inputs: [
      { symbol: "tokens", meaning: "output of all requests", value: formatCount(numTokens) },
      {
        symbol: "makespan",
        meaning: "first arrival to last token",
        value: formatSeconds(totals.makespan),
      },
    ],
    substitution: `${formatCount(numTokens)} / ${formatSeconds(totals.makespan)} = ${text}`,
    note: NOTE,
  };
}

function openMakespan({ run, totals }: Lane): OpenedNumber {
  const text = formatSeconds(totals.makespan);
  return {
    text,
    title: `Makespan, ${run.policy.name}`,
    formula: "end of the last step − first arrival",
    inputs: [
      { symbol: "steps", meaning: "in all", value: formatCount(run.steps.length) },
      {
        symbol: "mean step",
        meaning: "idle time included",
        value: formatSeconds(totals.makespan / run.steps.length),
      },
    ],
    substitution: `${formatCount(run.steps.length)} steps: ${text}`,
    note: NOTE,
  };
}

function openPreemptions({ run, totals }: Lane): OpenedNumber {
  const text = formatCount(totals.numPreemptions);
  const hit = run.times.filter(({ numPreemptions }) => numPreemptions > 0);
  return {
    text,
    title: `Preemptions, ${run.policy.name}`,
    formula: "times that a running request lost its blocks",
    inputs: hit.map(({ id, numPreemptions }) => ({
      symbol: id,
      meaning: "times put back in the queue",
      value: formatCount(numPreemptions),
    })),
    substitution:
      hit.length === 0
        ? "no request: 0"
        : `${hit.map(({ numPreemptions }) => formatCount(numPreemptions)).join(" + ")} = ${text}`,
    note: NOTE,
  };
}

export const TOTAL_NAMES = [
  "Mean TTFT",
  "p99 ITL",
  "Throughput",
  "Makespan",
  "Preemptions",
] as const;

/** In the order of {@link TOTAL_NAMES}. */
export function openTotals(lane: Lane, scene: TimelineScene): OpenedNumber[] {
  return [
    openWait(lane),
    openGap(lane),
    openRate(lane, scene),
    openMakespan(lane),
    openPreemptions(lane),
  ];
}
