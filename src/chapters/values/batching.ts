// Values about batches: what a step reads and does, how many requests fit, what all readers and each of them get.
import { ridgePoint } from "../../core/catalog/gpus/gpus.ts";
import type { ModelEntry } from "../../core/catalog/models/models.ts";
import { addCosts, arithmeticIntensity, type Cost } from "../../core/cost/cost.ts";
import { decodeBytes, weightBytesPerStep } from "../../core/cost/decode.ts";
import { operatorsOf } from "../../core/cost/operators.ts";
import { decodePass } from "../../core/cost/pass.ts";
import {
  defaultDeployment,
  type Deployment,
  type Workload,
} from "../../core/serving/deployment.ts";
import { kvCapacity } from "../../core/serving/kv-capacity.ts";
import { loadAt, meanContext, type LoadFigures } from "../../core/serving/load.ts";
import { largestBatch } from "../../core/serving/pareto.ts";
import {
  READING_SOURCE,
  readingSpeed,
  TOKENS_PER_WORD,
  WORDS_PER_MINUTE,
} from "../../core/serving/reading-speed.ts";
import {
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatRate,
  formatSeconds,
} from "../../ui/format.ts";
import {
  countInput,
  gpuSource,
  modelSource,
  type OpenedValue,
  type ValueArguments,
  type ValueDefinition,
  type ValueInput,
} from "./value.ts";

/** `per="second"` in tokens a second, `per="token"` as the time of a token. */
export const readingSpeedValue: ValueDefinition = (args) => {
  const isPerToken = args.text("per") === "token";
  const speed = readingSpeed();
  const rate = formatRate(speed, "tokens/s", 2);
  const text = isPerToken ? formatSeconds(1 / speed, 2) : rate;
  return {
    text,
    title: "Human reading speed in tokens",
    formula: isPerToken ? String.raw`\frac{60}{w \cdot t}` : String.raw`\frac{w \cdot t}{60}`,
    inputs: [
      countInput("w", "words a minute, silent reading of English non-fiction", WORDS_PER_MINUTE),
      { symbol: "t", meaning: "tokens a word, as commonly counted", value: `${TOKENS_PER_WORD}` },
    ],
    substitution: isPerToken
      ? `60 / (${WORDS_PER_MINUTE} · ${TOKENS_PER_WORD}) = ${text}`
      : `${WORDS_PER_MINUTE} · ${TOKENS_PER_WORD} / 60 = ${text}`,
    note: "Tokens a word depend on the tokenizer and the language.",
    sources: [{ label: READING_SOURCE.title, url: READING_SOURCE.url }],
  };
};

/** What one decode step reads of the weights, however many sequences share it. */
export const stepWeights: ValueDefinition = (args) => {
  const model = args.model();
  const element = args.number("bytes");
  const read = weightBytesPerStep(model.shape, element);
  return {
    text: formatBytes(read),
    title: `Weights that a decode step of ${model.name} reads`,
    formula: String.raw`(P - P_{\text{embedding}}) \cdot b`,
    inputs: [
      countInput(String.raw`P - P_{\text{embedding}}`, "all but the input table", read / element),
      { symbol: "b", meaning: "bytes of a weight", value: `${element} B` },
    ],
    substitution: `${formatCount(read / element)} · ${element} B = ${formatBytes(read)}`,
    sources: [modelSource(model)],
  };
};

