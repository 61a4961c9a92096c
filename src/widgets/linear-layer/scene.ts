// What the picture shows: how long a linear layer needs memory and how long it needs arithmetic, against the batch. Pure.
import {
  findGpu,
  peakFor,
  ridgePoint,
  type GpuEntry,
  type Peak,
} from "../../core/catalog/gpus/gpus.ts";
import { arithmeticIntensity, type Cost } from "../../core/cost/cost.ts";
import { bytesOf, type NumberFormat } from "../../core/cost/precision.ts";
import {
  crossoverBatch,
  linearLayerCost,
  timeOfCost,
  type OperatorTime,
} from "../../core/roofline/roofline.ts";
import { findMeasured, type MeasuredPoint } from "./measured.ts";
import type { FlopsPerByte } from "../../core/units/units.ts";
import { formatCount, formatSeconds } from "../../ui/format.ts";

export interface LinearValues {
  readonly inputs: number;
  readonly outputs: number;
  readonly batch: number;
  readonly format: string;
  /** Id of a GPU in the catalogue. */
  readonly hardware: string;
  readonly measured: boolean;
}

/** The layer at one batch. */
export interface LayerPoint {
  readonly batch: number;
  readonly cost: Cost;
  readonly intensity: FlopsPerByte;
  readonly time: OperatorTime;
}

export interface LinearScene {
  readonly gpu: GpuEntry;
  readonly format: NumberFormat;
  readonly bytesPerElement: number;
  /** Rate of the tensor cores in this format, and why it is not the format's own. */
  readonly peak: Peak;
  readonly ridge: FlopsPerByte;
  /** Smallest batch at which arithmetic takes longer than memory; undefined where none does. */
  readonly crossover: number | undefined;
  readonly chosen: LayerPoint;
  /** Batch 1 to the end of the axis. */
  readonly curve: readonly LayerPoint[];
  /** The batches that the chapters speak of. */
  readonly examples: readonly LayerPoint[];
  /** Powers of two, the crossover and the chosen batch, for the data table. */
  readonly listed: readonly LayerPoint[];
  /** Times of this layer on this GPU as others measured them; empty where there are none. */
  readonly measured: readonly MeasuredPoint[];
}

export const MAX_BATCH = 1024;
const EXAMPLES = [1, 32, 256, 512];

function toFormat(text: string): NumberFormat {
  return text === "fp8" || text === "int8" ? text : "bf16";
}

/** Whole batches, about four for each doubling. */
const CURVE_BATCHES = [
  ...new Set(Array.from({ length: 41 }, (_, i) => Math.round(MAX_BATCH ** (i / 40)))),
];

function listBatches(crossover: number | undefined, batch: number): number[] {
  const powers = Array.from({ length: Math.log2(MAX_BATCH) + 1 }, (_, i) => 2 ** i);
  const crossed = crossover !== undefined && crossover <= MAX_BATCH ? [crossover] : [];
  return [...new Set([...powers, ...crossed, batch])].toSorted((a, b) => a - b);
}

export function createScene(values: LinearValues): LinearScene {
  const gpu = findGpu(values.hardware);
  if (gpu === undefined) throw new Error(`The catalogue holds no GPU "${values.hardware}".`);
  const format = toFormat(values.format);
  const layer = {
    inputs: values.inputs,
    outputs: values.outputs,
    bytesPerElement: bytesOf(format),
  };
  const at = (batch: number): LayerPoint => {
    const cost = linearLayerCost({ ...layer, batch });
    return {
      batch,
      cost,
      intensity: arithmeticIntensity(cost),
      time: timeOfCost(cost, gpu, { format }),
    };
  };
  const crossover = crossoverBatch(layer, gpu, format);
  const measured = format === "bf16" ? findMeasured(gpu.id, values.inputs, values.outputs) : [];
  return {
    gpu,
    format,
    bytesPerElement: layer.bytesPerElement,
    peak: peakFor(gpu, format),
    ridge: ridgePoint(gpu, format),
    crossover,
    chosen: at(values.batch),
    curve: CURVE_BATCHES.map(at),
    examples: EXAMPLES.map(at),
    listed: listBatches(crossover, values.batch).map(at),
    measured: measured.filter(({ batch }) => batch <= MAX_BATCH),
  };
}

/** "memory bound" or "compute bound". */
export function sayBound({ time }: LayerPoint): string {
  return `${time.bound} bound`;
}

export function describeScene(scene: LinearScene, values: LinearValues): string {
  const { chosen, crossover, gpu } = scene;
  const layer = `nn.Linear(${formatCount(values.inputs)}, ${formatCount(values.outputs)})`;
  const verdict = `At batch ${formatCount(chosen.batch)} ${layer} is ${sayBound(chosen)} on the ${gpu.name}: memory takes ${formatSeconds(chosen.time.memory)}, arithmetic ${formatSeconds(chosen.time.compute)}.`;
  return crossover === undefined
    ? `${verdict} No batch makes it compute bound.`
    : `${verdict} From batch ${formatCount(crossover)} on it is compute bound.`;
}
