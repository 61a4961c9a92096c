// One forward pass: which sequences take part, how much each has in its cache, and how many new tokens it brings.
import type { ModelShape } from "../catalog/models/model-shape.ts";
import { BF16, type Precision } from "./precision.ts";

/** Sequences that are alike. */
export interface SequenceGroup {
  /** Sequences. */
  readonly count: number;
  /** Tokens in each one's cache before the pass. */
  readonly cached: number;
  /** New tokens of each: 1 in decode, the prompt or a piece of it in prefill. */
  readonly fresh: number;
}

export interface Pass {
  readonly shape: ModelShape;
  readonly groups: readonly SequenceGroup[];
  readonly precision: Precision;
  /** Norms, rotations, activations and residuals are done inside the neighbouring matrix or attention kernels. */
  readonly isFused: boolean;
  /** GPUs among which matrices and heads are split; 1 if absent. All costs are those of one of them. */
  readonly ranks?: number;
}

interface PassOptions {
  readonly precision?: Precision;
  readonly isFused?: boolean;
  readonly ranks?: number;
}

export interface DecodeOptions extends PassOptions {
  /** B: sequences. */
  readonly batch: number;
  /** S: tokens already in each cache; the new token is not among them. */
  readonly context: number;
}

export interface PrefillOptions extends PassOptions {
  /** B: sequences. */
  readonly batch: number;
  /** Tokens of each prompt, none of them in the cache. */
  readonly prompt: number;
}

/** One new token for each sequence. Fused, in 16 bits, on one GPU, unless said otherwise. */
export function decodePass(shape: ModelShape, options: DecodeOptions): Pass {
  const { batch, context } = options;
  return passOf(shape, { count: batch, cached: context, fresh: 1 }, options);
}

/** Whole prompts at once, from an empty cache. Defaults as in {@link decodePass}. */
export function prefillPass(shape: ModelShape, options: PrefillOptions): Pass {
  const { batch, prompt } = options;
  return passOf(shape, { count: batch, cached: 0, fresh: prompt }, options);
}

function passOf(
  shape: ModelShape,
  group: SequenceGroup,
  { precision = BF16, isFused = true, ranks = 1 }: PassOptions,
): Pass {
  return { shape, groups: [group], precision, isFused, ranks };
}

/** What the sequences of a pass add up to. */
export interface PassTotals {
  readonly sequences: number;
  /** T: new tokens of all sequences: rows through each matrix. */
  readonly tokens: number;
  /** Keys that attention reads in each KV head: cached and new. */
  readonly keys: number;
  /** Pairs of a query and a key that it may see, in each head. */
  readonly scores: number;
}

/**
 * Sums over groups. A new token sees the cache, the new tokens before it and itself, so that a sequence has
 * `fresh·cached + fresh·(fresh + 1)/2` scores.
 */
export function totalsOf(groups: readonly SequenceGroup[]): PassTotals {
  let [sequences, tokens, keys, scores] = [0, 0, 0, 0];
  for (const { count, cached, fresh } of groups) {
    sequences += count;
    tokens += count * fresh;
    keys += count * (cached + fresh);
    scores += count * (fresh * cached + (fresh * (fresh + 1)) / 2);
  }
  return { sequences, tokens, keys, scores };
}

/** Far above any machine, and low enough that products of a few such numbers stay finite and exact enough. */
const MAX_COUNT = 1e9;

function assertWhole(name: string, value: number, min: number): void {
  if (Number.isInteger(value) && value >= min && value <= MAX_COUNT) return;
  throw new RangeError(`${name} must be a whole number from ${min} to one billion; got ${value}.`);
}

/**
 * Why a model cannot be split among so many tensor-parallel GPUs, as a sentence; undefined if it can.
 *
 * Query heads, the feed-forward width and the width of an expert must divide evenly. KV heads must either divide
 * evenly or be repeated a whole number of times.
 */
export function findRankProblem(shape: ModelShape, ranks: number): string | undefined {
  if (!Number.isInteger(ranks) || ranks < 1 || ranks > MAX_COUNT) {
    return `The number of GPUs must be a whole number of at least 1; got ${ranks}.`;
  }
  const { numHeads, numKvHeads, hiddenWidth, experts } = shape;
  if (numHeads % ranks !== 0) {
    return `${numHeads} heads cannot be split evenly among ${ranks} GPUs.`;
  }
  if (numKvHeads % ranks !== 0 && ranks % numKvHeads !== 0) {
    return `${numKvHeads} KV heads can neither be split evenly among ${ranks} GPUs nor repeated evenly on them.`;
  }
  const split = experts?.width ?? hiddenWidth;
  const hidden = experts === undefined || experts.numDenseLayers > 0 ? hiddenWidth : split;
  const uneven = [split, hidden].find((width) => width % ranks !== 0);
  return uneven === undefined
    ? undefined
    : `A feed-forward width of ${uneven} cannot be split evenly among ${ranks} GPUs.`;
}

/**
 * Refuses passes that cannot be.
 *
 * @throws RangeError if there is no sequence, a count is not a whole number (at least 1; the cache may be empty) up to
 *   one billion, or the model cannot be split among the ranks.
 */
export function assertPass({ shape, groups, ranks = 1 }: Pass): void {
  if (groups.length === 0) throw new RangeError("A pass needs at least one sequence.");
  for (const { count, cached, fresh } of groups) {
    assertWhole("The number of sequences", count, 1);
    assertWhole("The number of cached tokens", cached, 0);
    assertWhole("The number of new tokens", fresh, 1);
  }
  const problem = findRankProblem(shape, ranks);
  if (problem !== undefined) throw new RangeError(problem);
}
