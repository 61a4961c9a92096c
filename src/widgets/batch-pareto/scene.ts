// Each batch that a server holds: what all its readers get together, what each gets, and what a step reads. Pure.
import { findGpu, ridgePoint } from "../../core/catalog/gpus/gpus.ts";
import { findModel } from "../../core/catalog/models/models.ts";
import { arithmeticIntensity, addCosts } from "../../core/cost/cost.ts";
import { operatorsOf } from "../../core/cost/operators.ts";
import { decodePass } from "../../core/cost/pass.ts";
import type { Estimate } from "../../core/parallel/tensor-parallel.ts";
import { fittedStepTime } from "../../core/roofline/fitted.ts";
import {
  defaultDeployment,
  type Deployment,
  type Workload,
} from "../../core/serving/deployment.ts";
import { meanContext } from "../../core/serving/load.ts";
import { largestBatch, paretoFrontier, type ParetoPoint } from "../../core/serving/pareto.ts";
import { readingSpeed } from "../../core/serving/reading-speed.ts";
import type { DataTable } from "../../figure/widget.ts";
import type { ChartRule, ChartSeries } from "../../ui/chart.tsx";
import {
  formatBytes,
  formatCount,
  formatNumber,
  formatRate,
  formatRatio,
  formatSeconds,
} from "../../ui/format.ts";
import { MAX_BATCH } from "./parameters.ts";

export interface ParetoValues {
  readonly model: string;
  readonly hardware: string;
  readonly estimate: string;
  readonly prompt: number;
  readonly output: number;
  readonly batch: number;
}

/** What one decode step of a batch reads and computes. */
export interface StepWork {
  readonly batch: number;
  /** Bytes. */
  readonly weights: number;
  readonly caches: number;
  /** FLOP a byte: of everything but attention, of attention, of the step. */
  readonly matrixIntensity: number;
  readonly attentionIntensity: number;
  readonly intensity: number;
}

export interface ParetoScene {
  readonly deployment: Deployment;
  readonly workload: Workload;
  readonly estimate: Estimate;
  /** The largest batch that the memory holds; 0 if not even one request fits. */
  readonly most: number;
  readonly points: readonly ParetoPoint[];
  /** At the asked batch, or the largest; absent where none fits. */
  readonly chosen: ParetoPoint | undefined;
  readonly work: StepWork;
  /** For batches 1, 2, 4, …, memory or not. */
  readonly works: readonly StepWork[];
  /** FLOP a byte. */
  readonly ridge: number;
  /** Why fitted times are extrapolated here; absent where they are not shown or not extrapolated. */
  readonly extrapolation: string | undefined;
}

function deploymentOf({ model: id, hardware, prompt, output }: ParetoValues): Deployment {
  const [model, gpu] = [findModel(id), findGpu(hardware)];
  if (model === undefined || gpu === undefined) {
    throw new Error(`The catalogue holds no ${id} or no ${hardware}.`);
  }
  // Memory alone decides how many requests run.
  return defaultDeployment(model, gpu, { maxModelLen: prompt + output, maxNumSeqs: MAX_BATCH });
}

export function stepWork({ model }: Deployment, context: number, batch: number): StepWork {
  const operators = operatorsOf(decodePass(model.shape, { batch, context }));
  const costOf = (isCounted: (kind: string) => boolean) =>
    addCosts(operators.filter(({ kind }) => isCounted(kind)).map(({ cost }) => cost));
  return {
    batch,
    weights: operators.reduce((sum, { traffic }) => sum + traffic.weights, 0),
    caches: operators.reduce((sum, { traffic }) => sum + traffic.kv, 0),
    matrixIntensity: arithmeticIntensity(costOf((kind) => kind === "matmul")),
    attentionIntensity: arithmeticIntensity(costOf((kind) => kind === "attention")),
    intensity: arithmeticIntensity(costOf(() => true)),
  };
}

