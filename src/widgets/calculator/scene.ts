// What the page shows for a set of inputs: the reader's own deployment, and where that does not fit, the nearest one
// that does. Pure.
import { peakFor, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { decodePass, prefillPass, type Pass } from "../../core/cost/pass.ts";
import type { NumberFormat, Precision } from "../../core/cost/precision.ts";
import { fittedStepTime } from "../../core/roofline/fitted.ts";
import { stepTime, type StepTime } from "../../core/roofline/step-time.ts";
import type { Deployment, Workload } from "../../core/serving/deployment.ts";
import { evaluate, type Evaluation } from "../../core/serving/evaluate.ts";
import type { KvCapacity } from "../../core/serving/kv-capacity.ts";
import { meanContext, type LoadFigures } from "../../core/serving/load.ts";
import { paretoFrontier, type ParetoPoint } from "../../core/serving/pareto.ts";
import type { Remedy } from "../../core/serving/remedies.ts";
import { commandNotes, vllmCommand } from "../../core/serving/vllm-command.ts";
import { readInputs, type Inputs } from "./inputs.ts";
import { readProfile, type ProfileState } from "./log-fill.ts";
import { parameters, type CalculatorValues } from "./parameters.ts";

/** A change of the form that would make the deployment fit. */
export interface Offer {
  readonly text: string;
  readonly change: Partial<CalculatorValues>;
  readonly deployment: Deployment;
}

/** A pass and its bound, operator by operator. */
export interface Step {
  readonly pass: Pass;
  readonly time: StepTime;
}

/** All figures of a deployment that runs. */
export interface Running {
  readonly evaluation: Evaluation;
  readonly capacity: KvCapacity;
  readonly roofline: LoadFigures;
  readonly fitted: LoadFigures;
  readonly prefill: Step;
  readonly decode: Step;
  /** Why the fitted times are not those of the measured kernels; undefined where they are. */
  readonly extrapolation: string | undefined;
  readonly rooflineCurve: readonly ParetoPoint[];
  readonly fittedCurve: readonly ParetoPoint[];
  readonly command: string;
  readonly commandNotes: readonly string[];
}

export interface Answer {
  readonly kind: "answer";
  readonly inputs: Inputs;
  /** Of what the reader chose. */
  readonly asked: Evaluation;
  /** What would make it fit, best first; empty where it fits or nothing helps. */
  readonly offers: readonly Offer[];
  /** The offer that `running` stands for; undefined where the reader's own choice runs. */
  readonly instead: Offer | undefined;
  /** Undefined where neither the reader's choice nor an offer runs. */
  readonly running: Running | undefined;
  readonly profile: ProfileState["kind"];
  /** What the figures leave out, one sentence each. */
  readonly caveats: readonly string[];
}

export interface Problems {
  readonly kind: "problems";
  readonly problems: readonly string[];
}

export type CalculatorScene = Answer | Problems;

/** vLLM's own; the page does not offer others. */
const BLOCK_SIZE = 16;

/**
 * Formats as vLLM uses them: 8-bit weights meet activations of the same format where the GPU multiplies it; all
 * other weights are expanded to 16 bits.
 */
function precisionOf(gpu: GpuEntry, weights: NumberFormat, kv: NumberFormat): Precision {
  const is8Bit = weights === "fp8" || weights === "int8";
  const activations = is8Bit && peakFor(gpu, weights).note === undefined ? weights : "bf16";
  return { weights, kv, activations };
}

const FORMATS: readonly NumberFormat[] = ["bf16", "fp8", "int8", "int4"];

function formatOf(value: string): NumberFormat {
  return FORMATS.find((format) => format === value) ?? "bf16";
}

function deploymentOf(inputs: Inputs, values: CalculatorValues, profile: ProfileState): Deployment {
  const { model, gpu, numGpus, gpuMemoryUtilization, maxModelLen, maxNumSeqs } = inputs;
  return {
    model,
    gpu,
    numGpus,
    precision: precisionOf(gpu, formatOf(values.weights), formatOf(values.kv)),
    gpuMemoryUtilization,
    maxModelLen,
    maxNumSeqs,
    blockSize: BLOCK_SIZE,
    ...(profile.kind === "used" && { profiled: profile.profiled }),
  };
}

function workloadOf({ prompt, output, batch, price }: Inputs): Workload {
  return {
    promptTokens: prompt,
    outputTokens: output,
    concurrency: batch,
    ...(price !== undefined && { pricePerGpuHour: price }),
  };
}

function offers(choice: { options: readonly { value: string }[] }, value: string): boolean {
  return choice.options.some((option) => option.value === value);
}

/** The settings of the form that an offered deployment differs in. */
function changeTo(before: Deployment, after: Deployment): Partial<CalculatorValues> | undefined {
  const [gpus, weights, kv] = [String(after.numGpus), after.precision.weights, after.precision.kv];
  if (!offers(parameters.gpus, gpus)) return undefined;
  return {
    ...(after.numGpus !== before.numGpus && { gpus }),
    ...(weights !== before.precision.weights && { weights }),
    ...(kv !== before.precision.kv && { kv }),
    ...(after.maxModelLen !== before.maxModelLen && { "max-model-len": String(after.maxModelLen) }),
    ...(after.gpuMemoryUtilization !== before.gpuMemoryUtilization && {
      "gpu-memory-utilization": after.gpuMemoryUtilization,
    }),
  };
}

/** Undefined where the form has no such setting. */
function offerOf(asked: Deployment, { text, deployment }: Remedy): Offer | undefined {
  const { gpu, precision } = deployment;
  const change = changeTo(asked, deployment);
  if (change === undefined) return undefined;
  return {
    text,
    change,
    deployment: { ...deployment, precision: precisionOf(gpu, precision.weights, precision.kv) },
  };
}

/** What the form can be set to; those that keep the machine come first. */
function offersOf({ deployment, verdict }: Evaluation): readonly Offer[] {
  if (verdict.fits) return [];
  const all = verdict.remedies.flatMap((remedy) => offerOf(deployment, remedy) ?? []);
  const keepsMachine = (offer: Offer) => offer.deployment.numGpus === deployment.numGpus;
  return [...all.filter(keepsMachine), ...all.filter((offer) => !keepsMachine(offer))];
}

function stepOf(pass: Pass, gpu: GpuEntry): Step {
  return { pass, time: stepTime(pass, gpu) };
}

type Unbatched = Pick<Running, "rooflineCurve" | "fittedCurve" | "prefill">;
let kept: { readonly key: string; readonly unbatched: Unbatched } | undefined;

/** What does not depend on the number of requests. The last is kept: it stays as it is while the batch is dragged. */
function unbatchedOf(deployment: Deployment, workload: Workload): Unbatched {
  const key = JSON.stringify([deployment, { ...workload, concurrency: 0 }]);
  if (kept?.key === key) return kept.unbatched;
  const { model, gpu, precision, numGpus: ranks } = deployment;
  const prefill = prefillPass(model.shape, {
    batch: 1,
    prompt: workload.promptTokens,
    precision,
    ranks,
  });
  const unbatched = {
    prefill: stepOf(prefill, gpu),
    rooflineCurve: paretoFrontier(deployment, workload, "roofline"),
    fittedCurve: paretoFrontier(deployment, workload, "fitted"),
  };
  kept = { key, unbatched };
  return unbatched;
}

/** Everything that needs times; undefined where nothing runs. */
function runningOf(evaluation: Evaluation): Running | undefined {
  const { deployment, workload, capacity, roofline, fitted } = evaluation;
  if (capacity === undefined || roofline === undefined || fitted === undefined) return undefined;
  const { model, gpu, precision, numGpus: ranks } = deployment;
  const decode = decodePass(model.shape, {
    batch: roofline.batch,
    context: meanContext(workload),
    precision,
    ranks,
  });
  return {
    evaluation,
    capacity,
    roofline,
    fitted,
    decode: stepOf(decode, gpu),
    extrapolation: fittedStepTime(decode, gpu).reason,
    ...unbatchedOf(deployment, workload),
    command: vllmCommand(deployment),
    commandNotes: commandNotes(deployment),
  };
}

function caveatsOf({ model, gpu }: Inputs, { deployment, caveats }: Evaluation): readonly string[] {
  const { note: peakNote } = peakFor(gpu, deployment.precision.weights);
  return [...caveats, peakNote, model.isUnchecked, gpu.isUnchecked].filter(
    (note) => note !== undefined,
  );
}

function answer(values: CalculatorValues, inputs: Inputs): Answer {
  const profile = readProfile(values);
  const workload = workloadOf(inputs);
  const asked = evaluate(deploymentOf(inputs, values, profile), workload);
  const found = offersOf(asked);
  const own = runningOf(asked);
  const { instead, running } = own === undefined ? firstRunning(found, workload) : { running: own };
  return {
    kind: "answer",
    inputs,
    asked,
    offers: found,
    instead,
    running,
    profile: profile.kind,
    caveats: caveatsOf(inputs, running?.evaluation ?? asked),
  };
}

function firstRunning(
  found: readonly Offer[],
  workload: Workload,
): { readonly instead?: Offer; readonly running?: Running } {
  for (const instead of found) {
    const running = runningOf(evaluate(instead.deployment, workload));
    if (running !== undefined) return { instead, running };
  }
  return {};
}

const scenes = new WeakMap<CalculatorValues, CalculatorScene>();

/** The whole page for what the form says. The picture, the sentence and the table of a form share one scene. */
export function createScene(values: CalculatorValues): CalculatorScene {
  const known = scenes.get(values);
  if (known !== undefined) return known;
  const scene = computeScene(values);
  scenes.set(values, scene);
  return scene;
}

/** As {@link createScene}, computed anew. */
export function computeScene(values: CalculatorValues): CalculatorScene {
  const read = readInputs(values);
  if (!read.ok) return { kind: "problems", problems: read.problems };
  try {
    return answer(values, read.inputs);
  } catch (error) {
    // The arithmetic refuses what is out of range with a sentence; anything else is a fault of ours.
    if (error instanceof RangeError) return { kind: "problems", problems: [error.message] };
    throw error;
  }
}
