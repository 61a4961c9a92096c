// What the figure knows of its experiment: a product by its tiles, and the steps in its time.
import type { KernelRecord } from "../../experiments/kernel-record.ts";
import { describeSteps, readSteps, tilesOf } from "../../experiments/wave-staircase/experiment.ts";
import type { PredictionQuestion } from "../../figure/widget.ts";
import type { LiveFigure } from "../../live/poster.tsx";
import { publishedPoints, sayMeasured } from "../../live/measured.tsx";
import { findBest, findLadder } from "../../live/recorded.ts";
import type { LiveScene, Subject } from "../../live/scene.ts";
import { formatCount } from "../../ui/format.ts";

const subject: Subject = {
  what: "The product",
  x: {
    label: "Tiles of the product",
    kind: "linear",
    name: "tiles",
    format: formatCount,
    say: (tiles) => (tiles === 1 ? "1 tile" : `${formatCount(tiles)} tiles`),
  },
  arms: [{ arm: "product", label: "time of the product" }],
  xOf: tilesOf,
  modelled: [],
  published: publishedPoints(
    { model: "llama-2-7b", ranks: 1, operators: ["qkv"] },
    [64, 128, 136, 256, 264, 384, 400, 512, 520],
  ),
};

const RECORDS = import.meta.glob<KernelRecord>("../../../public/recorded/wave-staircase.*.json", {
  eager: true,
  import: "default",
});
const record = findBest(RECORDS);

const OPTIONS = [
  { value: "steps", label: "in steps" },
  { value: "none", label: "so smoothly that no steps can be told" },
] as const;

export const PREDICTION: PredictionQuestion = {
  question: "The product grows one tile after another. How will its time rise on this device?",
  options: OPTIONS,
};

function saySteps({ run }: LiveScene, prediction: string | undefined): string[] {
  // Only a record of kernels has tiles.
  if (!("series" in run.record)) return [];
  const found = readSteps(run.record);
  const option = OPTIONS.find(({ value }) => value === prediction);
  const answer =
    option === undefined
      ? []
      : [
          `You predicted that it rises ${option.label}; ${found.kind === "steps" ? "it rises in steps" : "no steps can be told"}.`,
        ];
  return [...answer, describeSteps(found)];
}

export const figure: LiveFigure = {
  subject,
  words: {
    published: sayMeasured(
      "times in 16 bits of 4096 → 12,288 with 64 rows, and on both sides of the steps at 128, 256, 384 and 512 rows,",
    ),
  },
  recorded: record === undefined ? undefined : { record, ladder: findLadder(record.device.name) },
  sentences: saySteps,
};
