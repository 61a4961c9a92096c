// What the picture shows: where the memory of each GPU goes, whether it suffices, and what would make it suffice. Pure.
import { findGpu } from "../../core/catalog/gpus/gpus.ts";
import { findModel } from "../../core/catalog/models/models.ts";
import type { NumberFormat } from "../../core/cost/precision.ts";
import { defaultDeployment, type Deployment } from "../../core/serving/deployment.ts";
import { kvCapacity, type KvCapacity } from "../../core/serving/kv-capacity.ts";
import { findSplitProblem } from "../../core/serving/remedies.ts";
import { bytes, type Bytes } from "../../core/units/units.ts";
import type { DataTable } from "../../figure/widget.ts";
import { formatBinaryBytes, formatBytes, formatCount } from "../../ui/format.ts";
import { GPU_COUNTS } from "./parameters.ts";

export interface MemoryValues {
  readonly model: string;
  readonly weights: string;
  readonly kv: string;
  readonly context: number;
  readonly batch: number;
  readonly hardware: string;
  readonly gpus: string;
}

/** From the bottom of each GPU's memory up. */
export interface Layer {
  readonly id: "weights" | "other" | "cache";
  readonly label: string;
  /** A colour token without its dashes. */
  readonly colour: string;
  readonly bytes: Bytes;
}

export interface Memory {
  readonly layers: readonly Layer[];
  /** Sum of the layers. */
  readonly needed: Bytes;
  /** What vLLM may use of each GPU. */
  readonly usable: Bytes;
  /** All that a process sees of each GPU. */
  readonly total: Bytes;
  readonly capacity: KvCapacity;
  /** Sequences of the chosen length that the cache has room for. */
  readonly holds: number;
}

export interface Remedy {
  /** A sentence. */
  readonly text: string;
  readonly change: Partial<MemoryValues>;
}

export interface MemoryScene {
  readonly deployment: Deployment;
  readonly values: MemoryValues;
  readonly fits: boolean;
  /** Absent where the model cannot be split over so many GPUs. */
  readonly memory: Memory | undefined;
  /** Whether it fits, in a sentence. */
  readonly verdict: string;
  /** Each alone makes it fit. */
  readonly remedies: readonly Remedy[];
}

const FORMATS: readonly NumberFormat[] = ["bf16", "fp8", "int4"];

function toFormat(text: string): NumberFormat {
  const format = FORMATS.find((one) => one === text);
  if (format === undefined) throw new Error(`"${text}" is not a number format.`);
  return format;
}

function toDeployment(values: MemoryValues): Deployment {
  const [model, gpu] = [findModel(values.model), findGpu(values.hardware)];
  if (model === undefined || gpu === undefined) {
    throw new Error(
      `The catalogue holds no model "${values.model}" or no GPU "${values.hardware}".`,
    );
  }
  return defaultDeployment(model, gpu, {
    numGpus: Number(values.gpus),
    maxModelLen: values.context,
    precision: {
      weights: toFormat(values.weights),
      kv: toFormat(values.kv),
      activations: "bf16",
    },
  });
}

function memoryOf(deployment: Deployment, batch: number): Memory {
  const capacity = kvCapacity(deployment);
  const { weights, activations, other, cudaGraphs, requested, total } = capacity.memory;
  const layers: readonly Layer[] = [
    { id: "weights", label: "weights", colour: "weights", bytes: weights },
    {
      id: "other",
      label: "activations, CUDA",
      colour: "series-5",
      bytes: bytes(activations + other + cudaGraphs),
    },
    {
      id: "cache",
      label: "KV cache",
      colour: "key",
      bytes: bytes(batch * capacity.bytesPerRequest),
    },
  ];
  return {
    layers,
    needed: bytes(layers.reduce((sum, layer) => sum + layer.bytes, 0)),
    usable: requested,
    total,
    capacity,
    holds: Math.floor(capacity.maxConcurrency),
  };
}

/** Undefined where the model cannot be split so. */
function findMemory(values: MemoryValues): Memory | undefined {
  const deployment = toDeployment(values);
  return findSplitProblem(deployment) === undefined
    ? memoryOf(deployment, values.batch)
    : undefined;
}

function doesFit(values: MemoryValues): boolean {
  const memory = findMemory(values);
  return memory !== undefined && memory.holds >= values.batch;
}

const NARROWER: Readonly<Record<string, readonly string[]>> = {
  bf16: ["fp8", "int4"],
  fp8: ["int4"],
};
const LEAST_CONTEXT = 512;

function moreGpus({ gpus }: MemoryValues): string[] {
  return GPU_COUNTS.filter((count) => count > Number(gpus)).map(String);
}

