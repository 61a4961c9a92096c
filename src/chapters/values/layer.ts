// Values about matrix products, linear layers and elementwise operations: intensity, bytes and time.
import type { GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { ridgePoint } from "../../core/catalog/gpus/gpus.ts";
import { arithmeticIntensity, bytesMoved } from "../../core/cost/cost.ts";
import {
  crossoverBatch,
  linearLayerCost,
  squareMatmulCrossover,
  squareMatmulIntensity,
  timeOfCost,
} from "../../core/roofline/roofline.ts";
import {
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNumber,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import {
  countInput,
  gpuSource,
  type ValueArguments,
  type ValueDefinition,
  type ValueInput,
} from "./value.ts";

export interface LayerSizes {
  readonly inputs: number;
  readonly outputs: number;
  readonly bytesPerElement: number;
}

function readSizes(args: ValueArguments): LayerSizes {
  return {
    inputs: args.number("inputs"),
    outputs: args.number("outputs"),
    bytesPerElement: args.number("bytes"),
  };
}

/** A linear layer and its rows, from `inputs`, `outputs`, `batch` and `bytes`. */
export function readLayer(args: ValueArguments): LayerSizes & { readonly batch: number } {
  return { ...readSizes(args), batch: args.number("batch") };
}

function elementInput(bytesPerElement: number): ValueInput {
  return { symbol: "b", meaning: "bytes of a number", value: `${bytesPerElement} B` };
}

function sizeInputs({ inputs, outputs, bytesPerElement }: LayerSizes): ValueInput[] {
  return [
    countInput("K", "inputs", inputs),
    countInput("N", "outputs", outputs),
    elementInput(bytesPerElement),
  ];
}

export function layerInputs(layer: LayerSizes & { readonly batch: number }): ValueInput[] {
  return [countInput("B", "rows", layer.batch), ...sizeInputs(layer)];
}

function ridgeInput(gpu: GpuEntry): ValueInput {
  return {
    symbol: String.raw`I_{\text{ridge}}`,
    meaning: `ridge point of the ${gpu.name}`,
    value: `${formatNumber(ridgePoint(gpu), 5)} FLOP/B`,
  };
}

export const squareIntensity: ValueDefinition = (args) => {
  const size = args.number("n");
  const element = args.number("bytes");
  const text = `${formatNumber(squareMatmulIntensity(size, element))} FLOP/B`;
  return {
    text,
    title: `Intensity of a product of two ${formatCount(size)} × ${formatCount(size)} matrices`,
    formula: String.raw`\frac{2N^3}{3N^2\,b} = \frac{2N}{3b}`,
    inputs: [countInput("N", "rows and columns", size), elementInput(element)],
    substitution: `2 · ${formatCount(size)} / (3 · ${element} B) = ${text}`,
    note: "Two matrices read and one written, each once.",
  };
};

export const squareCrossover: ValueDefinition = (args) => {
  const gpu = args.gpu();
  const element = args.number("bytes");
  const size = squareMatmulCrossover(element, gpu);
  return {
    text: formatCount(size),
    title: `Square matrices at the ridge of the ${gpu.name}`,
    formula: String.raw`N = \left\lceil \frac{3\,b\,I_{\text{ridge}}}{2} \right\rceil`,
    inputs: [elementInput(element), ridgeInput(gpu)],
    substitution: `3 · ${element} · ${formatNumber(ridgePoint(gpu), 5)} / 2 = ${formatNumber((3 * element * ridgePoint(gpu)) / 2, 4)}, rounded up to ${formatCount(size)}`,
    sources: [gpuSource(gpu)],
  };
};

export const linearIntensity: ValueDefinition = (args) => {
  const layer = readLayer(args);
  const cost = linearLayerCost(layer);
  const intensity = arithmeticIntensity(cost);
  const text = `${formatNumber(intensity)} FLOP/B`;
  return {
    text,
    title: `Intensity of a linear layer with ${formatCount(layer.batch)} rows`,
    formula: String.raw`\frac{2BKN}{b\,(BK + KN + BN)}`,
    inputs: layerInputs(layer),
    substitution: `${formatCount(cost.flops)} FLOP / ${formatCount(bytesMoved(cost))} B = ${text}`,
    note: "Rows and weights read once, results written once.",
  };
};

export const linearLimit: ValueDefinition = (args) => {
  const sizes = readSizes(args);
  const { inputs, outputs, bytesPerElement } = sizes;
  const limit = (2 * inputs * outputs) / (bytesPerElement * (inputs + outputs));
  const text = `${formatNumber(limit)} FLOP/B`;
  return {
    text,
    title: "Intensity of a linear layer with endless rows",
    formula: String.raw`\lim_{B \to \infty} \frac{2BKN}{b\,(BK + KN + BN)} = \frac{2KN}{b\,(K + N)}`,
    inputs: sizeInputs(sizes),
    substitution: `2 · ${formatCount(inputs)} · ${formatCount(outputs)} / (${bytesPerElement} B · ${formatCount(inputs + outputs)}) = ${text}`,
  };
};

export const linearWeightBytes: ValueDefinition = (args) => {
  const sizes = readSizes(args);
  const { inputs, outputs, bytesPerElement } = sizes;
  const text = formatBytes(inputs * outputs * bytesPerElement);
  return {
    text,
    title: "Weights of a linear layer",
    formula: String.raw`K \cdot N \cdot b`,
    inputs: sizeInputs(sizes),
    substitution: `${formatCount(inputs)} · ${formatCount(outputs)} · ${bytesPerElement} B = ${text}`,
  };
};

/** Digits that keep the steps of a table apart. */
const TIME_DIGITS = 3;

export const linearTime: ValueDefinition = (args) => {
  const part = args.text("part") ?? "";
  const layer = readLayer(args);
  const gpu = args.gpu();
  const cost = linearLayerCost(layer);
  const time = timeOfCost(cost, gpu);
  const moved = `${formatCount(bytesMoved(cost))} B / ${formatBandwidth(gpu.bandwidth, 4)} = ${formatSeconds(time.memory, TIME_DIGITS)}`;
  const computed = `${formatCount(cost.flops)} FLOP / ${formatSi(gpu.peakFlops, "FLOP/s")} = ${formatSeconds(time.compute, TIME_DIGITS)}`;
  const shared = { inputs: layerInputs(layer), sources: [gpuSource(gpu)] };
  switch (part) {
    case "memory":
      return {
        ...shared,
        text: formatSeconds(time.memory, TIME_DIGITS),
        title: `Moving the bytes of a linear layer, ${gpu.name}`,
        formula: String.raw`\frac{b\,(BK + KN + BN)}{\text{bandwidth}}`,
        substitution: moved,
      };
    case "compute":
      return {
        ...shared,
        text: formatSeconds(time.compute, TIME_DIGITS),
        title: `Arithmetic of a linear layer, ${gpu.name}`,
        formula: String.raw`\frac{2BKN}{\text{peak}}`,
        substitution: computed,
      };
    case "both":
      return {
        ...shared,
        text: formatSeconds(time.seconds, TIME_DIGITS),
        title: `Least time of a linear layer, ${gpu.name}`,
        formula: String.raw`\max\!\left(\frac{b\,(BK + KN + BN)}{\text{bandwidth}},\ \frac{2BKN}{\text{peak}}\right)`,
        substitution: `The larger of ${moved} and ${computed}`,
        note: "A lower bound: no kernel can be faster at these peaks.",
      };
    default:
      throw new Error('needs part="memory", part="compute" or part="both"');
  }
};

export const linearCrossover: ValueDefinition = (args) => {
  const sizes = readSizes(args);
  const gpu = args.gpu();
  const batch = crossoverBatch(sizes, gpu);
  if (batch === undefined) throw new Error("asks for a layer that no batch makes compute bound");
  const { inputs, outputs, bytesPerElement: element } = sizes;
  const ridge = formatNumber(ridgePoint(gpu), 5);
  return {
    text: formatCount(batch),
    title: `Rows at which a linear layer is compute bound, ${gpu.name}`,
    formula: String.raw`\left\lceil \frac{I_{\text{ridge}}\,b\,K N}{2KN - I_{\text{ridge}}\,b\,(K + N)} \right\rceil`,
    inputs: [...sizeInputs(sizes), ridgeInput(gpu)],
    substitution: `${ridge} · ${element} · ${formatCount(inputs * outputs)} / (2 · ${formatCount(inputs * outputs)} − ${ridge} · ${element} · ${formatCount(inputs + outputs)}), rounded up to ${formatCount(batch)}`,
    note: "Solves “intensity equals ridge point” for the rows. Their own bytes are what moves it past the ridge.",
    sources: [gpuSource(gpu)],
  };
};

export const elementwiseIntensity: ValueDefinition = (args) => {
  const work = args.number("flops");
  const reads = args.number("reads");
  const writes = args.number("writes");
  const element = args.number("bytes");
  const intensity = work / ((reads + writes) * element);
  const text = `${String(Number(intensity.toPrecision(3)))} FLOP/B`;
  return {
    text,
    title: "Intensity of an elementwise operation",
    formula: String.raw`\frac{f}{(r + w)\,b}`,
    inputs: [
      countInput("f", "FLOPs for each result", work),
      countInput("r", "numbers read for it", reads),
      countInput("w", "numbers written", writes),
      elementInput(element),
    ],
    substitution: `${work} / ((${reads} + ${writes}) · ${element} B) = ${text}`,
    note: "The count of numbers cancels, so no size changes it.",
  };
};

export const elementwiseTime: ValueDefinition = (args) => {
  const numbers = args.number("numbers");
  const element = args.number("bytes");
  const gpu = args.gpu();
  const text = formatSeconds((2 * numbers * element) / gpu.bandwidth);
  return {
    text,
    title: `Reading and writing ${formatCount(numbers)} numbers, ${gpu.name}`,
    formula: String.raw`\frac{2\,n\,b}{\text{bandwidth}}`,
    inputs: [
      countInput("n", "numbers, each read once and written once", numbers),
      elementInput(element),
      {
        symbol: String.raw`\text{bandwidth}`,
        meaning: "of its memory",
        value: formatBandwidth(gpu.bandwidth, 4),
      },
    ],
    substitution: `2 · ${formatCount(numbers)} · ${element} B / ${formatBandwidth(gpu.bandwidth, 4)} = ${text}`,
    sources: [gpuSource(gpu)],
  };
};

export const arrayBytes: ValueDefinition = (args) => {
  const numbers = args.number("numbers");
  const element = args.number("bytes");
  const text = formatBytes(numbers * element);
  return {
    text,
    title: `Bytes of ${formatCount(numbers)} numbers`,
    formula: String.raw`n \cdot b`,
    inputs: [countInput("n", "numbers", numbers), elementInput(element)],
    substitution: `${formatCount(numbers)} · ${element} B = ${text}`,
  };
};
