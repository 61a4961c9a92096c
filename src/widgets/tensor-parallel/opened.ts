// What the figure's numbers unfold into.
import { countParameters } from "../../core/catalog/models/model-shape.ts";
import { bytesOf } from "../../core/cost/precision.ts";
import { describeSmallTimes } from "../../core/parallel/measured.ts";
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import {
  allReduceShare,
  ownSeconds,
  type LinkedStep,
  type ParallelScene,
  type RankRow,
} from "./scene.ts";

function modelSource({ model }: ParallelScene) {
  const { name, source } = model;
  return source.url.includes(":") ? [{ label: `${name}, shape`, url: source.url }] : [];
}

export function openNeeded(scene: ParallelScene): OpenedNumber {
  const { model, gpu, precision, rows, needed } = scene;
  const [whole] = rows;
  const total = whole === undefined ? 0 : whole.weights + whole.cache;
  const byMemory = Math.ceil(total / gpu.memory);
  const text = needed === undefined ? "over 16" : formatCount(needed.ranks);
  return {
    text,
    title: "GPUs that the model needs",
    formula:
      "⌈(parameters · bytes + caches) / memory⌉, then the next of 1, 2, 4, 8, 16 that divides it",
    inputs: [
      {
        symbol: "parameters",
        meaning: model.name,
        value: formatCount(countParameters(model.shape)),
      },
      {
        symbol: "bytes",
        meaning: `of a weight in ${precision.weights}`,
        value: String(bytesOf(precision.weights)),
      },
      { symbol: "caches", meaning: "of the whole batch", value: formatBytes(whole?.cache) },
      { symbol: "memory", meaning: gpu.name, value: formatBytes(gpu.memory) },
    ],
    substitution: `⌈${formatBytes(total, 4)} / ${formatBytes(gpu.memory)}⌉ = ${formatCount(byMemory)} → ${text}`,
    note: "By capacity alone: a server also keeps memory for activations and for others.",
    sources: [...modelSource(scene), { label: `${gpu.name}, memory`, url: gpu.source.url }],
  };
}

export function openStep({ gpu }: ParallelScene, row: RankRow, step: LinkedStep): OpenedNumber {
  const text = formatSeconds(step.seconds);
  return {
    text,
    title: `A decode step on ${formatCount(row.ranks)} GPUs over ${step.link.name}`,
    formula: "Σ max(bytes / bandwidth, FLOPs / peak) over operators + all-reduces",
    inputs: [
      {
        symbol: "memory",
        meaning: "operators that wait for it",
        value: formatSeconds(row.own?.memory),
      },
      {
        symbol: "arithmetic",
        meaning: "operators that wait for it",
        value: formatSeconds(row.own?.compute),
      },
      { symbol: "all-reduces", meaning: "two a layer", value: formatSeconds(step.allReduce) },
      { symbol: "bandwidth", meaning: gpu.name, value: formatSi(gpu.bandwidth, "B/s", 4) },
    ],
    substitution: `${formatSeconds(ownSeconds(row))} + ${formatSeconds(step.allReduce)} = ${text}`,
    note: "The work is a lower bound: the roofline of each operator. Nothing overlaps with the all-reduces.",
    sources: [{ label: `${gpu.name}, peak and bandwidth`, url: gpu.source.url }],
  };
}

export function openShare(row: RankRow, step: LinkedStep): OpenedNumber {
  const { link, numAllReduces, allReduceBytes } = step;
  const text = formatPercent(allReduceShare(step));
  const each = step.allReduce / numAllReduces;
  return {
    text,
    title: `All-reduces over ${link.name}`,
    formula: "share = all-reduces / step, each taking latency + 2·(n − 1)/n · bytes / bandwidth",
    inputs: [
      { symbol: "n", meaning: "GPUs", value: formatCount(row.ranks) },
      { symbol: "all-reduces", meaning: "two a layer", value: formatCount(numAllReduces) },
      { symbol: "bytes", meaning: "batch · model width · 2", value: formatBytes(allReduceBytes) },
      { symbol: "latency", meaning: "of a small one, fitted", value: formatSeconds(link.latency) },
      {
        symbol: "bandwidth",
        meaning: `reached, of ${formatSi(link.peakPerDirection, "B/s")} in one direction`,
        value: formatSi(link.busBandwidthPerDirection, "B/s"),
      },
    ],
    substitution: `${formatCount(numAllReduces)} · ${formatSeconds(each)} = ${formatSeconds(step.allReduce)}; ${formatSeconds(step.allReduce)} / ${formatSeconds(step.seconds)} = ${text}`,
    note: [link.note, describeSmallTimes(row.ranks, link.id)]
      .filter((part) => part !== undefined)
      .join(" "),
    sources: [{ label: "microsoft/vidur, MIT, commit 7d47513", url: link.source.url }],
  };
}
