// Everything that a pasted text tells of a server: the command line, the start-up log, the minutes after it, /metrics;
// and the deployment that they describe together. What the text leaves open the reader's choice fills in.
import type { GpuEntry } from "../catalog/gpus/gpus.ts";
import type { ModelEntry } from "../catalog/models/models.ts";
import type { Precision } from "../cost/precision.ts";
import { defaultDeployment, type Deployment, type Profiled } from "../serving/deployment.ts";
import { cacheLayout, kvCapacity, type KvCapacity } from "../serving/kv-capacity.ts";
import { findModelNamed, parseVllmLog, type LogReport } from "../serving/vllm-log.ts";
import { findWeightFormat } from "../serving/vllm-log-rules.ts";
import { findSplitProblem } from "../serving/remedies.ts";
import { memoryParts } from "../serving/memory.ts";
import { bytes, GIBI } from "../units/units.ts";
import { parseMetrics, type MetricsSeen } from "./metrics-text.ts";
import { findServeCommand, type FlagValue, type ServeCommand } from "./serve-command.ts";
import { readServerLog, type MemoryEvents } from "./server-log.ts";
import { grouped } from "../units/grouped.ts";
import { quoted } from "./words.ts";

/** Characters that are read of a pasted text. */
export const MAX_TEXT = 1_000_000;

/** What stands in for a model or GPU that the text does not name. */
export interface Choices {
  readonly model: ModelEntry;
  readonly gpu: GpuEntry;
}

/** How loaded the server was; from /metrics where they are given, else from the log. */
export interface Load {
  readonly from: "metrics" | "log";
  readonly numRunning: number;
  readonly numWaiting: number;
  /** Share of the KV blocks in use at most; undefined where nothing says it. */
  readonly cacheUsage: number | undefined;
  readonly numPreemptions: number;
  /** Of the prompt tokens looked up, those found; undefined where nothing was looked up. */
  readonly prefixHitShare: number | undefined;
}

/** Tokens of one request. */
export interface RequestLengths {
  readonly prompt: number;
  readonly output: number;
  /** From the text, or a guess. */
  readonly isKnown: boolean;
}

export interface Observations {
  readonly command: ServeCommand | undefined;
  readonly log: LogReport;
  readonly metrics: MetricsSeen;
  readonly events: MemoryEvents;
  readonly load: Load | undefined;
  readonly lengths: RequestLengths;
  readonly deployment: Deployment;
  /** Undefined where the model cannot be split over the GPUs. */
  readonly capacity: KvCapacity | undefined;
  /** The text names the model, or its memory the GPU. */
  readonly isModelNamed: boolean;
  readonly isGpuNamed: boolean;
  /** The log's model, where the catalogue does not have it. */
  readonly unknownModel: string | undefined;
  /** The text held something of vLLM. */
  readonly isAnything: boolean;
  /** Sentences on what cannot be, or was not read. */
  readonly notes: readonly string[];
}

/** Throws nothing, whatever the text. */
export function observe(whole: string, choices: Choices): Observations {
  const text = whole.slice(0, MAX_TEXT);
  const command = findServeCommand(text);
  const log = parseVllmLog(text);
  const metrics = parseMetrics(text);
  const { load: logLoad, events } = readServerLog(text);
  const model = modelOf(command, log);
  const unknownModel = model === undefined ? (command?.model ?? log.facts.modelName) : undefined;
  const made = makeDeployment({ command, log, metrics: metrics.seen }, { ...choices, ...model });
  const load = loadOf(metrics.seen, logLoad);
  const isAnything =
    command !== undefined || log.found.length > 0 || metrics.numRead > 0 || isEvent(events);
  const notes = [
    ...(whole.length > MAX_TEXT
      ? [`Only the first ${grouped(MAX_TEXT)} of ${grouped(whole.length)} characters were read.`]
      : []),
    ...(isAnything || text.trim() === "" ? [] : [NOTHING]),
    ...(command?.notes ?? []),
    ...metrics.notes,
    ...log.notes.filter((note) => note.startsWith("The log names the quantisation")),
    ...made.notes,
    ...stageNotes(command, log),
    ...(unknownModel === undefined
      ? []
      : [
          `The model ${quoted(unknownModel)} is not in the catalogue: ${made.deployment.model.name} stands in for its size.`,
        ]),
  ];
  return {
    command,
    log,
    metrics: metrics.seen,
    events,
    load,
    lengths: lengthsOf(metrics.seen, made.deployment),
    deployment: made.deployment,
    capacity: findCapacity(made.deployment),
    isModelNamed: model !== undefined,
    isGpuNamed: log.gpus.length > 0,
    unknownModel,
    isAnything,
    notes,
  };
}

