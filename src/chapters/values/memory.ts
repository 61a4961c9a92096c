// Values about what a model and its cache weigh.
import { countParameters, type ModelShape } from "../../core/catalog/models/model-shape.ts";
import { decodeFloor, kvCrossover, weightBytesPerStep } from "../../core/cost/decode.ts";
import { kvBytesPerToken } from "../../core/cost/kv-cache.ts";
import {
  formatBandwidth,
  formatBinaryBytes,
  formatBytes,
  formatCount,
  formatNumber,
  formatSeconds,
} from "../../ui/format.ts";
import {
  countInput,
  gpuSource,
  modelSource,
  type ValueDefinition,
  type ValueInput,
} from "./value.ts";

function kvInputs({ numLayers, numKvHeads, headWidth }: ModelShape, element: number): ValueInput[] {
  return [
    countInput("L", "layers", numLayers),
    countInput("K", "KV heads", numKvHeads),
    countInput("H", "width of a head", headWidth),
    { symbol: "b", meaning: "bytes of an element", value: `${element} B` },
  ];
}

export const kvBytesOfToken: ValueDefinition = (args) => {
  const model = args.model();
  const element = args.number("bytes");
  const { numLayers, numKvHeads, headWidth } = model.shape;
  const result = kvBytesPerToken(model.shape, element);
  return {
    text: formatBytes(result),
    title: `KV cache of one token, ${model.name}`,
    formula: String.raw`2 \cdot L \cdot K \cdot H \cdot b`,
    inputs: kvInputs(model.shape, element),
    substitution: `2 · ${numLayers} · ${numKvHeads} · ${headWidth} · ${element} B = ${formatCount(result)} B`,
    note: "One key and one value vector for each KV head of each layer.",
    sources: [modelSource(model)],
  };
};

export const kvBytes: ValueDefinition = (args) => {
  const model = args.model();
  const element = args.number("bytes");
  const context = args.number("context");
  const batch = args.number("batch", 1);
  const perToken = kvBytesPerToken(model.shape, element);
  const result = batch * context * perToken;
  const unit = args.text("unit") ?? "decimal";
  if (unit !== "decimal" && unit !== "binary") {
    throw new Error('needs unit="decimal" or unit="binary"');
  }
  return {
    text: unit === "binary" ? formatBinaryBytes(result) : formatBytes(result),
    title: `KV cache of ${formatCount(context)} tokens, ${model.name}`,
    formula: String.raw`B \cdot S \cdot 2 \cdot L \cdot K \cdot H \cdot b`,
    inputs: [
      countInput("B", "sequences", batch),
      countInput("S", "tokens of context", context),
      ...kvInputs(model.shape, element),
    ],
    substitution: `${formatCount(batch)} · ${formatCount(context)} · ${formatCount(perToken)} B = ${formatBytes(result)} = ${formatBinaryBytes(result)}`,
    sources: [modelSource(model)],
  };
};

export const parameters: ValueDefinition = (args) => {
  const model = args.model();
  const { numLayers, width, hiddenWidth, numHeads, numKvHeads, headWidth, vocabulary, isTied } =
    model.shape;
  const count = countParameters(model.shape);
  const perLayer = (count - vocabulary * width * (isTied ? 1 : 2) - width) / numLayers;
  return {
    text: formatCount(count),
    title: `Parameters of ${model.name}`,
    formula: String.raw`L\,(2DH(N + K) + 3DF + 2D) + ${isTied ? "" : "2"}VD + D`,
    inputs: [
      countInput("L", "layers", numLayers),
      countInput("D", "width", width),
      countInput("F", "feed-forward width", hiddenWidth),
      countInput("N", "query heads", numHeads),
      countInput("K", "KV heads", numKvHeads),
      countInput("H", "width of a head", headWidth),
      countInput("V", "vocabulary", vocabulary),
    ],
    substitution: `${numLayers} · ${formatCount(perLayer)} + ${formatCount(count - numLayers * perLayer)} = ${formatCount(count)}`,
    note: isTied ? "The output head is the embedding table, counted once." : undefined,
    sources: [modelSource(model)],
  };
};

export const weightBytes: ValueDefinition = (args) => {
  const model = args.model();
  const element = args.number("bytes");
  const digits = args.number("digits", 3);
  const count = countParameters(model.shape);
  return {
    text: formatBytes(count * element, digits),
    title: `Weights of ${model.name}`,
    formula: String.raw`\text{parameters} \cdot b`,
    inputs: [
      countInput(String.raw`\text{parameters}`, "numbers in all matrices", count),
      { symbol: "b", meaning: "bytes of an element", value: `${element} B` },
    ],
    substitution: `${formatCount(count)} · ${element} B = ${formatBytes(count * element, digits)}`,
    sources: [modelSource(model)],
  };
};

const STEP_WEIGHTS_NOTE =
  "The weights that a step reads are all but the embedding table, of which it reads one row for each sequence.";

export const decodeFloorValue: ValueDefinition = (args) => {
  const model = args.model();
  const gpu = args.gpu();
  const bytesPerElement = args.number("bytes");
  const context = args.number("context");
  const batch = args.number("batch", 1);
  const weights = weightBytesPerStep(model.shape, bytesPerElement);
  const cache = batch * context * kvBytesPerToken(model.shape, bytesPerElement);
  const floor = decodeFloor({ shape: model.shape, bytesPerElement, context, batch }, gpu.bandwidth);
  return {
    text: formatSeconds(floor),
    title: `Shortest possible decode step, ${model.name} on an ${gpu.name}`,
    formula: String.raw`\frac{\text{weights} + \text{cache}}{\text{bandwidth}}`,
    inputs: [
      { symbol: String.raw`\text{weights}`, meaning: "read once", value: formatBytes(weights) },
      {
        symbol: String.raw`\text{cache}`,
        meaning: `${formatCount(batch)} × ${formatCount(context)} tokens`,
        value: formatBytes(cache),
      },
      {
        symbol: String.raw`\text{bandwidth}`,
        meaning: "of the GPU's memory",
        value: formatBandwidth(gpu.bandwidth, 4),
      },
    ],
    substitution: `(${formatBytes(weights)} + ${formatBytes(cache)}) / ${formatBandwidth(gpu.bandwidth, 4)} = ${formatSeconds(floor)}`,
    note: model.shape.isTied ? undefined : STEP_WEIGHTS_NOTE,
    sources: [modelSource(model), gpuSource(gpu)],
  };
};

export const kvCrossoverValue: ValueDefinition = (args) => {
  const model = args.model();
  const element = args.number("bytes");
  const batch = args.number("batch", 1);
  const weights = weightBytesPerStep(model.shape, element);
  const perToken = kvBytesPerToken(model.shape, element);
  const context = kvCrossover(model.shape, element, batch);
  return {
    text: `${formatCount(Number(context.toPrecision(3)))} tokens`,
    title: `Context at which the cache weighs as much as the weights, ${model.name}`,
    formula: String.raw`\frac{\text{weights}}{B \cdot 2 \cdot L \cdot K \cdot H \cdot b}`,
    inputs: [
      {
        symbol: String.raw`\text{weights}`,
        meaning: "read by a step",
        value: formatBytes(weights),
      },
      countInput("B", "sequences", batch),
      ...kvInputs(model.shape, element),
    ],
    substitution: `${formatBytes(weights)} / (${formatCount(batch)} · ${formatBytes(perToken)}) = ${formatNumber(context)}`,
    note: model.shape.isTied ? undefined : STEP_WEIGHTS_NOTE,
    sources: [modelSource(model)],
  };
};
