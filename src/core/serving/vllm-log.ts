// Reads a pasted vLLM start-up log: which lines it knows, what each means, and the deployment that they describe.
import { GPUS, type GpuEntry } from "../catalog/gpus/gpus.ts";
import { MODELS, type ModelEntry } from "../catalog/models/models.ts";
import type { NumberFormat, Precision } from "../cost/precision.ts";
import { bytes, GIBI, type Bytes } from "../units/units.ts";
import type { Deployment, Profiled } from "./deployment.ts";
import { visibleMemory } from "./memory.ts";
import { findRepository } from "./vllm-command.ts";
import {
  findWeightFormat,
  LOG_RULES,
  LOG_WORDS,
  type LogField,
  type LoggedFacts,
  type LogRule,
} from "./vllm-log-rules.ts";
import { grouped } from "../units/grouped.ts";

/** Characters that are read; a start-up log has some ten thousand. */
export const MAX_LOG_LENGTH = 1_000_000;
const MAX_LINE = 8000;
/** "# GPU blocks: 1". */
const SHORTEST_LINE = 15;
const MAX_SHOWN = 300;
const MAX_FOUND = 200;

/** One recognised line. A line that says several things is found once for each. */
export interface LogLine {
  /** From 1. */
  readonly lineNumber: number;
  /** From the recognised words on, cut after 300 characters. */
  readonly text: string;
  /** Which rule, such as "cache-size". */
  readonly kind: string;
  /** A sentence. */
  readonly explanation: string;
  /** Numbers and names in the line, in its own units. */
  readonly fields: Readonly<Record<string, LogField>>;
}

/** Parts of a deployment, as far as the log tells. */
export type LoggedDeployment = Partial<
  Pick<
    Deployment,
    | "model"
    | "numGpus"
    | "gpuMemoryUtilization"
    | "maxModelLen"
    | "maxNumSeqs"
    | "maxNumBatchedTokens"
    | "blockSize"
    | "profiled"
  >
> & {
  readonly precision?: Partial<Precision>;
};

export interface LogReport {
  readonly found: readonly LogLine[];
  readonly facts: LoggedFacts;
  readonly deployment: LoggedDeployment;
  /** GPUs of the catalogue with about the memory that the log prints; empty if it prints none. */
  readonly gpus: readonly GpuEntry[];
  /** Sentences: nothing recognised, the text was cut, a model that the catalogue does not have. */
  readonly notes: readonly string[];
}

/** Reads at most {@link MAX_LOG_LENGTH} characters, each a fixed number of times; throws nothing, whatever the text. */
export function parseVllmLog(text: string): LogReport {
  const { found, facts, numFound } = readLines(text.slice(0, MAX_LOG_LENGTH));
  const notes: string[] = [];
  if (text.length > MAX_LOG_LENGTH) {
    notes.push(
      `Only the first ${grouped(MAX_LOG_LENGTH)} of ${grouped(text.length)} characters were read.`,
    );
  }
  if (numFound === 0) {
    notes.push(
      'No line of a vLLM start-up log was recognised. It has lines such as "GPU KV cache size: 62,608 tokens".',
    );
  }
  if (numFound > MAX_FOUND) {
    notes.push(`${grouped(numFound)} lines were recognised; the first ${MAX_FOUND} are shown.`);
  }
  const deployment = deploymentOf(facts);
  if (facts.modelName !== undefined && deployment.model === undefined) {
    notes.push(`The log's model, "${facts.modelName}", is not in the catalogue.`);
  }
  if (facts.quantization !== undefined && findWeightFormat(facts.quantization) === undefined) {
    notes.push(
      `The log names the quantisation "${facts.quantization}", whose width only the checkpoint tells.`,
    );
  }
  return { found, facts, deployment, gpus: findGpusWith(facts.totalGiB), notes };
}

function readLines(text: string) {
  const found: LogLine[] = [];
  let facts: LoggedFacts = {};
  let numFound = 0;
  for (const [index, line] of text.split("\n").entries()) {
    // Asked first, so that a megabyte of other lines costs one look at each.
    if (line.length < SHORTEST_LINE || !LOG_WORDS.test(line)) continue;
    for (const rule of LOG_RULES) {
      const read = readLine(line.slice(0, MAX_LINE), rule);
      if (read === undefined) continue;
      numFound += 1;
      facts = mergeFacts(facts, read.facts);
      if (found.length < MAX_FOUND) found.push({ lineNumber: index + 1, ...read.line });
    }
  }
  return { found, facts, numFound };
}

function readLine(line: string, rule: LogRule) {
  const match = rule.pattern.exec(line);
  if (match === null) return undefined;
  const [, ...groups] = match;
  const text = line.slice(match.index);
  const read = rule.read(
    groups.map((group) => group ?? ""),
    text,
  );
  return {
    facts: read.facts,
    line: {
      text: text.trim().slice(0, MAX_SHOWN),
      kind: rule.kind,
      explanation: read.explanation,
      fields: { ...read.facts, ...read.fields },
    },
  };
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : Math.min(one, other ?? one);
}

