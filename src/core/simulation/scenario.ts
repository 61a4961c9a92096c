// A scenario: everything that a simulation needs, in one JSON file that pages import, export and link. What was written
// by somebody else is read here: each mistake gets one sentence that names the field.
import {
  choiceField,
  fieldsOf,
  findField,
  findPositiveField,
  flagField,
  nameField,
  positiveField,
  wholeField,
  type Fields,
} from "../catalog/fields.ts";
import { parseGpu } from "../catalog/gpus/custom-gpu.ts";
import { findGpu, GPUS, type GpuEntry } from "../catalog/gpus/gpus.ts";
import { parseModel } from "../catalog/models/custom-model.ts";
import { findModel, MODELS, type ModelEntry } from "../catalog/models/models.ts";
import { BF16, type NumberFormat, type Precision } from "../cost/precision.ts";
import { policies } from "../scheduling/policies.ts";
import type { Policy, PolicyOptions } from "../scheduling/scheduler.ts";
import { defaultDeployment, checkDeployment, type Deployment } from "../serving/deployment.ts";
import { GIGA, KIBI, MEBI, seconds, TERA, type Seconds } from "../units/units.ts";
import type {
  LengthSpread,
  RequestExtras,
  SharedPrefix,
  SyntheticRequests,
  UrgentRequests,
} from "./request-source.ts";
import type { Slo } from "./statistics.ts";
import type { LinearTimes } from "./step-model.ts";
import { parseTrace, traceJson, TRACES, type Trace } from "./trace.ts";

export const SCENARIO_SCHEMA = "memory-bound/scenario";
export const SCENARIO_VERSION = 1;

/** What a step takes. */
export type StepTimes =
  | { readonly kind: "fitted" | "roofline"; readonly overhead: Seconds }
  | ({ readonly kind: "linear" } & LinearTimes);

/** The requests: drawn at random, replayed from a trace of the site, or written into the scenario. */
export type ScenarioRequests =
  | ({ readonly kind: "synthetic" } & SyntheticRequests & RequestExtras)
  | ({
      readonly kind: "trace";
      /** The id of one of `TRACES`, or a trace of one's own. */
      readonly trace: string | Trace;
      readonly numRequests: number;
      readonly rateScale: number;
    } & RequestExtras)
  | {
      readonly kind: "rows";
      /** Ascending arrivals. */
      readonly rows: readonly ScenarioRow[];
    };

/** A request: see `ROW_COLUMNS`. */
export type ScenarioRow = readonly [
  arrivalMs: number,
  promptTokens: number,
  outputTokens: number,
  priority?: number,
  samples?: number,
];

export interface Scenario {
  readonly name: string;
  readonly deployment: Deployment;
  /** KV blocks, if not as many as the deployment has room for. */
  readonly numBlocks?: number;
  readonly enablePrefixCaching: boolean;
  readonly policy: Policy;
  /** Of those that the policy lists. */
  readonly policyOptions?: PolicyOptions;
  readonly stepTimes: StepTimes;
  readonly requests: ScenarioRequests;
  readonly seed: number;
  readonly slo?: Slo;
}

/** Characters of a scenario file; 100,000 rows of requests take about 2 million. */
const MAX_CHARACTERS = 4_000_000;
export const MAX_REQUESTS = 1_000_000;
const MAX_ROWS = 100_000;
const MAX_TOKENS = 10_000_000;
const MAX_ARRIVAL_MS = 1e12;
const MAX_COUNT = 100_000_000;
/** KV blocks: the pool of vLLM V1 keeps 28 bytes for each, 280 MB in all, and no server has as many. */
export const MAX_BLOCKS = 10_000_000;
const MAX_SAMPLES = 1000;
const MAX_PRIORITY = 1_000_000;
const DEFAULT_SEED = 1;
const MS_PER_S = 1000;
const US_PER_S = 1e6;

/**
 * A scenario from the text of a file.
 *
 * @throws RangeError with a sentence that names the field.
 */
