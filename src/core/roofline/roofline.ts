// The roofline: the least time that arithmetic and memory allow a piece of work, and which of the two sets it.
import { peakFor, ridgePoint, type GpuEntry } from "../catalog/gpus/gpus.ts";
import { bytesMoved, type Cost } from "../cost/cost.ts";
import type { NumberFormat } from "../cost/precision.ts";
import {
  bytes,
  flops,
  flopsPerByte,
  flopsPerSecond,
  seconds,
  type FlopsPerByte,
  type FlopsPerSecond,
  type Seconds,
} from "../units/units.ts";
import { requireCount, requireNotNegative, requirePositive } from "./require.ts";

/** What sets the time: bytes, arithmetic, or launching the work at all. */
export type Bound = "memory" | "compute" | "overhead";

export interface OperatorTime {
  /** Bytes moved over the bandwidth. */
  readonly memory: Seconds;
  /** FLOPs over the peak of the format. */
  readonly compute: Seconds;
  /** The longest of memory, compute and launches. */
  readonly seconds: Seconds;
  readonly bound: Bound;
}

export interface TimeOptions {
  /** Format of the arithmetic; bf16 unless said. */
  readonly format?: NumberFormat;
  /** Kernels that the work is launched as; 1 unless said. */
  readonly launches?: number;
  /** Least time between two launches; 0 unless said, the pure roofline. */
  readonly launchSeconds?: Seconds;
}

/**
 * The greatest rate that work of this intensity can have: `min(peak, intensity · bandwidth)`.
 *
 * @throws RangeError if the intensity is negative or not finite.
 * @see Williams, Waterman and Patterson 2009, "Roofline: an insightful visual performance model"
 */
export function attainable(
  gpu: GpuEntry,
  intensity: FlopsPerByte,
  format: NumberFormat = "bf16",
): FlopsPerSecond {
  requireNotNegative("An arithmetic intensity", intensity);
  return flopsPerSecond(Math.min(peakFor(gpu, format).rate, intensity * gpu.bandwidth));
}

/**
 * The roofline time of work: `max(FLOPs / peak, bytes / bandwidth)`, and no less than its launches take.
 *
 * On the ridge, where both times are equal, the verdict is compute; work that does nothing is called memory bound.
 *
 * @throws RangeError if a launch count or time is negative or not finite.
 */
export function timeOfCost(cost: Cost, gpu: GpuEntry, options: TimeOptions = {}): OperatorTime {
  const { format = "bf16", launches = 1, launchSeconds = 0 } = options;
  requireNotNegative("The number of launches", launches);
  requireNotNegative("The time of a launch", launchSeconds);
  const memory = bytesMoved(cost) / gpu.bandwidth;
  const compute = cost.flops / peakFor(gpu, format).rate;
  const overhead = launches * launchSeconds;
  return {
    memory: seconds(memory),
    compute: seconds(compute),
    seconds: seconds(Math.max(memory, compute, overhead)),
    bound: boundOf(memory, compute, overhead),
  };
}

/** Which of the three times is the longest; see {@link timeOfCost} for ties. */
export function boundOf(memory: number, compute: number, overhead = 0): Bound {
  if (overhead > Math.max(memory, compute)) return "overhead";
  return compute > 0 && compute >= memory ? "compute" : "memory";
}

export interface LinearLayer {
  /** K: elements of a row that goes in. */
  readonly inputs: number;
  /** N: elements of a row that comes out. */
  readonly outputs: number;
  /** 2 for fp16 and bf16. */
  readonly bytesPerElement: number;
}

/**
 * Work of a linear layer without bias on a batch of rows: `2·B·K·N` FLOPs; the input B·K and the weights K·N are read,
 * the output B·N is written, each once.
 *
 * @throws RangeError if a size is not a positive whole number, or `bytesPerElement` is not positive.
 */
