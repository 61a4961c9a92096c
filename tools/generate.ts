// npm run generate: the engine without a page. Prints one JSON object, or the text.
import { parseArgs } from "node:util";
import { bytes, GIBI, type Seconds } from "../src/core/units/units.ts";
import type {
  Advance,
  DeviceReport,
  Engine,
  ModelReport,
  ModelSource,
  Path,
  RunRequest,
  Sampling,
} from "../src/model/engine.ts";
import { parseConfig } from "../src/model/config.ts";
import { getFile, openFolder } from "../src/model/folder.ts";
import { inflationLadder } from "../src/model/inflate.ts";
import { modelFolder } from "./model-files.ts";
import { openNodeEngine } from "./node-engine.ts";

const USAGE = `npm run generate -- --model DIR (--prompt TEXT | --prompt-ids "1 400 300") --tokens N
  [--greedy] [--temperature X] [--top-k K] [--top-p P] [--seed S] [--ignore-eos]
  [--cache on|off] [--fusion on|off] [--kv paged|contiguous] [--batch B]
  [--inflate FACTOR] [--backend webgpu|cpu|auto] [--json]`;

const DEFAULT_MODEL = "public/models/stories-1m";
/** Steps asked of the engine at once: large enough that the engine, not this loop, sets the pace. */
const STEPS_PER_CALL = 64;

const OPTIONS = {
  model: { type: "string", default: DEFAULT_MODEL },
  prompt: { type: "string" },
  "prompt-ids": { type: "string" },
  tokens: { type: "string", default: "64" },
  greedy: { type: "boolean", default: false },
  temperature: { type: "string", default: "0.8" },
  "top-k": { type: "string", default: "0" },
  "top-p": { type: "string", default: "0.95" },
  seed: { type: "string", default: "0" },
  "ignore-eos": { type: "boolean", default: false },
  cache: { type: "string", default: "on" },
  fusion: { type: "string", default: "on" },
  kv: { type: "string", default: "contiguous" },
  batch: { type: "string", default: "1" },
  inflate: { type: "string", default: "1" },
  backend: { type: "string", default: "auto" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

type Options = ReturnType<typeof parseOptions>;

function parseOptions(args: string[]) {
  return parseArgs({ args, options: OPTIONS, allowPositionals: false }).values;
}

/** @throws Error naming the option and what is allowed. */
function oneOf<Value extends string>(
  option: string,
  value: string,
  allowed: readonly Value[],
): Value {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new Error(`--${option} takes ${allowed.join(" or ")}; got "${value}".`);
}

/** @throws Error naming the option and what is allowed. */
function numberOf(option: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== "" && Number.isFinite(number)) return number;
  throw new Error(`--${option} takes a number; got "${value}".`);
}

/** @throws Error naming the option and what is allowed. */
function wholeNumberOf(option: string, value: string): number {
  const number = numberOf(option, value);
  if (Number.isInteger(number) && number >= 0 && number <= 1_000_000) return number;
  throw new Error(`--${option} takes a whole number; got "${value}".`);
}

function pathOf({ cache, fusion, kv }: Options): Path {
  return {
    cache: oneOf("cache", cache, ["on", "off"]) === "on",
    fusion: oneOf("fusion", fusion, ["on", "off"]) === "on",
    kvLayout: oneOf("kv", kv, ["paged", "contiguous"]),
  };
}

function samplingOf(options: Options): Sampling {
  if (options.greedy) return { kind: "greedy" };
  return {
    kind: "sample",
    temperature: numberOf("temperature", options.temperature),
    topK: numberOf("top-k", options["top-k"]),
    topP: numberOf("top-p", options["top-p"]),
    seed: numberOf("seed", options.seed),
  };
}

type Prompt =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "ids"; readonly ids: readonly number[] };

/** @throws Error where there is no prompt, or two. */
function promptOf(options: Options): Prompt {
  const { prompt: text, "prompt-ids": ids } = options;
  if (ids !== undefined && text !== undefined) {
    throw new Error("--prompt and --prompt-ids are two prompts. Give one of them.");
  }
  if (ids !== undefined) {
    const words = ids.split(/[\s,]+/).filter((word) => word !== "");
    return { kind: "ids", ids: words.map((word) => numberOf("prompt-ids", word)) };
  }
  if (text !== undefined) return { kind: "text", text };
  throw new Error("Give the prompt: --prompt TEXT, or --prompt-ids with token ids.");
}

