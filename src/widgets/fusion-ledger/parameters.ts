// What the reader may change: the operations, and their sizes.
const WITH_PRODUCT = ["linear-relu", "swiglu"];

export const parameters = {
  chain: {
    kind: "choice",
    label: "Operations",
    options: [
      { value: "linear-relu", label: "Linear, ReLU" },
      { value: "swiglu", label: "SwiGLU" },
      { value: "norm-residual", label: "Residual, norm" },
    ],
    default: "linear-relu",
  },
  batch: {
    kind: "number",
    label: "Batch (rows)",
    min: 1,
    max: 1024,
    step: 1,
    default: 512,
  },
  inputs: {
    kind: "number",
    label: "Width in",
    min: 256,
    max: 16_384,
    step: 256,
    default: 1024,
  },
  outputs: {
    kind: "number",
    label: "Width out",
    min: 256,
    max: 32_768,
    step: 256,
    default: 4096,
    shownWhen: { parameter: "chain", is: WITH_PRODUCT },
  },
} as const;
