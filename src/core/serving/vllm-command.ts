// The `vllm serve` line of a deployment, ready to paste into a shell, and what it cannot say.
import type { ModelEntry } from "../catalog/models/models.ts";
import { bytesOf, type NumberFormat } from "../cost/precision.ts";
import { LARGEST_NODE } from "../parallel/links.ts";
import { findLengthCaveat, type Deployment } from "./deployment.ts";
import { visibleMemory, weightsOnRank } from "./memory.ts";
import { hasKernels } from "./vllm-hardware.ts";

/** Models whose source in the catalogue is not a page of Hugging Face. */
const REPOSITORIES: Readonly<Record<string, string>> = {
  "llama-3.1-8b": "meta-llama/Llama-3.1-8B",
  "llama-3.1-70b": "meta-llama/Llama-3.1-70B",
  "llama-3.1-405b": "meta-llama/Llama-3.1-405B",
};

const HUGGING_FACE = /^https:\/\/huggingface\.co\/([\w.-]+\/[\w.-]+)/;

/** The name under which Hugging Face has a model; undefined for a model that only we or the reader know. */
export function findRepository(model: Pick<ModelEntry, "id" | "source">): string | undefined {
  return HUGGING_FACE.exec(model.source.url)?.[1] ?? REPOSITORIES[model.id];
}

/**
 * The exact line.
 *
 * fp8 weights are made from the published 16-bit checkpoint while it loads, 4-bit ones by bitsandbytes; 8-bit integers
 * need a checkpoint that already is quantised, see {@link commandNotes}.
 */
export function vllmCommand(deployment: Deployment): string {
  const { model, numGpus, gpuMemoryUtilization, maxModelLen, maxNumSeqs } = deployment;
  const name = findRepository(model) ?? model.id;
  const options: (readonly [string, string | number])[] = [
    ["--tensor-parallel-size", numGpus],
    ["--max-model-len", maxModelLen],
    ["--gpu-memory-utilization", gpuMemoryUtilization],
    ["--max-num-seqs", maxNumSeqs],
    ["--dtype", dtypeOf(deployment)],
  ];
  const quantization = quantizationOf(deployment);
  if (quantization !== undefined) options.push(["--quantization", quantization]);
  options.push(["--kv-cache-dtype", isEightBit(deployment.precision.kv) ? "fp8" : "auto"]);
  if (deployment.maxNumBatchedTokens !== undefined) {
    options.push(["--max-num-batched-tokens", deployment.maxNumBatchedTokens]);
  }
  if (deployment.blockSize !== DEFAULT_BLOCK) options.push(["--block-size", deployment.blockSize]);
  const words = options.map(([flag, value]) => `${flag} ${shellWord(String(value))}`);
  return ["vllm serve", shellWord(name), ...words].join(" ");
}

const DEFAULT_BLOCK = 16;

/** The catalogue's one model whose main checkpoint is in fp8. */
const FP8_AS_PUBLISHED = "deepseek-v3";

const QUANTIZATION: Readonly<Partial<Record<NumberFormat, string>>> = {
  fp8: "fp8",
  int8: "compressed-tensors",
  int4: "bitsandbytes",
};

/** vLLM refuses to quantise a checkpoint that is quantised already. */
function quantizationOf({ model, precision }: Deployment): string | undefined {
  if (model.id === FP8_AS_PUBLISHED && precision.weights === "int4") return undefined;
  return QUANTIZATION[precision.weights];
}

function dtypeOf({ precision, gpu }: Deployment): string {
  if (precision.weights === "fp32") return "float32";
  return hasBfloat16(gpu.id) ? "bfloat16" : "float16";
}

/** Volta and Turing multiply fp16 but not bf16. */
function hasBfloat16(gpuId: string): boolean {
  return !/^(v100|t4)\b/.test(gpuId);
}

function isEightBit(format: NumberFormat): boolean {
  return format === "fp8" || format === "int8";
}

/** What the line assumes or cannot say, in a sentence or two each. */
export function commandNotes(deployment: Deployment): readonly string[] {
  const { model, precision, gpu, numGpus } = deployment;
  const notes: string[] = [];
  if (findRepository(model) === undefined) {
    notes.push(
      `"${model.id}" is not a name on Hugging Face: put the folder or the name of your checkpoint in its place.`,
    );
  }
  if (!hasKernels(gpu, precision.weights)) {
    notes.push(
      `vLLM's table of hardware (0.11.2) lists no ${precision.weights} weights for the ${gpu.name}: this line may be refused there.`,
    );
  }
  if (precision.weights === "fp8" && model.id !== FP8_AS_PUBLISHED) {
    notes.push(fp8Note(deployment));
  }
  if (model.id === FP8_AS_PUBLISHED && bytesOf(precision.weights) >= 2) {
    notes.push(
      `The published checkpoint of ${model.name} is in fp8, and this line loads it so: its weights take about half of what is counted here. For 16 bits, name a checkpoint that was converted.`,
    );
  }
  if (precision.weights === "int8") {
    notes.push(
      "vLLM does not make 8-bit integers while loading: put the name of a checkpoint quantised with llm-compressor in place of the model's.",
    );
  }
  if (precision.weights === "int4" && model.id === FP8_AS_PUBLISHED) {
    notes.push(
      `The published checkpoint of ${model.name} is in fp8, and vLLM does not quantise it again: put the name of a 4-bit checkpoint in its place.`,
    );
  } else if (precision.weights === "int4") {
    notes.push(
      "bitsandbytes quantises the published checkpoint while it loads. An AWQ or GPTQ checkpoint is faster: name it and leave --quantization out.",
    );
  }
  if (precision.kv === "int8") {
    notes.push("vLLM's 8-bit cache is fp8: the same number of bytes.");
  }
  if (!hasBfloat16(gpu.id) && precision.weights === "bf16") {
    notes.push(`The ${gpu.name} has no bfloat16: float16 takes the same number of bytes.`);
  }
  if (numGpus > LARGEST_NODE && numGpus % LARGEST_NODE === 0) {
    notes.push(
      `${numGpus} GPUs are several nodes, which have to be started together (with Ray, say). vLLM's guide splits layers inside a node only: --tensor-parallel-size ${LARGEST_NODE} --pipeline-parallel-size ${numGpus / LARGEST_NODE}. The figures here are those of the line above.`,
    );
  }
  const tooLong = findLengthCaveat(deployment);
  if (tooLong !== undefined) notes.push(tooLong);
  return notes;
}

/** vLLM can quantise to fp8 while it loads, but many versions hold the 16-bit weights first. */
function fp8Note({ model, gpu, numGpus }: Deployment): string {
  const asPublished = weightsOnRank(model.shape, "bf16", numGpus).atFormat;
  return asPublished < visibleMemory(gpu).total
    ? "vLLM makes fp8 weights while it loads the 16-bit checkpoint, and many versions need room for all of that first. A checkpoint already in fp8 needs none: name it and leave --quantization out."
    : "The 16-bit checkpoint does not fit these GPUs, and many versions of vLLM load all of it before they make fp8 weights of it. Name a checkpoint already in fp8 in place of the model's, and leave --quantization out.";
}

/** A word that a POSIX shell passes on as it is: bare if it is harmless, otherwise in single quotes. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
