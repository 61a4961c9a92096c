// An evaluation as rows of named figures, and those as JSON, CSV and Markdown.
import { GIBI } from "../units/units.ts";
import type { Evaluation } from "./evaluate.ts";
import type { LoadFigures } from "./load.ts";
import { readingSpeed } from "./reading-speed.ts";
import { vllmCommand } from "./vllm-command.ts";

/** One figure of the answer. */
export interface Figure {
  readonly id: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Plain text, in the names of the fields and the letters of the shape key. */
  readonly formula: string;
}

type FigureList = readonly (readonly [
  id: string,
  name: string,
  value: number,
  unit: string,
  formula: string,
])[];

const asFigures = (list: FigureList): Figure[] =>
  list.map(([id, name, value, unit, formula]) => ({ id, name, value, unit, formula }));

/** Memory, capacity and load, in the order in which the calculator shows them; only what the evaluation has. */
export function figuresOf(evaluation: Evaluation): readonly Figure[] {
  return [
    ...memoryFigures(evaluation),
    ...capacityFigures(evaluation),
    ...loadFigures("roofline", evaluation.roofline),
    ...loadFigures("fitted", evaluation.fitted),
  ];
}

const gib = (value: number) => value / GIBI;

function memoryFigures({ capacity }: Evaluation): Figure[] {
  if (capacity === undefined) return [];
  const { memory } = capacity;
  return asFigures([
    ["memory.total", "Memory of one GPU", gib(memory.total), "GiB", "as a process sees it"],
    ["memory.requested", "vLLM may use", gib(memory.requested), "GiB", "ceil(total · utilisation)"],
    [
      "memory.weights",
      "Weights on one GPU",
      gib(memory.weights),
      "GiB",
      "parameters of one rank · bytes",
    ],
    [
      "memory.keptAt16Bits",
      "of them kept at 16 bits",
      gib(memory.keptAt16Bits),
      "GiB",
      "(tables + norms) · (2 − bytes) + scales",
    ],
    [
      "memory.activations",
      "Intermediate results",
      gib(memory.activations),
      "GiB",
      "T · (widest row / ranks + 2·D) · 2 + requests · V · 10",
    ],
    ["memory.other", "Outside PyTorch", gib(memory.other), "GiB", "median of public logs"],
    ["memory.cudaGraphs", "CUDA graphs", gib(memory.cudaGraphs), "GiB", "as public logs print"],
    [
      "memory.available",
      "Left for the KV cache",
      gib(memory.available),
      "GiB",
      "requested − all the above",
    ],
  ]);
}

function capacityFigures(evaluation: Evaluation): Figure[] {
  const { capacity, cacheHolds, running, waiting } = evaluation;
  if (capacity === undefined) return [];
  return asFigures([
    [
      "kv.bytesPerToken",
      "KV cache of one token on one GPU",
      capacity.bytesPerToken,
      "B",
      "layers · KV heads of a rank · 2·H · bytes",
    ],
    [
      "kv.blocks",
      "KV blocks",
      capacity.numBlocks,
      "blocks",
      "floor(floor(available / page) / layers)",
    ],
    [
      "kv.tokens",
      "GPU KV cache size",
      capacity.numTokens,
      "tokens",
      "floor(maximum concurrency · max model len)",
    ],
    [
      "kv.perRequest",
      "One request of full length",
      gib(capacity.bytesPerRequest),
      "GiB",
      "ceil(max model len / P) · block",
    ],
    [
      "kv.maxConcurrency",
      "Maximum concurrency",
      capacity.maxConcurrency,
      "x",
      "blocks / ceil(max model len / P)",
    ],
    [
      "load.cacheHolds",
      "Requests of this workload that the cache holds",
      cacheHolds,
      "requests",
      "floor(blocks / ceil((prompt + output) / P))",
    ],
    [
      "load.running",
      "Requests that run at once",
      running,
      "requests",
      "min(in flight, max num seqs, held by the cache)",
    ],
    ["load.waiting", "Requests that wait", waiting, "requests", "in flight − running"],
  ]);
}