/** The last word counts, but of several GPUs' memory and blocks the least, as in vLLM. */
function mergeFacts(before: LoggedFacts, now: LoggedFacts): LoggedFacts {
  const availableGiB = least(before.availableGiB, now.availableGiB);
  const numBlocks = least(before.numBlocks, now.numBlocks);
  return {
    ...before,
    ...now,
    ...(availableGiB === undefined ? {} : { availableGiB }),
    ...(numBlocks === undefined ? {} : { numBlocks }),
  };
}

function deploymentOf(facts: LoggedFacts): LoggedDeployment {
  const model = facts.modelName === undefined ? undefined : findModelNamed(facts.modelName);
  const precision = precisionOf(facts);
  const profiled = profiledOf(facts);
  return defined({
    model,
    numGpus: countIn(facts.tensorParallelSize),
    gpuMemoryUtilization: shareIn(facts.gpuMemoryUtilization),
    maxModelLen: countIn(facts.maxModelLen),
    maxNumSeqs: countIn(facts.maxNumSeqs),
    maxNumBatchedTokens: countIn(facts.maxNumBatchedTokens),
    blockSize: countIn(facts.blockSize),
    profiled: Object.keys(profiled).length === 0 ? undefined : profiled,
    precision: Object.keys(precision).length === 0 ? undefined : precision,
  });
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the entries that are undefined. */
function defined<T extends object>(entries: T): Defined<T>;
function defined(entries: object): object {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

/** Above it a number is no setting but noise. */
const MAX_COUNT = 10_000_000;

function countIn(value: number | undefined): number | undefined {
  const isCount = value !== undefined && Number.isInteger(value) && value >= 1;
  return isCount && value <= MAX_COUNT ? value : undefined;
}

function shareIn(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 && value <= 1 ? value : undefined;
}

function precisionOf({ quantization, kvCacheDtype, dtype }: LoggedFacts): Partial<Precision> {
  const isFloat32 = dtype === "float32" || dtype === "float";
  const plain: NumberFormat | undefined =
    dtype === undefined ? undefined : isFloat32 ? "fp32" : "bf16";
  const weights = quantization === undefined ? plain : findWeightFormat(quantization);
  const kv = kvCacheDtype?.startsWith("fp8") ? "fp8" : plain;
  return defined({ weights, kv, activations: plain });
}

function profiledOf(facts: LoggedFacts): Profiled {
  return defined({
    total: gibIn(facts.totalGiB),
    weights: gibIn(facts.weightsGiB),
    activations: gibIn(facts.activationGiB),
    other: gibIn(facts.nonTorchGiB),
    cudaGraphs: gibIn(facts.cudaGraphGiB),
    kvCache: gibIn(facts.availableGiB),
  });
}

const MAX_GIB = 1_000_000;

function gibIn(value: number | undefined): Bytes | undefined {
  const isSize = value !== undefined && value >= 0 && value <= MAX_GIB;
  return isSize ? bytes(Math.round(value * GIBI)) : undefined;
}

const NEAR = 0.015;

function findGpusWith(totalGiB: number | undefined): readonly GpuEntry[] {
  const total = gibIn(totalGiB);
  if (total === undefined) return [];
  return GPUS.filter((gpu) => Math.abs(visibleMemory(gpu).total / total - 1) <= NEAR);
}

/** The catalogue's model behind a repository's name: the same words but for tuning, format and owner. */
export function findModelNamed(name: string): ModelEntry | undefined {
  const wanted = plainName(name);
  if (wanted === "") return undefined;
  return MODELS.find(
    (model) => plainName(model.id) === wanted || plainName(findRepository(model) ?? "") === wanted,
  );
}

const DECORATION =
  /^(?:meta|hf|instruct|chat|it|base|awq|gptq|fp8|int4|int8|w8a8|w4a16|bnb|4bit|8bit|quantized|dynamic|v0\.1)$/;

function plainName(name: string): string {
  const last = name.slice(0, 300).toLowerCase().split("/").at(-1) ?? "";
  return last
    .split(/[-_ ]/)
    .filter((word) => word !== "" && !DECORATION.test(word))
    .join("-");
}

/** A deployment with everything that a log says put in; the GPU stays, unless the log's memory names just one. */
export function withLog(deployment: Deployment, report: LogReport): Deployment {
  const { precision, ...rest } = report.deployment;
  const [gpu, ...others] = report.gpus;
  const isSure = gpu !== undefined && others.length === 0;
  return {
    ...deployment,
    ...rest,
    ...(isSure ? { gpu } : {}),
    precision: { ...deployment.precision, ...precision },
  };
}
