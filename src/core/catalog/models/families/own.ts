// The model that these pages carry with them.
import type { ModelEntry } from "../model-entry.ts";

export const OWN_MODELS: readonly ModelEntry[] = [
  {
    id: "stories-1m",
    name: "the story model",
    shape: {
      numLayers: 6,
      width: 128,
      hiddenWidth: 384,
      numHeads: 4,
      numKvHeads: 2,
      headWidth: 32,
      vocabulary: 1024,
      isTied: true,
    },
    contextLength: 256,
    source: { url: "models/stories-1m/config.json", readOn: "2026-11-22" },
  },
];
