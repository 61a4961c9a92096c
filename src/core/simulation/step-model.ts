// How long a step takes, as a value. The times of a model on a GPU are looked up in tables that fill as they are asked,
// so that millions of steps cost no more than a few thousand forward passes worked out operator by operator.
import type { Operator } from "../cost/operator.ts";
import type { Pass, SequenceGroup } from "../cost/pass.ts";
import { findLinkBetween } from "../parallel/links.ts";
import { tensorParallelStep, type Estimate } from "../parallel/tensor-parallel.ts";
import { fittedStepTime } from "../roofline/fitted.ts";
import { stepTime } from "../roofline/step-time.ts";
import type { Deployment } from "../serving/deployment.ts";
import { seconds, type Seconds } from "../units/units.ts";

/** What one step computes, summed over its requests. The simulation reuses the object: read it, do not keep it. */
export interface StepLoad {
  /** Rows through every matrix, padding included. */
  readonly numTokens: number;
  readonly numSequences: number;
  /** Sequences that bring one token. */
  readonly numDecodes: number;
  /** Tokens in the caches of those before the step. */
  readonly numDecodeKeys: number;
  /** Of each sequence that brings more: tokens in its cache, and new ones. */
  readonly prefills: readonly { readonly cached: number; readonly fresh: number }[];
}

export type StepModel = (load: StepLoad) => Seconds;

export interface LinearTimes {
  /** Of every step. */
  readonly step: Seconds;
  /** For each token computed. */
  readonly perToken: Seconds;
  /** For each token that is in a cache before the step. */
  readonly perKey: Seconds;
}

/** A step model that can be worked by hand. */
export function linearStepModel({ step, perToken, perKey }: LinearTimes): StepModel {
  return ({ numTokens, numDecodeKeys, prefills }) => {
    const keys = prefills.reduce((sum, { cached }) => sum + cached, numDecodeKeys);
    return seconds(step + numTokens * perToken + keys * perKey);
  };
}

export interface EngineTimes {
  readonly estimate: Estimate;
  /** Of every step besides its kernels: scheduling, sampling, the host. 0 unless said. */
  readonly overhead?: Seconds;
}

/**
 * The steps of a model on its GPUs: the roofline's or the fitted time of all operators but attention and the head for
 * the step's tokens, of the head for its sequences, and of attention for each prefill and for all decodes at their
 * mean context.
 *
 * Times are looked up in tables, so a step differs from the same pass worked out whole, by at most 2 %. Attention of
 * prefills and of decodes runs one after the other in fitted times, and as one operator on the roofline.
 * Padding costs its rows through the matrices and no attention.
 *
 * @throws RangeError if the model cannot be split over the GPUs or no link between them is known.
 */
export function engineStepModel(
  deployment: Deployment,
  { estimate, overhead = seconds(0) }: EngineTimes,
): StepModel {
  const times = passTimes(deployment, estimate);
  const between = estimate === "fitted" ? "next" : "line";
  const body = tabulated(times.body, between);
  const head = tabulated(times.head, between);
  const attention = times.attention.map(({ decodes, prefill }) => ({
    decodes: interpolated(decodes),
    prefill: interpolated(prefill),
  }));
  return ({ numTokens, numSequences, numDecodes, numDecodeKeys, prefills }) => {
    let longest = 0;
    for (const { decodes, prefill } of attention) {
      let sum = numDecodes > 0 ? decodes(numDecodes, numDecodeKeys / numDecodes) : 0;
      for (const { cached, fresh } of prefills) sum += prefill(fresh, cached);
      longest = Math.max(longest, sum);
    }
    return seconds(overhead + body(numTokens) + head(numSequences) + longest);
  };
}

function passTimes({ model, gpu, numGpus, precision, link }: Deployment, estimate: Estimate) {
  const between = link ?? findLinkBetween(gpu, numGpus);
  const passOf = (group: SequenceGroup): Pass => ({
    shape: model.shape,
    groups: [group],
    precision,
    isFused: true,
    ranks: numGpus,
  });
  const sumOf = (pass: Pass, isCounted: (operator: Operator) => boolean) =>
    rowsOf(pass, gpu, estimate).reduce(
      (sum, row) => sum + (isCounted(row.operator) ? Math.max(...row.parts) : 0),
      0,
    );
  const attentionPart = (group: SequenceGroup, part: number) =>
    rowsOf(passOf(group), gpu, estimate).reduce(
      (sum, { operator, parts }) => sum + (isAttention(operator) ? (parts[part] ?? 0) : 0),
      0,
    );
  return {
    body: (numTokens: number) => {
      const pass = passOf({ count: numTokens, cached: 0, fresh: 1 });
      const allReduce = numGpus === 1 ? 0 : tensorParallelStep(pass, gpu, between).allReduce;
      return allReduce + sumOf(pass, (operator) => !isAttention(operator) && !isHead(operator));
    },
    head: (numSequences: number) =>
      sumOf(passOf({ count: numSequences, cached: 0, fresh: 1 }), isHead),
    attention: (estimate === "fitted" ? [0] : [0, 1]).map((part) => ({
      decodes: (count: number, cached: number) => attentionPart({ count, cached, fresh: 1 }, part),
      prefill: (fresh: number, cached: number) => attentionPart({ count: 1, cached, fresh }, part),
    })),
  };
}