export function createScene(values: ParetoValues): ParetoScene {
  const deployment = deploymentOf(values);
  const workload = {
    promptTokens: values.prompt,
    outputTokens: values.output,
    concurrency: values.batch,
  };
  const estimate: Estimate = values.estimate === "fitted" ? "fitted" : "roofline";
  const most = largestBatch(deployment, workload);
  const batch = Math.min(values.batch, Math.max(1, most));
  const context = meanContext(workload);
  const doublings = Array.from({ length: Math.log2(MAX_BATCH) + 1 }, (_, power) => 2 ** power);
  const pass = decodePass(deployment.model.shape, { batch, context });
  return {
    deployment,
    workload,
    estimate,
    most,
    points: paretoFrontier(deployment, workload, estimate),
    chosen: paretoFrontier(deployment, workload, estimate, [batch])[0],
    work: stepWork(deployment, context, batch),
    works: doublings.map((size) => stepWork(deployment, context, size)),
    ridge: ridgePoint(deployment.gpu),
    extrapolation: estimate === "fitted" ? fittedStepTime(pass, deployment.gpu).reason : undefined,
  };
}

const toPoint = (point: ParetoPoint) => ({
  x: point.tokensPerSecondPerUser,
  y: point.tokensPerSecondPerGpu,
});

export function frontierSeries({ points, chosen }: ParetoScene): ChartSeries[] {
  return [
    {
      id: "frontier",
      label: "batches 1, 2, 4, … up to what the memory holds",
      style: 0,
      points: points.map(toPoint),
    },
    ...(chosen === undefined
      ? []
      : [
          {
            id: "chosen",
            label: `batch ${formatCount(chosen.batch)}`,
            style: 3,
            mark: "points" as const,
            points: [toPoint(chosen)],
          },
        ]),
  ];
}

export function readingRule(): ChartRule {
  const speed = readingSpeed();
  return { axis: "x", value: speed, label: `reading, ${formatNumber(speed, 2)} tokens/s` };
}

export function intensitySeries({ works }: ParetoScene): ChartSeries[] {
  const series = (id: string, label: string, style: number, of: (work: StepWork) => number) => ({
    id,
    label,
    style,
    points: works.map((work) => ({ x: work.batch, y: of(work) })),
  });
  return [
    series("matrices", "matrices: weights shared by the batch", 0, (work) => work.matrixIntensity),
    series("attention", "attention: a cache for each", 1, (work) => work.attentionIntensity),
    series("step", "the whole step", 2, (work) => work.intensity),
  ];
}

/** The server and its requests in one phrase. */
export function describeServer({ deployment, workload }: ParetoScene): string {
  const { model, gpu } = deployment;
  return `${model.name} in 16 bits on an ${gpu.name}, prompts of ${formatCount(workload.promptTokens)} and outputs of ${formatCount(workload.outputTokens)} tokens`;
}

export function describeScene(scene: ParetoScene): string {
  const { chosen, most, work } = scene;
  if (chosen === undefined) return `${describeServer(scene)}: the memory holds no request.`;
  const pace = chosen.tokensPerSecondPerUser / readingSpeed();
  return `${describeServer(scene)}: a batch of ${formatCount(chosen.batch)} gives ${formatRate(chosen.tokensPerSecondPerGpu, "tokens/s")} in all and ${formatRate(chosen.tokensPerSecondPerUser, "tokens/s")} to each reader, ${formatRatio(pace)} the reading speed. A step reads ${formatBytes(work.weights)} of weights and ${formatBytes(work.caches)} of caches. The memory holds ${formatCount(most)} requests.`;
}

export function makeTable(scene: ParetoScene): DataTable {
  const context = meanContext(scene.workload);
  return {
    caption: `${describeServer(scene)}; ${scene.estimate === "fitted" ? "fitted times" : "lower bounds of times"}`,
    columns: [
      "Batch",
      "All readers (tokens/s)",
      "Each reader (tokens/s)",
      "Time of a token",
      "On the frontier",
      "Weights read a step",
      "Caches read a step",
      "Intensity (FLOP/B)",
    ],
    rows: scene.points.map((point) => {
      const work = stepWork(scene.deployment, context, point.batch);
      return [
        point.batch,
        formatNumber(point.tokensPerSecondPerGpu),
        formatNumber(point.tokensPerSecondPerUser),
        formatSeconds(point.load.timePerOutputTokenUnderLoad),
        point.isOnFrontier ? "yes" : "no",
        formatBytes(work.weights),
        formatBytes(work.caches),
        formatNumber(work.intensity),
      ];
    }),
  };
}