export function parseScenarioText(text: string): Scenario {
  if (text.length > MAX_CHARACTERS) {
    throw new RangeError(
      `A scenario file has at most ${MAX_CHARACTERS} characters; this one has ${text.length}.`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new RangeError("A scenario file must be JSON; this text is not.");
  }
  return parseScenario(json);
}

const FIELDS = [
  "schema",
  "version",
  "name",
  "model",
  "gpu",
  "server",
  "policy",
  "policyOptions",
  "stepTimes",
  "requests",
  "seed",
  "slo",
];

/** @throws RangeError with a sentence that names the field. */
export function parseScenario(json: unknown): Scenario {
  const fields = fieldsOf(json, "A scenario");
  refuseOthers(fields, FIELDS);
  if (findField(fields, "schema") !== SCENARIO_SCHEMA) {
    throw new RangeError(`"schema" must be "${SCENARIO_SCHEMA}".`);
  }
  wholeField(fields, "version", { min: SCENARIO_VERSION, max: SCENARIO_VERSION });
  const model = modelOf(findField(fields, "model"));
  const gpu = gpuOf(findField(fields, "gpu"));
  const server = within("server", () => serverOf(nested(fields, "server", {}), { model, gpu }));
  const policyId = choiceField(
    fields,
    "policy",
    policies.map(({ id }) => id),
    "vllm-v1",
  );
  const policy = policies.find(({ id }) => id === policyId);
  if (!policy) throw new RangeError('"policy" is unknown.');
  const requests = within("requests", () => requestsOf(nested(fields, "requests")));
  checkSamples(requests, { policy, maxNumSeqs: server.deployment.maxNumSeqs });
  const slo = findField(fields, "slo");
  const options = findField(fields, "policyOptions");
  return {
    name: nameField(fields, ["name"], "your scenario"),
    ...server,
    policy,
    ...(options !== undefined && {
      policyOptions: within("policyOptions", () =>
        policyOptionsOf(nested(fields, "policyOptions"), policy),
      ),
    }),
    stepTimes: within("stepTimes", () => stepTimesOf(nested(fields, "stepTimes", {}))),
    requests,
    seed: wholeField(fields, "seed", { min: 0, max: 2 ** 32 - 1, fallback: DEFAULT_SEED }),
    ...(slo !== undefined && { slo: within("slo", () => sloOf(nested(fields, "slo"))) }),
  };
}

/**
 * Several samples of a prompt need a policy that forks, and room to run together.
 *
 * @throws RangeError with a sentence that names the field.
 */
export function checkSamples(
  requests: ScenarioRequests,
  { policy, maxNumSeqs }: { readonly policy: Policy; readonly maxNumSeqs: number },
): void {
  const samples =
    requests.kind === "rows"
      ? requests.rows.reduce((most, [, , , , count = 1]) => Math.max(most, count), 1)
      : (requests.samples ?? 1);
  if (samples === 1) return;
  if (policy.forksSamples !== true) {
    const able = policies.filter(({ forksSamples }) => forksSamples).map(({ id }) => id);
    throw new RangeError(
      `In "requests": "samples" above 1 need a policy that shares blocks after a fork, ${able.join(", ")}; ${policy.id} runs one sample a request.`,
    );
  }
  if (samples > maxNumSeqs) {
    throw new RangeError(
      `In "requests": "samples" of one request, ${samples}, must run together: "maxNumSeqs" is ${maxNumSeqs}.`,
    );
  }
}

function refuseOthers(fields: Fields, names: readonly string[]): void {
  const other = Object.keys(fields).find((name) => !names.includes(name));
  if (other === undefined) return;
  throw new RangeError(`"${other.slice(0, 40)}" is not a field; there are ${names.join(", ")}.`);
}

/** Says in which part of the file a field is. */
function within<Value>(part: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`In "${part}": ${error.message}`);
    throw error;
  }
}

function nested(fields: Fields, name: string, fallback?: Fields): Fields {
  return fieldsOf(findField(fields, name) ?? fallback, `"${name}"`);
}

function modelOf(value: unknown): ModelEntry {
  if (typeof value !== "string") return within("model", () => parseModel(value));
  const model = findModel(value);
  if (model) return model;
  throw new RangeError(
    `"model" must be an object or one of ${MODELS.map(({ id }) => id).join(", ")}.`,
  );
}

function gpuOf(value: unknown): GpuEntry {
  if (typeof value !== "string") return within("gpu", () => parseGpu(value));
  const gpu = findGpu(value);
  if (gpu) return gpu;
  throw new RangeError(`"gpu" must be an object or one of ${GPUS.map(({ id }) => id).join(", ")}.`);
}

const SERVER_FIELDS = [
  "numGpus",
  "weights",
  "kvCache",
  "activations",
  "gpuMemoryUtilization",
  "maxModelLen",
  "maxNumSeqs",
  "maxNumBatchedTokens",
  "blockSize",
  "numBlocks",
  "enablePrefixCaching",
];

