// All GPUs that the pages know, and what follows from a datasheet. Peaks are dense (no sparsity) and are what the
// maker states, not what a kernel reaches.
import type { NumberFormat } from "../../cost/precision.ts";
import {
  bytesPerSecond,
  flopsPerByte,
  GIGA,
  type BytesPerSecond,
  type FlopsPerByte,
  type FlopsPerSecond,
} from "../../units/units.ts";
import { DATASHEETS } from "./datasheets.ts";
import { fromDatasheet } from "./from-datasheet.ts";
import type { GpuEntry, PcieGeneration } from "./gpu-entry.ts";

export type { GpuEntry, PcieGeneration } from "./gpu-entry.ts";

export const GPUS: readonly GpuEntry[] = DATASHEETS.map(fromDatasheet);

const BY_ID = new Map(GPUS.map((gpu) => [gpu.id, gpu]));

export function findGpu(id: string): GpuEntry | undefined {
  return BY_ID.get(id);
}

export interface Peak {
  readonly rate: FlopsPerSecond;
  /** Why the rate is not one of this format; absent where it is. */
  readonly note?: string;
}

/**
 * Dense peak of multiplying in a format. A format without matrix units is expanded to 16 bits first, and has that
 * rate; the note says so.
 */
export function peakFor(gpu: GpuEntry, format: NumberFormat): Peak {
  const own = ownRate(gpu, format);
  if (own !== undefined) return { rate: own };
  const note =
    format === "fp32"
      ? "The catalogue holds no 32-bit rate; the 16-bit rate is an upper bound."
      : expanded(gpu, format);
  return { rate: gpu.peakFlops, note };
}

function ownRate(gpu: GpuEntry, format: NumberFormat): FlopsPerSecond | undefined {
  if (format === "bf16") return gpu.peakFlops;
  if (format === "fp8") return gpu.peakFp8;
  return format === "int8" ? gpu.peakInt8 : undefined;
}

function expanded(gpu: GpuEntry, format: NumberFormat): string {
  return `The catalogue holds no ${format} rate of the ${gpu.name}; numbers are expanded to 16 bits and multiplied at that rate.`;
}

/** FLOP a byte at which arithmetic and memory take the same time. */
export function ridgePoint(gpu: GpuEntry, format: NumberFormat = "bf16"): FlopsPerByte {
  return flopsPerByte(peakFor(gpu, format).rate / gpu.bandwidth);
}

const PCIE_LANES = 16;
/** Transfers a second and lane of generation 3, one bit each; every generation doubles it. */
const PCIE_3_TRANSFERS = 8 * GIGA;
/** 128 bits of data travel as 130. */
const PCIE_CODING = 128 / 130;
const BITS_PER_BYTE = 8;

/**
 * Bandwidth of PCI Express x16 in one direction, line coding taken off and packet headers not: 15.75, 31.5 and
 * 63.0 GB/s for generations 3, 4 and 5. "64 GB/s" for generation 4 is both directions together.
 */
export function pciePerDirection(generation: PcieGeneration): BytesPerSecond {
  const transfers = PCIE_3_TRANSFERS * 2 ** (generation - 3);
  return bytesPerSecond((transfers * PCIE_LANES * PCIE_CODING) / BITS_PER_BYTE);
}
