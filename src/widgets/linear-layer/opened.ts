// The main numbers of the figure, each with its formula and the values put in. Pure.
import { bytesMoved } from "../../core/cost/cost.ts";
import {
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNumber,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import type { Stat } from "../../ui/parts.tsx";
import type { LinearScene, LinearValues } from "./scene.ts";

const NO_BREAK = "\u00a0";

const sizes = ({ inputs, outputs, batch }: LinearValues, bytesPerElement: number) => [
  { symbol: "B", meaning: "batch, rows", value: formatCount(batch) },
  { symbol: "K", meaning: "inputs", value: formatCount(inputs) },
  { symbol: "N", meaning: "outputs", value: formatCount(outputs) },
  { symbol: "b", meaning: "bytes of a number", value: formatCount(bytesPerElement) },
];

function datasheet({ gpu }: LinearScene) {
  const { url, readOn } = gpu.source;
  return url === "" ? [] : [{ label: `${gpu.name}, read on ${readOn}`, url }];
}

function intensityStat(scene: LinearScene, values: LinearValues): Stat {
  const { chosen, bytesPerElement } = scene;
  const moved = bytesMoved(chosen.cost);
  const value = `${formatNumber(chosen.intensity)}${NO_BREAK}FLOP/B`;
  return {
    label: "Arithmetic intensity",
    value,
    detail: `the ridge is ${formatNumber(scene.ridge)} FLOP/B`,
    opened: {
      text: value,
      title: "Arithmetic intensity of the layer",
      formula: "2·B·K·N / (b · (B·K + K·N + B·N))",
      inputs: sizes(values, bytesPerElement),
      substitution: `${formatCount(chosen.cost.flops)} FLOP / ${formatCount(moved)} B = ${value}`,
      note: "Input and weights are read once, the output is written once.",
    },
  };
}

function memoryStat(scene: LinearScene, values: LinearValues): Stat {
  const { chosen, gpu, bytesPerElement } = scene;
  const moved = bytesMoved(chosen.cost);
  const value = formatSeconds(chosen.time.memory);
  return {
    label: "Memory takes",
    value,
    detail: `${formatBytes(moved)} moved`,
    opened: {
      text: value,
      title: "Time for the bytes",
      formula: "b · (B·K + K·N + B·N) / bandwidth",
      inputs: [
        ...sizes(values, bytesPerElement),
        {
          symbol: "bandwidth",
          meaning: `memory of the ${gpu.name}`,
          value: formatBandwidth(gpu.bandwidth, 4),
        },
      ],
      substitution: `${formatCount(moved)} B / ${formatBandwidth(gpu.bandwidth, 4)} = ${value}`,
      sources: datasheet(scene),
    },
  };
}

function computeStat(scene: LinearScene, values: LinearValues): Stat {
  const { chosen, gpu, peak, bytesPerElement } = scene;
  const value = formatSeconds(chosen.time.compute);
  return {
    label: "Arithmetic takes",
    value,
    detail: formatSi(chosen.cost.flops, "FLOP"),
    opened: {
      text: value,
      title: "Time for the arithmetic",
      formula: "2·B·K·N / peak",
      inputs: [
        ...sizes(values, bytesPerElement).slice(0, 3),
        {
          symbol: "peak",
          meaning: `tensor cores of the ${gpu.name}, dense`,
          value: formatSi(peak.rate, "FLOP/s"),
        },
      ],
      substitution: `${formatCount(chosen.cost.flops)} FLOP / ${formatSi(peak.rate, "FLOP/s")} = ${value}`,
      note: peak.note,
      sources: datasheet(scene),
    },
  };
}

function crossoverStat(scene: LinearScene, values: LinearValues): Stat {
  const { crossover, ridge, bytesPerElement } = scene;
  const label = "Compute bound from batch";
  if (crossover === undefined) {
    return { label, value: "none", detail: "too narrow for any batch to reach the ridge" };
  }
  const { inputs, outputs } = values;
  const value = formatCount(crossover);
  const [rb, kn] = [ridge * bytesPerElement, inputs * outputs];
  return {
    label,
    value,
    detail: `not ${formatNumber((ridge * bytesPerElement) / 2)}: activations count too`,
    opened: {
      text: value,
      title: "The batch at which arithmetic overtakes memory",
      formula: "B ≥ R·b·K·N / (2·K·N − R·b·(K + N))",
      inputs: [
        {
          symbol: "R",
          meaning: "ridge: peak / bandwidth",
          value: `${formatNumber(ridge, 5)}${NO_BREAK}FLOP/B`,
        },
        ...sizes(values, bytesPerElement).slice(1),
      ],
      substitution: `${formatNumber(rb, 5)} · ${formatCount(kn)} / (${formatCount(2 * kn)} − ${formatNumber(rb, 5)} · ${formatCount(inputs + outputs)}) = ${formatNumber((rb * kn) / (2 * kn - rb * (inputs + outputs)), 5)}, so ${value}`,
      note: "If only the weights had bytes, the batch would be R·b/2: in 16 bits the ridge itself. The rows that go in and come out have bytes too, so the true crossing lies higher.",
    },
  };
}

/** Intensity, both times and the crossover. */
export function writeStats(scene: LinearScene, values: LinearValues): Stat[] {
  return [
    intensityStat(scene, values),
    memoryStat(scene, values),
    computeStat(scene, values),
    crossoverStat(scene, values),
  ];
}
