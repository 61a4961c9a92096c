// The cache's size, and how much there is to share.
export const MIN_BLOCKS = 192;
export const MAX_BLOCKS = 4096;

export const parameters = {
  blocks: {
    kind: "number",
    label: "Cache",
    unit: "blocks",
    min: MIN_BLOCKS,
    max: MAX_BLOCKS,
    step: 64,
    default: 512,
  },
  system: {
    kind: "number",
    label: "System prompt",
    unit: "tokens",
    min: 0,
    max: 2048,
    step: 64,
    default: 512,
  },
  conversations: {
    kind: "number",
    label: "Conversations at a time",
    min: 1,
    max: 16,
    step: 1,
    default: 8,
  },
} as const;
