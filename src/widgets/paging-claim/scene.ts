// What the simulated server of the PagedAttention paper says, beside what the paper prints. Pure.
import { paperMemoryScenario } from "../../core/simulation/paper-memory.ts";
import { serialiseScenario } from "../../core/simulation/scenario-json.ts";
import type { MemoryShares } from "../../core/simulation/memory-timeline.ts";
import type { SimulationReport } from "../../core/simulation/statistics.ts";
import type { Policy } from "../../core/scheduling/scheduler.ts";
import type { DataTable, PredictionQuestion } from "../../figure/widget.ts";
import type { Bar } from "../../ui/bars.tsx";
import {
  formatCount,
  formatNumber,
  formatPercent,
  formatRatio,
  formatSeconds,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import { PAPER, PAPER_RATES, PAPER_ROWS, type PaperRow } from "./paper.ts";

export interface ClaimValues {
  readonly requests: number;
  readonly trace: number;
}

/** The scenario of one policy, as the text that the simulator takes. */
export function scenarioText(policy: Policy, { requests, trace }: ClaimValues): string {
  return serialiseScenario({ ...paperMemoryScenario(policy, requests), seed: trace });
}

/** One policy, simulated. */
export interface Outcome {
  readonly paper: PaperRow;
  /** While somebody waits: the cache is as full as the policy can make it. */
  readonly memory: MemoryShares;
  readonly requestsPerSecond: number;
  /** Requests in a step, on average. */
  readonly numRunning: number;
  /** Mean of a step. */
  readonly stepSeconds: number;
}

export function readOutcome(paper: PaperRow, report: SimulationReport): Outcome {
  return {
    paper,
    memory: report.memory.whileWaiting,
    requestsPerSecond: report.requestsPerSecond,
    numRunning: report.numRequestSteps / report.numSteps,
    stepSeconds: report.duration / report.numSteps,
  };
}

/** All four policies on the same requests. */
export interface Evidence {
  readonly values: ClaimValues;
  /** In the order of {@link PAPER_ROWS}. */
  readonly outcomes: readonly Outcome[];
  readonly most: Outcome;
  readonly oracle: Outcome;
  readonly paging: Outcome;
}

/** @throws Error if a policy is missing. */
export function readEvidence(values: ClaimValues, outcomes: readonly Outcome[]): Evidence {
  const [most, , oracle, paging] = outcomes;
  if (!most || !oracle || !paging) throw new Error("A policy was not simulated.");
  return { values, outcomes, most, oracle, paging };
}

/** Requests a second of one over those of the other. */
export function gainOver({ paging }: Evidence, other: Outcome): number {
  return paging.requestsPerSecond / other.requestsPerSecond;
}

/** Largest distance of a simulated share from the printed one. */
export function largestDifference(outcomes: readonly Outcome[]): number {
  const distances = outcomes.flatMap(({ paper, memory }) => [
    memory.stored - paper.stored,
    memory.reserved - (paper.reserved ?? memory.reserved),
    memory.internal - (paper.internal ?? memory.internal),
    otherOf(memory) - (paper.other ?? otherOf(memory)),
  ]);
  return Math.max(...distances.map(Math.abs));
}

/** What the paper calls external fragmentation and others. */
export function otherOf({ external, free }: MemoryShares): number {
  return external + free;
}

/** Tokens that vLLM puts into the cache, over those of the longest reservation, by the printed shares. */
function printedGain(): number {
  const [most, , , paging] = PAPER_ROWS;
  return (paging?.stored ?? NaN) / (most?.stored ?? NaN);
}

const BINS = [
  { value: "under-1.3", label: "about as many: under 1.3 times", low: 0, high: 1.3 },
  { value: "1.3-2", label: "1.3 to 2 times", low: 1.3, high: 2 },
  { value: "2-4", label: "2 to 4 times", low: 2, high: 4 },
  { value: "over-4", label: "over 4 times", low: 4, high: Infinity },
];

export const PREDICTION: PredictionQuestion = {
  question: `OPT-13B answers chats on one A100 with 40 GB, and more come than it can serve. Paging puts ${formatNumber(printedGain(), 2)} times as many tokens into the same cache as reserving 2,048 for each request. How many times as many requests are answered in a second?`,
  options: BINS.map(({ value, label }) => ({ value, label })),
};

/** The prediction beside the answer; undefined where it was skipped. */
export function writeAnswer(prediction: string | undefined, gain: number): string | undefined {
  const bin = BINS.find(({ value }) => value === prediction);
  if (bin === undefined) return undefined;
  const isInside = gain >= bin.low && gain < bin.high;
  return `You predicted ${bin.label}; ${isInside ? "that is it" : "it is not"}: ${formatRatio(gain)}.`;
}

export function writeVerdict(evidence: Evidence): string {
  const gain = gainOver(evidence, evidence.most);
  if (gain <= 1) return "In this simulation paging answers no more requests than reserving.";
  return `In this simulation paging answers ${formatRatio(gain)} as many requests a second as reserving the most, from the same memory.`;
}

function writeRange([low, high]: readonly [number, number]): string {
  return `${low} to ${high} times`;
}

export function writeDetails(evidence: Evidence): string[] {
  const { most, oracle, paging, outcomes } = evidence;
  const tokens = paging.memory.stored / most.memory.stored;
  return [
    `The same cache holds ${formatRatio(tokens)} as many tokens: ${formatPercent(paging.memory.stored)} of it instead of ${formatPercent(most.memory.stored)}. So ${formatNumber(paging.numRunning)} requests share a step instead of ${formatNumber(most.numRunning)} (the paper counted ${formatNumber(paging.paper.numRunning)} and ${formatNumber(most.paper.numRunning)}), but such a step takes ${formatSeconds(paging.stepSeconds)} instead of ${formatSeconds(most.stepSeconds)}. That is why requests gain less than tokens.`,
    `The paper measured ${writeRange(PAPER_RATES.overMax)} the request rate of Orca (Max) and ${writeRange(PAPER_RATES.overOracle)} that of Orca (Oracle), over three models and at similar latency. Here, with one model and more requests than it can serve: ${formatRatio(gainOver(evidence, most))} and ${formatRatio(gainOver(evidence, oracle))}. The direction is the paper’s; the numbers answer two different questions.`,
    `No simulated share is farther than ${formatNumber(100 * largestDifference(outcomes), 2)} percentage points from the printed one.`,
  ];
}

/** Simulated and printed share, a pair for each policy. */
export function shareBars(outcomes: readonly Outcome[]): Bar[] {
  return outcomes.flatMap(({ paper, memory }) => [
    {
      id: `${paper.policy.id}-simulated`,
      label: `${nameOf(paper)}, simulated`,
      value: memory.stored,
      text: formatPercent(memory.stored, 3),
    },
    paperBar(paper, "printed"),
  ]);
}

export function paperBar(paper: PaperRow, word?: string): Bar {
  return {
    id: paper.policy.id,
    label: word === undefined ? nameOf(paper) : `${nameOf(paper)}, ${word}`,
    value: paper.stored,
    text: formatPercent(paper.stored, 3),
    colour: "muted",
  };
}

/** The paper's vLLM is the first one. */
export function nameOf({ policy }: PaperRow): string {
  return policy.id === "vllm-v0" ? "vLLM" : policy.name;
}

export function rateBars(outcomes: readonly Outcome[]): Bar[] {
  return outcomes.map(({ paper, requestsPerSecond }) => ({
    id: paper.policy.id,
    label: nameOf(paper),
    value: requestsPerSecond,
    text: `${formatNumber(requestsPerSecond)}/s`,
  }));
}

export function openGain({ most, paging, values }: Evidence): OpenedNumber {
  const [before, after] = [most, paging].map((one) => `${formatNumber(one.requestsPerSecond)}/s`);
  const text = formatRatio(paging.requestsPerSecond / most.requestsPerSecond);
  return {
    text,
    title: "Requests a second, paging over reserving the most",
    formula: "gain = requests a second with paging / requests a second with Orca (Max)",
    inputs: [
      { symbol: "paging", meaning: "vLLM v0, blocks of 16", value: after ?? "" },
      { symbol: "Orca (Max)", meaning: "2,048 slots reserved for each", value: before ?? "" },
    ],
    substitution: `${after} / ${before} = ${text}`,
    note: `Simulated: ${formatCount(values.requests)} requests from seed ${formatCount(values.trace)}, all served; 15,696 slots of cache; step times fitted to measured kernels.`,
    sources: [PAPER],
  };
}

export function describeEvidence(evidence: Evidence): string {
  const shares = evidence.outcomes.map(
    ({ paper, memory }) => `${nameOf(paper)} ${formatPercent(memory.stored)}`,
  );
  return `Share of the cache that holds tokens, simulated: ${shares.join(", ")}. ${writeVerdict(evidence)}`;
}

export function describePaper(): string {
  const shares = PAPER_ROWS.map((row) => `${nameOf(row)} ${formatPercent(row.stored, 3)}`);
  return `Share of the KV cache that holds tokens, in the paper: ${shares.join(", ")}.`;
}

const COLUMNS = [
  "",
  "Holds tokens",
  "Reserved",
  "Internal",
  "External and other",
  "Requests a step",
];

function tableRow(label: string, memory: Omit<PaperRow, "policy">): string[] {
  const shares = [memory.stored, memory.reserved, memory.internal, memory.other];
  return [
    label,
    ...shares.map((share) => formatPercent(share, 3)),
    formatNumber(memory.numRunning),
  ];
}

/** What the paper prints; before the prediction nothing else may be shown. */
export function paperTable(): DataTable {
  return {
    caption: `OPT-13B on an A100 with 40 GB, ShareGPT: ${PAPER.label}`,
    columns: COLUMNS,
    rows: PAPER_ROWS.map((row) => tableRow(nameOf(row), row)),
  };
}

export function makeTable({ outcomes }: Evidence): DataTable {
  return {
    caption: `Simulated, and printed in ${PAPER.label}`,
    columns: [...COLUMNS, "Requests a second"],
    rows: outcomes.flatMap(({ paper, memory, numRunning, requestsPerSecond }) => [
      [
        ...tableRow(`${nameOf(paper)}, simulated`, {
          ...memory,
          other: otherOf(memory),
          numRunning,
        }),
        formatNumber(requestsPerSecond),
      ],
      [...tableRow(`${nameOf(paper)}, printed`, paper), ""],
    ]),
  };
}
