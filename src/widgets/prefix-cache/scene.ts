// Hit rate against cache size for each workload, and the readings at one size. Pure.
import type { DataTable } from "../../figure/widget.ts";
import { formatCount, formatPercent } from "../../ui/format.ts";
import type { TracePoint } from "./mooncake.ts";
import { MAX_BLOCKS, MIN_BLOCKS } from "./parameters.ts";
import { hitRate, replay, type HitCount } from "./replay.ts";
import {
  BLOCK_SIZE,
  WORKLOADS,
  type CacheRequest,
  type Workload,
  type WorkloadShape,
} from "./workloads.ts";

export interface PrefixCacheValues extends WorkloadShape {
  /** Of the cache. */
  readonly blocks: number;
}

export interface CurvePoint extends HitCount {
  readonly numBlocks: number;
}

export interface Curve {
  readonly workload: Workload;
  readonly points: readonly CurvePoint[];
  /** At the size that is asked for. */
  readonly here: CurvePoint;
}

export interface PrefixCacheScene {
  readonly values: PrefixCacheValues;
  readonly curves: readonly Curve[];
}

/** Each about a third above the one before. */
export const SIZES: readonly number[] = [
  MIN_BLOCKS,
  256,
  384,
  512,
  768,
  1024,
  1536,
  2048,
  3072,
  MAX_BLOCKS,
];

interface Swept {
  readonly requests: readonly CacheRequest[];
  readonly points: readonly CurvePoint[];
}

function pointAt(requests: readonly CacheRequest[], numBlocks: number): CurvePoint {
  return { numBlocks, ...replay(requests, numBlocks) };
}

/** Sweeps that were made, by what they depend on: a slider moves one of them at a time. */
const swept = new Map<string, Swept>();
const MAX_SWEPT = 64;

function sweep(workload: Workload, shape: WorkloadShape): Swept {
  const key = `${workload.id} ${workload.dependsOn === undefined ? "" : shape[workload.dependsOn]}`;
  const known = swept.get(key);
  if (known !== undefined) return known;
  const requests = workload.create(shape);
  const fresh = { requests, points: SIZES.map((size) => pointAt(requests, size)) };
  if (swept.size >= MAX_SWEPT) swept.clear();
  swept.set(key, fresh);
  return fresh;
}

export function createScene({
  blocks,
  system,
  conversations,
}: PrefixCacheValues): PrefixCacheScene {
  const shape = { system, conversations };
  const curves = WORKLOADS.map((workload): Curve => {
    const { requests, points } = sweep(workload, shape);
    const known = points.find(({ numBlocks }) => numBlocks === blocks);
    return { workload, points, here: known ?? pointAt(requests, blocks) };
  });
  return { values: { blocks, ...shape }, curves };
}

export function formatRate(count: HitCount): string {
  return formatPercent(hitRate(count), 3);
}

export function describeScene({ values, curves }: PrefixCacheScene): string {
  const parts = curves.map(
    ({ workload, here }) => `${workload.label.toLowerCase()} ${formatRate(here)}`,
  );
  return `Share of prompt tokens found in a cache of ${formatCount(values.blocks)} blocks (${formatCount(values.blocks * BLOCK_SIZE)} tokens): ${parts.join(", ")}.`;
}

export function makeTable({ curves, values }: PrefixCacheScene): DataTable {
  const [first] = curves;
  return {
    caption: `Prefix-cache hit rate by size; system prompt of ${formatCount(values.system)} tokens, ${formatCount(values.conversations)} conversations at a time`,
    columns: [
      "Blocks",
      "Tokens",
      ...curves.flatMap(({ workload }) => [workload.label, `${workload.label}: found / asked for`]),
    ],
    rows: (first?.points ?? []).map(({ numBlocks }, row) => [
      numBlocks,
      numBlocks * BLOCK_SIZE,
      ...curves.flatMap(({ points }) => {
        const point = points[row];
        return point === undefined ? ["—", "—"] : [formatRate(point), writeCount(point)];
      }),
    ]),
  };
}

export function writeCount({ numHit, numQueried }: HitCount): string {
  return `${formatCount(numHit)} / ${formatCount(numQueried)}`;
}

export function describeTrace(points: readonly TracePoint[]): string {
  const [least, most] = [points[0], points.at(-1)];
  if (least === undefined || most === undefined) return "The trace has not been run.";
  return `Of the prompt tokens of the Mooncake trace’s first 1,000 requests, ${formatRate(least)} are found in a cache of ${formatCount(least.numBlocks)} blocks, ${formatRate(most)} in one of ${formatCount(most.numBlocks)}.`;
}

export function makeTraceTable(points: readonly TracePoint[]): DataTable {
  return {
    caption: "Mooncake, first 1,000 requests, Llama 3.1 8B on one H100 under vLLM V1 (modelled)",
    columns: ["Blocks", "Tokens", "Hit rate", "Found / asked for", "Preemptions"],
    rows: points.map((point) => [
      point.numBlocks,
      point.numBlocks * BLOCK_SIZE,
      formatRate(point),
      writeCount(point),
      point.numPreemptions,
    ]),
  };
}
