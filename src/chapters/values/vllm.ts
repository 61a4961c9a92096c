// Values about a model served by vLLM: what each GPU holds, what is left for the cache, and how much of the context
// that is. The calculator's arithmetic, with vLLM's defaults where nothing else is said.
import type { GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import type { ModelEntry } from "../../core/catalog/models/models.ts";
import { bytesOf, type NumberFormat } from "../../core/cost/precision.ts";
import { defaultDeployment, type Deployment } from "../../core/serving/deployment.ts";
import { kvCapacity, type KvCapacity } from "../../core/serving/kv-capacity.ts";
import { GIBI } from "../../core/units/units.ts";
import { formatBinaryBytes, formatCount, formatNumber } from "../../ui/format.ts";
import {
  countInput,
  gpuSource,
  modelSource,
  type OpenedValue,
  type ValueArguments,
  type ValueDefinition,
  type ValueInput,
} from "./value.ts";

const FORMATS: readonly NumberFormat[] = ["bf16", "fp8", "int4"];

function formatOf(args: ValueArguments, name: string): NumberFormat {
  const text = args.text(name) ?? "bf16";
  const format = FORMATS.find((one) => one === text);
  if (format === undefined) throw new Error(`needs ${name}="${FORMATS.join('" or "')}"`);
  return format;
}

interface Served {
  readonly deployment: Deployment;
  readonly capacity: KvCapacity;
  readonly model: ModelEntry;
  readonly gpu: GpuEntry;
}

/** Attributes: model, gpu, gpus, and as wanted weights, kv, length, utilisation. */
function servedBy(args: ValueArguments): Served {
  const [model, gpu] = [args.model(), args.gpu()];
  const numGpus = args.number("gpus");
  const base = defaultDeployment(model, gpu);
  const deployment: Deployment = {
    ...base,
    numGpus,
    precision: {
      weights: formatOf(args, "weights"),
      kv: formatOf(args, "kv"),
      activations: "bf16",
    },
    maxModelLen: args.number("length", model.contextLength),
    gpuMemoryUtilization: args.number("utilisation", base.gpuMemoryUtilization),
  };
  return { deployment, capacity: kvCapacity(deployment), model, gpu };
}

function onGpus({ model, gpu, deployment }: Served): string {
  return `${model.name} on ${formatCount(deployment.numGpus)} × ${gpu.name}`;
}

function sourcesOf({ model, gpu }: Served): OpenedValue["sources"] {
  return [modelSource(model), gpuSource(gpu)];
}

export const servedWeights: ValueDefinition = (args) => {
  const served = servedBy(args);
  const { weights, keptAt16Bits } = served.capacity.memory;
  const text = formatBinaryBytes(weights);
  return {
    text,
    title: `Weights on each GPU: ${onGpus(served)}`,
    formula: String.raw`\text{split matrices} \cdot b + \text{what stays in 16 bits}`,
    inputs: [
      {
        symbol: "b",
        meaning: served.deployment.precision.weights,
        value: `${bytesOf(served.deployment.precision.weights)} B`,
      },
      countInput("n", "GPUs", served.deployment.numGpus),
    ],
    substitution: `${formatBinaryBytes(weights - keptAt16Bits)} + ${formatBinaryBytes(keptAt16Bits)} = ${text}`,
    note: "Embedding, output head and norms stay in 16 bits when matrices are quantised; the second term is what that adds.",
    sources: sourcesOf(served),
  };
};

export const servedShare: ValueDefinition = (args) => {
  const served = servedBy(args);
  const { memory } = served.capacity;
  const text = formatBinaryBytes(memory.requested);
  return {
    text,
    title: `What vLLM may use of each ${served.gpu.name}`,
    formula: String.raw`\lceil \text{memory} \cdot u \rceil`,
    inputs: [
      {
        symbol: String.raw`\text{memory}`,
        meaning: memory.totalNote,
        value: formatBinaryBytes(memory.total, 4),
      },
      {
        symbol: "u",
        meaning: "gpu-memory-utilization",
        value: formatNumber(served.deployment.gpuMemoryUtilization, 2),
      },
    ],
    substitution: `${formatBinaryBytes(memory.total, 4)} · ${formatNumber(served.deployment.gpuMemoryUtilization, 2)} = ${text}`,
    sources: [gpuSource(served.gpu)],
  };
};

function availableInputs({ capacity }: Served): ValueInput[] {
  const { memory } = capacity;
  const work = memory.activations + memory.other + memory.cudaGraphs;
  return [
    {
      symbol: "A",
      meaning: "what vLLM may use of a GPU",
      value: formatBinaryBytes(memory.requested),
    },
    { symbol: "W", meaning: "weights", value: formatBinaryBytes(memory.weights) },
    {
      symbol: "S",
      meaning: "largest step, CUDA graphs, the rest: estimated",
      value: formatBinaryBytes(work),
    },
  ];
}

export const servedAvailable: ValueDefinition = (args) => {
  const served = servedBy(args);
  const { memory } = served.capacity;
  const text = memory.available > 0 ? formatBinaryBytes(memory.available) : "nothing";
  const work = memory.activations + memory.other + memory.cudaGraphs;
  return {
    text,
    title: `Left for the KV cache on each GPU: ${onGpus(served)}`,
    formula: "A - W - S",
    inputs: availableInputs(served),
    substitution: `${formatBinaryBytes(memory.requested)} − ${formatBinaryBytes(memory.weights)} − ${formatBinaryBytes(work)} = ${formatNumber(memory.available / GIBI)} GiB`,
    sources: sourcesOf(served),
  };
};

export const servedTokens: ValueDefinition = (args) => {
  const served = servedBy(args);
  const { numTokensBefore, bytesPerToken, memory } = served.capacity;
  const text = formatCount(numTokensBefore);
  return {
    text,
    title: `Tokens that the cache holds: ${onGpus(served)}`,
    formula: String.raw`\left\lfloor \frac{\text{available}}{\text{bytes of a token on a GPU}} \right\rfloor`,
    inputs: [
      {
        symbol: String.raw`\text{available}`,
        meaning: "each GPU",
        value: formatBinaryBytes(Math.max(0, memory.available)),
      },
      {
        symbol: String.raw`\text{bytes}`,
        meaning: "of a token on one GPU",
        value: formatBinaryBytes(bytesPerToken),
      },
    ],
    substitution: `${formatBinaryBytes(Math.max(0, memory.available))} / ${formatBinaryBytes(bytesPerToken)} = ${text}, in whole blocks of 16`,
    sources: sourcesOf(served),
  };
};

export const servedConcurrency: ValueDefinition = (args) => {
  const served = servedBy(args);
  const { numBlocks, blocksPerRequest, maxConcurrency } = served.capacity;
  const { maxModelLen } = served.deployment;
  const text = formatNumber(maxConcurrency, 3);
  return {
    text,
    title: `Requests of ${formatCount(maxModelLen)} tokens that fit: ${onGpus(served)}`,
    formula: String.raw`\frac{\text{blocks}}{\lceil \text{length} / 16 \rceil}`,
    inputs: [
      countInput(String.raw`\text{blocks}`, "that the cache has", numBlocks),
      countInput(String.raw`\text{length}`, "of a request, in tokens", maxModelLen),
    ],
    substitution: `${formatCount(numBlocks)} / ${formatCount(blocksPerRequest)} = ${text}`,
    sources: sourcesOf(served),
  };
};

/** Attributes: gib (as a log prints it), model, gpus, kv. */
export const blocksFromLog: ValueDefinition = (args) => {
  const model = args.model();
  const gib = args.number("gib");
  const numGpus = args.number("gpus", 1);
  const kv = formatOf(args, "kv");
  const { numLayers, numKvHeads, headWidth } = model.shape;
  const block = 16 * 2 * numLayers * Math.max(1, numKvHeads / numGpus) * headWidth * bytesOf(kv);
  const text = formatCount(Math.floor((gib * GIBI) / block));
  return {
    text,
    title: `KV blocks in ${gib} GiB, ${model.name}`,
    formula: String.raw`\left\lfloor \frac{\text{available}}{P \cdot 2 \cdot L \cdot K \cdot H \cdot b} \right\rfloor`,
    inputs: [
      { symbol: String.raw`\text{available}`, meaning: "as logged", value: `${gib} GiB` },
      countInput("P", "tokens of a block", 16),
      countInput("L", "layers", numLayers),
      countInput("K", "KV heads", numKvHeads),
      countInput("H", "width of a head", headWidth),
    ],
    substitution: `${gib} GiB / ${formatBinaryBytes(block)} = ${text}`,
    sources: [modelSource(model)],
  };
};