/** @throws Error naming the sizes that this model can be inflated to. */
async function inflationOf({ inflate }: Options, source: ModelSource): Promise<number> {
  const inflation = numberOf("inflate", inflate);
  const config = await getFile(openFolder(source), "config.json");
  const { shape } = parseConfig(await config.text());
  const rungs = inflationLadder(shape).map(({ factor }) => Math.round(factor));
  if (inflation >= 1 && inflation <= Math.max(...rungs)) return inflation;
  throw new Error(
    `--inflate makes this model about ${rungs.slice(0, -1).join(", ")} or ${rungs.at(-1)} times heavier, ` +
      `whichever is nearest; got "${inflate}".`,
  );
}

interface Outcome {
  readonly sequences: readonly (readonly number[])[];
  readonly advances: readonly Advance[];
}

async function generate(engine: Engine, request: RunRequest): Promise<Outcome> {
  const sequences = request.prompts.map((): number[] => []);
  const advances: Advance[] = [];
  const { runId } = await engine.start(request);
  for (;;) {
    const advance = await engine.advance(runId, STEPS_PER_CALL);
    advances.push(advance);
    for (const { tokens } of advance.steps) {
      tokens.forEach((token, index) => {
        if (token !== undefined) sequences[index]?.push(token);
      });
    }
    if (advance.isFinished) break;
  }
  await engine.end(runId);
  return { sequences, advances };
}

function toMs(duration: Seconds | undefined): number | null {
  return duration === undefined ? null : duration * 1000;
}

function timingsOf({ advances, sequences }: Outcome) {
  const prefill = advances.find(({ prefillDuration }) => prefillDuration !== undefined);
  const steps = advances.flatMap((advance) => advance.steps);
  const wall = advances.reduce((sum, { wallTime }) => sum + wallTime, 0);
  const numTokens = sequences.reduce((sum, { length }) => sum + length, 0);
  return {
    prefillMs: toMs(prefill?.prefillDuration),
    stepMs: steps.map(({ duration }) => toMs(duration)),
    wallMs: wall * 1000,
    tokensPerSecond: wall > 0 ? numTokens / wall : null,
  };
}

async function report(
  engine: Engine,
  request: RunRequest,
  context: { model: ModelReport; device: DeviceReport; outcome: Outcome },
) {
  const { model, device, outcome } = context;
  const texts = model.hasTokenizer
    ? await Promise.all(outcome.sequences.map((ids) => engine.decode(ids)))
    : undefined;
  return {
    promptIds: request.prompts[0],
    ids: outcome.sequences[0],
    text: texts?.[0] ?? null,
    sequences: outcome.sequences.map((ids, index) => ({ ids, text: texts?.[index] ?? null })),
    timings: timingsOf(outcome),
    model,
    path: request.path,
    sampling: request.sampling,
    device,
    notices: outcome.advances.flatMap(({ notice }) => (notice === undefined ? [] : [notice])),
  };
}

function warnBeyondContext(request: RunRequest, model: ModelReport): void {
  const length = (request.prompts[0]?.length ?? 0) + request.numNewTokens;
  if (length <= model.contextLength) return;
  console.error(
    `Note: ${length} tokens go beyond the ${model.contextLength} that this model was trained for.`,
  );
}

export async function main(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const given = promptOf(options);
  const source = await modelFolder(options.model);
  const inflation = await inflationOf(options, source);
  const engine = openNodeEngine();
  try {
    const device = await engine.open({
      backend: oneOf("backend", options.backend, ["auto", "webgpu", "cpu"]),
      memoryBudget: bytes(12 * GIBI),
    });
    if (device.notice !== undefined) console.error(device.notice);
    const model = await engine.load({ source, inflation });
    const prompt = given.kind === "ids" ? given.ids : await engine.encode(given.text);
    const batch = wholeNumberOf("batch", options.batch);
    const request: RunRequest = {
      prompts: Array.from({ length: batch }, () => prompt),
      numNewTokens: numberOf("tokens", options.tokens),
      path: pathOf(options),
      sampling: samplingOf(options),
      stopTokens: options["ignore-eos"] ? [] : model.stopTokens,
    };
    warnBeyondContext(request, model);
    const outcome = await generate(engine, request);
    const result = await report(engine, request, { model, device, outcome });
    console.log(
      options.json ? JSON.stringify(result) : (result.text ?? outcome.sequences[0]?.join(" ")),
    );
    return 0;
  } finally {
    await engine.close();
  }
}
