// All models that the pages know: published ones by family, and our own.
import { DEEPSEEK_MODELS } from "./families/deepseek.ts";
import { GPT2_MODELS } from "./families/gpt2.ts";
import { LLAMA_MODELS } from "./families/llama.ts";
import { MISTRAL_MODELS } from "./families/mistral.ts";
import { OPT_MODELS } from "./families/opt.ts";
import { OWN_MODELS } from "./families/own.ts";
import { QWEN_MODELS } from "./families/qwen.ts";
import type { ModelEntry } from "./model-entry.ts";

export type { ModelEntry } from "./model-entry.ts";

export const MODELS: readonly ModelEntry[] = [
  ...OWN_MODELS,
  ...LLAMA_MODELS,
  ...MISTRAL_MODELS,
  ...QWEN_MODELS,
  ...DEEPSEEK_MODELS,
  ...GPT2_MODELS,
  ...OPT_MODELS,
];

const BY_ID = new Map(MODELS.map((model) => [model.id, model]));

export function findModel(id: string): ModelEntry | undefined {
  return BY_ID.get(id);
}
