// Qwen2.5: a Llama block whose query, key and value projections add a bias.
import type { ModelEntry } from "../model-entry.ts";

const QWEN = "https://huggingface.co/Qwen";

export const QWEN_MODELS: readonly ModelEntry[] = [
  {
    id: "qwen2.5-7b",
    name: "Qwen2.5 7B",
    shape: {
      numLayers: 28,
      width: 3584,
      hiddenWidth: 18_944,
      numHeads: 28,
      numKvHeads: 4,
      headWidth: 128,
      vocabulary: 152_064,
      isTied: false,
      biases: "qkv",
    },
    contextLength: 131_072,
    source: { url: `${QWEN}/Qwen2.5-7B/blob/main/config.json`, readOn: "2026-11-23" },
  },
  {
    id: "qwen2.5-72b",
    name: "Qwen2.5 72B",
    shape: {
      numLayers: 80,
      width: 8192,
      hiddenWidth: 29_568,
      numHeads: 64,
      numKvHeads: 8,
      headWidth: 128,
      vocabulary: 152_064,
      isTied: false,
      biases: "qkv",
    },
    contextLength: 131_072,
    source: { url: `${QWEN}/Qwen2.5-72B/blob/main/config.json`, readOn: "2026-11-23" },
  },
];
