// GPT-2: learned positions, LayerNorm, biases everywhere, a plain feed-forward network four times as wide, a tied head.
import type { ModelEntry } from "../model-entry.ts";

interface Size {
  readonly id: string;
  readonly name: string;
  /** Of the repository that holds its config.json. */
  readonly repository: string;
  readonly numLayers: number;
  readonly numHeads: number;
}

const HEAD_WIDTH = 64;
const CONTEXT = 1024;

function gpt2({ id, name, repository, numLayers, numHeads }: Size): ModelEntry {
  const width = numHeads * HEAD_WIDTH;
  return {
    id,
    name,
    shape: {
      numLayers,
      width,
      hiddenWidth: 4 * width,
      numHeads,
      numKvHeads: numHeads,
      headWidth: HEAD_WIDTH,
      vocabulary: 50_257,
      isTied: true,
      biases: "all",
      norm: "layer",
      feedForward: "plain",
      learnedPositions: CONTEXT,
    },
    contextLength: CONTEXT,
    source: {
      url: `https://huggingface.co/openai-community/${repository}/blob/main/config.json`,
      readOn: "2026-11-23",
    },
  };
}

export const GPT2_MODELS: readonly ModelEntry[] = [
  gpt2({ id: "gpt2", name: "GPT-2", repository: "gpt2", numLayers: 12, numHeads: 12 }),
  gpt2({
    id: "gpt2-medium",
    name: "GPT-2 Medium",
    repository: "gpt2-medium",
    numLayers: 24,
    numHeads: 16,
  }),
  gpt2({
    id: "gpt2-large",
    name: "GPT-2 Large",
    repository: "gpt2-large",
    numLayers: 36,
    numHeads: 20,
  }),
  gpt2({ id: "gpt2-xl", name: "GPT-2 XL", repository: "gpt2-xl", numLayers: 48, numHeads: 25 }),
];
