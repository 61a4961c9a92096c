// What the figure knows of its experiment: prefill and decode of one model, by the length of the text.
import { scaleEstimate, type Estimate } from "../../core/statistics/estimate.ts";
import { PHASE_ARMS } from "../../experiments/prefill-decode/experiment.ts";
import type { ExperimentRecord } from "../../experiments/record.ts";
import type { LiveFigure } from "../../live/poster.tsx";
import { answerRange, askRange, type Range } from "../../live/prediction.ts";
import { LLAMA_LAYER, publishedPoints } from "../../live/measured.tsx";
import { ATTENTION_POINTS, sayMeasuredWithAttention } from "../../live/measured-attention.tsx";
import { findBest, findLadder } from "../../live/recorded.ts";
import type { LiveScene, ModelledPoint, Subject } from "../../live/scene.ts";
import { BY_POSITION, storyIntensity } from "../../live/story-steps.ts";
import { formatCount, formatInterval, formatRatio } from "../../ui/format.ts";

const PROMPTS = [8, 32, 128, 248];

const modelled: readonly ModelledPoint[] = [
  {
    label: "decode",
    intensity: storyIntensity({ numTokens: PROMPTS.at(-1) ?? 1, hasCache: true }),
  },
  ...PROMPTS.map((length) => ({
    label: `prefill ${length}`,
    intensity: storyIntensity({ numTokens: length, hasCache: false }),
  })),
];

const subject: Subject = {
  what: "The story model",
  ...BY_POSITION,
  arms: [
    { arm: PHASE_ARMS.prefill, label: "prefill of all tokens" },
    { arm: PHASE_ARMS.decode, label: "decode of the next" },
  ],
  modelled,
  published: [...publishedPoints(LLAMA_LAYER, [1, ...PROMPTS]), ...ATTENTION_POINTS],
};

const RECORDS = import.meta.glob<ExperimentRecord>(
  "../../../public/recorded/prefill-decode.*.json",
  { eager: true, import: "default" },
);
const record = findBest(RECORDS);

const RANGES: readonly Range[] = [
  { value: "little", label: "less than 4 times", low: 0, high: 4 },
  { value: "some", label: "4 to 16 times", low: 4, high: 16 },
  { value: "much", label: "16 to 64 times", low: 16, high: 64 },
  { value: "most", label: "more than 64 times", low: 64, high: Infinity },
];

export const PREDICTION = askRange(
  "The model takes a prompt at once, then generates a token. How many times less does a token of the prompt take than the generated one?",
  RANGES,
);

/** A generated token's time over that of a token of the prompt. */
export function tokenRatio({ comparison }: ExperimentRecord): Estimate | undefined {
  const { ratio, contender } = comparison;
  return ratio && scaleEstimate(ratio, contender.step.position);
}

const format = (value: number | null | undefined) => formatRatio(value, 3);

function sayRatio({ run }: LiveScene, prediction: string | undefined): string[] {
  if ("series" in run.record) return [];
  const ratio = tokenRatio(run.record);
  const { position } = run.record.comparison.contender.step;
  const said =
    ratio === undefined
      ? []
      : [
          `After ${formatCount(position)} tokens a generated token takes ${format(ratio.median)} as long as each token of that prompt (95 % interval ${formatInterval(ratio.low, ratio.high, format)}).`,
        ];
  return [
    ...answerRange(RANGES, prediction, ratio, format),
    ...said,
    `Model: ${run.record.model.name}, ${formatCount(run.record.model.numParameters)} parameters${run.record.device.isSoftware ? ", as it is: heavier ones are for GPUs" : ""}.`,
  ];
}

export const figure: LiveFigure = {
  subject,
  words: {
    modelled:
      "the story model as it is, weights and cache counted once and nothing between the kernels,",
    published: sayMeasuredWithAttention(
      "times in 16 bits of the four products of a layer of Llama 2 7B with 1, 8, 32, 128 and 248 tokens, without attention,",
    ),
  },
  recorded: record === undefined ? undefined : { record, ladder: findLadder(record.device.name) },
  sentences: sayRatio,
};
