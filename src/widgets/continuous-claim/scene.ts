// What the card tests: how long short requests wait for their first token when a batch must end before the next one
// starts, against when they may join at any step; the same requests for both, drawn with many seeds. Pure.
import { findGpu } from "../../core/catalog/gpus/gpus.ts";
import { findModel } from "../../core/catalog/models/models.ts";
import { STATIC_BATCHING, VLLM_V1 } from "../../core/scheduling/policies.ts";
import type { Policy } from "../../core/scheduling/scheduler.ts";
import { defaultDeployment } from "../../core/serving/deployment.ts";
import { syntheticSource } from "../../core/simulation/request-source.ts";
import { Simulation } from "../../core/simulation/simulation.ts";
import { engineStepModel } from "../../core/simulation/step-model.ts";
import {
  estimateMedian,
  estimateMedianRatio,
  type Estimate,
} from "../../core/statistics/estimate.ts";
import type { DataTable, PredictionQuestion } from "../../figure/widget.ts";
import {
  formatCount,
  formatInterval,
  formatPercent,
  formatRatio,
  formatSeconds,
  type MaybeNumber,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import { parameters } from "./parameters.ts";

export interface ClaimValues {
  /** A second. */
  readonly rate: number;
  /** Standard deviation of the output lengths over their mean. */
  readonly spread: number;
  /** Requests that may run together. */
  readonly seats: number;
}

export const NUM_SEEDS = 20;
export const NUM_REQUESTS = 60;
/** Tokens. */
export const [MEAN_PROMPT, MEAN_OUTPUT] = [300, 200];
const [MAX_PROMPT, MAX_OUTPUT] = [2048, 2048];
const BLOCK_SIZE = 16;
/** Of V1: a usual setting of servers. */
const BUDGET = 2048;
/** Of the resampling. */
const BOOTSTRAP_SEED = 9;

export const STEP_TIMES = "Llama 3.1 8B in 16 bits on an A100";

function createStepModel() {
  const [model, gpu] = [findModel("llama-3.1-8b"), findGpu("a100-80gb-sxm")];
  if (!model || !gpu) throw new Error("The catalogue holds no Llama 3.1 8B or no A100.");
  return engineStepModel(defaultDeployment(model, gpu), { estimate: "fitted" });
}

/** Shared by all runs: its tables fill as they are asked. */
const STEP_MODEL = createStepModel();

/** What one policy made of one draw. */
export interface Arm {
  /** Seconds: mean time to first token of the short requests. */
  readonly wait: number;
  /** Seconds: the longest gap between two tokens of a request. */
  readonly gap: number;
  readonly outputTokensPerSecond: number;
}

export interface OpenArm {
  readonly simulation: Simulation;
  /** To be asked when the simulation has ended. */
  readonly finish: () => Arm;
}

/** Memory is plenty for both, so that they differ in nothing but when a request may join. */
export function openArm(policy: Policy, values: ClaimValues, seed: number): OpenArm {
  const waits: number[] = [];
  const maxModelLen = MAX_PROMPT + MAX_OUTPUT;
  const simulation = new Simulation({
    source: syntheticSource(
      {
        numRequests: NUM_REQUESTS,
        ratePerS: values.rate,
        arrivalCv: 1,
        prompt: { mean: MEAN_PROMPT, cv: 1, max: MAX_PROMPT },
        output: { mean: MEAN_OUTPUT, cv: values.spread, max: MAX_OUTPUT },
      },
      seed,
    ),
    policy,
    config: {
      blockSize: BLOCK_SIZE,
      // A power of two: regions of the longest request then fill it without a rest.
      numBlocks: (values.seats * maxModelLen) / BLOCK_SIZE + 1,
      maxNumSeqs: values.seats,
      maxNumBatchedTokens: policy === STATIC_BATCHING ? values.seats * maxModelLen : BUDGET,
      maxModelLen,
      enablePrefixCaching: false,
    },
    stepModel: STEP_MODEL,
    onOutcome: (outcome) => {
      if (outcome.isRefused || outcome.numOutputTokens > MEAN_OUTPUT) return;
      waits.push(outcome.firstToken - outcome.arrival);
    },
  });
  return {
    simulation,
    finish: () => {
      const { interTokenLatency, outputTokensPerSecond } = simulation.report();
      const wait = waits.reduce((sum, one) => sum + one, 0) / waits.length;
      return { wait, gap: interTokenLatency.max, outputTokensPerSecond };
    },
  };
}

export interface Pair {
  readonly seed: number;
  readonly waiting: Arm;
  readonly joining: Arm;
}

export const ARMS = { waiting: STATIC_BATCHING, joining: VLLM_V1 } as const;

/** One pair at once; the page runs the same in slices. */
export function runPair(values: ClaimValues, seed: number): Pair {
  const finish = (policy: Policy) => {
    const arm = openArm(policy, values, seed);
    arm.simulation.advance(Infinity);
    return arm.finish();
  };
  return { seed, waiting: finish(ARMS.waiting), joining: finish(ARMS.joining) };
}

export interface Comparison {
  readonly values: ClaimValues;
  readonly pairs: readonly Pair[];
  /** Wait of short requests under static batching over that under continuous batching. */
  readonly ratio: Estimate;
  /** Output tokens a second under continuous batching over those under static batching. */
  readonly throughput: Estimate;
  /** Seconds, over the seeds. */
  readonly waits: { readonly waiting: Estimate; readonly joining: Estimate };
  readonly gaps: { readonly waiting: Estimate; readonly joining: Estimate };
}

/** @throws RangeError if there are no pairs. */
export function compare(values: ClaimValues, pairs: readonly Pair[]): Comparison {
  const list = (read: (pair: Pair) => number) => pairs.map(read);
  const waiting = list((pair) => pair.waiting.wait);
  const joining = list((pair) => pair.joining.wait);
  return {
    values,
    pairs,
    ratio: estimateMedianRatio(waiting, joining, BOOTSTRAP_SEED),
    throughput: estimateMedianRatio(
      list((pair) => pair.joining.outputTokensPerSecond),
      list((pair) => pair.waiting.outputTokensPerSecond),
      BOOTSTRAP_SEED,
    ),
    waits: {
      waiting: estimateMedian(waiting, BOOTSTRAP_SEED),
      joining: estimateMedian(joining, BOOTSTRAP_SEED),
    },
    gaps: {
      waiting: estimateMedian(
        list((pair) => pair.waiting.gap),
        BOOTSTRAP_SEED,
      ),
      joining: estimateMedian(
        list((pair) => pair.joining.gap),
        BOOTSTRAP_SEED,
      ),
    },
  };
}

const BINS = [
  { value: "under-2", label: "less than 2 times", low: 0, high: 2 },
  { value: "2-10", label: "2 to 10 times", low: 2, high: 10 },
  { value: "10-40", label: "10 to 40 times", low: 10, high: 40 },
  { value: "over-40", label: "more than 40 times", low: 40, high: Infinity },
];

export const PREDICTION: PredictionQuestion = {
  question: `One chat request a second, on average; answers of ${MEAN_OUTPUT} tokens on average, some much longer. Both servers keep up. How many times longer does a short request wait for its first token if it may not join a batch that has started?`,
  options: BINS.map(({ value, label }) => ({ value, label })),
};

/** What the question is about. */
const ASKED: ClaimValues = {
  rate: parameters.rate.default,
  spread: parameters.spread.default,
  seats: parameters.seats.default,
};

function isAsked({ rate, spread, seats }: ClaimValues): boolean {
  return rate === ASKED.rate && spread === ASKED.spread && seats === ASKED.seats;
}

/** The prediction beside the answer; undefined where it was skipped. */
export function writeAnswer(
  prediction: string | undefined,
  { ratio, values }: Pick<Comparison, "ratio" | "values">,
): string | undefined {
  const bin = BINS.find(({ value }) => value === prediction);
  if (bin === undefined) return undefined;
  const said = `You predicted ${bin.label}`;
  if (!isAsked(values)) {
    return `${said}, for ${ASKED.rate} request a second, a spread of ${ASKED.spread} and ${ASKED.seats} at once. These settings are others: ${formatRatio(ratio.median)}.`;
  }
  const isInside = ratio.median >= bin.low && ratio.median < bin.high;
  return `${said}; ${isInside ? "that is it" : "it is not"}: ${formatRatio(ratio.median)}.`;
}

/** What the claim is worth, in words that go no further than the interval. */
export function writeVerdict({ ratio, waits }: Comparison): string {
  const times = `${formatSeconds(waits.waiting.median)} against ${formatSeconds(waits.joining.median)}`;
  if (ratio.low > 1) {
    return `They should not wait, and they need not: ${times}, ${formatRatio(ratio.median)} as long if they must wait for the batch.`;
  }
  if (ratio.high < 1) return `In this model waiting for the batch is the shorter wait: ${times}.`;
  return `Too close to call over ${formatCount(ratio.numSamples)} draws: ${times}.`;
}

type Format = (value: MaybeNumber) => string;

function interval({ low, high }: Estimate, format: Format): string {
  return formatInterval(low, high, format);
}

const ratioText: Format = (value) => formatRatio(value, 3);

export function writeDetails(comparison: Comparison): string[] {
  const { ratio, throughput, gaps, values, waits } = comparison;
  return [
    `Median over ${formatCount(ratio.numSamples)} draws of ${formatCount(NUM_REQUESTS)} requests; ${formatPercent(ratio.confidence)} interval of the ratio ${interval(ratio, ratioText)}. Short means at most ${formatCount(MEAN_OUTPUT)} output tokens. Static: ${interval(waits.waiting, formatSeconds)}. Continuous: ${interval(waits.joining, formatSeconds)}.`,
    `Throughput with continuous batching: ${formatRatio(throughput.median, 3)} that of static batching (${interval(throughput, ratioText)}).`,
    `What it costs: the longest pause in an answer is ${formatSeconds(gaps.joining.median)} instead of ${formatSeconds(gaps.waiting.median)}, because a running answer shares its steps with the prompts of newcomers.`,
    `Arrivals ${values.rate}/s, spread of the outputs ${values.spread}, at most ${formatCount(values.seats)} at once. Steps of ${STEP_TIMES} at fitted times; no network, no tokenizer; a static batch takes whoever waits when the one before has ended.`,
  ];
}

export function openRatio({ ratio, pairs, waits }: Comparison): OpenedNumber {
  const text = formatRatio(ratio.median);
  return {
    text,
    title: "How many times longer short requests wait",
    formula: "median over draws of (mean TTFT, static / mean TTFT, continuous)",
    inputs: pairs.map(({ seed, waiting, joining }) => ({
      symbol: `seed ${formatCount(seed)}`,
      meaning: `${formatSeconds(waiting.wait)} / ${formatSeconds(joining.wait)}`,
      value: formatRatio(waiting.wait / joining.wait),
    })),
    substitution: `median of ${formatCount(pairs.length)}: ${text}, ${formatPercent(ratio.confidence)} interval ${interval(ratio, ratioText)}`,
    note: `Medians of the two sides: ${formatSeconds(waits.waiting.median)} and ${formatSeconds(waits.joining.median)}. Modelled: the policies' own rules, steps of ${STEP_TIMES}.`,
  };
}

export function describeComparison(comparison: Comparison): string {
  return `${writeVerdict(comparison)} Interval of the ratio: ${interval(comparison.ratio, ratioText)}.`;
}

export function makeTable({ pairs }: Comparison): DataTable {
  return {
    caption: `Short requests' mean time to first token, by draw; steps of ${STEP_TIMES}, modelled`,
    columns: ["Seed", "Static", "Continuous", "Ratio", "Throughput ratio"],
    rows: pairs.map(({ seed, waiting, joining }) => [
      seed,
      formatSeconds(waiting.wait),
      formatSeconds(joining.wait),
      formatRatio(waiting.wait / joining.wait),
      formatRatio(joining.outputTokensPerSecond / waiting.outputTokensPerSecond, 3),
    ]),
  };
}