/** Time in which a step of a batch can be read, or with `show="rate"` the tokens a second that this allows. */
export const batchFloor: ValueDefinition = (args) => {
  const [model, gpu] = [args.model(), args.gpu()];
  const [element, context, batch] = [
    args.number("bytes"),
    args.number("context"),
    args.number("batch"),
  ];
  const isRate = args.text("show") === "rate";
  const read = decodeBytes({ shape: model.shape, bytesPerElement: element, context, batch });
  const weights = weightBytesPerStep(model.shape, element);
  const floor = read / gpu.bandwidth;
  const text = isRate ? formatRate(batch / floor, "tokens/s") : formatSeconds(floor);
  const sum = `(${formatBytes(weights)} + ${formatBytes(read - weights)}) / ${formatBandwidth(gpu.bandwidth, 4)} = ${formatSeconds(floor)}`;
  return {
    text,
    title: `Decode step of ${formatCount(batch)}, ${model.name} on an ${gpu.name}, bound by reading`,
    formula: isRate
      ? String.raw`\frac{B \cdot \text{bandwidth}}{W + B \cdot S \cdot k}`
      : String.raw`\frac{W + B \cdot S \cdot k}{\text{bandwidth}}`,
    inputs: [
      countInput("B", "sequences", batch),
      countInput("S", "tokens in each cache", context),
      { symbol: "W", meaning: "weights read, once", value: formatBytes(weights) },
      {
        symbol: "k",
        meaning: "cache of one token",
        value: formatBytes((read - weights) / batch / context),
      },
    ],
    substitution: isRate ? `${sum}; B tokens in it: ${text}` : sum,
    note: "Memory alone: while arithmetic takes less time than reading. A bound that no kernel passes.",
    sources: [modelSource(model), gpuSource(gpu)],
  };
};

interface Parts {
  readonly matrices: Cost;
  readonly attention: Cost;
  readonly step: Cost;
}

function partsOf({ shape }: ModelEntry, batch: number, context: number): Parts {
  const operators = operatorsOf(decodePass(shape, { batch, context }));
  const costOf = (kind: string) =>
    addCosts(operators.filter((one) => one.kind === kind).map(({ cost }) => cost));
  return {
    matrices: costOf("matmul"),
    attention: costOf("attention"),
    step: addCosts(operators.map(({ cost }) => cost)),
  };
}

function isPart(name: string | undefined): name is keyof Parts {
  return name === "matrices" || name === "attention" || name === "step";
}

const PART_NAMES: Readonly<Record<keyof Parts, string>> = {
  matrices: "the matrices",
  attention: "attention",
  step: "the whole step",
};

/** Arithmetic intensity of `part="matrices"`, `"attention"` or `"step"` of a decode step in 16 bits. */
export const batchIntensity: ValueDefinition = (args) => {
  const model = args.model();
  const [batch, context] = [args.number("batch"), args.number("context")];
  const part = args.text("part");
  if (!isPart(part)) throw new Error('needs part="matrices", "attention" or "step"');
  const cost = partsOf(model, batch, context)[part];
  const moved = cost.bytesRead + cost.bytesWritten;
  const text = `${formatNumber(arithmeticIntensity(cost))} FLOP/B`;
  const work = `${formatNumber(cost.flops / 1e9)} GFLOP`;
  return {
    text,
    title: `Arithmetic intensity of ${PART_NAMES[part]}, ${model.name}, batch ${formatCount(batch)}`,
    formula: String.raw`\frac{\text{FLOPs}}{\text{bytes}}`,
    inputs: [
      countInput("B", "sequences", batch),
      countInput("S", "tokens in each cache", context),
      { symbol: String.raw`\text{FLOPs}`, meaning: "of the step’s kernels", value: work },
      { symbol: String.raw`\text{bytes}`, meaning: "each operand once", value: formatBytes(moved) },
    ],
    substitution: `${work} / ${formatBytes(moved)} = ${text}`,
    sources: [modelSource(model)],
  };
};

