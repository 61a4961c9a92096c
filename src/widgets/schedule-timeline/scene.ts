// What the picture shows: the same requests under each policy, as rows of what happened to them over time. Pure.
import { findGpu } from "../../core/catalog/gpus/gpus.ts";
import { findModel } from "../../core/catalog/models/models.ts";
import {
  NANO_VLLM,
  ORCA_MAX,
  STATIC_BATCHING,
  VLLM_V0,
  VLLM_V1,
  VLLM_V1_WHOLE_PROMPTS,
} from "../../core/scheduling/policies.ts";
import type { Policy, Request } from "../../core/scheduling/scheduler.ts";
import { defaultDeployment } from "../../core/serving/deployment.ts";
import { syntheticSource } from "../../core/simulation/request-source.ts";
import { engineStepModel } from "../../core/simulation/step-model.ts";
import { seconds } from "../../core/units/units.ts";
import type { DataTable } from "../../figure/widget.ts";
import { formatCount, formatPercent, formatSeconds } from "../../ui/format.ts";
import { BLOCK_SIZE, MAX_MODEL_LEN, MAX_OUTPUT, MAX_PROMPT } from "./parameters.ts";
import { runPolicy, type PolicyRun, type RecordedStep, type StepEntry } from "./run.ts";

export interface TimelineValues {
  readonly requests: number;
  /** A second. */
  readonly rate: number;
  /** Mean tokens. */
  readonly prompt: number;
  readonly output: number;
  readonly draw: number;
  readonly axis: string;
  readonly maxNumSeqs: number;
  readonly budget: number;
  readonly blocks: number;
  readonly static: boolean;
  readonly orca: boolean;
  readonly v0: boolean;
  readonly nano: boolean;
  readonly whole: boolean;
  readonly chunked: boolean;
}

export type SegmentKind = "queued" | "prefill" | "decode" | "paused" | "preempted" | "padding";

/** One thing that a request does without a break, in seconds or in steps. */
export interface Segment {
  readonly kind: SegmentKind;
  readonly from: number;
  readonly to: number;
}

export interface Row {
  readonly request: Request;
  readonly arrival: number;
  readonly end: number;
  readonly segments: readonly Segment[];
}

export interface Lane {
  readonly run: PolicyRun;
  readonly rows: readonly Row[];
  readonly totals: Totals;
}

export interface Totals {
  /** Seconds. */
  readonly meanTimeToFirstToken: number;
  /** Seconds; NaN where no request has a second token. */
  readonly p99InterTokenLatency: number;
  readonly outputTokensPerSecond: number;
  readonly makespan: number;
  readonly numPreemptions: number;
}

export interface TimelineScene {
  readonly requests: readonly Request[];
  readonly lanes: readonly Lane[];
  readonly axis: "time" | "steps";
  /** End of the axis. */
  readonly extent: number;
}

const GPU_ID = "a100-80gb-sxm";
const MODEL_ID = "llama-3.1-8b";
export const STEP_TIMES = "Llama 3.1 8B in 16 bits on an A100";

function createStepModel() {
  const [model, gpu] = [findModel(MODEL_ID), findGpu(GPU_ID)];
  if (!model || !gpu) throw new Error("The catalogue holds no Llama 3.1 8B or no A100.");
  return engineStepModel(defaultDeployment(model, gpu), { estimate: "fitted" });
}

/** Shared by all runs: its tables fill as they are asked. */
const STEP_MODEL = createStepModel();

/** Lengths spread as widely as they are long: many short ones and a few long. */
const LENGTH_CV = 1;

/** The first arrives at time 0. */
export function drawRequests(values: TimelineValues): Request[] {
  const next = syntheticSource(
    {
      numRequests: values.requests,
      ratePerS: values.rate,
      arrivalCv: 1,
      prompt: { mean: values.prompt, cv: LENGTH_CV, max: MAX_PROMPT },
      output: { mean: values.output, cv: LENGTH_CV, max: MAX_OUTPUT },
    },
    values.draw,
  );
  const drawn: Request[] = [];
  for (let request = next(); request; request = next()) drawn.push(request);
  const first = drawn[0]?.arrival ?? 0;
  return drawn.map((request) => ({ ...request, arrival: seconds(request.arrival - first) }));
}

/** In historical order; none chosen counts as all four of the default. */
export function chosenPolicies(values: TimelineValues): Policy[] {
  const all: readonly [Policy, boolean][] = [
    [STATIC_BATCHING, values.static],
    [ORCA_MAX, values.orca],
    [VLLM_V0, values.v0],
    [NANO_VLLM, values.nano],
    [VLLM_V1_WHOLE_PROMPTS, values.whole],
    [VLLM_V1, values.chunked],
  ];
  const chosen = all.filter(([, isShown]) => isShown).map(([policy]) => policy);
  return chosen.length > 0 ? chosen : [STATIC_BATCHING, ORCA_MAX, VLLM_V1_WHOLE_PROMPTS, VLLM_V1];
}

/**
 * Static batching and Orca bound requests, not tokens. An engine that cannot cut a prompt must have a budget for the
 * longest one: vLLM does not start with less.
 */
