// What the figure's numbers unfold into.
import { formatCount, formatPercent, formatSeconds, formatSi } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import { writeParameters, type Design, type DesignerScene } from "./scene.ts";

const FIT_NOTE =
  "Modelled: tiles, waves and losses fitted to matrix products measured on an A100 and an H100. What misaligned rows cost beside is not in it.";
const FIT_SOURCE = {
  label: "fitted to microsoft/vidur, MIT, commit 7d47513",
  url: "https://github.com/microsoft/vidur",
};

function perParameter(seconds: number, parameters: number): string {
  return formatSeconds(seconds / parameters);
}

export function openGain({ shape }: Design): OpenedNumber {
  const { naive, gain } = shape;
  const text = formatPercent(gain);
  return {
    text,
    title: "What the shape gains",
    formula: "gain = 1 − (t / parameters) / (t′ / parameters′)",
    inputs: [
      { symbol: "t", meaning: "a step of the proposal", value: formatSeconds(shape.stepSeconds) },
      { symbol: "parameters", meaning: "of it", value: formatCount(shape.parameters) },
      {
        symbol: "t′",
        meaning: "a step of the plain choice",
        value: formatSeconds(naive.stepSeconds),
      },
      { symbol: "parameters′", meaning: "of it", value: formatCount(naive.parameters) },
    ],
    substitution: `1 − ${perParameter(shape.stepSeconds, shape.parameters)} / ${perParameter(naive.stepSeconds, naive.parameters)} = ${text}`,
    note: FIT_NOTE,
    sources: [FIT_SOURCE],
  };
}

export function openUtilisation({ gpu }: DesignerScene, { shape }: Design): OpenedNumber {
  const work = shape.products.reduce((sum, { m, n, k, count }) => sum + 2 * m * n * k * count, 0);
  const text = formatPercent(shape.utilisation, 3);
  return {
    text,
    title: "Share of the peak",
    formula: "Σ 2 · M · N · K over products / (t · peak)",
    inputs: [
      { symbol: "Σ", meaning: "FLOPs of all products of a step", value: formatSi(work, "FLOP") },
      { symbol: "t", meaning: "modelled time of them", value: formatSeconds(shape.stepSeconds) },
      {
        symbol: "peak",
        meaning: `${gpu.name}, 16 bits, dense`,
        value: formatSi(gpu.peakFlops, "FLOP/s"),
      },
    ],
    substitution: `${formatSi(work, "FLOP")} / (${formatSeconds(shape.stepSeconds)} · ${formatSi(gpu.peakFlops, "FLOP/s")}) = ${text}`,
    note: FIT_NOTE,
    sources: [{ label: `${gpu.name}, peak`, url: gpu.source.url }, FIT_SOURCE],
  };
}

export function openParameters({ shape }: Design): OpenedNumber {
  const { numLayers, width, hiddenWidth, numHeads, numKvHeads, headWidth, vocabulary, isTied } =
    shape.shape;
  const text = writeParameters(shape.parameters, 4);
  return {
    text,
    title: "Parameters of the proposal",
    formula: `L · (2·D·(N + K)·H + 3·D·F + 2·D) + ${isTied ? "" : "2·"}V·D + D`,
    inputs: [
      { symbol: "L", meaning: "layers", value: formatCount(numLayers) },
      { symbol: "D", meaning: "width", value: formatCount(width) },
      { symbol: "N, K", meaning: "heads and KV heads", value: `${numHeads}, ${numKvHeads}` },
      { symbol: "H", meaning: "head width", value: formatCount(headWidth) },
      { symbol: "F", meaning: "feed-forward width", value: formatCount(hiddenWidth) },
      {
        symbol: "V",
        meaning: isTied ? "entries; embedding and head share them" : "entries; embedding and head",
        value: formatCount(vocabulary),
      },
    ],
    substitution: `= ${formatCount(shape.parameters)}`,
  };
}
