// What the reader may change: the server, one typical request, and how many run at once.
export const MAX_BATCH = 512;

export const parameters = {
  model: {
    kind: "choice",
    label: "Model",
    options: [
      { value: "llama-3.1-8b", label: "Llama 3.1 8B, 8 KV heads" },
      { value: "llama-2-7b", label: "Llama 2 7B, 32 KV heads" },
      { value: "llama-2-13b", label: "Llama 2 13B, 40 KV heads" },
    ],
    default: "llama-3.1-8b",
  },
  hardware: {
    kind: "choice",
    label: "GPU",
    options: [
      { value: "a100-80gb-sxm", label: "A100 80 GB" },
      { value: "h100-sxm", label: "H100" },
      { value: "l4", label: "L4" },
    ],
    default: "a100-80gb-sxm",
  },
  estimate: {
    kind: "choice",
    label: "Times",
    options: [
      { value: "roofline", label: "bound" },
      { value: "fitted", label: "fitted" },
    ],
    default: "roofline",
  },
  prompt: {
    kind: "number",
    label: "Prompt",
    unit: "tokens",
    min: 16,
    max: 3584,
    step: 16,
    default: 1024,
  },
  output: {
    kind: "number",
    label: "Output",
    unit: "tokens",
    min: 2,
    max: 512,
    step: 2,
    default: 256,
  },
  batch: {
    kind: "number",
    label: "Batch",
    unit: "requests",
    min: 1,
    max: MAX_BATCH,
    step: 1,
    default: 32,
  },
} as const;
