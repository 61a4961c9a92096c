// DeepSeek-V3: latent attention, and many narrow experts above three dense layers.
import type { ModelEntry } from "../model-entry.ts";

export const DEEPSEEK_MODELS: readonly ModelEntry[] = [
  {
    id: "deepseek-v3",
    name: "DeepSeek-V3",
    shape: {
      numLayers: 61,
      width: 7168,
      hiddenWidth: 18_432,
      numHeads: 128,
      numKvHeads: 1,
      headWidth: 192,
      vocabulary: 129_280,
      isTied: false,
      latent: { queryRank: 1536, kvRank: 512, ropeWidth: 64, plainWidth: 128, valueWidth: 128 },
      experts: {
        count: 256,
        active: 8,
        shared: 1,
        width: 2048,
        numDenseLayers: 3,
        hasScoreBias: true,
      },
    },
    contextLength: 163_840,
    source: {
      url: "https://huggingface.co/deepseek-ai/DeepSeek-V3/blob/main/config.json",
      readOn: "2026-11-23",
    },
  },
];
