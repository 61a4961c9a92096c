// The lines of vLLM's start-up log that say something about memory and the KV cache: how to recognise each, what it
// means, and what it tells of the deployment. Every repetition in a pattern is bounded and none is nested, so that the
// time to read a line grows with its length only, whatever is in it.
import type { NumberFormat } from "../cost/precision.ts";

export type LogField = number | string;

/** What all lines together say, in the log's own units. */
export interface LoggedFacts {
  readonly version?: string;
  readonly modelName?: string;
  readonly tensorParallelSize?: number;
  readonly pipelineParallelSize?: number;
  readonly maxModelLen?: number;
  readonly maxNumSeqs?: number;
  readonly maxNumBatchedTokens?: number;
  readonly gpuMemoryUtilization?: number;
  readonly blockSize?: number;
  readonly dtype?: string;
  readonly quantization?: string;
  readonly kvCacheDtype?: string;
  readonly totalGiB?: number;
  readonly weightsGiB?: number;
  readonly nonTorchGiB?: number;
  readonly activationGiB?: number;
  readonly cudaGraphGiB?: number;
  readonly availableGiB?: number;
  readonly numBlocks?: number;
  readonly numCpuBlocks?: number;
  readonly numTokens?: number;
  readonly maxConcurrency?: number;
  readonly neededGiB?: number;
  readonly longestRequest?: number;
}

export interface LogRule {
  readonly kind: string;
  readonly pattern: RegExp;
  /** @param of - the groups of the pattern, "" for one that is absent; `text` is the line from the match on. */
  readonly read: (
    of: readonly string[],
    text: string,
  ) => { readonly explanation: string; readonly facts: LoggedFacts; readonly fields?: Fields };
}

type Fields = Readonly<Record<string, LogField>>;

const GIB = String.raw`(-?\d{1,9}(?:\.\d{1,9})?)`;
const COUNT = String.raw`(\d{1,3}(?:,\d{3}){1,5}|\d{1,15})`;

/** "1,701,248" is 1701248; undefined for what is no number. */
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const value = Number(text.replaceAll(",", ""));
  return Number.isFinite(value) ? value : undefined;
}

