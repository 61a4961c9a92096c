// What the picture shows: a model split over 1 to 16 GPUs. What each holds, and what a decode step then takes. Pure.
import { findGpu, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { findModel, type ModelEntry } from "../../core/catalog/models/models.ts";
import { kvBytesPerTokenOfRank } from "../../core/cost/kv-cache.ts";
import { decodePass, findRankProblem } from "../../core/cost/pass.ts";
import { bytesOf, type NumberFormat, type Precision } from "../../core/cost/precision.ts";
import type { Link } from "../../core/parallel/all-reduce.ts";
import { findNodeCaveat, findNvlink, findPcieLink } from "../../core/parallel/links.ts";
import { weightBytesPerRank } from "../../core/parallel/ranks.ts";
import {
  tensorParallelStep,
  type TensorParallelStep,
} from "../../core/parallel/tensor-parallel.ts";
import { stepTime } from "../../core/roofline/step-time.ts";
import { bytes, seconds, type Bytes, type Seconds } from "../../core/units/units.ts";
import type { DataTable } from "../../figure/widget.ts";
import { formatBytes, formatCount, formatPercent, formatSeconds } from "../../ui/format.ts";

export interface ParallelValues {
  readonly model: string;
  readonly weights: string;
  readonly hardware: string;
  readonly batch: number;
  readonly context: number;
}

export interface LinkedStep extends TensorParallelStep {
  readonly link: Link;
}

/** What each GPU does in a decode step of its own. */
export interface OwnWork {
  /** Time of the operators that wait for memory. */
  readonly memory: Seconds;
  /** Time of the operators that wait for arithmetic. */
  readonly compute: Seconds;
}

export interface RankRow {
  readonly ranks: number;
  /** Why the model cannot be split so; the work is absent then. */
  readonly problem: string | undefined;
  readonly weights: Bytes;
  readonly cache: Bytes;
  /** Weights and caches are no more than the memory on the datasheet. */
  readonly fits: boolean;
  readonly own: OwnWork | undefined;
  readonly nvlink: LinkedStep | undefined;
  readonly pcie: LinkedStep | undefined;
  /** KV heads on each GPU; 1 for a latent. */
  readonly headsPerRank: number;
  /** How often each KV head is kept. */
  readonly copies: number;
}

export interface ParallelScene {
  readonly model: ModelEntry;
  readonly gpu: GpuEntry;
  readonly values: ParallelValues;
  readonly precision: Precision;
  readonly rows: readonly RankRow[];
  /** The fewest GPUs shown that hold weights and caches; undefined where 16 do not. */
  readonly needed: RankRow | undefined;
  /** Where the links of one node no longer say it all. */
  readonly caveat: string | undefined;
}

export const RANK_COUNTS = [1, 2, 4, 8, 16] as const;
const FORMATS: readonly NumberFormat[] = ["bf16", "fp8", "int4"];

function stepOver(
  link: Link | undefined,
  pass: ReturnType<typeof decodePass>,
  gpu: GpuEntry,
): LinkedStep | undefined {
  return link === undefined ? undefined : { ...tensorParallelStep(pass, gpu, link), link };
}

function ownWork(pass: ReturnType<typeof decodePass>, gpu: GpuEntry): OwnWork {
  const { rows } = stepTime(pass, gpu);
  const sum = (isCompute: boolean) =>
    seconds(
      rows
        .filter(({ time }) => (time.bound === "compute") === isCompute)
        .reduce((total, { time }) => total + time.seconds, 0),
    );
  return { memory: sum(false), compute: sum(true) };
}

interface Setting {
  readonly model: ModelEntry;
  readonly gpu: GpuEntry;
  readonly precision: Precision;
  readonly batch: number;
  readonly context: number;
}

function makeRow(ranks: number, setting: Setting): RankRow {
  const { model, gpu, precision, batch, context } = setting;
  const { shape } = model;
  const weights = weightBytesPerRank(shape, precision, ranks);
  const perToken = kvBytesPerTokenOfRank(shape, bytesOf(precision.kv), ranks);
  const cache = bytes(batch * context * perToken);
  const problem = findRankProblem(shape, ranks);
  const numHeads = shape.latent === undefined ? shape.numKvHeads : 1;
  const pass =
    problem === undefined ? decodePass(shape, { batch, context, precision, ranks }) : undefined;
  return {
    ranks,
    problem,
    weights,
    cache,
    fits: problem === undefined && weights + cache <= gpu.memory,
    own: pass && ownWork(pass, gpu),
    nvlink: pass && ranks > 1 ? stepOver(findNvlink(gpu, ranks), pass, gpu) : undefined,
    pcie: pass && ranks > 1 ? stepOver(findPcieLink(gpu), pass, gpu) : undefined,
    headsPerRank: Math.max(1, numHeads / ranks),
    copies: Math.max(1, ranks / numHeads),
  };
}

export function createScene(values: ParallelValues): ParallelScene {
  const [model, gpu] = [findModel(values.model), findGpu(values.hardware)];
  const weights = FORMATS.find((format) => format === values.weights);
  if (model === undefined || gpu === undefined || weights === undefined) {
    throw new Error(
      `The catalogue holds no model "${values.model}", GPU "${values.hardware}" or format "${values.weights}".`,
    );
  }
  const precision: Precision = { weights, kv: "bf16", activations: "bf16" };
  const { batch, context } = values;
  const rows = RANK_COUNTS.map((ranks) =>
    makeRow(ranks, { model, gpu, precision, batch, context }),
  );
  return {
    model,
    gpu,
    values,
    precision,
    rows,
    needed: rows.find(({ fits }) => fits),
    caveat: findNodeCaveat(16),
  };
}

/** The step over the fastest link that there is. */
export function bestStep({ nvlink, pcie }: RankRow): LinkedStep | undefined {
  return nvlink ?? pcie;
}

export function ownSeconds({ own }: RankRow): Seconds | undefined {
  return own && seconds(own.memory + own.compute);
}

export function allReduceShare(step: TensorParallelStep): number {
  return step.allReduce / step.seconds;
}

export function writeGpus(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "GPU" : "GPUs"}`;
}

/** What happens to the KV heads on so many GPUs, in a sentence. */
export function describeHeads({ model, rows }: ParallelScene): string {
  const { latent, numKvHeads } = model.shape;
  if (latent !== undefined) {
    return `${model.name} keeps one latent instead of KV heads, and all of it on every GPU: its cache does not shrink with more GPUs.`;
  }
  const last = rows.findLast(({ problem }) => problem === undefined);
  const heads = `${model.name} has ${formatCount(numKvHeads)} KV head${numKvHeads === 1 ? "" : "s"}`;
  if (last === undefined || last.copies === 1)
    return `${heads}: no GPU keeps one that another has.`;
  return `${heads}: on ${writeGpus(last.ranks)} each keeps one, every head is kept ${formatCount(last.copies)} times, and the cache of a GPU is no smaller than on ${writeGpus(numKvHeads)}.`;
}

/** A sentence where the context is longer than the model was trained for. */
export function describeLimit({ model, values }: ParallelScene): string | undefined {
  if (values.context <= model.contextLength) return undefined;
  return `${model.name} was trained for ${formatCount(model.contextLength)} tokens; beyond that it is arithmetic only.`;
}

function describeStep(row: RankRow): string {
  const step = bestStep(row);
  if (step === undefined) {
    return row.own === undefined
      ? ""
      : ` A decode step takes at least ${formatSeconds(ownSeconds(row))}.`;
  }
  return ` A decode step takes ${formatSeconds(step.seconds)} over ${step.link.name}, ${formatPercent(allReduceShare(step))} of it in all-reduces.`;
}

export function describeScene(scene: ParallelScene): string {
  const { model, gpu, values, needed } = scene;
  const load = `${model.name} in ${values.weights} with ${formatCount(values.batch)} × ${formatCount(values.context)} tokens of cache`;
  if (needed === undefined) return `${load} does not fit 16 × ${gpu.name}.`;
  return `${load} needs ${writeGpus(needed.ranks)} of the kind ${gpu.name}.${describeStep(needed)}`;
}

export function makeTable({ rows, model, gpu }: ParallelScene): DataTable {
  return {
    caption: `A decode step of ${model.name}, split over ${gpu.name}s; own work by the roofline, all-reduces fitted to measurements`,
    columns: [
      "GPUs",
      "Weights each",
      "Cache each",
      "Fits",
      "KV heads each",
      "Waiting for memory",
      "Waiting for arithmetic",
      "All-reduces, NVLink",
      "All-reduces, PCIe",
    ],
    rows: rows.map((row) => [
      row.ranks,
      formatBytes(row.weights),
      formatBytes(row.cache),
      row.problem ?? (row.fits ? "yes" : "no"),
      formatCount(row.headsPerRank),
      formatSeconds(row.own?.memory),
      formatSeconds(row.own?.compute),
      formatSeconds(row.nvlink?.allReduce),
      formatSeconds(row.pcie?.allReduce),
    ]),
  };
}
