// What the picture shows: how many FLOPs an N×N product does for each byte, against N and the ridge of a GPU. Pure.
import { findGpu, peakFor, ridgePoint, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { bytesMoved, type Cost } from "../../core/cost/cost.ts";
import { bytesOf, type NumberFormat } from "../../core/cost/precision.ts";
import {
  linearLayerCost,
  squareMatmulCrossover,
  squareMatmulIntensity,
  timeOfCost,
  type OperatorTime,
} from "../../core/roofline/roofline.ts";
import type { FlopsPerByte } from "../../core/units/units.ts";
import {
  formatBandwidth,
  formatBytes,
  formatCount,
  formatNumber,
  formatSi,
} from "../../ui/format.ts";
import type { Stat } from "../../ui/parts.tsx";

export interface SquareValues {
  readonly n: number;
  readonly format: string;
  /** Id of a GPU in the catalogue. */
  readonly hardware: string;
}

export interface SquareScene {
  readonly gpu: GpuEntry;
  readonly format: NumberFormat;
  readonly bytesPerElement: number;
  readonly ridge: FlopsPerByte;
  /** Smallest N that is compute bound. */
  readonly crossover: number;
  readonly cost: Cost;
  readonly intensity: FlopsPerByte;
  readonly time: OperatorTime;
}

/** Ends of the axis of N, which the slider covers. */
export const MIN_N = 16;
export const MAX_N = 8192;

const NO_BREAK = "\u00a0";

export function createScene({ n, format: text, hardware: id }: SquareValues): SquareScene {
  const gpu = findGpu(id);
  if (gpu === undefined) throw new Error(`The catalogue holds no GPU "${id}".`);
  const format = text === "fp8" || text === "int8" ? text : "bf16";
  const bytesPerElement = bytesOf(format);
  const cost = linearLayerCost({ inputs: n, outputs: n, batch: n, bytesPerElement });
  return {
    gpu,
    format,
    bytesPerElement,
    ridge: ridgePoint(gpu, format),
    crossover: squareMatmulCrossover(bytesPerElement, gpu, format),
    cost,
    intensity: squareMatmulIntensity(n, bytesPerElement),
    time: timeOfCost(cost, gpu, { format }),
  };
}

export function describeScene(scene: SquareScene, { n }: SquareValues): string {
  const { intensity, time, crossover, gpu } = scene;
  const size = formatCount(n);
  return `A product of two ${size} × ${size} matrices does ${formatNumber(intensity)} FLOP for each byte and is ${time.bound} bound on the ${gpu.name}; from ${formatCount(crossover)} on it is compute bound.`;
}

function sources({ gpu }: SquareScene) {
  return [{ label: `${gpu.name}, read on ${gpu.source.readOn}`, url: gpu.source.url }];
}

function workStat({ cost }: SquareScene, { n }: SquareValues): Stat {
  const value = formatSi(cost.flops, "FLOP");
  return {
    label: "Arithmetic",
    value,
    detail: "grows with N³",
    opened: {
      text: value,
      title: "Arithmetic of the product",
      formula: "2 · N³",
      inputs: [{ symbol: "N", meaning: "rows and columns", value: formatCount(n) }],
      substitution: `2 · ${formatCount(n)}³ = ${formatCount(cost.flops)}${NO_BREAK}FLOP`,
      note: "N² numbers come out, and each takes N multiply-adds of 2 FLOP.",
    },
  };
}

function bytesStat({ cost, bytesPerElement }: SquareScene, { n }: SquareValues): Stat {
  const moved = bytesMoved(cost);
  const value = formatBytes(moved);
  return {
    label: "Bytes moved",
    value,
    detail: "grow with N²",
    opened: {
      text: value,
      title: "Bytes to and from memory",
      formula: "3 · b · N²",
      inputs: [
        { symbol: "N", meaning: "rows and columns", value: formatCount(n) },
        { symbol: "b", meaning: "bytes of a number", value: formatCount(bytesPerElement) },
      ],
      substitution: `3 · ${bytesPerElement} · ${formatCount(n)}² = ${formatCount(moved)}${NO_BREAK}B`,
      note: "A and B are read once and C is written once: the least that any kernel can do.",
    },
  };
}

function intensityStat({ intensity, bytesPerElement }: SquareScene, { n }: SquareValues): Stat {
  const value = `${formatNumber(intensity)}${NO_BREAK}FLOP/B`;
  return {
    label: "Arithmetic intensity",
    value,
    detail: "grows with N",
    opened: {
      text: value,
      title: "Arithmetic intensity of the product",
      formula: "2·N³ / (3·b·N²) = 2·N / (3·b)",
      inputs: [
        { symbol: "N", meaning: "rows and columns", value: formatCount(n) },
        { symbol: "b", meaning: "bytes of a number", value: formatCount(bytesPerElement) },
      ],
      substitution: `2 · ${formatCount(n)} / (3 · ${bytesPerElement}) = ${value}`,
    },
  };
}

function crossoverStat(scene: SquareScene): Stat {
  const { crossover, ridge, bytesPerElement, gpu, format } = scene;
  const value = formatCount(crossover);
  const { rate, note } = peakFor(gpu, format);
  return {
    label: "Compute bound from N",
    value,
    detail: `ridge: ${formatNumber(ridge)} FLOP/B`,
    opened: {
      text: value,
      title: "Where the intensity reaches the ridge",
      formula: "N ≥ 3·b·R / 2, R = peak / bandwidth",
      inputs: [
        { symbol: "peak", meaning: "tensor cores, dense", value: formatSi(rate, "FLOP/s") },
        {
          symbol: "bandwidth",
          meaning: `memory of the ${gpu.name}`,
          value: formatBandwidth(gpu.bandwidth, 4),
        },
        { symbol: "b", meaning: "bytes of a number", value: formatCount(bytesPerElement) },
      ],
      substitution: `3 · ${bytesPerElement} · ${formatNumber(ridge, 5)} / 2 = ${formatNumber((3 * bytesPerElement * ridge) / 2, 5)}, so ${value}`,
      note,
      sources: sources(scene),
    },
  };
}

/** Arithmetic, bytes, their ratio, and the size at which it reaches the ridge. */
export function writeStats(scene: SquareScene, values: SquareValues): Stat[] {
  return [
    workStat(scene, values),
    bytesStat(scene, values),
    intensityStat(scene, values),
    crossoverStat(scene),
  ];
}

export interface CubeShape {
  /** Edge as a share of the largest cube's. */
  readonly edge: number;
  /** Cells drawn along an edge. */
  readonly cells: number;
}

/** How large the cube is drawn: by the logarithm of N, or small ones would vanish; a cell more for each doubling. */
export function cubeShape(n: number): CubeShape {
  const doublings = Math.log2(n / MIN_N);
  const most = Math.log2(MAX_N / MIN_N);
  return { edge: 0.3 + (0.7 * doublings) / most, cells: 2 + Math.round(doublings) };
}