function serverOf(
  fields: Fields,
  on: { readonly model: ModelEntry; readonly gpu: GpuEntry },
): Pick<Scenario, "deployment" | "numBlocks" | "enablePrefixCaching"> {
  refuseOthers(fields, SERVER_FIELDS);
  const base = defaultDeployment(on.model, on.gpu);
  const count = (name: string, fallback: number) =>
    wholeField(fields, name, { min: 1, max: MAX_COUNT, fallback });
  const find = (name: string, max: number) =>
    findField(fields, name) === undefined ? undefined : wholeField(fields, name, { min: 1, max });
  const maxNumBatchedTokens = find("maxNumBatchedTokens", MAX_COUNT);
  const numBlocks = find("numBlocks", MAX_BLOCKS);
  const deployment: Deployment = {
    ...base,
    numGpus: wholeField(fields, "numGpus", { min: 1, max: 1024, fallback: 1 }),
    precision: precisionOf(fields),
    gpuMemoryUtilization:
      findPositiveField(fields, "gpuMemoryUtilization", 1) ?? base.gpuMemoryUtilization,
    maxModelLen: count("maxModelLen", base.maxModelLen),
    maxNumSeqs: wholeField(fields, "maxNumSeqs", {
      min: 1,
      max: 1_000_000,
      fallback: base.maxNumSeqs,
    }),
    blockSize: wholeField(fields, "blockSize", { min: 1, max: 4096, fallback: base.blockSize }),
    ...(maxNumBatchedTokens !== undefined && { maxNumBatchedTokens }),
  };
  checkDeployment(deployment);
  return {
    deployment,
    ...(numBlocks !== undefined && { numBlocks }),
    enablePrefixCaching: flagField(fields, "enablePrefixCaching", true),
  };
}

/** Only what was said: the policy knows its own defaults. */
function policyOptionsOf(fields: Fields, { name, options }: Policy): PolicyOptions {
  if (options.length === 0 && Object.keys(fields).length > 0) {
    throw new RangeError(`the policy ${name} has no options.`);
  }
  refuseOthers(
    fields,
    options.map((option) => option.name),
  );
  return Object.fromEntries(
    options
      .filter((option) => findField(fields, option.name) !== undefined)
      .map((option) => {
        if (option.kind === "flag") return [option.name, flagField(fields, option.name, false)];
        if (option.kind === "count") return [option.name, wholeField(fields, option.name, option)];
        return [option.name, numberField(fields, option.name, { max: option.max, fallback: 0 })];
      }),
  );
}

const FORMATS: readonly NumberFormat[] = ["fp32", "bf16", "fp8", "int8", "int4"];

function precisionOf(fields: Fields): Precision {
  return {
    weights: choiceField(fields, "weights", FORMATS, BF16.weights),
    kv: choiceField(fields, "kvCache", FORMATS, BF16.kv),
    activations: choiceField(fields, "activations", FORMATS, BF16.activations),
  };
}

function stepTimesOf(fields: Fields): StepTimes {
  const kind = choiceField(fields, "kind", ["fitted", "roofline", "linear"], "fitted");
  const from = (name: string, perSecond: number) =>
    seconds(numberField(fields, name, { max: 1e9, fallback: 0 }) / perSecond);
  if (kind === "linear") {
    refuseOthers(fields, ["kind", "stepMs", "perTokenUs", "perKeyUs"]);
    return {
      kind,
      step: seconds(positiveField(fields, "stepMs", 1e9) / MS_PER_S),
      perToken: from("perTokenUs", US_PER_S),
      perKey: from("perKeyUs", US_PER_S),
    };
  }
  refuseOthers(fields, ["kind", "overheadMs"]);
  return { kind, overhead: from("overheadMs", MS_PER_S) };
}

interface NumberRange {
  readonly max: number;
  readonly fallback: number;
}

/** 0 or above. */
function numberField(fields: Fields, name: string, { max, fallback }: NumberRange): number {
  const value = findField(fields, name) ?? fallback;
  if (typeof value === "number" && value >= 0 && value <= max) return value;
  throw new RangeError(`"${name}" must be a number from 0 to ${max}.`);
}