const NOTHING =
  'Nothing of vLLM was recognised: neither a "vllm serve" line, nor a line of its log, nor a "vllm:" series of /metrics.';

function stageNotes(command: ServeCommand | undefined, log: LogReport): readonly string[] {
  const flag = numberIn(command?.flags.get("pipeline-parallel-size"));
  const stages = flag ?? log.facts.pipelineParallelSize ?? 1;
  return stages > 1
    ? [
        `The ${grouped(stages)} stages of --pipeline-parallel-size are not counted: each GPU holds fewer layers than it does here.`,
      ]
    : [];
}

function isEvent({ isOutOfMemory, occupied, hasNothingLeft, numPreempted }: MemoryEvents) {
  return isOutOfMemory || occupied !== undefined || hasNothingLeft || numPreempted > 0;
}

function modelOf(
  command: ServeCommand | undefined,
  log: LogReport,
): { readonly model: ModelEntry } | undefined {
  const named = command?.model === undefined ? undefined : findModelNamed(command.model);
  const model = named ?? (command?.model === undefined ? log.deployment.model : undefined);
  return model === undefined ? undefined : { model };
}

interface Read {
  readonly command: ServeCommand | undefined;
  readonly log: LogReport;
  readonly metrics: MetricsSeen;
}

/** The command line counts before the log, the log before vLLM's defaults. */
function makeDeployment({ command, log, metrics }: Read, choices: Choices) {
  const { model } = choices;
  const gpu = gpuOf(log, choices.gpu);
  const flag = (name: string) => numberIn(command?.flags.get(name));
  const said = log.deployment;
  const base = defaultDeployment(model, gpu);
  const maxNumBatchedTokens = flag("max-num-batched-tokens") ?? said.maxNumBatchedTokens;
  const blockSize = flag("block-size") ?? said.blockSize ?? metrics.blockSize ?? base.blockSize;
  const settings: Deployment = {
    ...base,
    numGpus: flag("tensor-parallel-size") ?? said.numGpus ?? 1,
    precision: precisionOf(command, { ...base.precision, ...said.precision }),
    gpuMemoryUtilization:
      flag("gpu-memory-utilization") ?? said.gpuMemoryUtilization ?? base.gpuMemoryUtilization,
    maxModelLen: flag("max-model-len") ?? said.maxModelLen ?? base.maxModelLen,
    maxNumSeqs: flag("max-num-seqs") ?? said.maxNumSeqs ?? base.maxNumSeqs,
    blockSize: Math.min(4096, blockSize),
    ...(maxNumBatchedTokens !== undefined && { maxNumBatchedTokens }),
  };
  const problem = findSplitProblem(settings);
  const deployment = problem === undefined ? settings : { ...settings, numGpus: 1 };
  const profiled = profiledOf({ command, log, metrics }, deployment);
  return {
    deployment: Object.keys(profiled).length === 0 ? deployment : { ...deployment, profiled },
    notes: problem === undefined ? [] : [`${problem} One GPU is counted with instead.`],
  };
}

function gpuOf(log: LogReport, chosen: GpuEntry): GpuEntry {
  if (log.gpus.some(({ id }) => id === chosen.id)) return chosen;
  return log.gpus[0] ?? chosen;
}

