// Values about models on several GPUs: how many, what each holds and reads, and what their messages take.
import type { GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { countParameters } from "../../core/catalog/models/model-shape.ts";
import type { ModelEntry } from "../../core/catalog/models/models.ts";
import { matrixParametersPerLayer } from "../../core/cost/decode-step.ts";
import { weightBytesPerStep } from "../../core/cost/decode.ts";
import { kvBytesPerToken, kvBytesPerTokenOfRank } from "../../core/cost/kv-cache.ts";
import type { NumberFormat } from "../../core/cost/precision.ts";
import { allReduceTime, bytesOverLink, type Link } from "../../core/parallel/all-reduce.ts";
import { findLink } from "../../core/parallel/links.ts";
import {
  describeSmallTimes,
  findMeasured,
  findSmallTimes,
  type MeasuredTime,
} from "../../core/parallel/measured.ts";
import { ranksNeeded } from "../../core/parallel/ranks.ts";
import { bytes, TERA, type Bytes, type Seconds } from "../../core/units/units.ts";
import {
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNumber,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import { formatSheetBandwidth } from "./hierarchy.ts";
import {
  countInput,
  gpuSource,
  modelSource,
  type OpenedValue,
  type ValueArguments,
  type ValueDefinition,
  type ValueInput,
} from "./value.ts";

const FORMATS: ReadonlyMap<number, NumberFormat> = new Map([
  [2, "bf16"],
  [1, "fp8"],
  [0.5, "int4"],
]);

function memoryInput(gpu: GpuEntry): ValueInput {
  return { symbol: "M", meaning: `memory of an ${gpu.name}`, value: formatBytes(gpu.memory) };
}

function weightsInput(weights: number, element: number): ValueInput {
  return {
    symbol: "W",
    meaning: `weights at ${element} bytes each`,
    value: formatBytes(weights, 4),
  };
}

export const gpusNeeded: ValueDefinition = (args) => {
  const model = args.model();
  const gpu = args.gpu();
  const element = args.number("bytes");
  const rule = args.text("rule");
  const format = FORMATS.get(element);
  if (format === undefined) throw new Error('needs bytes="2", bytes="1" or bytes="0.5"');
  const weights = countParameters(model.shape) * element;
  const budget = { gpuMemoryUtilization: 1 };
  const { byMemory, ranks } = ranksNeeded(model.shape, gpu, { weights: format }, budget);
  const share = formatNumber(weights / gpu.memory, 4);
  const shared = {
    inputs: [weightsInput(weights, element), memoryInput(gpu)],
    sources: [modelSource(model), gpuSource(gpu)],
  };
  if (rule === "capacity" && byMemory !== undefined) {
    return {
      ...shared,
      text: formatCount(byMemory),
      title: `GPUs whose memory holds the weights of ${model.name}`,
      formula: String.raw`\left\lceil W / M \right\rceil`,
      substitution: `${formatBytes(weights, 4)} / ${formatBytes(gpu.memory)} = ${share}, rounded up to ${byMemory}`,
      note: "Weights only, no room for a cache; a GB is 10⁹ bytes.",
    };
  }
  if (rule === "powers" && ranks !== undefined) {
    return {
      ...shared,
      text: formatCount(ranks),
      title: `GPUs that share ${model.name} out evenly`,
      formula: String.raw`\min\{\,2^i : W / 2^i \le M\,\}`,
      substitution: `${formatBytes(weights, 4)} / ${ranks} = ${formatBytes(weights / ranks)} on each`,
      note: "Powers of two divide the heads and the widths of the model.",
    };
  }
  throw new Error('needs rule="capacity" or rule="powers", and a model that fits');
};

interface Left {
  readonly model: ModelEntry;
  readonly gpu: GpuEntry;
  readonly left: number;
  readonly inputs: readonly ValueInput[];
  readonly sum: string;
}

function readLeft(args: ValueArguments): Left {
  const model = args.model();
  const gpu = args.gpu();
  const element = args.number("bytes");
  const gpus = args.number("gpus");
  const share = args.number("share", 1);
  const weights = countParameters(model.shape) * element;
  const left = gpus * gpu.memory * share - weights;
  if (!(left > 0)) throw new Error("asks for memory that the weights have taken");
  return {
    model,
    gpu,
    left,
    inputs: [
      countInput("n", "GPUs", gpus),
      memoryInput(gpu),
      { symbol: "u", meaning: "share of it in use", value: String(share) },
      weightsInput(weights, element),
    ],
    sum: `${gpus} · ${formatBytes(gpu.memory)} · ${share} − ${formatBytes(weights, 4)}`,
  };
}

export const memoryLeft: ValueDefinition = (args) => {
  const { model, gpu, left, inputs, sum } = readLeft(args);
  return {
    text: formatBytes(left),
    title: `Memory beside the weights of ${model.name}`,
    formula: String.raw`n \cdot M \cdot u - W`,
    inputs,
    substitution: `${sum} = ${formatBytes(left)}`,
    sources: [modelSource(model), gpuSource(gpu)],
  };
};

export const tokensThatFit: ValueDefinition = (args) => {
  const { model, gpu, left, inputs, sum } = readLeft(args);
  const perToken = kvBytesPerToken(model.shape, args.number("kv"));
  const tokens = Math.floor(left / perToken);
  return {
    text: formatCount(Number(tokens.toPrecision(3))),
    title: `Tokens of cache beside the weights of ${model.name}`,
    formula: String.raw`\left\lfloor \frac{n \cdot M \cdot u - W}{k} \right\rfloor`,
    inputs: [
      ...inputs,
      { symbol: "k", meaning: "cache of one token", value: `${formatCount(perToken)} B` },
    ],
    substitution: `(${sum}) / ${formatCount(perToken)} B = ${formatCount(tokens)}`,
    note: "Of all sequences together, if the rest of the memory were nothing but cache.",
    sources: [modelSource(model), gpuSource(gpu)],
  };
};

export const kvBytesPerRank: ValueDefinition = (args) => {
  const model = args.model();
  const element = args.number("bytes");
  const ranks = args.number("ranks");
  const { numLayers, numKvHeads, headWidth } = model.shape;
  const result = kvBytesPerTokenOfRank(model.shape, element, ranks);
  return {
    text: formatBytes(result),
    title: `KV cache of one token on one of ${ranks} GPUs, ${model.name}`,
    formula: String.raw`2 \cdot L \cdot \max(1, K/n) \cdot H \cdot b`,
    inputs: rankInputs(model, element, ranks),
    substitution: `2 · ${numLayers} · ${Math.max(1, numKvHeads / ranks)} · ${headWidth} · ${element} B = ${formatCount(result)} B`,
    note: "A head is not cut: a rank keeps at least one.",
    sources: [modelSource(model)],
  };
};

export const kvBytesAllRanks: ValueDefinition = (args) => {
  const model = args.model();
  const element = args.number("bytes");
  const ranks = args.number("ranks");
  const perRank = kvBytesPerTokenOfRank(model.shape, element, ranks);
  return {
    text: formatBytes(ranks * perRank),
    title: `KV cache of one token on all of ${ranks} GPUs, ${model.name}`,
    formula: String.raw`n \cdot 2 \cdot L \cdot \max(1, K/n) \cdot H \cdot b`,
    inputs: rankInputs(model, element, ranks),
    substitution: `${ranks} · ${formatCount(perRank)} B = ${formatCount(ranks * perRank)} B`,
    sources: [modelSource(model)],
  };
};

function rankInputs({ shape }: ModelEntry, element: number, ranks: number): ValueInput[] {
  return [
    countInput("n", "ranks", ranks),
    countInput("L", "layers", shape.numLayers),
    countInput("K", "KV heads", shape.numKvHeads),
    countInput("H", "width of a head", shape.headWidth),
    { symbol: "b", meaning: "bytes of a number", value: `${element} B` },
  ];
}

/** Time in which one rank reads its share of the weights that a step needs. */
export const rankReadTime: ValueDefinition = (args) => {
  const model = args.model();
  const gpu = args.gpu();
  const element = args.number("bytes");
  const ranks = args.number("ranks");
  const weights = weightBytesPerStep(model.shape, element);
  const text = formatSeconds(weights / ranks / gpu.bandwidth);
  const rate = formatBandwidth(gpu.bandwidth, 4);
  return {
    text,
    title: `Reading one of ${ranks} shares of ${model.name}, ${gpu.name}`,
    formula: String.raw`\frac{W}{n \cdot \text{bandwidth}}`,
    inputs: [
      { symbol: "W", meaning: "weights that a step reads", value: formatBytes(weights, 4) },
      countInput("n", "ranks", ranks),
      { symbol: String.raw`\text{bandwidth}`, meaning: "of one GPU’s memory", value: rate },
    ],
    substitution: `${formatBytes(weights, 4)} / (${ranks} · ${rate}) = ${text}`,
    note: "All weights but the embedding table, of which a step reads a row for each sequence.",
    sources: [modelSource(model), gpuSource(gpu)],
  };
};

/** Time of one rank's share of the arithmetic in the layers' matrices. */
export const rankComputeTime: ValueDefinition = (args) => {
  const model = args.model();
  const gpu = args.gpu();
  const tokens = args.number("tokens");
  const ranks = args.number("ranks");
  const weights = model.shape.numLayers * matrixParametersPerLayer(model.shape);
  const text = formatSeconds((2 * weights * tokens) / ranks / gpu.peakFlops);
  const peak = formatSi(gpu.peakFlops, "FLOP/s");
  return {
    text,
    title: `One of ${ranks} shares of the arithmetic of ${formatCount(tokens)} tokens, ${model.name}`,
    formula: String.raw`\frac{2 \cdot P \cdot T}{n \cdot \text{peak}}`,
    inputs: [
      countInput("P", "weights in the matrices of all layers", weights),
      countInput("T", "tokens", tokens),
      countInput("n", "ranks", ranks),
      { symbol: String.raw`\text{peak}`, meaning: "of one GPU, 16-bit, dense", value: peak },
    ],
    substitution: `2 · ${formatCount(weights)} · ${formatCount(tokens)} / (${ranks} · ${peak}) = ${text}`,
    note: "Attention scores and the output head are left out.",
    sources: [modelSource(model), gpuSource(gpu)],
  };
};

const ALL_REDUCES_PER_LAYER = 2;

export const allReduceCount: ValueDefinition = (args) => {
  const model = args.model();
  const count = ALL_REDUCES_PER_LAYER * model.shape.numLayers;
  return {
    text: formatCount(count),
    title: `All-reduces of a step, ${model.name}`,
    formula: String.raw`2 \cdot L`,
    inputs: [countInput("L", "layers", model.shape.numLayers)],
    substitution: `2 · ${model.shape.numLayers} = ${formatCount(count)}`,
    note: "One after attention and one after the feed-forward network.",
    sources: [modelSource(model)],
  };
};

interface Message {
  readonly model: ModelEntry;
  readonly size: Bytes;
  readonly inputs: readonly ValueInput[];
}

/** A row of the model's width for each token. */
function readMessage(args: ValueArguments): Message {
  const model = args.model();
  const tokens = args.number("tokens");
  const element = args.number("bytes");
  return {
    model,
    size: bytes(tokens * model.shape.width * element),
    inputs: [
      countInput("T", "tokens", tokens),
      countInput("D", "width", model.shape.width),
      { symbol: "b", meaning: "bytes of a number", value: `${element} B` },
    ],
  };
}

export const allReduceBytes: ValueDefinition = (args) => {
  const { model, size, inputs } = readMessage(args);
  return {
    text: formatBytes(size),
    title: `Size of an all-reduce, ${model.name}`,
    formula: String.raw`T \cdot D \cdot b`,
    inputs,
    substitution: `${formatCount(size)} B`,
    sources: [modelSource(model)],
  };
};

export const allReduceWireTime: ValueDefinition = (args) => {
  const { model, size, inputs } = readMessage(args);
  const ranks = args.number("ranks");
  const rate = args.number("rate") * TERA;
  const text = formatSeconds(bytesOverLink(size, ranks) / rate);
  return {
    text,
    title: `What the bandwidth alone asks of an all-reduce, ${model.name}`,
    formula: String.raw`\frac{2(n-1)}{n} \cdot \frac{T \cdot D \cdot b}{\text{bandwidth}}`,
    inputs: [
      countInput("n", "ranks", ranks),
      ...inputs,
      {
        symbol: String.raw`\text{bandwidth}`,
        meaning: "of the link, one direction",
        value: formatSheetBandwidth(rate),
      },
    ],
    substitution: `2 · ${ranks - 1}/${ranks} · ${formatCount(size)} B / ${formatSheetBandwidth(rate)} = ${text}`,
    sources: [modelSource(model)],
  };
};

function readLink(args: ValueArguments): Link {
  const id = args.text("link") ?? "";
  const link = findLink(id);
  if (link === undefined) throw new Error(`knows no link "${id}"`);
  return link;
}

const FITTED = String.raw`\ell + \frac{2(n-1)}{n} \cdot \frac{\text{size}}{\text{bandwidth}}`;

function linkInputs(link: Link, ranks: number, size: Bytes): ValueInput[] {
  return [
    countInput("n", "ranks", ranks),
    { symbol: String.raw`\text{size}`, meaning: "of the array", value: `${formatCount(size)} B` },
    { symbol: String.raw`\ell`, meaning: "latency, fitted", value: formatSeconds(link.latency) },
    {
      symbol: String.raw`\text{bandwidth}`,
      meaning: `fitted, one direction, ${link.name}`,
      value: formatBandwidth(link.busBandwidthPerDirection, 4),
    },
  ];
}

/** What was fitted, and the scatter of small messages among so many GPUs. */
function linkNote({ id, note }: Link, ranks: number): string {
  return [note, describeSmallTimes(ranks, id)].filter((text) => text !== undefined).join(" ");
}

function linkSources({ source }: Link): OpenedValue["sources"] {
  return [{ label: "Vidur, profiling data", url: source.url }];
}

export const allReduceTimeValue: ValueDefinition = (args) => {
  const size = bytes(args.number("size"));
  const ranks = args.number("ranks");
  const link = readLink(args);
  const text = formatSeconds(allReduceTime(size, ranks, link));
  return {
    text,
    title: `All-reduce of ${formatBytes(size)} among ${ranks} GPUs, ${link.name}`,
    formula: FITTED,
    inputs: linkInputs(link, ranks, size),
    substitution: `${formatSeconds(link.latency)} + ${formatBytes(bytesOverLink(size, ranks))} / ${formatBandwidth(link.busBandwidthPerDirection, 4)} = ${text}`,
    note: linkNote(link, ranks),
    sources: linkSources(link),
  };
};

export const allReduceTotal: ValueDefinition = (args) => {
  const { model, size } = readMessage(args);
  const ranks = args.number("ranks");
  const link = readLink(args);
  const count = ALL_REDUCES_PER_LAYER * model.shape.numLayers;
  const each = allReduceTime(size, ranks, link);
  const text = formatSeconds(count * each);
  return {
    text,
    title: `All-reduces of a step, ${model.name}, ${link.name}`,
    formula: String.raw`2L \left( ${FITTED} \right)`,
    inputs: [countInput("L", "layers", model.shape.numLayers), ...linkInputs(link, ranks, size)],
    substitution: `${count} · ${formatSeconds(each)} = ${text}`,
    note: linkNote(link, ranks),
    sources: linkSources(link),
  };
};

/** Medians were recorded in whole or half microseconds. */
function formatMeasured(time: Seconds): string {
  return formatSeconds(time, time < 1e-4 ? 2 : 3);
}

function getMeasured(size: Bytes, ranks: number, { id, name }: Link): MeasuredTime {
  const measured = findMeasured(size, ranks, id);
  if (measured === undefined) throw new Error(`knows no times of ${ranks} GPUs over ${name}`);
  return measured;
}

/** The measured median at the size nearest to the one asked for. */
export const allReduceMeasured: ValueDefinition = (args) => {
  const ranks = args.number("ranks");
  const link = readLink(args);
  const { size, seconds } = getMeasured(bytes(args.number("size")), ranks, link);
  const text = formatMeasured(seconds);
  return {
    text,
    title: `All-reduce of ${formatCount(size)} B among ${ranks} GPUs, as measured`,
    formula: String.raw`\text{median of the runs}`,
    inputs: [
      countInput("n", "ranks", ranks),
      { symbol: String.raw`\text{size}`, meaning: "of the array", value: `${formatCount(size)} B` },
    ],
    substitution: text,
    sources: linkSources(link),
  };
};

/** All messages of a step at the measured median of the nearest size. */
export const allReduceMeasuredTotal: ValueDefinition = (args) => {
  const { model, size } = readMessage(args);
  const ranks = args.number("ranks");
  const link = readLink(args);
  const measured = getMeasured(size, ranks, link);
  const count = ALL_REDUCES_PER_LAYER * model.shape.numLayers;
  const text = formatSeconds(count * measured.seconds);
  return {
    text,
    title: `All-reduces of a step, ${model.name}, at the measured time`,
    formula: String.raw`2L \cdot t`,
    inputs: [
      countInput("L", "layers", model.shape.numLayers),
      {
        symbol: "t",
        meaning: `measured for ${formatCount(measured.size)} B, the size nearest to ${formatCount(size)} B`,
        value: formatMeasured(measured.seconds),
      },
    ],
    substitution: `${count} · ${formatMeasured(measured.seconds)} = ${text}`,
    sources: linkSources(link),
  };
};

/** The shortest, the middle or the longest of the measured times below 1 MiB. */
export const allReduceSmall: ValueDefinition = (args) => {
  const ranks = args.number("ranks");
  const link = readLink(args);
  const stat = args.text("stat");
  if (stat !== "least" && stat !== "median" && stat !== "most") {
    throw new Error('needs stat="least", "median" or "most"');
  }
  const times = findSmallTimes(ranks, link.id);
  if (times === undefined) throw new Error(`knows no times of ${ranks} GPUs over ${link.name}`);
  const text = formatMeasured(times[stat]);
  return {
    text,
    title: `Small all-reduces among ${ranks} GPUs, as measured`,
    formula: String.raw`\text{of the sizes below 1 MiB}`,
    inputs: [
      { symbol: "least", meaning: "the shortest", value: formatMeasured(times.least) },
      { symbol: "median", meaning: "the middle one", value: formatMeasured(times.median) },
      { symbol: "most", meaning: "the longest", value: formatMeasured(times.most) },
    ],
    substitution: `${stat}: ${text}`,
    sources: linkSources(link),
  };
};

/** A number of messages of a measured time each, in milliseconds. */
export const messageTotal: ValueDefinition = (args) => {
  const count = args.number("count");
  const each = args.number("each");
  const text = formatSeconds((count * each) / 1000);
  return {
    text,
    title: "Messages of a step, at the measured time",
    formula: String.raw`c \cdot t`,
    inputs: [
      countInput("c", "messages", count),
      { symbol: "t", meaning: "measured, as given in the text", value: `${each} ms` },
    ],
    substitution: `${count} · ${each} ms = ${text}`,
  };
};