function requestsOf(fields: Fields): ScenarioRequests {
  const kind = choiceField(fields, "kind", ["synthetic", "trace", "rows"], "synthetic");
  if (kind === "rows") {
    refuseOthers(fields, ["kind", "rows"]);
    return { kind, rows: rowsOf(findField(fields, "rows")) };
  }
  if (kind === "trace") {
    refuseOthers(fields, ["kind", "trace", "numRequests", "rateScale", ...EXTRA_FIELDS]);
    const trace = traceOf(fields);
    const fallback = typeof trace === "string" ? undefined : trace.arrivalsMs.length;
    const limits = { min: 1, max: MAX_REQUESTS, ...(fallback !== undefined && { fallback }) };
    return {
      kind,
      trace,
      numRequests: wholeField(fields, "numRequests", limits),
      rateScale: findPositiveField(fields, "rateScale", 1e6) ?? 1,
      ...extrasOf(fields),
    };
  }
  const numRequests = wholeField(fields, "numRequests", { min: 1, max: MAX_REQUESTS });
  refuseOthers(fields, SYNTHETIC_FIELDS);
  const prefix = findField(fields, "sharedPrefix");
  return {
    kind,
    numRequests,
    ratePerS: positiveField(fields, "ratePerS", 1e6),
    arrivalCv: numberField(fields, "arrivalCv", { max: MAX_CV, fallback: 1 }),
    prompt: within("prompt", () => lengthsOf(nested(fields, "prompt"))),
    output: within("output", () => lengthsOf(nested(fields, "output"))),
    ...(prefix !== undefined && {
      sharedPrefix: within("sharedPrefix", () => prefixOf(nested(fields, "sharedPrefix"))),
    }),
    ...extrasOf(fields),
  };
}

/** A name, or the whole trace in its place. */
function traceOf(fields: Fields): string | Trace {
  const value = findField(fields, "trace");
  if (typeof value === "object" && value !== null) return within("trace", () => parseTrace(value));
  const ids = TRACES.map(({ id }) => id);
  const [first = ""] = ids;
  return choiceField(fields, "trace", ids, first);
}

const EXTRA_FIELDS = ["urgent", "samples"];

function extrasOf(fields: Fields): RequestExtras {
  const has = (name: string) => findField(fields, name) !== undefined;
  return {
    ...(has("urgent") && {
      urgent: within("urgent", () => urgentOf(nested(fields, "urgent"))),
    }),
    ...(has("samples") && {
      samples: wholeField(fields, "samples", { min: 1, max: MAX_SAMPLES }),
    }),
  };
}

function urgentOf(fields: Fields): UrgentRequests {
  refuseOthers(fields, ["share", "priority"]);
  return {
    share: numberField(fields, "share", { max: 1, fallback: 0 }),
    priority: wholeField(fields, "priority", {
      min: -MAX_PRIORITY,
      max: MAX_PRIORITY,
      fallback: -1,
    }),
  };
}

const SYNTHETIC_FIELDS = [
  "kind",
  "numRequests",
  "ratePerS",
  "arrivalCv",
  "prompt",
  "output",
  "sharedPrefix",
  ...EXTRA_FIELDS,
];

function prefixOf(fields: Fields): SharedPrefix {
  refuseOthers(fields, ["tokens", "share", "count"]);
  return {
    tokens: wholeField(fields, "tokens", { min: 1, max: MAX_TOKENS }),
    share: numberField(fields, "share", { max: 1, fallback: 1 }),
    count: wholeField(fields, "count", { min: 1, max: MAX_PREFIXES, fallback: 1 }),
  };
}

const MAX_PREFIXES = 1_000_000;

/** A spread of twenty means is far burstier than any trace. */
const MAX_CV = 20;

function lengthsOf(fields: Fields): LengthSpread {
  refuseOthers(fields, ["mean", "cv", "max"]);
  const mean = positiveField(fields, "mean", MAX_TOKENS);
  const max = wholeField(fields, "max", { min: 1, max: MAX_TOKENS, fallback: MAX_TOKENS });
  if (mean < 1 || mean > max) {
    throw new RangeError(`"mean" must lie between 1 and "max", ${max}; got ${mean}.`);
  }
  return { mean, cv: numberField(fields, "cv", { max: MAX_CV, fallback: 1 }), max };
}

const ROW_COLUMNS =
  "[arrival in ms, prompt tokens, output tokens], and if wanted priority and samples after them";

function rowsOf(value: unknown): readonly ScenarioRow[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ROWS) {
    throw new RangeError(`"rows" must be a list of 1 to ${MAX_ROWS} requests.`);
  }
  let before = 0;
  return value.map((row: unknown, index) => {
    const problem = findRowProblem(row, before);
    if (problem !== undefined || !isRow(row)) {
      throw new RangeError(
        `"rows" must hold ${ROW_COLUMNS}, arrivals ascending; row ${index + 1} does not${problem ?? ""}.`,
      );
    }
    [before] = row;
    return row;
  });
}