export function budgetOf(policy: Policy, { budget }: Pick<TimelineValues, "budget">) {
  if (policy === STATIC_BATCHING || policy === ORCA_MAX) return undefined;
  if (policy === VLLM_V0 || policy === VLLM_V1_WHOLE_PROMPTS) {
    return Math.max(budget, MAX_MODEL_LEN);
  }
  return budget;
}

function runOf(policy: Policy, requests: readonly Request[], values: TimelineValues): PolicyRun {
  const budget = budgetOf(policy, values);
  return runPolicy({
    policy,
    requests,
    budget,
    config: {
      blockSize: BLOCK_SIZE,
      numBlocks: values.blocks,
      maxNumSeqs: values.maxNumSeqs,
      maxNumBatchedTokens: budget ?? values.maxNumSeqs * MAX_MODEL_LEN,
      maxModelLen: MAX_MODEL_LEN,
      enablePrefixCaching: false,
    },
    stepModel: STEP_MODEL,
  });
}

/** Where a moment stands on the axis: itself, or the steps that have passed, fractions included. */
export function placeOf(run: PolicyRun, axis: TimelineScene["axis"], time: number): number {
  if (axis === "time") return time;
  const index = run.steps.findIndex(({ end }) => end > time);
  const step = run.steps[index];
  if (!step) return run.steps.length;
  return index + Math.max(0, (time - step.start) / (step.end - step.start));
}

type Life = "waiting" | "preempted" | "running" | "ended";

function kindOf(step: RecordedStep, id: string, life: Life): SegmentKind {
  const entry = step.entries.find((one) => one.id === id);
  if (entry) return entry.isDecode ? "decode" : "prefill";
  if (life === "ended") return "padding";
  if (life === "preempted") return "preempted";
  return life === "running" ? "paused" : "queued";
}

function segmentsOf(
  run: PolicyRun,
  { id, arrival }: Request,
  axis: TimelineScene["axis"],
): Segment[] {
  const segments: { kind: SegmentKind; from: number; to: number }[] = [];
  const arrivalPlace = placeOf(run, axis, arrival);
  let life: Life = "waiting";
  for (const [index, step] of run.steps.entries()) {
    if (step.end <= arrival) continue;
    if (step.preempted.includes(id)) life = "preempted";
    if (life === "ended" && !step.padded.includes(id)) continue;
    const kind = kindOf(step, id, life);
    if (kind === "prefill" || kind === "decode") life = "running";
    if (step.finished.includes(id)) life = "ended";
    const [start, to] = axis === "time" ? [step.start, step.end] : [index, index + 1];
    const from = Math.max(start, arrivalPlace);
    const last = segments.at(-1);
    if (last?.kind === kind && last.to === from) last.to = to;
    else segments.push({ kind, from, to });
  }
  return segments;
}

/** The value that `fraction` of ascending values do not exceed, by nearest rank. */
export function nearestRank(ascending: readonly number[], fraction: number): number {
  return ascending[Math.max(0, Math.ceil(fraction * ascending.length) - 1)] ?? Number.NaN;
}

export function totalsOf(run: PolicyRun, requests: readonly Request[]): Totals {
  const { times, gaps, makespan, numPreemptions } = run;
  const waits = times.map(({ arrival, firstToken }) => firstToken - arrival);
  const numOutputTokens = requests.reduce((sum, { maxTokens }) => sum + maxTokens, 0);
  return {
    meanTimeToFirstToken: waits.reduce((sum, wait) => sum + wait, 0) / waits.length,
    p99InterTokenLatency: nearestRank(gaps, 0.99),
    outputTokensPerSecond: numOutputTokens / makespan,
    makespan,
    numPreemptions,
  };
}

export function tokensOf({ entries, numPadding }: RecordedStep): number {
  return entries.reduce((sum, { numTokens }) => sum + numTokens, numPadding);
}

function laneOf(run: PolicyRun, requests: readonly Request[], axis: TimelineScene["axis"]): Lane {
  const endOf = new Map(run.times.map(({ id, finished }) => [id, finished]));
  const place = (time: number) => placeOf(run, axis, time);
  const rows = requests.map((request) => ({
    request,
    arrival: place(request.arrival),
    end: place(endOf.get(request.id) ?? run.makespan),
    segments: segmentsOf(run, request, axis),
  }));
  return { run, rows, totals: totalsOf(run, requests) };
}

/** The frame asks for the picture, its sentence and its table in turn: one run serves them all. */
let latest: { readonly key: string; readonly scene: TimelineScene } | undefined;

export function createScene(values: TimelineValues): TimelineScene {
  const key = JSON.stringify(values);
  if (latest?.key !== key) latest = { key, scene: simulateScene(values) };
  return latest.scene;
}

function simulateScene(values: TimelineValues): TimelineScene {
  const requests = drawRequests(values);
  const axis = values.axis === "steps" ? "steps" : "time";
  const lanes = chosenPolicies(values).map((policy) =>
    laneOf(runOf(policy, requests, values), requests, axis),
  );
  const ends = lanes.map(({ run }) => (axis === "time" ? run.makespan : run.steps.length));
  return { requests, lanes, axis, extent: Math.max(...ends) };
}

