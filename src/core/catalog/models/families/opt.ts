// OPT: learned positions (two rows more than the context), LayerNorm, biases everywhere, a plain feed-forward network.
import type { ModelEntry } from "../model-entry.ts";

export const OPT_MODELS: readonly ModelEntry[] = [
  {
    id: "opt-13b",
    name: "OPT 13B",
    shape: {
      numLayers: 40,
      width: 5120,
      hiddenWidth: 20_480,
      numHeads: 40,
      numKvHeads: 40,
      headWidth: 128,
      vocabulary: 50_272,
      isTied: true,
      biases: "all",
      norm: "layer",
      feedForward: "plain",
      learnedPositions: 2050,
    },
    contextLength: 2048,
    source: {
      url: "https://huggingface.co/facebook/opt-13b/blob/main/config.json",
      readOn: "2026-11-23",
    },
  },
];
