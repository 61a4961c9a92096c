// What the reader may change: the requests, the limits of the server, and which policies are drawn.
import {
  NANO_VLLM,
  ORCA_MAX,
  STATIC_BATCHING,
  VLLM_V0,
  VLLM_V1,
  VLLM_V1_WHOLE_PROMPTS,
} from "../../core/scheduling/policies.ts";
import type { Policy } from "../../core/scheduling/scheduler.ts";

/** Prompt and output of the longest request; what a policy without blocks reserves for each. */
export const MAX_MODEL_LEN = 1024;
export const MAX_PROMPT = 768;
export const MAX_OUTPUT = MAX_MODEL_LEN - MAX_PROMPT;
export const BLOCK_SIZE = 16;

function policyToggle({ name }: Policy, isShown: boolean) {
  return { kind: "toggle", label: name, default: isShown } as const;
}

export const parameters = {
  requests: { kind: "number", label: "Requests", min: 2, max: 16, step: 1, default: 8 },
  rate: { kind: "number", label: "Arrivals", unit: "/s", min: 1, max: 40, step: 1, default: 12 },
  prompt: {
    kind: "number",
    label: "Mean prompt",
    unit: "tokens",
    min: 16,
    max: 512,
    step: 16,
    default: 304,
  },
  output: {
    kind: "number",
    label: "Mean output",
    unit: "tokens",
    min: 4,
    max: 128,
    step: 4,
    default: 40,
  },
  draw: { kind: "number", label: "Seed", min: 1, max: 99, step: 1, default: 1 },
  maxNumSeqs: {
    kind: "number",
    label: "max_num_seqs",
    min: 1,
    max: 16,
    step: 1,
    default: 4,
  },
  budget: {
    kind: "number",
    label: "max_num_batched_tokens",
    min: 32,
    max: MAX_MODEL_LEN,
    step: 32,
    default: 256,
  },
  blocks: {
    kind: "number",
    label: "KV blocks of 16 tokens",
    min: 72,
    max: 512,
    step: 8,
    default: 200,
  },
  axis: {
    kind: "choice",
    label: "Across",
    options: [
      { value: "time", label: "Time" },
      { value: "steps", label: "Steps" },
    ],
    default: "time",
  },
  static: policyToggle(STATIC_BATCHING, true),
  orca: policyToggle(ORCA_MAX, true),
  v0: policyToggle(VLLM_V0, false),
  nano: policyToggle(NANO_VLLM, false),
  whole: policyToggle(VLLM_V1_WHOLE_PROMPTS, true),
  chunked: policyToggle(VLLM_V1, true),
} as const;