/** Every single change worth trying; the first of each kind that helps is offered. */
function candidates(values: MemoryValues, memory: Memory | undefined): Remedy[][] {
  const { holds = 0, capacity } = memory ?? {};
  const perSequence = Math.floor((capacity?.numBlocks ?? 0) / values.batch) * 16;
  const context = Math.floor(perSequence / LEAST_CONTEXT) * LEAST_CONTEXT;
  return [
    holds < 1
      ? []
      : [{ text: `Run ${countOf(holds, "sequence")} at once.`, change: { batch: holds } }],
    context < LEAST_CONTEXT
      ? []
      : [{ text: `Stop each at ${formatCount(context)} tokens.`, change: { context } }],
    values.kv === "fp8" ? [] : [{ text: "Keep the KV cache in fp8.", change: { kv: "fp8" } }],
    moreGpus(values).map((gpus) => ({ text: `Use ${gpus} GPUs.`, change: { gpus } })),
    (NARROWER[values.weights] ?? []).map((weights) => ({
      text: `Store the weights in ${weights}.`,
      change: { weights },
    })),
  ];
}

/** Where no single change helps: narrower weights on more GPUs. */
function pairs(values: MemoryValues): Remedy[] {
  return (NARROWER[values.weights] ?? []).flatMap((weights) =>
    moreGpus(values).map((gpus) => ({
      text: `Store the weights in ${weights}, and use ${gpus} GPUs.`,
      change: { weights, gpus },
    })),
  );
}

function findRemedies(values: MemoryValues, memory: Memory | undefined): Remedy[] {
  const helps = ({ change }: Remedy) => doesFit({ ...values, ...change });
  const single = candidates(values, memory).flatMap((kind) => kind.find(helps) ?? []);
  if (single.length > 0) return single;
  const pair = pairs(values).find(helps);
  return pair === undefined ? [] : [pair];
}

export function createScene(values: MemoryValues): MemoryScene {
  const deployment = toDeployment(values);
  const memory = findMemory(values);
  const fits = memory !== undefined && memory.holds >= values.batch;
  return {
    deployment,
    values,
    fits,
    memory,
    verdict: writeVerdict(deployment, values, memory),
    remedies: fits ? [] : findRemedies(values, memory),
  };
}

/** A sentence where the context is longer than the model was trained for. */
export function describeLimit({ deployment, values }: MemoryScene): string | undefined {
  const { name, contextLength } = deployment.model;
  if (values.context <= contextLength) return undefined;
  return `${name} was trained for ${formatCount(contextLength)} tokens; beyond that it is arithmetic only.`;
}

function countOf(count: number, thing: string): string {
  return `${formatCount(count)} ${thing}${count === 1 ? "" : "s"}`;
}

function writeVerdict(
  deployment: Deployment,
  { batch }: MemoryValues,
  memory: Memory | undefined,
): string {
  if (memory === undefined) return findSplitProblem(deployment) ?? "";
  const { usable, holds, capacity } = memory;
  const { available, weights } = capacity.memory;
  const most = `vLLM may use ${formatBinaryBytes(usable)} of each GPU`;
  if (weights > usable) {
    return `Does not fit: the weights alone take ${formatBinaryBytes(weights)}, and ${most}.`;
  }
  if (available <= 0) {
    return `Does not fit: ${most}, and beside the weights nothing is left for the KV cache.`;
  }
  if (holds >= batch) {
    return `Fits: ${countOf(batch, "sequence")} of ${countOf(holds, "sequence")} that there is room for.`;
  }
  return `Does not fit: there is room for ${holds === 0 ? "no sequence" : countOf(holds, "sequence")} of ${formatCount(batch)}.`;
}

/** "one A100", "8 GPUs of the kind A100". */
function writeHardware({ gpu, numGpus }: Deployment): string {
  return numGpus === 1 ? `one ${gpu.name}` : `${formatCount(numGpus)} × ${gpu.name}`;
}

export function describeScene({ deployment, values, memory, verdict }: MemoryScene): string {
  const { model } = deployment;
  const load = `${model.name} (${values.weights} weights, ${values.kv} cache) with ${countOf(values.batch, "sequence")} of ${formatCount(values.context)} tokens on ${writeHardware(deployment)}`;
  if (memory === undefined) return `${load}: ${verdict}`;
  return `${load} needs ${formatBinaryBytes(memory.needed)} on each. ${verdict}`;
}

export function makeTable({ deployment, memory }: MemoryScene): DataTable {
  const { numGpus } = deployment;
  const row = (name: string, value: number) => [
    name,
    formatBinaryBytes(value),
    formatBytes(value),
    formatBytes(value * numGpus),
  ];
  const rows =
    memory === undefined
      ? []
      : [
          ...memory.layers.map((layer) => row(layer.label, layer.bytes)),
          row("needed", memory.needed),
          row("vLLM may use", memory.usable),
          row("memory", memory.total),
        ];
  return {
    caption: `${deployment.model.name} on ${writeHardware(deployment)}`,
    columns: ["Part", "On each GPU", "In units of 10⁹", "On all"],
    rows,
  };
}
