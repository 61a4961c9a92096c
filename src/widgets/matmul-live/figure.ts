// What the figure knows of its experiment: the product of two square matrices by its size.
import { squareMatmulIntensity } from "../../core/roofline/roofline.ts";
import type { KernelRecord } from "../../experiments/kernel-record.ts";
import type { PredictionQuestion } from "../../figure/widget.ts";
import type { LiveFigure } from "../../live/poster.tsx";
import { publishedPoints, sayMeasured, type MeasuredLayer } from "../../live/measured.tsx";
import { findBest, findLadder } from "../../live/recorded.ts";
import { sayBound, type LiveScene, type Subject } from "../../live/scene.ts";
import { formatCount } from "../../ui/format.ts";

const FLOAT_BYTES = 4;
const SIZES = [32, 64, 128, 256, 512, 1024, 2048];

/** The attention output of Llama 2 7B: the smallest product with a square matrix that was measured. */
const SQUARE_MATRIX: MeasuredLayer = {
  model: "llama-2-7b",
  ranks: 1,
  operators: ["attention-out"],
};
/** The last makes all three matrices square. */
const ROWS = [256, 512, 1024, 2048, 4096];

const subject: Subject = {
  what: "The product",
  x: {
    label: "N (rows and columns)",
    kind: "log",
    name: "size N",
    format: formatCount,
    say: (size) => `N = ${formatCount(size)}`,
  },
  arms: [{ arm: "matmul", label: "N × N product" }],
  xOf: ({ plan }) => plan.numRows,
  modelled: SIZES.map((size) => ({
    label: formatCount(size),
    intensity: squareMatmulIntensity(size, FLOAT_BYTES),
  })),
  published: publishedPoints(SQUARE_MATRIX, ROWS),
};

const RECORDS = import.meta.glob<KernelRecord>("../../../public/recorded/matmul-size.*.json", {
  eager: true,
  import: "default",
});
const record = findBest(RECORDS);

const OPTIONS = [
  { value: "memory", label: "its bytes: memory bound" },
  { value: "compute", label: "its arithmetic: compute bound" },
  { value: "overhead", label: "its launch: overhead bound" },
  { value: "unknown", label: "none of them: it cannot be told" },
] as const;

export const PREDICTION: PredictionQuestion = {
  question:
    "N doubles from 32 on, as far as this device does it in good time. What will the largest product wait for?",
  options: OPTIONS,
};

function answer({ arms }: LiveScene, prediction: string | undefined): string[] {
  const option = OPTIONS.find(({ value }) => value === prediction);
  const largest = arms[0]?.points.at(-1);
  if (option === undefined || largest === undefined) return [];
  return [`You predicted ${option.label}; ${largest.label}: ${sayBound(largest.verdict)}.`];
}

export const figure: LiveFigure = {
  subject,
  words: {
    modelled: "products of N × N numbers",
    published: sayMeasured(
      "times in 16 bits of 256, 512, 1,024, 2,048 and 4,096 rows times a matrix of 4,096 × 4,096, the last of them a product with N = 4,096,",
    ),
  },
  recorded: record === undefined ? undefined : { record, ladder: findLadder(record.device.name) },
  sentences: answer,
};
