// What the reader may change: how memory is given out, how much there is, which requests come, and the time.

/** Steps that the figure covers. */
export const LAST_STEP = 160;
/** Prompt and output of the longest request that the model allows: an eighth of the paper's 2,048. */
export const MAX_MODEL_LEN = 256;

export const parameters = {
  reservation: {
    kind: "choice",
    label: "In one piece, reserving",
    options: [
      { value: "orca-max", label: "the most" },
      { value: "orca-pow2", label: "a power of 2" },
      { value: "orca-oracle", label: "the true length" },
      { value: "static", label: "the most, static" },
    ],
    default: "orca-max",
  },
  blockSize: {
    kind: "choice",
    label: "Block, paging (tokens)",
    options: [
      { value: "2", label: "2" },
      { value: "4", label: "4" },
      { value: "16", label: "16" },
      { value: "64", label: "64" },
    ],
    default: "4",
  },
  slots: {
    kind: "number",
    label: "Memory of each",
    unit: "slots",
    min: 256,
    max: 2048,
    step: 256,
    default: 1024,
  },
  trace: { kind: "number", label: "Requests, by seed", min: 1, max: 99, step: 1, default: 2 },
  step: { kind: "number", label: "Step", min: 1, max: LAST_STEP, step: 1, default: 80 },
} as const;