function numberIn(value: FlagValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function precisionOf(command: ServeCommand | undefined, said: Precision): Precision {
  const quantization = command?.flags.get("quantization");
  const weights = typeof quantization === "string" ? findWeightFormat(quantization) : undefined;
  const cache = command?.flags.get("kv-cache-dtype");
  const kv =
    typeof cache !== "string" || cache === "auto"
      ? undefined
      : cache.startsWith("fp8")
        ? "fp8"
        : "bf16";
  return {
    ...said,
    ...(weights !== undefined && { weights }),
    ...(kv !== undefined && { kv }),
  };
}

/** The log's memory, or what its blocks and tokens say of it; a flag that sets the cache's size beats both. */
function profiledOf({ command, log, metrics }: Read, deployment: Deployment): Profiled {
  const set = numberIn(command?.flags.get("kv-cache-memory-bytes"));
  const blocks = numberIn(command?.flags.get("num-gpu-blocks-override"));
  const profiled = { ...offloaded(command, deployment), ...log.deployment.profiled };
  if (set !== undefined) return { ...profiled, kvCache: bytes(set) };
  if (blocks === undefined && profiled.kvCache !== undefined) return profiled;
  const { numTokens, numBlocks } = log.facts;
  const { blockSize } = deployment;
  const counted =
    blocks ??
    numBlocks ??
    (numTokens === undefined ? metrics.numBlocks : Math.round(numTokens / blockSize));
  if (counted === undefined || counted > 1e9) return profiled;
  const layout = cacheLayout({
    shape: deployment.model.shape,
    ranks: deployment.numGpus,
    blockSize,
    kv: deployment.precision.kv,
  });
  return { ...profiled, kvCache: bytes(counted * layout.blockBytes) };
}

/** Weights that --cpu-offload-gb keeps in host memory take none of the GPU's. */
function offloaded(command: ServeCommand | undefined, deployment: Deployment): Profiled {
  const gibibytes = numberIn(command?.flags.get("cpu-offload-gb")) ?? 0;
  if (gibibytes <= 0) return {};
  const { weights } = memoryParts(deployment);
  return { weights: bytes(Math.max(0, weights - gibibytes * GIBI)) };
}

export function findCapacity(deployment: Deployment): KvCapacity | undefined {
  if (findSplitProblem(deployment) !== undefined) return undefined;
  try {
    return kvCapacity(deployment);
  } catch {
    // A setting that no server could have: the notes on flags say which.
    return undefined;
  }
}

function loadOf(
  metrics: MetricsSeen,
  log: ReturnType<typeof readServerLog>["load"],
): Load | undefined {
  const { numRunning, numWaiting } = metrics;
  if (numRunning !== undefined || numWaiting !== undefined) {
    const { prefixQueries = 0, prefixHits = 0 } = metrics;
    return {
      from: "metrics",
      numRunning: numRunning ?? 0,
      numWaiting: numWaiting ?? 0,
      cacheUsage: metrics.cacheUsage,
      numPreemptions: metrics.numPreemptions ?? 0,
      prefixHitShare: prefixQueries > 0 ? Math.min(1, prefixHits / prefixQueries) : undefined,
    };
  }
  if (log === undefined) return undefined;
  return {
    from: "log",
    numRunning: log.meanRunning,
    numWaiting: log.meanWaiting,
    cacheUsage: log.peakUsage,
    numPreemptions: log.numPreemptions,
    prefixHitShare: log.prefixHitShare,
  };
}

/** A chat with some context, where the text does not say. */
const GUESS = { prompt: 1000, output: 300 } as const;

function lengthsOf(
  { meanPromptTokens, meanOutputTokens }: MetricsSeen,
  { maxModelLen }: Deployment,
): RequestLengths {
  const isKnown = meanPromptTokens !== undefined && meanOutputTokens !== undefined;
  const output = Math.min(meanOutputTokens ?? GUESS.output, Math.ceil(maxModelLen / 3));
  const prompt = Math.min(meanPromptTokens ?? GUESS.prompt, maxModelLen - output);
  return {
    prompt: Math.max(1, Math.round(prompt)),
    output: Math.max(1, Math.round(output)),
    isKnown,
  };
}
