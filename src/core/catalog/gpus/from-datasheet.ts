// Turns figures in the units that datasheets print into a catalogue entry in SI units.
import {
  bytes,
  bytesPerSecond,
  flopsPerSecond,
  GIGA,
  KIBI,
  MEBI,
  TERA,
} from "../../units/units.ts";
import type { GpuEntry, PcieGeneration } from "./gpu-entry.ts";

/** GB is 10⁹ B, TB 10¹² B; caches are counted in binary units, as in the makers' architecture papers. */
export interface Datasheet {
  readonly id: string;
  readonly name: string;
  readonly memoryGB: number;
  readonly bandwidthTBps: number;
  /** Dense: half of a figure printed "with sparsity". */
  readonly dense16BitTFLOPs: number;
  readonly denseFp8TFLOPs?: number | undefined;
  readonly denseInt8TOPs?: number | undefined;
  readonly numSms: number;
  readonly l2MiB?: number | undefined;
  readonly sharedPerSmKiB?: number | undefined;
  readonly registersPerSmKiB?: number | undefined;
  /** Half of a figure for both directions. */
  readonly nvlinkPerDirectionGBps?: number | undefined;
  readonly pcieGeneration?: PcieGeneration | undefined;
  readonly source: GpuEntry["source"];
  readonly note?: string | undefined;
  readonly isUnchecked?: string | undefined;
}

function scaled<Unit>(
  value: number | undefined,
  factor: number,
  unit: (value: number) => Unit,
): Unit | undefined {
  return value === undefined ? undefined : unit(value * factor);
}

/** Fields that are undefined are left out, so that an entry holds only what is known. */
export function fromDatasheet(sheet: Datasheet): GpuEntry {
  const peakFp8 = scaled(sheet.denseFp8TFLOPs, TERA, flopsPerSecond);
  const peakInt8 = scaled(sheet.denseInt8TOPs, TERA, flopsPerSecond);
  const l2 = scaled(sheet.l2MiB, MEBI, bytes);
  const sharedPerSm = scaled(sheet.sharedPerSmKiB, KIBI, bytes);
  const registersPerSm = scaled(sheet.registersPerSmKiB, KIBI, bytes);
  const nvlinkPerDirection = scaled(sheet.nvlinkPerDirectionGBps, GIGA, bytesPerSecond);
  const { pcieGeneration, note, isUnchecked } = sheet;
  return {
    id: sheet.id,
    name: sheet.name,
    memory: bytes(sheet.memoryGB * GIGA),
    bandwidth: bytesPerSecond(sheet.bandwidthTBps * TERA),
    peakFlops: flopsPerSecond(sheet.dense16BitTFLOPs * TERA),
    numSms: sheet.numSms,
    source: sheet.source,
    ...(peakFp8 !== undefined && { peakFp8 }),
    ...(peakInt8 !== undefined && { peakInt8 }),
    ...(l2 !== undefined && { l2 }),
    ...(sharedPerSm !== undefined && { sharedPerSm }),
    ...(registersPerSm !== undefined && { registersPerSm }),
    ...(nvlinkPerDirection !== undefined && { nvlinkPerDirection }),
    ...(pcieGeneration !== undefined && { pcieGeneration }),
    ...(note !== undefined && { note }),
    ...(isUnchecked !== undefined && { isUnchecked }),
  };
}