/** What the intensity of a step tends to as the batch grows without end: nothing but what each sequence brings. */
export const intensityLimit: ValueDefinition = (args) => {
  const model = args.model();
  const gpu = args.gpu();
  const context = args.number("context");
  // Two batches apart: what is shared by all drops out of the difference.
  const [one, two] = [partsOf(model, 1, context).step, partsOf(model, 2, context).step];
  const flops = two.flops - one.flops;
  const moved = two.bytesRead + two.bytesWritten - one.bytesRead - one.bytesWritten;
  const text = `${formatNumber(flops / moved)} FLOP/B`;
  const ridge = `${formatNumber(ridgePoint(gpu))} FLOP/B`;
  return {
    text,
    title: `Intensity of a step with an endless batch, ${model.name}, ${formatCount(context)} tokens each`,
    formula: String.raw`\lim_{B \to \infty} \frac{\text{FLOPs}}{\text{bytes}} = \frac{\text{FLOPs of a sequence}}{\text{bytes of a sequence}}`,
    inputs: [
      {
        symbol: String.raw`\text{FLOPs}`,
        meaning: "that one more sequence adds",
        value: `${formatNumber(flops / 1e9)} GFLOP`,
      },
      {
        symbol: String.raw`\text{bytes}`,
        meaning: "that it adds, its cache above all",
        value: formatBytes(moved),
      },
      { symbol: "I", meaning: `ridge point of the ${gpu.name}`, value: ridge },
    ],
    substitution: `${formatNumber(flops / 1e9)} GFLOP / ${formatBytes(moved)} = ${text}`,
    note: "The weights drop out: they are shared by ever more sequences.",
    sources: [modelSource(model), gpuSource(gpu)],
  };
};

interface Served {
  readonly deployment: Deployment;
  readonly workload: Workload;
  readonly inputs: readonly ValueInput[];
  readonly sources: OpenedValue["sources"];
}

/** As the chapter’s figure: memory decides how many run, up to here. */
const MAX_BATCH = 512;

function readServed(args: ValueArguments): Served {
  const [model, gpu] = [args.model(), args.gpu()];
  const [promptTokens, outputTokens] = [args.number("prompt"), args.number("output")];
  return {
    deployment: defaultDeployment(model, gpu, {
      maxModelLen: promptTokens + outputTokens,
      maxNumSeqs: MAX_BATCH,
    }),
    workload: { promptTokens, outputTokens, concurrency: 1 },
    inputs: [
      countInput("P", "tokens of a prompt", promptTokens),
      countInput("O", "tokens of an output", outputTokens),
    ],
    sources: [modelSource(model), gpuSource(gpu)],
  };
}

/** Requests that the cache holds at once beside 16-bit weights, by vLLM's defaults. */
export const largestBatchValue: ValueDefinition = (args) => {
  const { deployment, workload, inputs, sources } = readServed(args);
  const most = largestBatch(deployment, workload);
  if (most < 1 || most === MAX_BATCH)
    throw new Error("asks for a batch that memory does not decide");
  const { model, gpu, gpuMemoryUtilization, blockSize } = deployment;
  const length = workload.promptTokens + workload.outputTokens;
  const { numBlocks } = kvCapacity(deployment);
  const perRequest = Math.ceil(length / blockSize);
  return {
    text: formatCount(most),
    title: `Requests that an ${gpu.name} holds beside ${model.name}`,
    formula: String.raw`\left\lfloor \frac{\text{blocks}}{\lceil (P + O) / \text{block} \rceil} \right\rfloor`,
    inputs: [
      ...inputs,
      countInput(String.raw`\text{block}`, "tokens", blockSize),
      countInput(String.raw`\text{blocks}`, "blocks of KV cache that are left", numBlocks),
      {
        symbol: "u",
        meaning: "share of the memory in use",
        value: formatPercent(gpuMemoryUtilization),
      },
    ],
    substitution: `⌊${formatCount(numBlocks)} / ${formatCount(perRequest)}⌋ = ${formatCount(most)}`,
    note: "Weights, activations and the rest of the process are taken off first, as the calculator does.",
    sources,
  };
};