/** The end of the sentence above; empty where the row as a whole is none. */
function findRowProblem(row: unknown, before: number): string | undefined {
  if (!Array.isArray(row) || row.length < 3 || row.length > 5) return "";
  const [arrivalMs, prompt, output, priority = 0, samples = 1]: unknown[] = row;
  if (typeof arrivalMs !== "number" || !(arrivalMs >= before && arrivalMs <= MAX_ARRIVAL_MS)) {
    return "";
  }
  if (!isLength(prompt) || !isLength(output)) return "";
  if (!isWhole(priority, -MAX_PRIORITY, MAX_PRIORITY)) {
    return `: its priority must be a whole number from ${-MAX_PRIORITY} to ${MAX_PRIORITY}`;
  }
  if (!isWhole(samples, 1, MAX_SAMPLES)) {
    return `: its samples must be a whole number from 1 to ${MAX_SAMPLES}`;
  }
  return undefined;
}

function isRow(row: unknown): row is ScenarioRow {
  return Array.isArray(row) && row.every((value) => typeof value === "number");
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function isLength(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_TOKENS;
}

function sloOf(fields: Fields): Slo {
  refuseOthers(fields, ["timeToFirstTokenMs", "timePerOutputTokenMs"]);
  const ms = (name: string) => seconds(positiveField(fields, name, 1e9) / MS_PER_S);
  return {
    timeToFirstToken: ms("timeToFirstTokenMs"),
    timePerOutputToken: ms("timePerOutputTokenMs"),
  };
}

/** The text of a scenario file; reading it gives the same scenario. A trace in it is written without white space. */
export function serialiseScenario(scenario: Scenario): string {
  const { requests } = scenario;
  const hasTrace = requests.kind === "trace" && typeof requests.trace !== "string";
  return `${JSON.stringify(scenarioJson(scenario), undefined, hasTrace ? 0 : 2)}\n`;
}

function scenarioJson(scenario: Scenario) {
  const { deployment, slo } = scenario;
  const { precision, model, gpu } = deployment;
  return {
    schema: SCENARIO_SCHEMA,
    version: SCENARIO_VERSION,
    name: scenario.name,
    model: findModel(model.id) ? model.id : modelJson(model),
    gpu: findGpu(gpu.id) ? gpu.id : gpuJson(gpu),
    server: {
      numGpus: deployment.numGpus,
      weights: precision.weights,
      kvCache: precision.kv,
      activations: precision.activations,
      gpuMemoryUtilization: deployment.gpuMemoryUtilization,
      maxModelLen: deployment.maxModelLen,
      maxNumSeqs: deployment.maxNumSeqs,
      maxNumBatchedTokens: deployment.maxNumBatchedTokens,
      blockSize: deployment.blockSize,
      numBlocks: scenario.numBlocks,
      enablePrefixCaching: scenario.enablePrefixCaching,
    },
    policy: scenario.policy.id,
    policyOptions: scenario.policyOptions,
    stepTimes: stepTimesJson(scenario.stepTimes),
    requests: requestsJson(scenario.requests),
    seed: scenario.seed,
    slo: slo && {
      timeToFirstTokenMs: slo.timeToFirstToken * MS_PER_S,
      timePerOutputTokenMs: slo.timePerOutputToken * MS_PER_S,
    },
  };
}

function requestsJson(requests: ScenarioRequests) {
  if (requests.kind !== "trace" || typeof requests.trace === "string") return requests;
  return { ...requests, trace: traceJson(requests.trace) };
}

function modelJson({ name, contextLength, shape }: ModelEntry) {
  return { name, contextLength, shape };
}

function per(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : value / unit;
}

/** In the units of datasheets, which a GPU that is no catalogue entry is read from. */
function gpuJson(gpu: GpuEntry) {
  return {
    name: gpu.name,
    memoryGB: gpu.memory / GIGA,
    bandwidthTBps: gpu.bandwidth / TERA,
    dense16BitTFLOPs: gpu.peakFlops / TERA,
    denseFp8TFLOPs: per(gpu.peakFp8, TERA),
    denseInt8TOPs: per(gpu.peakInt8, TERA),
    numSms: gpu.numSms,
    l2MiB: per(gpu.l2, MEBI),
    sharedPerSmKiB: per(gpu.sharedPerSm, KIBI),
    registersPerSmKiB: per(gpu.registersPerSm, KIBI),
    nvlinkPerDirectionGBps: per(gpu.nvlinkPerDirection, GIGA),
    pcieGeneration: gpu.pcieGeneration,
  };
}

function stepTimesJson(times: StepTimes) {
  if (times.kind !== "linear") return { kind: times.kind, overheadMs: times.overhead * MS_PER_S };
  return {
    kind: times.kind,
    stepMs: times.step * MS_PER_S,
    perTokenUs: times.perToken * US_PER_S,
    perKeyUs: times.perKey * US_PER_S,
  };
}