/** Times that an operator takes the longest of: fitted, only one; on the roofline, memory's and arithmetic's. */
function rowsOf(pass: Pass, gpu: Deployment["gpu"], estimate: Estimate) {
  if (estimate === "fitted") {
    return fittedStepTime(pass, gpu).rows.map((row) => ({
      operator: row.operator,
      parts: [row.seconds],
    }));
  }
  return stepTime(pass, gpu).rows.map(({ operator, time }) => ({
    operator,
    parts: [time.memory, time.compute],
  }));
}

function isAttention({ kind }: Operator): boolean {
  return kind === "attention";
}

function isHead({ id }: Operator): boolean {
  return id === "head";
}

/** Up to so many tokens or sequences each count has its own time; above, every 32nd. */
const EXACT_COUNT = 256;
/** Tiles of matrix kernels have a multiple of 32 rows, so that times go up in steps of them. */
const TILE_ROWS = 32;

/**
 * @param between - above the exact counts: the time of the next count that has one, as whole tiles take, or a straight
 *   line between two.
 */
function tabulated(
  of: (count: number) => number,
  between: "next" | "line",
): (count: number) => number {
  const known = new Map<number, number>();
  const at = (count: number): number => {
    const found = known.get(count);
    if (found !== undefined) return found;
    const value = of(count);
    known.set(count, value);
    return value;
  };
  const exact = new Float64Array(EXACT_COUNT + 1).fill(NaN);
  return (count) => {
    const found = exact[count];
    if (found !== undefined && !Number.isNaN(found)) return found;
    if (count <= EXACT_COUNT) return (exact[count] = count === 0 ? 0 : of(count));
    const above = Math.ceil(count / TILE_ROWS) * TILE_ROWS;
    const high = at(above);
    if (above === count || between === "next") return high;
    return high - ((high - at(above - TILE_ROWS)) * (above - count)) / TILE_ROWS;
  };
}

/** Knots in each octave: between 8·s and 16·s they are s apart. */
const KNOTS_PER_OCTAVE = 8;
/** Room for the second coordinate in one key; 2²⁶ tokens. */
const KEY_STRIDE = 2 ** 26;

/** Up to so many of the first count, the cell it was last asked in is kept. */
const MAX_KEPT_CELL = 1024;

/** A function of two counts around one `x` and between two knots of `y`: its values at the four knots. */
interface Cell {
  readonly yBelow: number;
  readonly yStep: number;
  /** At the knot of `x` below, and how much it rises to the next knot of `y`. */
  readonly low: number;
  readonly lowRise: number;
  /** The same at the knot of `x` above. */
  readonly high: number;
  readonly highRise: number;
  /** From the knot below to `x`, and to the knot above. */
  readonly xOffset: number;
  readonly xStep: number;
}

/**
 * A function of two counts, linear between knots. Its value at a knot is worked out once. A server's next step mostly
 * asks in the same cell, and then nothing is looked up.
 */
function interpolated(of: (x: number, y: number) => number): (x: number, y: number) => number {
  const known = new Map<number, number>();
  const at = (x: number, y: number): number => {
    const key = x * KEY_STRIDE + y;
    const found = known.get(key);
    if (found !== undefined) return found;
    const value = of(x, y);
    known.set(key, value);
    return value;
  };
  const cellAt = (x: number, y: number): Cell => {
    const [xStep, yStep] = [knotSpacing(x), knotSpacing(y)];
    const [xBelow, yBelow] = [Math.floor(x / xStep) * xStep, Math.floor(y / yStep) * yStep];
    const xAbove = x === xBelow ? xBelow : xBelow + xStep;
    const [low, high] = [at(xBelow, yBelow), at(xAbove, yBelow)];
    return {
      yBelow,
      yStep,
      low,
      lowRise: at(xBelow, yBelow + yStep) - low,
      high,
      highRise: at(xAbove, yBelow + yStep) - high,
      xOffset: x - xBelow,
      xStep,
    };
  };
  const cells: (Cell | undefined)[] = Array.from({ length: MAX_KEPT_CELL + 1 });
  return (x, y) => {
    let cell = cells[x];
    if (cell === undefined || y < cell.yBelow || y >= cell.yBelow + cell.yStep) {
      cell = cellAt(x, y);
      if (x <= MAX_KEPT_CELL) cells[x] = cell;
    }
    const yOffset = y - cell.yBelow;
    const low = cell.low + (cell.lowRise * yOffset) / cell.yStep;
    if (cell.xOffset === 0) return low;
    const high = cell.high + (cell.highRise * yOffset) / cell.yStep;
    return low + ((high - low) * cell.xOffset) / cell.xStep;
  };
}

function knotSpacing(value: number): number {
  if (value < 2 * KNOTS_PER_OCTAVE) return 1;
  // The highest power of two that is not above the value; tokens are fewer than 2³¹.
  return (1 << (31 - Math.clz32(value))) / KNOTS_PER_OCTAVE;
}
