// npm run estimate: memory and time of one forward pass of a model on a GPU, without running either. The same functions
// as the calculator. Prints one JSON object, or a table.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parseGpu } from "../src/core/catalog/gpus/custom-gpu.ts";
import { findGpu, GPUS, type GpuEntry } from "../src/core/catalog/gpus/gpus.ts";
import { parseModel } from "../src/core/catalog/models/custom-model.ts";
import { countActiveParameters, countParameters } from "../src/core/catalog/models/model-shape.ts";
import { findModel, MODELS, type ModelEntry } from "../src/core/catalog/models/models.ts";
import { arithmeticIntensity, bytesMoved } from "../src/core/cost/cost.ts";
import { kvBytesPerToken } from "../src/core/cost/kv-cache.ts";
import { decodePass, prefillPass, type Pass } from "../src/core/cost/pass.ts";
import { bytesOf, type NumberFormat, type Precision } from "../src/core/cost/precision.ts";
import { findLinkBetween } from "../src/core/parallel/links.ts";
import { tensorParallelStep, type Estimate } from "../src/core/parallel/tensor-parallel.ts";
import { fittedLaunchSeconds, fittedStepTime } from "../src/core/roofline/fitted.ts";
import { stepTime } from "../src/core/roofline/step-time.ts";
import { defaultDeployment } from "../src/core/serving/deployment.ts";
import { evaluate } from "../src/core/serving/evaluate.ts";

const USAGE = `npm run estimate -- --model ID|FILE.json --gpu ID|FILE.json [--gpus N] --batch B --context T [--new N]
  [--weights bf16|fp8|int8|int4] [--kv bf16|fp8|int8] [--activations bf16|fp8|int8] [--phase prefill|decode] [--json]

  --context  decode: tokens already in each sequence's cache; prefill: tokens of each prompt
  --new      tokens to generate (1 unless given): TPOT is that of the middle one
  --phase    which pass the rows and the step are of (decode unless given); TTFT and TPOT are always both`;

const OPTIONS = {
  model: { type: "string" },
  gpu: { type: "string" },
  gpus: { type: "string", default: "1" },
  batch: { type: "string" },
  context: { type: "string" },
  new: { type: "string", default: "1" },
  weights: { type: "string", default: "bf16" },
  kv: { type: "string", default: "bf16" },
  activations: { type: "string", default: "bf16" },
  phase: { type: "string", default: "decode" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

type Options = ReturnType<typeof parseOptions>;

function parseOptions(args: string[]) {
  return parseArgs({ args: joinNegatives(args), options: OPTIONS, allowPositionals: false }).values;
}

/** `--batch -1` as `--batch=-1`: parseArgs would take the number for an option and not say what a batch may be. */
function joinNegatives(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const option = joined.at(-1) ?? "";
    if (/^-[\d.]/.test(arg) && /^--[a-z]+$/.test(option)) {
      joined[joined.length - 1] = `${option}=${arg}`;
    } else joined.push(arg);
  }
  return joined;
}

/** @throws RangeError naming the option and what is allowed. */
function oneOf<Value extends string>(
  option: string,
  value: string,
  allowed: readonly Value[],
): Value {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new RangeError(`--${option} takes ${allowed.join(", ")}; got "${value}".`);
}

const MOST = 10_000_000;

/** @throws RangeError naming the option and what is allowed. */
function countOf(option: string, value: string | undefined, max = MOST): number {
  if (value === undefined)
    throw new RangeError(`--${option} is missing; --help lists the options.`);
  const number = /^\d{1,12}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= 1 && number <= max) return number;
  throw new RangeError(`--${option} takes a whole number from 1 to ${max}; got "${value}".`);
}

/** A catalogue entry by its id, or one that `parse` makes of a JSON file. */
function entryOf<Entry extends { readonly id: string }>(
  option: string,
  value: string | undefined,
  from: {
    readonly find: (id: string) => Entry | undefined;
    readonly all: readonly Entry[];
    readonly parse: (json: unknown) => Entry;
  },
): Entry {
  if (value === undefined)
    throw new RangeError(`--${option} is missing; --help lists the options.`);
  if (value.endsWith(".json")) return from.parse(readJson(option, value));
  const entry = from.find(value);
  if (entry !== undefined) return entry;
  const ids = from.all.map(({ id }) => id).join(", ");
  throw new RangeError(`--${option} takes a JSON file or one of ${ids}; got "${value}".`);
}

function readJson(option: string, file: string): unknown {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new RangeError(`--${option} names a file that cannot be read: "${file}".`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError(`--${option} names a file that is not JSON: "${file}".`);
  }
}

interface Request {
  readonly model: ModelEntry;
  readonly gpu: GpuEntry;
  readonly ranks: number;
  readonly batch: number;
  readonly context: number;
  readonly numNew: number;
  readonly precision: Precision;
  readonly phase: "prefill" | "decode";
}

