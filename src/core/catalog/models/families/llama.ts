// Llama 2 and Llama 3.1: the block that the other families are described against.
import type { ModelEntry } from "../model-entry.ts";

const LLAMA_2 = "https://huggingface.co/meta-llama";
const LLAMA_3_PAPER = "https://arxiv.org/abs/2407.21783";

export const LLAMA_MODELS: readonly ModelEntry[] = [
  {
    id: "llama-2-7b",
    name: "Llama 2 7B",
    shape: {
      numLayers: 32,
      width: 4096,
      hiddenWidth: 11_008,
      numHeads: 32,
      numKvHeads: 32,
      headWidth: 128,
      vocabulary: 32_000,
      isTied: false,
    },
    contextLength: 4096,
    source: { url: `${LLAMA_2}/Llama-2-7b-hf/blob/main/config.json`, readOn: "2026-11-22" },
  },
  {
    id: "llama-2-13b",
    name: "Llama 2 13B",
    shape: {
      numLayers: 40,
      width: 5120,
      hiddenWidth: 13_824,
      numHeads: 40,
      numKvHeads: 40,
      headWidth: 128,
      vocabulary: 32_000,
      isTied: false,
    },
    contextLength: 4096,
    source: { url: `${LLAMA_2}/Llama-2-13b-hf/blob/main/config.json`, readOn: "2026-11-23" },
  },
  {
    id: "llama-2-70b",
    name: "Llama 2 70B",
    shape: {
      numLayers: 80,
      width: 8192,
      hiddenWidth: 28_672,
      numHeads: 64,
      numKvHeads: 8,
      headWidth: 128,
      vocabulary: 32_000,
      isTied: false,
    },
    contextLength: 4096,
    source: { url: `${LLAMA_2}/Llama-2-70b-hf/blob/main/config.json`, readOn: "2026-11-23" },
  },
  {
    id: "llama-3.1-8b",
    name: "Llama 3.1 8B",
    shape: {
      numLayers: 32,
      width: 4096,
      hiddenWidth: 14_336,
      numHeads: 32,
      numKvHeads: 8,
      headWidth: 128,
      vocabulary: 128_256,
      isTied: false,
    },
    contextLength: 131_072,
    source: { url: LLAMA_3_PAPER, readOn: "2026-11-22" },
  },
  {
    id: "llama-3.1-70b",
    name: "Llama 3.1 70B",
    shape: {
      numLayers: 80,
      width: 8192,
      hiddenWidth: 28_672,
      numHeads: 64,
      numKvHeads: 8,
      headWidth: 128,
      vocabulary: 128_256,
      isTied: false,
    },
    contextLength: 131_072,
    source: { url: LLAMA_3_PAPER, readOn: "2026-11-23" },
  },
  {
    id: "llama-3.1-405b",
    name: "Llama 3.1 405B",
    shape: {
      numLayers: 126,
      width: 16_384,
      hiddenWidth: 53_248,
      numHeads: 128,
      numKvHeads: 8,
      headWidth: 128,
      vocabulary: 128_256,
      isTied: false,
    },
    contextLength: 131_072,
    source: { url: LLAMA_3_PAPER, readOn: "2026-11-22" },
  },
];
