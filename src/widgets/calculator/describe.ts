// The results in words and as rows. Pure.
import type { Bound } from "../../core/roofline/roofline.ts";
import type { Deployment } from "../../core/serving/deployment.ts";
import { counted } from "../../core/units/grouped.ts";
import type { DataTable } from "../../figure/widget.ts";
import { formatCount, formatRate, formatSeconds } from "../../ui/format.ts";
import type { Answer, CalculatorScene, Running, Step } from "./scene.ts";

/** "Llama 3.1 405B with bf16 weights on 8 × NVIDIA A100 80GB SXM". */
export function describeMachine({ model, gpu, numGpus, precision }: Deployment): string {
  const machine = numGpus === 1 ? `one ${gpu.name}` : `${numGpus} × ${gpu.name}`;
  return `${model.name} with ${precision.weights} weights on ${machine}`;
}

function describeRunning({ evaluation, roofline, fitted }: Running): string {
  const { workload } = evaluation;
  const requests =
    roofline.batch === 1 ? "one request runs" : `${formatCount(roofline.batch)} requests run`;
  return `${requests} at once; a prompt of ${counted(workload.promptTokens, "token")} takes ${formatSeconds(fitted.timeToFirstToken)} to the first token, each further token ${formatSeconds(fitted.timePerOutputToken)}, and all together come to ${formatRate(fitted.tokensPerSecond, "tokens/s")} by the fitted times`;
}

function describeAnswer({ asked, instead, running }: Answer): string {
  const machine = describeMachine(asked.deployment);
  const { verdict } = asked;
  const result = running === undefined ? "" : describeRunning(running);
  if (verdict.fits) return `${machine} fits: ${result}.`;
  const refusal = `${machine} does not fit. ${verdict.reason}`;
  return instead === undefined || running === undefined
    ? refusal
    : `${refusal} ${instead.text} Then ${result}.`;
}

/** One sentence or a few on what the page shows. */
export function describeScene(scene: CalculatorScene): string {
  return scene.kind === "problems" ? scene.problems.join(" ") : describeAnswer(scene);
}

export interface StepRow {
  readonly id: string;
  readonly name: string;
  readonly seconds: number;
  /** Undefined for the exchange between GPUs. */
  readonly bound: Bound | undefined;
}

/** Operators in the order of a layer, those that take no visible time left out, then the exchange between GPUs. */
export function stepRows({ time }: Step, allReduce: number): readonly StepRow[] {
  const rows: StepRow[] = time.rows.map(({ operator, time: own }) => ({
    id: operator.id,
    name: operator.name,
    seconds: own.seconds,
    bound: own.bound,
  }));
  const all: StepRow[] =
    allReduce > 0
      ? [...rows, { id: "all-reduce", name: "all-reduces", seconds: allReduce, bound: undefined }]
      : rows;
  const sum = all.reduce((total, row) => total + row.seconds, 0);
  return all.filter((row) => row.seconds >= VISIBLE * sum);
}

/** Share of a step below which a bar would be a hair. */
const VISIBLE = 0.002;

type Row = readonly [string, string, number, number];

function speedRows({ roofline: r, fitted: f }: Running): readonly Row[] {
  const rows: readonly Row[] = [
    ["Time to first token", "s", r.timeToFirstToken, f.timeToFirstToken],
    ["Time per output token", "s", r.timePerOutputToken, f.timePerOutputToken],
    [
      "Time per output token, prefills in between",
      "s",
      r.timePerOutputTokenUnderLoad,
      f.timePerOutputTokenUnderLoad,
    ],
    ["Pace of one request", "tokens/s", r.tokensPerSecondPerUser, f.tokensPerSecondPerUser],
    ["Throughput", "tokens/s", r.tokensPerSecond, f.tokensPerSecond],
    ["Throughput of one GPU", "tokens/s", r.tokensPerSecondPerGpu, f.tokensPerSecondPerGpu],
    ["Requests", "1/s", r.requestsPerSecond, f.requestsPerSecond],
    ["Prefill and decode of one request", "s", r.endToEnd, f.endToEnd],
  ];
  const [costR, costF] = [r.costPerMillionTokens, f.costPerMillionTokens];
  return costR === undefined || costF === undefined
    ? rows
    : [...rows, ["Cost of a million output tokens", "of your price", costR, costF]];
}

/** A figure that is no time is the same in both columns. */
const both = (name: string, unit: string, value: number) => [name, unit, value, value];

function memoryRows({ asked, running }: Answer): (readonly (string | number)[])[] {
  const capacity = running?.capacity ?? asked.capacity;
  if (capacity === undefined) return [];
  const { memory } = capacity;
  const parts: readonly (readonly [string, number])[] = [
    ["Memory of a GPU", memory.total],
    ["vLLM may take", memory.requested],
    ["Weights", memory.weights],
    ["Activations", memory.activations],
    ["CUDA graphs", memory.cudaGraphs],
    ["Other", memory.other],
    ["KV cache", Math.max(0, memory.available)],
    ["A cached token", capacity.bytesPerToken],
  ];
  return [
    ...parts.map(([name, value]) => both(name, "B on each GPU", value)),
    both("KV blocks", "blocks", capacity.numBlocks),
    both("Maximum concurrency", "requests", capacity.maxConcurrency),
    ...(running === undefined ? [] : [both("Run at once", "requests", running.roofline.batch)]),
  ];
}

/** The figures of the page; both columns are equal where nothing is timed. */
export function tableOf(scene: CalculatorScene): DataTable {
  const columns = ["Quantity", "Unit", "Roofline", "Fitted"];
  if (scene.kind === "problems") return { caption: scene.problems.join(" "), columns, rows: [] };
  const { running, asked } = scene;
  const deployment = running?.evaluation.deployment ?? asked.deployment;
  return {
    caption: describeMachine(deployment),
    columns,
    rows: [...memoryRows(scene), ...(running === undefined ? [] : speedRows(running))],
  };
}