function requestOf(options: Options): Request {
  const eightBits = ["bf16", "fp8", "int8"] as const;
  const weights: readonly NumberFormat[] = [...eightBits, "int4"];
  return {
    model: entryOf("model", options.model, { find: findModel, all: MODELS, parse: parseModel }),
    gpu: entryOf("gpu", options.gpu, { find: findGpu, all: GPUS, parse: parseGpu }),
    ranks: countOf("gpus", options.gpus, 1024),
    batch: countOf("batch", options.batch, 1_000_000),
    context: countOf("context", options.context),
    numNew: countOf("new", options.new),
    precision: {
      weights: oneOf("weights", options.weights, weights),
      kv: oneOf("kv", options.kv, eightBits),
      activations: oneOf("activations", options.activations, eightBits),
    },
    phase: oneOf("phase", options.phase, ["decode", "prefill"]),
  };
}

/** The pass of the phase asked for, and the two that TTFT and TPOT are of. */
function passesOf({ model, batch, context, numNew, precision, ranks, phase }: Request) {
  const prefill = prefillPass(model.shape, { batch, prompt: context, precision, ranks });
  const decodeAt = (cached: number) =>
    decodePass(model.shape, { batch, context: cached, precision, ranks });
  return {
    asked: phase === "prefill" ? prefill : decodeAt(context),
    prefill,
    middle: decodeAt(context + Math.floor(numNew / 2)),
  };
}

function each(of: (kind: Estimate) => number) {
  return { roofline: of("roofline"), fitted: of("fitted") };
}

/** Times of a pass with the exchange between ranks. */
function timesOf(pass: Pass, { gpu, ranks }: Request) {
  const link = findLinkBetween(gpu, ranks);
  return each((kind) => tensorParallelStep(pass, gpu, link, kind).seconds);
}

/**
 * Seconds are the pure roofline's. The verdict also counts launches, at what the smallest kernel takes: it says what a
 * kernel of that size waits for.
 */
function rowsOf(pass: Pass, { gpu }: Request) {
  const launchSeconds = fittedLaunchSeconds(gpu);
  const fitted = fittedStepTime(pass, gpu).rows;
  const launched = stepTime(pass, gpu, { launchSeconds }).rows;
  return stepTime(pass, gpu).rows.map(({ operator, time }, index) => ({
    id: operator.id,
    name: operator.name,
    count: operator.count,
    formula: operator.formula,
    flops: operator.cost.flops,
    bytes: bytesMoved(operator.cost),
    intensity: arithmeticIntensity(operator.cost),
    seconds: time.seconds,
    fittedSeconds: fitted[index]?.seconds ?? time.seconds,
    launchSeconds: operator.count * launchSeconds,
    bound: launched[index]?.time.bound ?? time.bound,
  }));
}

/** Weights and cache exactly; the rest of one GPU as the calculator estimates it. */
function memoryOf(request: Request) {
  const { model, gpu, ranks, batch, context, numNew, precision } = request;
  const deployment = defaultDeployment(model, gpu, {
    numGpus: ranks,
    precision,
    maxModelLen: context + numNew,
    maxNumSeqs: batch,
  });
  const workload = { promptTokens: context, outputTokens: numNew, concurrency: batch };
  const { capacity, verdict, running, cacheHolds, caveats } = evaluate(deployment, workload);
  const parts = capacity && {
    gpuBytes: capacity.memory.total,
    usableBytes: capacity.memory.requested,
    weightBytes: capacity.memory.weights,
    activationBytes: capacity.memory.activations,
    otherBytes: capacity.memory.other,
    cudaGraphBytes: capacity.memory.cudaGraphs,
    kvAvailableBytes: capacity.memory.available,
    // In whole blocks: the longest request is one of this batch.
    kvNeededBytes: batch * capacity.bytesPerRequest,
  };
  return {
    perGpu: parts,
    fits: verdict.fits && running === batch,
    numSequencesThatFit: verdict.fits ? cacheHolds : 0,
    caveats,
    ...(verdict.fits
      ? {}
      : { reason: verdict.reason, remedies: verdict.remedies.map(({ text }) => text) }),
  };
}

