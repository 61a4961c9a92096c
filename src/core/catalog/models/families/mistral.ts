// Mistral 7B, a Llama block, and Mixtral, whose feed-forward networks are experts.
import type { ModelEntry } from "../model-entry.ts";

const MISTRAL = "https://huggingface.co/mistralai";

export const MISTRAL_MODELS: readonly ModelEntry[] = [
  {
    id: "mistral-7b",
    name: "Mistral 7B",
    shape: {
      numLayers: 32,
      width: 4096,
      hiddenWidth: 14_336,
      numHeads: 32,
      numKvHeads: 8,
      headWidth: 128,
      vocabulary: 32_000,
      isTied: false,
    },
    contextLength: 32_768,
    source: { url: `${MISTRAL}/Mistral-7B-v0.1/blob/main/config.json`, readOn: "2026-11-23" },
    note: "Its first version sees the last 4096 tokens only; here attention sees the whole context.",
  },
  {
    id: "mixtral-8x7b",
    name: "Mixtral 8x7B",
    shape: {
      numLayers: 32,
      width: 4096,
      hiddenWidth: 14_336,
      numHeads: 32,
      numKvHeads: 8,
      headWidth: 128,
      vocabulary: 32_000,
      isTied: false,
      experts: { count: 8, active: 2, shared: 0, width: 14_336, numDenseLayers: 0 },
    },
    contextLength: 32_768,
    source: { url: `${MISTRAL}/Mixtral-8x7B-v0.1/blob/main/config.json`, readOn: "2026-11-23" },
  },
];
