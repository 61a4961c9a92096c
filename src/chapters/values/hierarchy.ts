// Values about the rates of a GPU, and about the time that a model's weights take at each of them.
import { ridgePoint } from "../../core/catalog/gpus/gpus.ts";
import { countParameters } from "../../core/catalog/models/model-shape.ts";
import { GIBI, GIGA, TERA } from "../../core/units/units.ts";
import {
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import { countInput, gpuSource, modelSource, type ValueDefinition } from "./value.ts";

/** Up to four digits, as a data sheet prints them: 2.039 TB/s, but 900 GB/s. */
export function formatSheetBandwidth(value: number): string {
  const hasFourth = Number(value.toPrecision(4)) !== Number(value.toPrecision(3));
  return formatBandwidth(value, hasFourth ? 4 : 3);
}

export const peakValue: ValueDefinition = (args) => {
  const gpu = args.gpu();
  const text = formatSi(gpu.peakFlops, "FLOP/s");
  return {
    text,
    title: `Peak of the ${gpu.name}`,
    formula: String.raw`\text{peak}`,
    inputs: [
      { symbol: String.raw`\text{peak}`, meaning: "16-bit tensor cores, dense", value: text },
    ],
    substitution: text,
    note: "Stated by the maker for matrices without zeros in a fixed pattern; no kernel reaches it.",
    sources: [gpuSource(gpu)],
  };
};

export const bandwidthValue: ValueDefinition = (args) => {
  const gpu = args.gpu();
  const text = formatSheetBandwidth(gpu.bandwidth);
  return {
    text,
    title: `Memory bandwidth of the ${gpu.name}`,
    formula: String.raw`\text{bandwidth}`,
    inputs: [
      {
        symbol: String.raw`\text{bandwidth}`,
        meaning: "of its own memory; 1 TB is 10¹² bytes",
        value: text,
      },
    ],
    substitution: text,
    note: "Stated by the maker; kernels that mostly read stay below it.",
    sources: [gpuSource(gpu)],
  };
};

export const elementOperations: ValueDefinition = (args) => {
  const gpu = args.gpu();
  const element = args.number("bytes");
  const ridge = ridgePoint(gpu);
  const text = `${formatNumber(ridge * element)} FLOP`;
  return {
    text,
    title: "Operations in the time in which one number arrives",
    formula: String.raw`I_{\text{ridge}} \cdot b`,
    inputs: [
      {
        symbol: String.raw`I_{\text{ridge}}`,
        meaning: `ridge point of the ${gpu.name}`,
        value: `${formatNumber(ridge)} FLOP/B`,
      },
      { symbol: "b", meaning: "bytes of a number", value: `${element} B` },
    ],
    substitution: `${formatNumber(ridge)} FLOP/B · ${element} B = ${text}`,
    sources: [gpuSource(gpu)],
  };
};

export const tokenComputeTime: ValueDefinition = (args) => {
  const model = args.model();
  const gpu = args.gpu();
  const count = countParameters(model.shape);
  const text = formatSeconds((2 * count) / gpu.peakFlops);
  const peak = formatSi(gpu.peakFlops, "FLOP/s");
  return {
    text,
    title: `Arithmetic of one token, ${model.name} on an ${gpu.name}`,
    formula: String.raw`\frac{2 \cdot \text{parameters}}{\text{peak}}`,
    inputs: [
      { symbol: "2", meaning: "FLOPs for each weight: multiply, add", value: "2 FLOP" },
      countInput(String.raw`\text{parameters}`, "weights of the model", count),
      { symbol: String.raw`\text{peak}`, meaning: "16-bit tensor cores, dense", value: peak },
    ],
    substitution: `2 · ${formatCount(count)} / ${peak} = ${text}`,
    note: "As if each weight were used once and the peak were reached. Attention over the cache is left out.",
    sources: [modelSource(model), gpuSource(gpu)],
  };
};

/** Time of a model's weights at a rate in TB/s. */
export const weightsTime: ValueDefinition = (args) => {
  const model = args.model();
  const element = args.number("bytes");
  const rate = args.number("rate") * TERA;
  const weights = countParameters(model.shape) * element;
  const text = formatSeconds(weights / rate);
  return {
    text,
    title: `Moving the weights of ${model.name}`,
    formula: String.raw`\frac{\text{weights}}{\text{rate}}`,
    inputs: [
      {
        symbol: String.raw`\text{weights}`,
        meaning: `all, ${element} bytes each`,
        value: formatBytes(weights),
      },
      {
        symbol: String.raw`\text{rate}`,
        meaning: "of this rung, one direction",
        value: formatSheetBandwidth(rate),
      },
    ],
    substitution: `${formatBytes(weights)} / ${formatSheetBandwidth(rate)} = ${text}`,
    sources: [modelSource(model)],
  };
};

/** FLOP a byte of two rates that were measured, or that belong to other arithmetic: TFLOP/s and TB/s. */
export const measuredRatio: ValueDefinition = (args) => {
  const rate = args.number("flops");
  const bandwidth = args.number("rate");
  const text = `${formatNumber(rate / bandwidth)} FLOP/B`;
  return {
    text,
    title: "Operations a byte of these two rates",
    formula: String.raw`\frac{\text{arithmetic}}{\text{bandwidth}}`,
    inputs: [
      {
        symbol: String.raw`\text{arithmetic}`,
        meaning: "as given in the text",
        value: formatSi(rate * TERA, "FLOP/s", 4),
      },
      {
        symbol: String.raw`\text{bandwidth}`,
        meaning: "as given in the text",
        value: formatBandwidth(bandwidth * TERA, 4),
      },
    ],
    substitution: `${rate} TFLOP/s / ${bandwidth} TB/s = ${text}`,
  };
};

export const gibiOverGiga: ValueDefinition = () => {
  const text = formatPercent(GIBI / GIGA - 1);
  return {
    text,
    title: "How much more a GiB is than a GB",
    formula: String.raw`\frac{2^{30}}{10^9} - 1`,
    inputs: [
      { symbol: "2^{30}", meaning: "bytes of a GiB", value: formatCount(GIBI) },
      { symbol: "10^9", meaning: "bytes of a GB", value: formatCount(GIGA) },
    ],
    substitution: `${formatCount(GIBI)} / ${formatCount(GIGA)} − 1 = ${text}`,
  };
};
