// What the figure's numbers unfold into.
import { countParameters } from "../../core/catalog/models/model-shape.ts";
import { bytesOf } from "../../core/cost/precision.ts";
import { kvHeadsPerRank } from "../../core/parallel/ranks.ts";
import { formatBinaryBytes, formatBytes, formatCount, formatPercent } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import type { Memory, MemoryScene } from "./scene.ts";

/** Sources inside the site are written from its root; the model's own page is elsewhere. */
function modelSource({ deployment }: MemoryScene) {
  const { name, source } = deployment.model;
  return source.url.includes(":") ? [{ label: `${name}, shape`, url: source.url }] : [];
}

export function openWeights(scene: MemoryScene, { capacity }: Memory): OpenedNumber {
  const { model, numGpus, precision } = scene.deployment;
  const { weights, keptAt16Bits } = capacity.memory;
  const parameters = countParameters(model.shape);
  const text = formatBinaryBytes(weights);
  return {
    text,
    title: "Weights on each GPU",
    formula: "parameters · bytes / GPUs",
    inputs: [
      { symbol: "parameters", meaning: model.name, value: formatCount(parameters) },
      {
        symbol: "bytes",
        meaning: `of a weight in ${precision.weights}`,
        value: String(bytesOf(precision.weights)),
      },
      { symbol: "GPUs", meaning: "tensor-parallel ranks", value: formatCount(numGpus) },
    ],
    substitution: `${formatCount(parameters)} · ${bytesOf(precision.weights)} / ${formatCount(numGpus)} ≈ ${text} (${formatBytes(weights)})`,
    note: `What is not split, such as norms, is on every GPU${keptAt16Bits > 0 ? `; ${formatBinaryBytes(keptAt16Bits)} of it is embeddings, output head and scales that stay wider` : ""}. 1 GiB is 2³⁰ bytes.`,
    sources: modelSource(scene),
  };
}

export function openCache(scene: MemoryScene, { capacity }: Memory): OpenedNumber {
  const { model, numGpus, precision } = scene.deployment;
  const { batch, context } = scene.values;
  const { shape } = model;
  const text = formatBinaryBytes(batch * capacity.bytesPerRequest);
  const heads = kvHeadsPerRank(shape, numGpus);
  const perToken =
    shape.latent === undefined
      ? [
          { symbol: "L", meaning: "layers", value: formatCount(shape.numLayers) },
          {
            symbol: "K",
            meaning:
              shape.numKvHeads < numGpus
                ? `KV heads on each GPU; the model's ${shape.numKvHeads} are kept more than once`
                : `KV heads on each GPU, of ${shape.numKvHeads}`,
            value: formatCount(heads),
          },
          { symbol: "H", meaning: "head width", value: formatCount(shape.headWidth) },
        ]
      : [
          { symbol: "L", meaning: "layers", value: formatCount(shape.numLayers) },
          {
            symbol: "latent",
            meaning: "width of the latent and its rotated key, whole on each GPU",
            value: formatCount(shape.latent.kvRank + shape.latent.ropeWidth),
          },
        ];
  return {
    text,
    title: "KV cache on each GPU",
    formula:
      shape.latent === undefined
        ? "sequences · tokens · 2 · L · K · H · bytes"
        : "sequences · tokens · L · latent · bytes",
    inputs: [
      { symbol: "sequences", meaning: "at once", value: formatCount(batch) },
      { symbol: "tokens", meaning: "in each, in blocks of 16", value: formatCount(context) },
      ...perToken,
      {
        symbol: "bytes",
        meaning: `of a number in ${precision.kv}`,
        value: String(bytesOf(precision.kv)),
      },
    ],
    substitution: `${formatCount(batch)} · ${formatCount(context)} · ${formatCount(capacity.bytesPerToken)} B = ${text}`,
    sources: modelSource(scene),
  };
}

export function openUsable(scene: MemoryScene, { usable, capacity }: Memory): OpenedNumber {
  const { gpu, gpuMemoryUtilization } = scene.deployment;
  const { total, totalNote } = capacity.memory;
  const text = formatBinaryBytes(usable);
  return {
    text,
    title: "Memory that vLLM may use",
    formula: "usable = visible memory · gpu_memory_utilization",
    inputs: [
      { symbol: "visible", meaning: `memory of an ${gpu.name}`, value: formatBinaryBytes(total) },
      {
        symbol: "utilization",
        meaning: "vLLM's own default",
        value: formatPercent(gpuMemoryUtilization),
      },
    ],
    substitution: `${formatBinaryBytes(total)} · ${gpuMemoryUtilization} = ${text}`,
    note: `${totalNote} The datasheet says ${formatBytes(gpu.memory)}.`,
    sources: [{ label: `${gpu.name}, datasheet`, url: gpu.source.url }],
  };
}

export function openHolds({ deployment }: MemoryScene, { capacity, holds }: Memory): OpenedNumber {
  const { numBlocks, blocksPerRequest, memory, blockBytes } = capacity;
  const text = formatCount(holds);
  return {
    text,
    title: "Sequences that the cache holds",
    formula: "⌊⌊left / block⌋ / ⌈tokens / 16⌉⌋",
    inputs: [
      {
        symbol: "left",
        meaning: "usable less weights, activations and CUDA",
        value: formatBinaryBytes(Math.max(0, memory.available)),
      },
      {
        symbol: "block",
        meaning: "16 tokens, all layers, one GPU",
        value: formatBinaryBytes(blockBytes),
      },
      {
        symbol: "tokens",
        meaning: "of each sequence",
        value: formatCount(deployment.maxModelLen),
      },
    ],
    substitution: `⌊${formatCount(numBlocks)} / ${formatCount(blocksPerRequest)}⌋ = ${text}`,
    note: "As vLLM counts them; activations and CUDA are estimates, held against public start-up logs.",
  };
}