const SHOWN: Readonly<Record<string, (load: LoadFigures) => string>> = {
  all: ({ tokensPerSecond }) => formatRate(tokensPerSecond, "tokens/s"),
  each: ({ tokensPerSecondPerUser }) => formatRate(tokensPerSecondPerUser, "tokens/s"),
  // What counting only decode steps would promise.
  decode: ({ decodeTokensPerSecond }) => formatRate(decodeTokensPerSecond, "tokens/s"),
};

/** Tokens a second at a batch, by the roofline: `show="all"`, `"each"`, or `"decode"` for decode steps alone. */
export const batchLoad: ValueDefinition = (args) => {
  const { deployment, workload, inputs, sources } = readServed(args);
  const batch = args.number("batch");
  const show = args.text("show") ?? "";
  const write = SHOWN[show];
  if (write === undefined) throw new Error('needs show="all", "each" or "decode"');
  const load = loadAt(deployment, workload, { batch, estimate: "roofline" });
  const [prefill, step] = [formatSeconds(load.prefill.seconds), formatSeconds(load.decode.seconds)];
  const { outputTokens } = workload;
  const cycle = `(${formatCount(batch)} · ${prefill} + ${formatCount(outputTokens - 1)} · ${step})`;
  const tokens = show === "each" ? outputTokens : batch * outputTokens;
  return {
    text: write(load),
    title: `${show === "each" ? "One reader" : "All readers"}, batch ${formatCount(batch)}, ${deployment.model.name} on an ${deployment.gpu.name}`,
    formula:
      show === "decode"
        ? String.raw`\frac{B}{\text{step}}`
        : String.raw`\frac{${show === "each" ? "O" : String.raw`B \cdot O`}}{B \cdot \text{prefill} + (O - 1) \cdot \text{step}}`,
    inputs: [
      countInput("B", "requests at once", batch),
      ...inputs,
      { symbol: String.raw`\text{prefill}`, meaning: "of one prompt, roofline", value: prefill },
      {
        symbol: String.raw`\text{step}`,
        meaning: `contexts of ${formatCount(meanContext(workload))}, roofline`,
        value: step,
      },
    ],
    substitution:
      show === "decode"
        ? `${formatCount(batch)} / ${step} = ${write(load)}`
        : `${formatCount(tokens)} / ${cycle} = ${write(load)}`,
    note: "A lower bound of times, so an upper bound of rates.",
    sources,
  };
};

/** Prefill servers that keep one decode server busy; `forget="output"` makes the copied mistake. */
export const prefillServers: ValueDefinition = (args) => {
  const { deployment, workload, inputs, sources } = readServed(args);
  const batch = args.number("batch");
  const isForgotten = args.text("forget") === "output";
  const load = loadAt(deployment, workload, { batch, estimate: "roofline" });
  const { outputTokens } = workload;
  const right = load.prefillServersPerDecodeServer;
  const text = formatNumber(isForgotten ? right * outputTokens : right, 2);
  const [prefill, step] = [formatSeconds(load.prefill.seconds), formatSeconds(load.decode.seconds)];
  const below = isForgotten ? step : `(${formatCount(outputTokens)} · ${step})`;
  return {
    text,
    title: `Prefill servers for one decode server, ${deployment.model.name}`,
    formula: isForgotten
      ? String.raw`\frac{B \cdot \text{prefill}}{\text{step}}`
      : String.raw`\frac{B \cdot \text{prefill}}{O \cdot \text{step}}`,
    inputs: [
      countInput("B", "requests that decode at once", batch),
      ...inputs,
      { symbol: String.raw`\text{prefill}`, meaning: "of one prompt, roofline", value: prefill },
      { symbol: String.raw`\text{step}`, meaning: "decode, roofline", value: step },
    ],
    substitution: `${formatCount(batch)} · ${prefill} / ${below} = ${text}`,
    note: isForgotten
      ? "Wrong on purpose: a decode server asks for a new prompt once in O steps, not in each."
      : "A decode server finishes B / (O · step) requests a second; a prefill server prepares 1 / prefill.",
    sources,
  };
};