function loadFigures(kind: string, load: LoadFigures | undefined): Figure[] {
  if (load === undefined) return [];
  const figures = asFigures([
    [`${kind}.ttft`, `TTFT (${kind})`, load.timeToFirstToken * 1000, "ms", "prefill of one prompt"],
    [
      `${kind}.tpot`,
      `TPOT (${kind})`,
      load.timePerOutputToken * 1000,
      "ms",
      "one decode step of B requests at prompt + O/2 tokens",
    ],
    [
      `${kind}.tpotUnderLoad`,
      `TPOT with prefills of others (${kind})`,
      load.timePerOutputTokenUnderLoad * 1000,
      "ms",
      "((B − 1)·prefill + (O − 1)·step) / (O − 1)",
    ],
    [
      `${kind}.decodePerUser`,
      `Pace of one request in decode alone (${kind})`,
      load.decodeTokensPerSecondPerUser,
      "tokens/s",
      "1 / TPOT",
    ],
    [
      `${kind}.perUser`,
      `Pace of one request with prefills of others (${kind})`,
      load.tokensPerSecondPerUser,
      "tokens/s",
      "O / (B·prefill + (O − 1)·step)",
    ],
    [
      `${kind}.decodeThroughput`,
      `Throughput of decode alone (${kind})`,
      load.decodeTokensPerSecond,
      "tokens/s",
      "B / TPOT",
    ],
    [
      `${kind}.throughput`,
      `Throughput with prefills (${kind})`,
      load.tokensPerSecond,
      "tokens/s",
      "B·O / (B·prefill + (O − 1)·step)",
    ],
    [
      `${kind}.perGpu`,
      `Throughput of one GPU (${kind})`,
      load.tokensPerSecondPerGpu,
      "tokens/s",
      "throughput / GPUs",
    ],
    [
      `${kind}.prefillServers`,
      `Prefill servers for one decode server (${kind})`,
      load.prefillServersPerDecodeServer,
      "servers",
      "B·prefill / (O·step)",
    ],
  ]);
  const { costPerMillionTokens } = load;
  if (costPerMillionTokens === undefined) return figures;
  return [
    ...figures,
    ...asFigures([
      [
        `${kind}.cost`,
        `Cost of a million output tokens (${kind})`,
        costPerMillionTokens,
        "in the price's currency",
        "price · GPUs / 3600 / throughput · 10⁶",
      ],
    ]),
  ];
}

/** What was asked, in names and plain numbers: an evaluation without its catalogue entries. */
function questionOf({ deployment, workload }: Evaluation) {
  const { model, gpu, numGpus, precision, link } = deployment;
  const { gpuMemoryUtilization, maxModelLen, maxNumSeqs, blockSize } = deployment;
  return {
    model: model.name,
    gpu: gpu.name,
    numGpus,
    precision,
    gpuMemoryUtilization,
    maxModelLen,
    maxNumSeqs,
    blockSize,
    ...(link === undefined ? {} : { link: link.name }),
    workload,
  };
}

function verdictOf({ verdict }: Evaluation) {
  if (verdict.fits) return verdict;
  return { ...verdict, remedies: verdict.remedies.map(({ kind, text }) => ({ kind, text })) };
}

/**
 * One JSON object; numbers in full, in the units of the rows.
 *
 * @param asked - what was asked for, where `evaluation` is of the nearest that fits instead.
 */
export function evaluationToJson(evaluation: Evaluation, asked?: Evaluation): string {
  const { caveats, deployment } = evaluation;
  const answer = {
    ...(asked && { asked: { question: questionOf(asked), verdict: verdictOf(asked) } }),
    question: questionOf(evaluation),
    verdict: verdictOf(evaluation),
    figures: figuresOf(evaluation),
    readingSpeedTokensPerSecond: readingSpeed(),
    caveats,
    command: vllmCommand(deployment),
  };
  return JSON.stringify(answer, undefined, 2);
}

const questionRow = (id: string, name: string, value: string | number, unit = "") => [
  `question.${id}`,
  name,
  String(value),
  unit,
  "",
];

