// What the card works out: FLOP in the time of one byte, on the A100 80GB and on every other GPU. Pure.
import {
  findGpu,
  GPUS,
  pciePerDirection,
  ridgePoint,
  type GpuEntry,
} from "../../core/catalog/gpus/gpus.ts";
import type { DataTable } from "../../figure/widget.ts";
import { formatBandwidth, formatCount, formatNumber, formatSi } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import type { Stat } from "../../ui/parts.tsx";

const GPU = "a100-80gb-sxm";
const NO_BREAK = "\u00a0";

/** What the card runs on, said on it before and after. */
export const RUNS_ON =
  "This card runs on datasheet figures; chapter 1 has an experiment on your own GPU.";

export function getGpu(): GpuEntry {
  const gpu = findGpu(GPU);
  if (gpu === undefined) throw new Error(`The catalogue holds no GPU "${GPU}".`);
  return gpu;
}

function openRatio(gpu: GpuEntry): OpenedNumber {
  const ratio = ridgePoint(gpu);
  const text = `${formatNumber(ratio)}${NO_BREAK}FLOP`;
  return {
    text,
    title: "FLOP in the time of one byte",
    formula: "peak / bandwidth",
    inputs: [
      {
        symbol: "peak",
        meaning: "tensor cores, 16 bits, dense",
        value: formatSi(gpu.peakFlops, "FLOP/s"),
      },
      { symbol: "bandwidth", meaning: "memory", value: formatBandwidth(gpu.bandwidth, 4) },
    ],
    substitution: `${formatSi(gpu.peakFlops, "FLOP/s")} / ${formatBandwidth(gpu.bandwidth, 4)} = ${text}`,
    sources: [{ label: `${gpu.name}, read on ${gpu.source.readOn}`, url: gpu.source.url }],
  };
}

/** What goes in: both figures of the datasheet. */
export function writeInputs(gpu: GpuEntry): Stat[] {
  return [
    {
      label: "Tensor cores",
      value: formatSi(gpu.peakFlops, "FLOP/s"),
      detail: "16 bits, dense",
    },
    { label: "Memory", value: formatBandwidth(gpu.bandwidth, 4), detail: "read or written" },
  ];
}

/** What comes out: per byte and per 16-bit number. */
export function writeResults(gpu: GpuEntry): Stat[] {
  const ratio = ridgePoint(gpu);
  const opened = openRatio(gpu);
  const perNumber = `${formatNumber(2 * ratio)}${NO_BREAK}FLOP`;
  return [
    { label: "In the time of one byte", value: opened.text, detail: "the ridge point", opened },
    {
      label: "Of one 16-bit number",
      value: perNumber,
      detail: "two bytes",
      opened: {
        text: perNumber,
        title: "FLOP in the time of one 16-bit number",
        formula: "2 · peak / bandwidth",
        inputs: opened.inputs,
        substitution: `2 B · ${formatNumber(ratio, 5)} FLOP/B = ${perNumber}`,
        note: "Often rounded to “312 operations for 2 bytes”: that would be a bandwidth of 2 TB/s.",
      },
    },
  ];
}

export function writeVerdict(gpu: GpuEntry): string {
  return `Loading takes longer for what is used only once: ${formatNumber(ridgePoint(gpu))} FLOP fit into the time of one byte.`;
}

/** What the links further out cost, in the same measure. */
export function writeFurther(gpu: GpuEntry): string {
  const said = [
    gpu.nvlinkPerDirection === undefined
      ? []
      : [`${formatCount(gpu.peakFlops / gpu.nvlinkPerDirection)} FLOP over NVLink (one direction)`],
    gpu.pcieGeneration === undefined
      ? []
      : [
          `${formatCount(gpu.peakFlops / pciePerDirection(gpu.pcieGeneration))} FLOP over PCIe ${gpu.pcieGeneration}.0 ×16`,
        ],
  ].flat();
  return `Further out a byte takes longer still: ${said.join(", ")}.`;
}

export interface Other {
  readonly id: string;
  readonly name: string;
  readonly flopsPerByte: number;
}

/** Every GPU of the catalogue, the fewest FLOP a byte first. */
export function rankGpus(): Other[] {
  return GPUS.map((gpu) => ({
    id: gpu.id,
    name: gpu.name,
    flopsPerByte: ridgePoint(gpu),
  })).toSorted((a, b) => a.flopsPerByte - b.flopsPerByte);
}

/** @param isWorkedOut - before that the ratio, which is the question, is left out. */
export function makeTable(isWorkedOut: boolean): DataTable {
  return {
    caption: "Datasheet figures, 16 bits, dense",
    columns: ["GPU", "FLOP/s", "B/s", ...(isWorkedOut ? ["FLOP/B"] : [])],
    rows: GPUS.map((gpu) => [
      gpu.name,
      gpu.peakFlops,
      gpu.bandwidth,
      ...(isWorkedOut ? [ridgePoint(gpu)] : []),
    ]),
  };
}

/** Cells of the picture: whole FLOPs, in rows that fill a rectangle as nearly as may be. */
export function gridOf(count: number, columns: number): readonly { row: number; column: number }[] {
  return Array.from({ length: Math.round(count) }, (_, i) => ({
    row: Math.floor(i / columns),
    column: i % columns,
  }));
}
