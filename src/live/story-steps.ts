// What figures on steps of the story model know: their arithmetic at best, and how their points are named.
import { findModel } from "../core/catalog/models/models.ts";
import { decodeStepWork } from "../core/cost/decode-step.ts";
import { formatCount } from "../ui/format.ts";
import type { KeyWords } from "./result.tsx";
import type { Subject } from "./scene.ts";

/** The engine keeps weights and cache in 32 bits. */
const FLOAT_BYTES = 4;

export interface StoryStep {
  readonly numTokens: number;
  readonly hasCache: boolean;
  /** Sequences that share one reading of the weights; 1 where it is not given. */
  readonly batch?: number;
}

/** FLOP a byte of a step of the story model, weights and caches moved once and nothing else. */
export function storyIntensity({ numTokens, hasCache, batch = 1 }: StoryStep): number {
  const model = findModel("stories-1m");
  if (model === undefined) throw new Error("The catalogue holds no story model.");
  const { shape } = model;
  const work = decodeStepWork({ shape, numTokens, hasCache, bytesPerElement: FLOAT_BYTES });
  const cacheBytes = work.bytesMoved - work.weightBytes;
  return (batch * work.flops) / (work.weightBytes + batch * cacheBytes);
}

/** Points at texts of growing length. */
export const BY_POSITION: Pick<Subject, "x" | "xOf"> = {
  x: {
    label: "Tokens in the text",
    kind: "log",
    name: "number of tokens",
    format: formatCount,
    say: (tokens) => `${formatCount(tokens)} tokens`,
  },
  xOf: ({ step, plan }) => step?.position ?? plan.numRows,
};

/** Points at growing batches. */
export const BY_BATCH: Pick<Subject, "x" | "xOf"> = {
  x: {
    label: "Batch (sequences)",
    kind: "log",
    name: "batch",
    format: formatCount,
    say: (batch) => `batch ${formatCount(batch)}`,
  },
  xOf: ({ step, plan }) => step?.batch ?? plan.numRows,
};

/** What the diamonds are. */
export const STEP_WORDS: KeyWords = {
  modelled:
    "a step of the story model, weights and caches counted once and nothing between the kernels,",
};