/** What the figures are of, as cells of the same columns. */
function questionRows({ deployment, workload }: Evaluation): string[][] {
  const { model, gpu, numGpus, precision } = deployment;
  return [
    questionRow("model", "Model", model.name),
    questionRow("gpu", "GPU", gpu.name),
    questionRow("numGpus", "GPUs", numGpus),
    questionRow("weights", "Weights in", precision.weights),
    questionRow("kv", "KV cache in", precision.kv),
    questionRow(
      "gpuMemoryUtilization",
      "vLLM's share of the memory",
      deployment.gpuMemoryUtilization,
    ),
    questionRow("maxModelLen", "Longest request", deployment.maxModelLen, "tokens"),
    questionRow("maxNumSeqs", "Most requests that run", deployment.maxNumSeqs, "requests"),
    questionRow("concurrency", "Requests at once", workload.concurrency, "requests"),
    questionRow("promptTokens", "Prompt of each", workload.promptTokens, "tokens"),
    questionRow("outputTokens", "Output of each", workload.outputTokens, "tokens"),
  ];
}

/**
 * RFC 4180, with a header: id, name, value, unit, formula. First the question, then the figures.
 *
 * @param asked - what was asked for, where `evaluation` is of the nearest that fits instead.
 */
export function evaluationToCsv(evaluation: Evaluation, asked?: Evaluation): string {
  const rows = [
    ...(asked ? [["asked", "Asked for", sayRefusal(asked), "", ""]] : []),
    ...questionRows(evaluation),
    ...figuresOf(evaluation).map(({ id, name, value, unit, formula }) => [
      id,
      name,
      String(value),
      unit,
      formula,
    ]),
  ].map((cells) => cells.map(csvCell).join(","));
  return `${["id,name,value,unit,formula", ...rows].join("\r\n")}\r\n`;
}

/** A cell that a spreadsheet would take for a formula begins with an apostrophe. */
function csvCell(text: string): string {
  const isNumber = text !== "" && Number.isFinite(Number(text));
  const safe = !isNumber && /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const DIGITS = 4;

/** What was asked for and does not fit. */
function sayRefusal({ verdict, deployment }: Evaluation): string {
  const { gpu, numGpus, precision } = deployment;
  const reason = verdict.fits ? "" : ` ${verdict.reason}`;
  return `Asked for weights in ${precision.weights} on ${numGpus} × ${gpu.name}, which does not fit.${reason} From here on the figures are of what would.`;
}

/**
 * A heading, the verdict, a table and the command.
 *
 * @param asked - what was asked for, where `evaluation` is of the nearest that fits instead.
 */
export function evaluationToMarkdown(evaluation: Evaluation, asked?: Evaluation): string {
  const { verdict, deployment, workload, caveats } = evaluation;
  const { model, gpu, numGpus } = deployment;
  const answer = verdict.fits
    ? ["It fits."]
    : [`It does not fit: ${verdict.reason}`, ...verdict.remedies.map(({ text }) => `- ${text}`)];
  const rows = figuresOf(evaluation).map(
    ({ name, value, unit, formula }) =>
      `| ${[name, short(value), unit, formula].map(markdownCell).join(" | ")} |`,
  );
  return [
    `## ${markdownCell(model.name)} on ${numGpus} × ${markdownCell(gpu.name)}`,
    ...(asked ? [markdownCell(sayRefusal(asked))] : []),
    `Weights in ${deployment.precision.weights}, KV cache in ${deployment.precision.kv}. Requests at once: ${workload.concurrency}. Tokens of each: ${workload.promptTokens} in, ${workload.outputTokens} out.`,
    answer.join("\n"),
    ["| figure | value | unit | formula |", "| --- | --- | --- | --- |", ...rows].join("\n"),
    ...caveats,
    ["```sh", vllmCommand(deployment), "```"].join("\n"),
    "",
  ].join("\n\n");
}

/** Whole numbers in full, others to four digits. */
function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(DIGITS)));
}

function markdownCell(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|")
    .replaceAll(/[\r\n]+/g, " ");
}