export function linearLayerCost(layer: LinearLayer & { readonly batch: number }): Cost {
  const { inputs, outputs, batch, bytesPerElement } = layer;
  requireLayer(layer);
  requireCount("The batch", batch);
  return {
    flops: flops(2 * batch * inputs * outputs),
    bytesRead: bytes((batch * inputs + inputs * outputs) * bytesPerElement),
    bytesWritten: bytes(batch * outputs * bytesPerElement),
  };
}

function requireLayer({ inputs, outputs, bytesPerElement }: LinearLayer): void {
  requireCount("The inputs of a linear layer", inputs);
  requireCount("The outputs of a linear layer", outputs);
  requirePositive("The bytes of an element", bytesPerElement);
}

/**
 * The smallest whole batch at which a linear layer is compute bound.
 *
 * `2·B·K·N / (b·(B·K + K·N + B·N)) ≥ R` gives `B ≥ R·b·K·N / (2·K·N − R·b·(K + N))`: more than the ridge R of a 16-bit
 * format, since the activations' bytes count too.
 *
 * @returns undefined for a layer so narrow that no batch reaches the ridge.
 * @throws RangeError as {@link linearLayerCost}.
 */
export function crossoverBatch(
  layer: LinearLayer,
  gpu: GpuEntry,
  format: NumberFormat = "bf16",
): number | undefined {
  requireLayer(layer);
  const { inputs, outputs, bytesPerElement } = layer;
  const ridge = ridgePoint(gpu, format);
  const left = 2 * inputs * outputs - ridge * bytesPerElement * (inputs + outputs);
  if (!(left > 0)) return undefined;
  const batch = Math.ceil((ridge * bytesPerElement * inputs * outputs) / left);
  return Number.isSafeInteger(batch) ? Math.max(1, batch) : undefined;
}

/**
 * Intensity of an N×N product: `2·N³` FLOPs over three matrices of `N²` elements, `2·N / (3·b)`; N/3 in 16 bits.
 *
 * @throws RangeError if `size` is not a positive whole number or `bytesPerElement` not positive.
 */
export function squareMatmulIntensity(size: number, bytesPerElement: number): FlopsPerByte {
  requireCount("The size of a square matrix", size);
  requirePositive("The bytes of an element", bytesPerElement);
  return flopsPerByte((2 * size) / (3 * bytesPerElement));
}

/** The smallest N whose N×N product is compute bound: the first at or above `3·b·R / 2`. */
export function squareMatmulCrossover(
  bytesPerElement: number,
  gpu: GpuEntry,
  format: NumberFormat = "bf16",
): number {
  requirePositive("The bytes of an element", bytesPerElement);
  return Math.max(1, Math.ceil((3 * bytesPerElement * ridgePoint(gpu, format)) / 2));
}

/**
 * Work of an elementwise function such as ReLU: an element in, `flopsPerElement`, an element out.
 *
 * @throws RangeError if a number is not positive, or the elements are not whole.
 */
export function elementwiseCost(of: {
  readonly elements: number;
  readonly bytesPerElement: number;
  readonly flopsPerElement: number;
}): Cost {
  requireCount("The number of elements", of.elements);
  requirePositive("The bytes of an element", of.bytesPerElement);
  requirePositive("The FLOPs of an element", of.flopsPerElement);
  return {
    flops: flops(of.elements * of.flopsPerElement),
    bytesRead: bytes(of.elements * of.bytesPerElement),
    bytesWritten: bytes(of.elements * of.bytesPerElement),
  };
}

/** Work of max-pooling with stride 1: a comparison for each element of the window, borders neglected. */
export function maxPoolCost(of: {
  readonly elements: number;
  readonly window: number;
  readonly bytesPerElement: number;
}): Cost {
  requireCount("The width of the window", of.window);
  return elementwiseCost({
    elements: of.elements,
    bytesPerElement: of.bytesPerElement,
    flopsPerElement: of.window ** 2,
  });
}
