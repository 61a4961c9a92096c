// What the figure's numbers unfold into: vLLM's arithmetic of the cache, with the server's own values.
import type { Deployment } from "../../core/serving/deployment.ts";
import { kvCapacity } from "../../core/serving/kv-capacity.ts";
import { formatBinaryBytes, formatCount, formatPercent } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";

const VLLM = {
  label: "vLLM at commit 52a31cce, May 2026",
  url: "https://github.com/vllm-project/vllm",
};

export function openAvailable(deployment: Deployment): OpenedNumber {
  const { memory } = kvCapacity(deployment);
  const work = memory.activations + memory.other + memory.cudaGraphs;
  const text = formatBinaryBytes(Math.max(0, memory.available));
  return {
    text,
    title: "Left for the KV cache on each GPU",
    formula: "available = ⌈memory · utilisation⌉ − weights − (largest step + rest + CUDA graphs)",
    inputs: [
      {
        symbol: "memory",
        meaning: memory.totalNote,
        value: formatBinaryBytes(memory.total),
      },
      {
        symbol: "utilisation",
        meaning: "--gpu-memory-utilization",
        value: formatPercent(deployment.gpuMemoryUtilization, 3),
      },
      {
        symbol: "weights",
        meaning: `${deployment.model.name}, ${deployment.precision.weights}`,
        value: formatBinaryBytes(memory.weights),
      },
      {
        symbol: "step",
        meaning: memory.isProfiled ? "as the text leaves over" : "estimated",
        value: formatBinaryBytes(work),
      },
    ],
    substitution: memory.isProfiled
      ? `${text}, as the text says or a flag sets`
      : `${formatBinaryBytes(memory.requested)} − ${formatBinaryBytes(memory.weights)} − ${formatBinaryBytes(work)} = ${text}`,
    sources: [VLLM],
  };
}

export function openToken(deployment: Deployment): OpenedNumber {
  const { shape, name } = deployment.model;
  const { bytesPerToken } = kvCapacity(deployment);
  const text = formatBinaryBytes(bytesPerToken);
  const width = deployment.precision.kv === "fp8" || deployment.precision.kv === "int8" ? 1 : 2;
  const { latent } = shape;
  if (latent !== undefined) {
    return {
      text,
      title: "Cache of one token on each GPU",
      formula: "layers · (latent + rotated key) · bytes",
      inputs: [
        { symbol: "layers", meaning: name, value: formatCount(shape.numLayers) },
        { symbol: "latent", meaning: "width", value: formatCount(latent.kvRank) },
        { symbol: "rotated key", meaning: "width", value: formatCount(latent.ropeWidth) },
        { symbol: "bytes", meaning: deployment.precision.kv, value: `${width} B` },
      ],
      substitution: `${shape.numLayers} · (${latent.kvRank} + ${latent.ropeWidth}) · ${width} B = ${text}`,
      note: "Every tensor-parallel GPU keeps it whole.",
      sources: [VLLM],
    };
  }
  const heads = Math.max(1, shape.numKvHeads / deployment.numGpus);
  return {
    text,
    title: "Cache of one token on each GPU",
    formula: "2 · L · max(1, K / GPUs) · H · bytes",
    inputs: [
      { symbol: "L", meaning: `layers of ${name}`, value: formatCount(shape.numLayers) },
      { symbol: "K", meaning: "KV heads", value: formatCount(shape.numKvHeads) },
      {
        symbol: "GPUs",
        meaning: "--tensor-parallel-size",
        value: formatCount(deployment.numGpus),
      },
      { symbol: "H", meaning: "width of a head", value: formatCount(shape.headWidth) },
      { symbol: "bytes", meaning: deployment.precision.kv, value: `${width} B` },
    ],
    substitution: `2 · ${shape.numLayers} · ${heads} · ${shape.headWidth} · ${width} B = ${text}`,
    sources: [VLLM],
  };
}

export function openTokens(deployment: Deployment): OpenedNumber {
  const { blockSize, model } = deployment;
  const { numBlocks, numTokensBefore, pageBytes, memory } = kvCapacity(deployment);
  const text = formatCount(numTokensBefore);
  return {
    text,
    title: "Tokens that the cache holds",
    formula: "blocks = ⌊⌊available / page⌋ / L⌋, tokens = blocks · P",
    inputs: [
      {
        symbol: "available",
        meaning: "for the cache, each GPU",
        value: formatBinaryBytes(Math.max(0, memory.available)),
      },
      {
        symbol: "page",
        meaning: "one layer’s part of a block",
        value: formatBinaryBytes(pageBytes),
      },
      { symbol: "L", meaning: "layers", value: formatCount(model.shape.numLayers) },
      { symbol: "P", meaning: "tokens of a block", value: formatCount(blockSize) },
    ],
    substitution: `${formatCount(numBlocks)} blocks · ${formatCount(blockSize)} = ${text}`,
    note: "All requests together.",
    sources: [VLLM],
  };
}
