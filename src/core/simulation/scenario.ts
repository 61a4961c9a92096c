// Reads a scenario: one JSON file that pages import, export and link. What was written by somebody else is read here:
// each mistake gets one sentence that names the field.
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
import { seconds } from "../units/units.ts";
import { nested, numberField, refuseOthers, within } from "./scenario-fields.ts";
import { requestsOf } from "./scenario-requests.ts";
import {
  MAX_BLOCKS,
  MAX_MS,
  MAX_SEQUENCES,
  MAX_SERVER_TOKENS,
  MS_PER_S,
  SCENARIO_SCHEMA,
  SCENARIO_VERSION,
  US_PER_S,
  type Scenario,
  type ScenarioRequests,
  type StepTimes,
} from "./scenario-types.ts";
import type { Slo } from "./statistics.ts";

/** Characters of a scenario file; 100,000 rows of requests take about 2 million. */
const MAX_CHARACTERS = 4_000_000;
const DEFAULT_SEED = 1;

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
    wholeField(fields, name, { min: 1, max: MAX_SERVER_TOKENS, fallback });
  const find = (name: string, max: number) =>
    findField(fields, name) === undefined ? undefined : wholeField(fields, name, { min: 1, max });
  const maxNumBatchedTokens = find("maxNumBatchedTokens", MAX_SERVER_TOKENS);
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
      max: MAX_SEQUENCES,
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
      step: seconds(positiveField(fields, "stepMs", MAX_MS) / MS_PER_S),
      perToken: from("perTokenUs", US_PER_S),
      perKey: from("perKeyUs", US_PER_S),
    };
  }
  refuseOthers(fields, ["kind", "overheadMs"]);
  return { kind, overhead: from("overheadMs", MS_PER_S) };
}

function sloOf(fields: Fields): Slo {
  refuseOthers(fields, ["timeToFirstTokenMs", "timePerOutputTokenMs"]);
  const ms = (name: string) => seconds(positiveField(fields, name, MAX_MS) / MS_PER_S);
  return {
    timeToFirstToken: ms("timeToFirstTokenMs"),
    timePerOutputToken: ms("timePerOutputTokenMs"),
  };
}
