// What the reader may change: a product that was measured, or one of their own size.
import { LAYERS } from "./layers.ts";

export const OWN_SIZE = "own";
/** The guide's example: 2304 rows, tiles of 256 × 128, and about 1536 outputs. */
export const MAX_ROWS = 2304;

export const parameters = {
  layer: {
    kind: "choice",
    label: "Product",
    options: [
      ...LAYERS.map(({ id, label }) => ({ value: id, label })),
      { value: OWN_SIZE, label: "A size of your own" },
    ],
    default: "llama-2-7b-qkv",
  },
  hardware: {
    kind: "choice",
    label: "GPU",
    options: [
      { value: "a100-80gb-sxm", label: "A100, 108 SMs" },
      { value: "h100-sxm", label: "H100, 132 SMs" },
    ],
    default: "a100-80gb-sxm",
  },
  tile: {
    kind: "choice",
    label: "Tile",
    options: [
      { value: "256x128", label: "256 × 128" },
      { value: "128x128", label: "128 × 128" },
      { value: "128x64", label: "128 × 64" },
      { value: "64x64", label: "64 × 64" },
    ],
    default: "128x128",
  },
  rows: {
    kind: "number",
    label: "Tokens, M",
    min: 1,
    max: MAX_ROWS,
    step: 1,
    default: 136,
  },
  columns: {
    kind: "number",
    label: "Outputs, N",
    min: 64,
    max: 16_384,
    step: 1,
    default: 1536,
    shownWhen: { parameter: "layer", is: [OWN_SIZE] },
  },
  inner: {
    kind: "number",
    label: "Inputs, K",
    min: 64,
    max: 16_384,
    step: 64,
    default: 4096,
    shownWhen: { parameter: "layer", is: [OWN_SIZE] },
  },
} as const;