/** Everything that the tool prints. Bytes, FLOPs and seconds. */
export function estimate(request: Request) {
  const { model, gpu, ranks, batch, numNew, precision } = request;
  const passes = passesOf(request);
  const step = stepTime(passes.asked, gpu);
  const fitted = fittedStepTime(passes.asked, gpu);
  const link = findLinkBetween(gpu, ranks);
  const { allReduce } = tensorParallelStep(passes.asked, gpu, link);
  const launchSeconds = fittedLaunchSeconds(gpu);
  const operators = rowsOf(passes.asked, request);
  const ttft = timesOf(passes.prefill, request);
  const tpot = timesOf(passes.middle, request);
  return {
    model: { id: model.id, name: model.name },
    gpu: { id: gpu.id, name: gpu.name },
    gpus: ranks,
    phase: request.phase,
    batch,
    context: request.context,
    new: numNew,
    precision,
    parameters: countParameters(model.shape),
    activeParameters: countActiveParameters(model.shape),
    weightBytes: countParameters(model.shape) * bytesOf(precision.weights),
    kvBytesPerToken: kvBytesPerToken(model.shape, bytesOf(precision.kv)),
    memory: memoryOf(request),
    operators,
    stepSeconds: {
      roofline: step.sumOfOperators + allReduce,
      oneMax: step.oneMax + allReduce,
      fitted: fitted.seconds + allReduce,
      allReduce,
    },
    launchSeconds: operators.reduce((sum, row) => sum + row.launchSeconds, 0),
    bound: stepTime(passes.asked, gpu, { launchSeconds }).bound,
    ttft,
    tpot,
    tokensPerSecond: each((kind) => batch / tpot[kind]),
    tokensPerSecondWithPrefill: each(
      (kind) => (batch * numNew) / (ttft[kind] + (numNew - 1) * tpot[kind]),
    ),
    ...(link === undefined || ranks === 1 ? {} : { link: { id: link.id, note: link.note } }),
    ...(fitted.reason === undefined ? {} : { fittedIsExtrapolated: fitted.reason }),
  };
}

type Result = ReturnType<typeof estimate>;

const GIGABYTE = 1e9;

function tableOf(result: Result): string {
  const rows = result.operators.map((row) => [
    row.name,
    String(row.count),
    (row.flops / GIGABYTE).toPrecision(4),
    (row.bytes / GIGABYTE).toPrecision(4),
    row.intensity.toPrecision(3),
    (row.seconds * 1000).toPrecision(4),
    (row.launchSeconds * 1000).toPrecision(4),
    row.bound,
  ]);
  return aligned([
    ["operator", "launches", "GFLOP", "GB", "FLOP/B", "ms", "launch ms", "bound"],
    ...rows,
  ]);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths?.[column] ?? 0) : text.padStart(widths?.[column] ?? 0);
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}

function ms(value: number): string {
  return `${(value * 1000).toPrecision(4)} ms`;
}

function textOf(result: Result): string {
  const { stepSeconds, ttft, tpot, tokensPerSecond, memory } = result;
  return [
    `${result.model.name} on ${result.gpus} × ${result.gpu.name}: ${result.phase} of ${result.batch} × ${result.context} tokens`,
    `parameters ${result.parameters}, weights ${(result.weightBytes / GIGABYTE).toFixed(2)} GB, KV cache ${result.kvBytesPerToken} B a token`,
    memory.fits
      ? `It fits: the cache holds ${memory.numSequencesThatFit} such ${memory.numSequencesThatFit === 1 ? "sequence" : "sequences"} at once.`
      : `It does not fit: ${memory.reason ?? `only ${memory.numSequencesThatFit} of ${result.batch} sequences have room at once.`}`,
    ...(memory.remedies ?? []).map((text) => `  ${text}`),
    ...memory.caveats.map((text) => `  ${text}`),
    "",
    tableOf(result),
    "",
    `step     ${ms(stepSeconds.roofline)} roofline (${ms(stepSeconds.oneMax)} as one operator), ${ms(stepSeconds.fitted)} fitted; all-reduces ${ms(stepSeconds.allReduce)} of it`,
    `TTFT     ${ms(ttft.roofline)} roofline, ${ms(ttft.fitted)} fitted`,
    `TPOT     ${ms(tpot.roofline)} roofline, ${ms(tpot.fitted)} fitted`,
    `tokens/s ${tokensPerSecond.roofline.toPrecision(4)} roofline, ${tokensPerSecond.fitted.toPrecision(4)} fitted`,
    ...(result.fittedIsExtrapolated === undefined
      ? []
      : ["", `Fitted times reach beyond what was measured. ${result.fittedIsExtrapolated}`]),
  ].join("\n");
}

/** Prints the estimate; a bad argument prints one sentence and gives 1. */
export async function main(args: string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.help) {
      console.log(USAGE);
      return 0;
    }
    const result = estimate(requestOf(options));
    console.log(options.json ? JSON.stringify(result) : textOf(result));
    return 0;
  } catch (error) {
    if (!(error instanceof RangeError || isArgumentError(error))) throw error;
    console.error(sentenceOf(error.message));
    return 1;
  }
}

function isArgumentError(error: unknown): error is Error {
  return (
    error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")
  );
}

/** Node's own messages about options go on with advice after the first sentence, or call a missing value ambiguous. */
function sentenceOf(message: string): string {
  const first = message.split("\n")[0] ?? "";
  const valueless = /^Option '(--[a-z]+)[^']*' argument (?:is ambiguous|missing)/.exec(first);
  if (valueless) return `${valueless[1]} takes a value; --help lists the options.`;
  return /^(Unknown option|Unexpected argument)/.test(first)
    ? `${first.split(". ")[0]}; --help lists the options.`
    : first;
}
