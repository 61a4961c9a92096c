// What the picture shows: the operators of a model's pass on the roofline of a GPU, and how long the pass takes. Pure.
import { findGpu, ridgePoint, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { countParameters } from "../../core/catalog/models/model-shape.ts";
import { findModel, type ModelEntry } from "../../core/catalog/models/models.ts";
import { arithmeticIntensity } from "../../core/cost/cost.ts";
import { decodePass, prefillPass, type Operator } from "../../core/cost/operators.ts";
import type { OperatorTime } from "../../core/roofline/roofline.ts";
import { stepTime, type StepTime } from "../../core/roofline/step-time.ts";
import type { FlopsPerByte } from "../../core/units/units.ts";
import { formatCount, formatPercent, formatSeconds } from "../../ui/format.ts";
import { assignLetters } from "./letters.ts";
import { findMeasured } from "./measured.ts";

export interface RooflineValues {
  readonly phase: string;
  readonly model: string;
  /** Id of a GPU in the catalogue. */
  readonly hardware: string;
  readonly batch: number;
  /** Of the prompt in prefill; in the cache before the step in decode. */
  readonly context: number;
  readonly measured: boolean;
}

export type Phase = "prefill" | "decode";

export interface OperatorRow {
  readonly letter: string;
  readonly operator: Operator;
  readonly intensity: FlopsPerByte;
  readonly time: OperatorTime;
  /** Of the step's time, 0 to 1. */
  readonly share: number;
}

export interface Step {
  readonly phase: Phase;
  /** One token for each sequence, or all tokens of the prompts. */
  readonly numTokens: number;
  readonly rows: readonly OperatorRow[];
  readonly time: StepTime;
  /** Share of the time, 0 to 1, that goes to operators waiting for memory. */
  readonly memoryShare: number;
}

/** Where an operator's point lies, or a measured kernel's. */
export interface ScenePoint {
  readonly id: string;
  readonly intensity: number;
  /** FLOP a second. */
  readonly rate: number;
  /** Absent on points that come in numbers. */
  readonly letter?: string;
  readonly bound?: OperatorTime["bound"];
  /** Of the step's time, 0 to 1: how large it is drawn. */
  readonly share?: number;
}

/** Points that have one origin and are drawn alike. */
export interface PointSet {
  readonly id: string;
  readonly kind: "modelled" | "published";
  readonly phase?: Phase;
  readonly points: readonly ScenePoint[];
}

export interface RooflineScene {
  readonly model: ModelEntry;
  readonly gpu: GpuEntry;
  readonly ridge: FlopsPerByte;
  readonly steps: readonly Step[];
  readonly sets: readonly PointSet[];
  /** The weights need more than this GPU's memory: the times are as if they did not. */
  readonly isTooLarge: boolean;
}

function phasesOf(text: string): readonly Phase[] {
  if (text === "prefill" || text === "decode") return [text];
  return ["prefill", "decode"];
}

function timeStep(phase: Phase, model: ModelEntry, gpu: GpuEntry, values: RooflineValues) {
  const { batch, context } = values;
  const pass =
    phase === "prefill"
      ? prefillPass(model.shape, { batch, prompt: context })
      : decodePass(model.shape, { batch, context });
  return {
    phase,
    numTokens: phase === "prefill" ? batch * context : batch,
    time: stepTime(pass, gpu),
  };
}

function readStep(
  { phase, numTokens, time }: ReturnType<typeof timeStep>,
  letters: ReadonlyMap<string, string>,
): Step {
  const rows = time.rows.map((row) => ({
    letter: letters.get(row.operator.id) ?? "?",
    operator: row.operator,
    intensity: arithmeticIntensity(row.operator.cost),
    time: row.time,
    share: row.time.seconds / time.sumOfOperators,
  }));
  const waiting = rows.filter((row) => row.time.bound === "memory");
  const memoryShare = waiting.reduce((sum, { share }) => sum + share, 0);
  return { phase, numTokens, rows, time, memoryShare };
}

/** A lookup does no arithmetic and has no place on the axes. */
function toPoints({ phase, rows }: Step): PointSet {
  const placed = rows.filter(({ operator }) => operator.cost.flops > 0);
  return {
    id: phase,
    kind: "modelled",
    phase,
    points: placed.map(({ letter, operator, intensity, time, share }) => ({
      id: operator.id,
      letter,
      intensity,
      rate: operator.cost.flops / time.seconds,
      bound: time.bound,
      share,
    })),
  };
}

const BYTES_PER_WEIGHT = 2;

export function createScene(values: RooflineValues): RooflineScene {
  const [model, gpu] = [findModel(values.model), findGpu(values.hardware)];
  if (model === undefined || gpu === undefined) {
    throw new Error(
      `The catalogue holds no model "${values.model}" or no GPU "${values.hardware}".`,
    );
  }
  const timed = phasesOf(values.phase).map((phase) => timeStep(phase, model, gpu, values));
  const operators = timed.flatMap(({ time }) => time.rows.map(({ operator }) => operator));
  const letters = assignLetters(operators);
  const steps = timed.map((one) => readStep(one, letters));
  const measured = values.measured ? findMeasured(gpu.id, model.id) : [];
  return {
    model,
    gpu,
    ridge: ridgePoint(gpu),
    steps,
    sets: [
      ...(measured.length > 0
        ? [{ id: "published", kind: "published" as const, points: measured }]
        : []),
      ...steps.map(toPoints),
    ],
    isTooLarge: countParameters(model.shape) * BYTES_PER_WEIGHT > gpu.memory,
  };
}

/** "memory bound" or "compute bound": of the step as one operator. */
export function sayBound({ time }: Step): string {
  return `${time.bound} bound`;
}

/** The verdict of a step, and how much of its time agrees with it. */
export function writeVerdict(step: Step): string {
  const name = step.phase === "prefill" ? "Prefill" : "Decode";
  const share = step.time.bound === "memory" ? step.memoryShare : 1 - step.memoryShare;
  const what = step.time.bound === "memory" ? "wait for memory" : "wait for arithmetic";
  return `${name} is ${sayBound(step)}: ${formatPercent(share, 3)} of its time goes to operators that ${what}.`;
}

/** What a step is, in words. */
export function sayStep({ phase, numTokens }: Step, { batch, context }: RooflineValues): string {
  const [count, tokens] = [formatCount(batch), formatCount(context)];
  if (phase === "prefill") {
    return batch === 1
      ? `A prompt of ${tokens} tokens.`
      : `${count} prompts of ${tokens} tokens: ${formatCount(numTokens)} rows through each matrix.`;
  }
  return batch === 1
    ? `One token for one sequence, with ${tokens} in its cache.`
    : `One token for each of ${count} sequences, with ${tokens} in each cache.`;
}

export function describeScene({ model, gpu, steps }: RooflineScene): string {
  const said = steps.map(
    (step) =>
      `${step.phase === "prefill" ? "prefill" : "a decode step"} takes at least ${formatSeconds(step.time.sumOfOperators)} and is ${sayBound(step)}`,
  );
  return `${model.name} on the ${gpu.name}: ${said.join("; ")}.`;
}

export interface Cluster {
  readonly x: number;
  readonly y: number;
  readonly letters: string;
}

/** Of the labels' type, in pixels. */
const LETTER_WIDTH = 7.2;
const LINE_HEIGHT = 14;

function isTooNear(a: Cluster, b: Cluster): boolean {
  const width = ((a.letters.length + b.letters.length) / 2) * LETTER_WIDTH;
  return Math.abs(a.x - b.x) < width + LETTER_WIDTH / 2 && Math.abs(a.y - b.y) < LINE_HEIGHT;
}

function merge(a: Cluster, b: Cluster): Cluster {
  return { x: (a.x + b.x) / 2, y: Math.min(a.y, b.y), letters: `${a.letters} ${b.letters}` };
}

/** Labels of points in pixels; those that would overlap become one, from left to right, above the higher point. */
export function clusterLetters(points: readonly Cluster[]): Cluster[] {
  let clusters = points.toSorted((a, b) => a.x - b.x);
  for (;;) {
    const at = clusters.findIndex((cluster, i) => {
      const next = clusters[i + 1];
      return next !== undefined && isTooNear(cluster, next);
    });
    const [a, b] = [clusters[at], clusters[at + 1]];
    if (a === undefined || b === undefined) return clusters;
    clusters = [...clusters.slice(0, at), merge(a, b), ...clusters.slice(at + 2)];
  }
}
