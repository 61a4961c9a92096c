// From what the reader typed to numbers, or to a sentence for each entry that is not one. Pure.
import { GPU_FIELDS, parseGpu } from "../../core/catalog/gpus/custom-gpu.ts";
import { findGpu, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { parseModel } from "../../core/catalog/models/custom-model.ts";
import { findModel, type ModelEntry } from "../../core/catalog/models/models.ts";
import { formatCount } from "../../ui/format.ts";
import {
  bad,
  good,
  MAX_SEQUENCES,
  MAX_TOKENS,
  parsePrice,
  parseWhole,
  type Parsed,
} from "./entries.ts";
import { CUSTOM, parameters, type CalculatorValues } from "./parameters.ts";

/** Longest text that is read at all, in characters; a config.json has a few thousand. */
const MAX_JSON = 200_000;

/** A JSON text read by `parse`; what it refuses becomes a sentence. */
function parseJson<T>(text: string, what: string, parse: (json: unknown) => T): Parsed<T> {
  if (text.trim() === "") return bad(`Give ${what} as JSON.`);
  if (text.length > MAX_JSON) {
    return bad(`This is ${formatCount(text.length)} characters long: too long for ${what}.`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return bad(`This is not JSON, so ${what} cannot be read from it.`);
  }
  try {
    return good(parse(json));
  } catch (error) {
    // What the parsers of the catalogue throw is a sentence that names the field.
    if (error instanceof RangeError) return bad(error.message);
    throw error;
  }
}

export function parseModelText(text: string): Parsed<ModelEntry> {
  return parseJson(text, "the model’s config.json", parseModel);
}

export function parseGpuText(text: string): Parsed<GpuEntry> {
  return parseJson(text, "the GPU’s figures", parseGpu);
}

function readModel(values: CalculatorValues): Parsed<ModelEntry> {
  if (values.model === CUSTOM) return parseModelText(values["model-json"]);
  const model = findModel(values.model);
  return model === undefined ? bad("The catalogue has no such model.") : good(model);
}

function readGpu(values: CalculatorValues): Parsed<GpuEntry> {
  if (values.hardware === CUSTOM) return parseGpuText(values["hardware-json"]);
  const gpu = findGpu(values.hardware);
  return gpu === undefined ? bad("The catalogue has no such GPU.") : good(gpu);
}

/** All that the reader gave, as numbers. */
export interface Inputs {
  readonly model: ModelEntry;
  readonly gpu: GpuEntry;
  readonly numGpus: number;
  readonly prompt: number;
  readonly output: number;
  readonly batch: number;
  readonly maxModelLen: number;
  readonly maxNumSeqs: number;
  readonly gpuMemoryUtilization: number;
  /** For one GPU and one hour, in the reader's own currency. */
  readonly price: number | undefined;
}

const TOO_LONG_TOGETHER = `Prompt and output together take at most ${formatCount(MAX_TOKENS)} tokens.`;

export type InputsOrProblems =
  | { readonly ok: true; readonly inputs: Inputs }
  | { readonly ok: false; readonly problems: readonly string[] };

export function readInputs(values: CalculatorValues): InputsOrProblems {
  const model = readModel(values);
  const gpu = readGpu(values);
  const prompt = parseWhole(parameters.prompt.label, values.prompt, MAX_TOKENS);
  const output = parseWhole(parameters.output.label, values.output, MAX_TOKENS);
  const length = parseWhole("max-model-len", values["max-model-len"], MAX_TOKENS);
  const sequences = parseWhole("max-num-seqs", values["max-num-seqs"], MAX_SEQUENCES);
  const price = parsePrice(values.price);
  if (prompt.ok && output.ok && prompt.value + output.value > MAX_TOKENS) {
    return { ok: false, problems: [TOO_LONG_TOGETHER] };
  }
  if (model.ok && gpu.ok && prompt.ok && output.ok && length.ok && sequences.ok && price.ok) {
    return {
      ok: true,
      inputs: {
        model: model.value,
        gpu: gpu.value,
        numGpus: Number(values.gpus),
        prompt: prompt.value,
        output: output.value,
        batch: values.batch,
        maxModelLen: length.value,
        maxNumSeqs: sequences.value,
        gpuMemoryUtilization: values["gpu-memory-utilization"],
        price: price.value,
      },
    };
  }
  const problems = [model, gpu, prompt, output, length, sequences, price].flatMap((parsed) =>
    parsed.ok ? [] : [parsed.problem],
  );
  return { ok: false, problems };
}

/** Longest that the address takes, as in the parameters' `maxLength`. */
const MAX_ADDRESS = 1000;

function short(json: unknown): Parsed<string> {
  const text = JSON.stringify(json);
  if (text.length <= MAX_ADDRESS) return good(text);
  return bad(`This is too long for the address: at most ${formatCount(MAX_ADDRESS)} characters.`);
}

/** What the address keeps of a model: its name and the fields of its shape. */
export function shortenModel(text: string): Parsed<string> {
  const read = parseModelText(text);
  if (!read.ok) return read;
  const { name, contextLength, shape } = read.value;
  return short({ name, contextLength, ...shape });
}

/** What the address keeps of a GPU: the fields that are read. */
export function shortenGpu(text: string): Parsed<string> {
  const read = parseGpuText(text);
  if (!read.ok) return read;
  const fields = Object.entries<unknown>(JSON.parse(text));
  return short(Object.fromEntries(fields.filter(([name]) => GPU_FIELDS.includes(name))));
}