function facts(entries: Readonly<Record<string, LogField | undefined>>): LoggedFacts {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

const SETTING_NAMES = [
  "model",
  "tensor_parallel_size",
  "pipeline_parallel_size",
  "max_model_len",
  "max_seq_len",
  "max_num_seqs",
  "max_num_batched_tokens",
  "gpu_memory_utilization",
  "block_size",
  "dtype",
  "quantization",
  "kv_cache_dtype",
] as const;

type SettingName = (typeof SETTING_NAMES)[number];

const SETTINGS: ReadonlyMap<SettingName, RegExp> = new Map(
  SETTING_NAMES.map((name) => [
    name,
    new RegExp(`\\b${name}'?(?:=|: )(?:torch\\.)?'?([\\w./@:+-]{1,200})`),
  ]),
);

/** Value of one setting in `name=value` or `'name': value`; undefined for None and for what is absent. */
function settingOf(text: string, name: SettingName): string | undefined {
  const found = SETTINGS.get(name)?.exec(text);
  const value = found?.[1]?.replace(/[.,]$/, "");
  return value === undefined || value === "None" ? undefined : value;
}

/** Settings of a line that lists them; most are absent. */
function settingsIn(text: string): LoggedFacts {
  return facts({
    modelName: settingOf(text, "model"),
    tensorParallelSize: numberOf(settingOf(text, "tensor_parallel_size")),
    pipelineParallelSize: numberOf(settingOf(text, "pipeline_parallel_size")),
    maxModelLen: numberOf(settingOf(text, "max_model_len") ?? settingOf(text, "max_seq_len")),
    maxNumSeqs: numberOf(settingOf(text, "max_num_seqs")),
    maxNumBatchedTokens: numberOf(settingOf(text, "max_num_batched_tokens")),
    gpuMemoryUtilization: numberOf(settingOf(text, "gpu_memory_utilization")),
    blockSize: numberOf(settingOf(text, "block_size")),
    dtype: settingOf(text, "dtype"),
    quantization: settingOf(text, "quantization"),
    kvCacheDtype: settingOf(text, "kv_cache_dtype"),
  });
}

/** One of these is in every line that a rule below recognises. */
export const LOG_WORDS =
  /KV|LLM|args|max model|batched|took|total_gpu|torch_memory|blocks|concurrency|Engine|seq len|model length|Free memory|preempted/;

export const LOG_RULES: readonly LogRule[] = [
  {
    kind: "engine-config",
    pattern: /Initializing an? (?:V1 )?LLM engine \(v([\w.+-]{1,60})\) with config:/,
    read: ([version = ""], text) => ({
      explanation: `vLLM ${version} lists the settings that it starts with.`,
      facts: { ...settingsIn(text), version },
    }),
  },
  {
    kind: "arguments",
    pattern: /non-default args: \{/,
    read: (_, text) => ({
      explanation:
        "The options that were given on the command line; all others have their defaults.",
      facts: settingsIn(text),
    }),
  },
  {
    kind: "version",
    pattern: /vLLM API server version ([\w.+-]{1,60})/,
    read: ([version = ""]) => ({
      explanation: `The server is vLLM ${version}.`,
      facts: { version },
    }),
  },
  {
    kind: "max-model-len",
    pattern: new RegExp(`Using max model len ${COUNT}`),
    read: ([length]) => ({
      explanation: `One request may have ${length} tokens, prompt and output together.`,
      facts: facts({ maxModelLen: numberOf(length) }),
    }),
  },
  {
    kind: "chunked-prefill",
    pattern: new RegExp(`Chunked prefill is enabled with max_num_batched_tokens=${COUNT}`),
    read: ([tokens]) => ({
      explanation: `A step computes at most ${tokens} tokens; longer prompts are cut into pieces that share steps with running requests.`,
      facts: facts({ maxNumBatchedTokens: numberOf(tokens) }),
    }),
  },
  {
    kind: "weights",
    pattern: new RegExp(`(?:Loading model weights|Model loading) took ${GIB} (GB|GiB)`),
    read: ([size, unit]) => ({
      explanation: `The weights take ${size} GiB on this GPU${unit === "GB" ? "; the line says GB and divides by 2³⁰" : ""}.`,
      facts: facts({ weightsGiB: numberOf(size) }),
    }),
  },
  {
    kind: "budget",
    pattern: new RegExp(
      `total_gpu_memory \\(${GIB} ?GiB\\) x gpu_memory_utilization \\(${GIB}\\) = ${GIB} ?GiB`,
    ),
    read: ([total, share, requested]) => ({
      explanation: `The GPU has ${total} GiB, and vLLM may use ${requested} GiB of them; the printed share of ${share} is rounded.`,
      facts: facts({
        totalGiB: numberOf(total),
        gpuMemoryUtilization: sharpen(numberOf(share), numberOf(requested), numberOf(total)),
      }),
    }),
  },
  {
    kind: "memory-parts",
    pattern: new RegExp(
      `model weights take ${GIB} ?GiB; non_torch_memory takes ${GIB} ?GiB; PyTorch activation peak memory takes ${GIB} ?GiB;(?: the rest of the memory reserved for KV Cache is ${GIB} ?GiB)?`,
    ),
    read: ([weights, other, peak, rest = ""]) => ({
      explanation: `Weights take ${weights} GiB, memory outside PyTorch ${other} GiB and intermediate results at their peak ${peak} GiB${rest === "" ? "." : `; the ${rest} GiB left are the KV cache.`}`,
      facts: facts({
        weightsGiB: numberOf(weights),
        nonTorchGiB: numberOf(other),
        activationGiB: numberOf(peak),
        availableGiB: numberOf(rest),
      }),
    }),
  },
  {
    kind: "rest",
    pattern: new RegExp(`^\\s*the rest of the memory reserved for KV Cache is ${GIB} ?GiB`),
    read: ([rest]) => ({
      explanation: `${rest} GiB are left for the KV cache.`,
      facts: facts({ availableGiB: numberOf(rest) }),
    }),
  },
  {
    kind: "available",
    pattern: new RegExp(`Available KV cache memory: ${GIB} GiB`),
    read: ([size]) => ({
      explanation: `${size} GiB are left on this GPU for the KV cache after weights, intermediate results and the rest.`,
      facts: facts({ availableGiB: numberOf(size) }),
    }),
  },
  {
    kind: "cache-size",
    pattern: new RegExp(`GPU KV cache size: ${COUNT} tokens`),
    read: ([tokens]) => ({
      explanation: `The cache holds ${tokens} tokens, of all requests together.`,
      facts: facts({ numTokens: numberOf(tokens) }),
    }),
  },
  {
    kind: "concurrency",
    pattern: new RegExp(`Maximum concurrency for ${COUNT} tokens per request: ${GIB}x`),
    read: ([length, times]) => ({
      explanation: `If every request had the full ${length} tokens, ${times} of them would fit at once; shorter requests fit more often. It is no limit that anything enforces.`,
      facts: facts({ maxModelLen: numberOf(length), maxConcurrency: numberOf(times) }),
    }),
  },
  {
    kind: "blocks",
    pattern: new RegExp(
      `# (?:GPU|cuda|CUDA|npu|NPU|rocm) blocks: ${COUNT}(?:, # CPU blocks: ${COUNT})?`,
    ),
    read: ([gpu, cpu = ""]) => ({
      explanation: `The cache is ${gpu} blocks${cpu === "" ? "." : `, and ${cpu} more in host memory for sequences swapped out.`}`,
      facts: facts({ numBlocks: numberOf(gpu), numCpuBlocks: numberOf(cpu) }),
    }),
  },
  {
    kind: "cuda-graphs",
    pattern: new RegExp(`Graph capturing finished in (\\d{1,6}) secs?, took ${GIB} GiB`),
    read: ([, size]) => ({
      explanation: `The captured launches of whole steps (CUDA graphs) take ${size} GiB. Versions before 0.21 do not set them aside beforehand.`,
      facts: facts({ cudaGraphGiB: numberOf(size) }),
    }),
  },
  {
    kind: "statistics",
    pattern: /Engine \d{3}: Avg prompt throughput: [\d.]{1,12} tokens\/s/,
    read: (_, text) => statisticsOf(text),
  },
  {
    kind: "too-long",
    pattern: new RegExp(
      `To serve at least one request with the models?'s max seq len \\(${COUNT}\\)`,
    ),
    read: ([length]) => ({
      explanation: `vLLM refuses to start: the cache must hold one request of ${length} tokens.`,
      facts: facts({ maxModelLen: numberOf(length) }),
    }),
  },
  {
    kind: "needed",
    pattern: new RegExp(`${GIB} GiB KV cache is needed`),
    read: ([needed]) => ({
      explanation: `That one request takes ${needed} GiB of cache.`,
      facts: facts({ neededGiB: numberOf(needed) }),
    }),
  },
  {
    kind: "not-enough",
    pattern: new RegExp(`larger than the available KV cache memory \\(${GIB} GiB\\)`),
    read: ([available]) => ({
      explanation: `Only ${available} GiB are left for the cache.`,
      facts: facts({ availableGiB: numberOf(available) }),
    }),
  },
  {
    kind: "longest",
    pattern: new RegExp(`estimated maximum model length is ${COUNT}`),
    read: ([length]) => ({
      explanation: `It would start with requests of up to ${length} tokens: pass that as --max-model-len.`,
      facts: facts({ longestRequest: numberOf(length) }),
    }),
  },
  {
    kind: "too-long-before",
    pattern: new RegExp(
      `max seq len \\(${COUNT}\\) is larger than the maximum number of tokens that can be stored in KV cache \\(${COUNT}\\)`,
    ),
    read: ([length, tokens]) => ({
      explanation: `vLLM refuses to start: one request may have ${length} tokens and the whole cache holds ${tokens}.`,
      facts: facts({ maxModelLen: numberOf(length), numTokens: numberOf(tokens) }),
    }),
  },
  {
    kind: "nothing-left",
    pattern: /No available memory for the cache blocks/,
    read: () => ({
      explanation:
        "Weights and intermediate results take all that vLLM may use; nothing is left for the KV cache.",
      facts: {},
    }),
  },
  {
    kind: "occupied",
    pattern: /Free memory on device .{0,80} on startup is less than desired GPU memory utilization/,
    read: () => ({
      explanation:
        "Another process holds memory of this GPU: less is free than vLLM was told to use. Stop it or lower --gpu-memory-utilization.",
      facts: {},
    }),
  },
  {
    kind: "preemption",
    pattern: /Sequence group .{1,80} is preempted by PreemptionMode\.(RECOMPUTE|SWAP)/,
    read: ([mode]) => ({
      explanation: `The cache was full: a running request gave up its blocks ${mode === "SWAP" ? "to host memory" : "and is computed again later"}. V1 prints no such line, only a count.`,
      facts: {},
      fields: { mode: mode === "SWAP" ? "swap" : "recompute" },
    }),
  },
];

/** The share in more digits than the log prints, where the product shows that it was rounded. */
function sharpen(
  share: number | undefined,
  requested: number | undefined,
  total: number | undefined,
): number | undefined {
  if (share === undefined || requested === undefined || !total) return share;
  const used = requested / total;
  const isWithinRounding = Math.abs(used - share) <= 0.005 && used > 0 && used <= 1;
  const isPrintedExactly = Math.abs(share * total - requested) <= 0.011;
  return isWithinRounding && !isPrintedExactly ? Math.round(used * 1e4) / 1e4 : share;
}

const STATISTICS: readonly (readonly [string, RegExp])[] = [
  ["promptTokensPerSecond", /Avg prompt throughput: ([\d.]{1,12}) tokens\/s/],
  ["generatedTokensPerSecond", /Avg generation throughput: ([\d.]{1,12}) tokens\/s/],
  ["running", /Running: (\d{1,9}) reqs/],
  ["waiting", /Waiting: (\d{1,9}) reqs/],
  ["preemptions", /Preemptions: (\d{1,9})/],
  ["cacheUsagePercent", /GPU KV cache usage: ([\d.]{1,8})%/],
  ["prefixHitPercent", /Prefix cache hit rate: ([\d.]{1,8})%/],
];

function statisticsOf(text: string) {
  const found = STATISTICS.flatMap(([name, pattern]) => {
    const value = numberOf(pattern.exec(text)?.[1]);
    return value === undefined ? [] : [[name, value] as const];
  });
  const fields = Object.fromEntries(found);
  const waiting = fields["waiting"] ?? 0;
  const explanation =
    waiting > 0
      ? `${fields["running"] ?? 0} requests ran and ${waiting} waited for a free place or for cache.`
      : `${fields["running"] ?? 0} requests ran and none waited.`;
  return { explanation, facts: {}, fields };
}

/** Formats that a `quantization=` names without doubt; compressed-tensors and the like say it in the checkpoint only. */
export function findWeightFormat(quantization: string | undefined): NumberFormat | undefined {
  if (quantization === undefined) return undefined;
  if (/^(fp8|fbgemm_fp8|ptpc_fp8|modelopt)$/.test(quantization)) return "fp8";
  return /^(awq|gptq|bitsandbytes|awq_marlin|gptq_marlin)$/.test(quantization) ? "int4" : undefined;
}
