// What the figure knows of its experiment: kernels apart and fused, by the rows that go through them.
import { arithmeticIntensity } from "../../core/cost/cost.ts";
import type { AnyRecord, KernelRecord } from "../../experiments/kernel-record.ts";
import type { LiveFigure } from "../../live/poster.tsx";
import { answerRange, askRange, type Range } from "../../live/prediction.ts";
import { publishedPoints, sayMeasured } from "../../live/measured.tsx";
import { findBest, findLadder } from "../../live/recorded.ts";
import type { LiveScene, Subject } from "../../live/scene.ts";
import { formatCount, formatRatio } from "../../ui/format.ts";
import { PAIRS, type Pair, type PairId } from "./pairs.ts";

const ROWS = [1, 4, 16, 64, 256];

function subjectOf({ cost, measured }: Pair): Subject {
  return {
    what: "The layer",
    x: {
      label: "Rows",
      kind: "log",
      name: "rows",
      format: formatCount,
      say: (rows) => (rows === 1 ? "1 row" : `${formatCount(rows)} rows`),
    },
    arms: [
      { arm: "apart", label: "apart" },
      { arm: "fused", label: "fused" },
    ],
    xOf: ({ plan }) => plan.numRows,
    modelled: ROWS.map((rows) => ({
      label: formatCount(rows),
      intensity: arithmeticIntensity(cost(rows)),
    })),
    published: publishedPoints(measured, ROWS),
  };
}

const RECORDS = import.meta.glob<KernelRecord>("../../../public/recorded/fusion-pairs.*.json", {
  eager: true,
  import: "default",
});

const RANGES: readonly Range[] = [
  { value: "none", label: "less than 1.1 times: next to nothing", low: 0, high: 1.1 },
  { value: "some", label: "1.1 to 1.5 times", low: 1.1, high: 1.5 },
  { value: "much", label: "1.5 to 2 times", low: 1.5, high: 2 },
  { value: "most", label: "more than 2 times", low: 2, high: Infinity },
];

export const PREDICTION = askRange(
  "The layer runs over the most rows that are set below. How many times longer do its kernels take apart than fused?",
  RANGES,
);

/** What fusing saves at the fewest rows: mostly launches. */
function saySmallest({ arms }: LiveScene): string[] {
  const [apart, fused] = ["apart", "fused"].map((name) =>
    arms.find(({ arm }) => arm === name)?.points.at(0),
  );
  if (apart === undefined || fused === undefined) return [];
  const ratio = formatRatio(apart.duration.median / fused.duration.median, 3);
  return [`At ${apart.label} the kernels apart take ${ratio} the time of the fused one (medians).`];
}

function figureOf(id: PairId): LiveFigure {
  const pair = PAIRS[id];
  const isOf = ({ parameters }: AnyRecord) => parameters["pair"] === id;
  const record = findBest(RECORDS, isOf);
  return {
    subject: subjectOf(pair),
    words: { modelled: pair.modelled, published: sayMeasured(pair.published) },
    recorded: record === undefined ? undefined : { record, ladder: findLadder(record.device.name) },
    isOf,
    sentences: (scene, prediction) => [
      ...answerRange(RANGES, prediction, scene.run.record.comparison.ratio, (value) =>
        formatRatio(value, 3),
      ),
      ...saySmallest(scene),
    ],
  };
}

/** A figure for each pair: all that is drawn is of that one. */
const FIGURES: Readonly<Record<PairId, LiveFigure>> = {
  relu: figureOf("relu"),
  "gate-up": figureOf("gate-up"),
};

/** @param pair - what the reader chose. */
export function getFigure(pair: string): LiveFigure {
  return pair === "gate-up" ? FIGURES["gate-up"] : FIGURES.relu;
}
