// What the figure's numbers unfold into.
import { meanContext } from "../../core/serving/load.ts";
import type { ParetoPoint } from "../../core/serving/pareto.ts";
import {
  READING_SOURCE,
  readingSpeed,
  TOKENS_PER_WORD,
  WORDS_PER_MINUTE,
} from "../../core/serving/reading-speed.ts";
import {
  formatBytes,
  formatCount,
  formatNumber,
  formatRate,
  formatRatio,
  formatSeconds,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import type { ParetoScene } from "./scene.ts";

const FITTED = {
  label: "microsoft/vidur, MIT, commit 7d47513",
  url: "https://github.com/microsoft/vidur",
};

function sourcesOf({ deployment, estimate }: ParetoScene) {
  const { model, gpu } = deployment;
  return [
    { label: `Shape of ${model.name}`, url: model.source.url },
    { label: `Datasheet of the ${gpu.name}`, url: gpu.source.url },
    ...(estimate === "fitted" ? [FITTED] : []),
  ];
}

function cycleInputs({ workload }: ParetoScene, { batch, load }: ParetoPoint) {
  return [
    { symbol: "B", meaning: "requests at once", value: formatCount(batch) },
    { symbol: "O", meaning: "output tokens of each", value: formatCount(workload.outputTokens) },
    { symbol: "prefill", meaning: "of one prompt", value: formatSeconds(load.prefill.seconds) },
    {
      symbol: "step",
      meaning: `decode, contexts of ${formatCount(meanContext(workload))}`,
      value: formatSeconds(load.decode.seconds),
    },
  ];
}

export function openAll(scene: ParetoScene, point: ParetoPoint): OpenedNumber {
  const { batch, load } = point;
  const { outputTokens } = scene.workload;
  const text = formatRate(point.tokensPerSecondPerGpu, "tokens/s");
  return {
    text,
    title: `Tokens a second of all ${formatCount(batch)} readers`,
    formula: "throughput = B·O / (B·prefill + (O − 1)·step)",
    inputs: cycleInputs(scene, point),
    substitution: `${formatCount(batch * outputTokens)} / (${formatCount(batch)} · ${formatSeconds(load.prefill.seconds)} + ${formatCount(outputTokens - 1)} · ${formatSeconds(load.decode.seconds)}) = ${text}`,
    note: "A steady state: each request that ends is replaced, and every prompt is prefilled on the same GPU, which decodes nothing meanwhile.",
    sources: sourcesOf(scene),
  };
}

export function openEach(scene: ParetoScene, point: ParetoPoint): OpenedNumber {
  const text = formatRate(point.tokensPerSecondPerUser, "tokens/s");
  return {
    text,
    title: "Tokens a second of one reader",
    formula: "throughput / B",
    inputs: cycleInputs(scene, point),
    substitution: `${formatRate(point.tokensPerSecondPerGpu, "tokens/s")} / ${formatCount(point.batch)} = ${text}`,
    note: "The prefills of the others are in it: while one runs, nobody gets a token.",
    sources: sourcesOf(scene),
  };
}

export function openPace(point: ParetoPoint): OpenedNumber {
  const text = formatRatio(point.tokensPerSecondPerUser / readingSpeed());
  return {
    text,
    title: "Pace over the reading speed",
    formula: "tokens a second / (words a minute · tokens a word / 60)",
    inputs: [
      {
        symbol: "pace",
        meaning: "of one reader’s text",
        value: formatRate(point.tokensPerSecondPerUser, "tokens/s"),
      },
      {
        symbol: "words",
        meaning: "a minute, silent reading of English non-fiction",
        value: formatCount(WORDS_PER_MINUTE),
      },
      {
        symbol: "tokens",
        meaning: "a word, as commonly counted",
        value: String(TOKENS_PER_WORD),
      },
    ],
    substitution: `${formatNumber(point.tokensPerSecondPerUser)} / (${WORDS_PER_MINUTE} · ${TOKENS_PER_WORD} / 60) = ${formatNumber(point.tokensPerSecondPerUser)} / ${formatNumber(readingSpeed())} = ${text}`,
    sources: [{ label: READING_SOURCE.title, url: READING_SOURCE.url }],
  };
}

export function openIntensity(scene: ParetoScene): OpenedNumber {
  const { work, ridge } = scene;
  const text = `${formatNumber(work.intensity)} FLOP/B`;
  return {
    text,
    title: `Intensity of a decode step of ${formatCount(work.batch)}`,
    formula: "FLOPs of the step / bytes of the step",
    inputs: [
      {
        symbol: "matrices",
        meaning: "alone",
        value: `${formatNumber(work.matrixIntensity)} FLOP/B`,
      },
      {
        symbol: "attention",
        meaning: "alone",
        value: `${formatNumber(work.attentionIntensity)} FLOP/B`,
      },
      { symbol: "weights", meaning: "bytes read, once", value: formatBytes(work.weights) },
      {
        symbol: "caches",
        meaning: `bytes of ${formatCount(work.batch)} caches`,
        value: formatBytes(work.caches),
      },
      { symbol: "ridge", meaning: "of the GPU, 16 bits", value: `${formatNumber(ridge)} FLOP/B` },
    ],
    substitution: `${text}, ${work.intensity < ridge ? "below" : "above"} the ridge point of ${formatNumber(ridge)} FLOP/B`,
    note: "Each operand is counted once, as if nothing stayed in a cache from one kernel to the next.",
    sources: sourcesOf(scene),
  };
}