/** The step that covers a place of the axis; the nearest one where nothing ran. */
export function stepAt({ run }: Lane, axis: TimelineScene["axis"], place: number): number {
  const { steps } = run;
  if (axis === "steps") return Math.min(steps.length - 1, Math.max(0, Math.floor(place)));
  const after = steps.findIndex(({ end }) => end > place);
  return after < 0 ? steps.length - 1 : after;
}

/** The step that is pointed at. */
export interface Cursor {
  readonly lane: number;
  readonly step: number;
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
}

/** The step of another policy at the same moment, or the next step of this one; undefined for other keys. */
export function moveCursor(
  scene: TimelineScene,
  { lane, step }: Cursor,
  key: string,
): Cursor | undefined {
  const current = scene.lanes[lane];
  if (!current) return undefined;
  const last = current.run.steps.length - 1;
  if (key === "ArrowLeft" || key === "ArrowRight") {
    return { lane, step: clamp(step + (key === "ArrowRight" ? 1 : -1), last) };
  }
  if (key === "Home" || key === "End") return { lane, step: key === "Home" ? 0 : last };
  if (key !== "ArrowUp" && key !== "ArrowDown") return undefined;
  const next = clamp(lane + (key === "ArrowDown" ? 1 : -1), scene.lanes.length - 1);
  const nextLane = scene.lanes[next];
  const place = scene.axis === "time" ? (current.run.steps[step]?.start ?? 0) : step;
  return nextLane && { lane: next, step: stepAt(nextLane, scene.axis, place) };
}

function list(ids: readonly string[]): string {
  return ids.join(", ");
}

function sayPrompt({ id, numTokens, numComputed, numKnown }: StepEntry): string {
  return `${id} reads ${formatCount(numTokens)}, ${formatCount(numComputed)} of ${formatCount(numKnown)} done`;
}

function sayEvents({ admitted, preempted, finished, padded, numWaiting }: RecordedStep): string[] {
  return [
    admitted.length > 0 ? `Joined: ${list(admitted)}.` : "",
    preempted.length > 0 ? `Preempted, to be computed again: ${list(preempted)}.` : "",
    finished.length > 0 ? `Ended: ${list(finished)}.` : "",
    padded.length > 0 ? `Computed for nobody: the rows of ${list(padded)}.` : "",
    numWaiting > 0 ? `${formatCount(numWaiting)} waiting.` : "",
  ].filter((text) => text !== "");
}

/** What happened at a step, in words. */
export function sayStep({ run }: Lane, index: number): string {
  const step = run.steps[index];
  if (!step) return "";
  const decodes = step.entries.filter(({ isDecode }) => isDecode);
  const prompts = step.entries.filter(({ isDecode }) => !isDecode);
  const tokens = formatCount(tokensOf(step));
  return [
    `${run.policy.name}, step ${formatCount(index + 1)} of ${formatCount(run.steps.length)}, at ${formatSeconds(step.start)}, ${formatSeconds(step.end - step.start)} long.`,
    decodes.length > 0 ? `A token each: ${list(decodes.map(({ id }) => id))}.` : "",
    prompts.length > 0 ? `Prompt: ${prompts.map(sayPrompt).join("; ")}.` : "",
    run.budget === undefined
      ? `${tokens} tokens.`
      : `${tokens} of ${formatCount(run.budget)} tokens.`,
    ...sayEvents(step),
    `${formatPercent(step.shareUsed)} of the cache allocated.`,
  ]
    .filter((text) => text !== "")
    .join(" ");
}

function sayTotals({ run, totals }: Lane): string {
  const preempted =
    totals.numPreemptions > 0 ? `, ${formatCount(totals.numPreemptions)} preemptions` : "";
  return `${run.policy.name}: first token after ${formatSeconds(totals.meanTimeToFirstToken)} on average, 99 % of gaps within ${formatSeconds(totals.p99InterTokenLatency)}, all done after ${formatSeconds(totals.makespan)}${preempted}`;
}

export function describeScene({ requests, lanes }: TimelineScene): string {
  return `${formatCount(requests.length)} requests. ${lanes.map(sayTotals).join("; ")}.`;
}

/** A row for each policy and request. */
export function makeTable({ requests, lanes }: TimelineScene): DataTable {
  return {
    caption: `The requests under each policy; steps of ${STEP_TIMES}, modelled`,
    columns: [
      "Policy",
      "Request",
      "Arrival",
      "Prompt (tokens)",
      "Output (tokens)",
      "Waited to start",
      "Time to first token",
      "Ended at",
      "Preemptions",
    ],
    rows: lanes.flatMap(({ run }) =>
      run.times.map((times) => {
        const request = requests.find(({ id }) => id === times.id);
        return [
          run.policy.name,
          times.id,
          formatSeconds(times.arrival),
          request?.numPromptTokens ?? 0,
          request?.maxTokens ?? 0,
          formatSeconds(times.started - times.arrival),
          formatSeconds(times.firstToken - times.arrival),
          formatSeconds(times.finished),
          times.numPreemptions,
        ];
      }),
    ),
  };
}
