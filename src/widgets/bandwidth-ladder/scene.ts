// What the picture shows: each level of memory of a GPU by its bandwidth, beside the rate of its tensor cores. Pure.
import { findGpu, pciePerDirection, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import {
  DISK,
  findL2Rate,
  ON_CHIP,
  OPERAND_BYTES_PER_FLOP,
  SHARED_BYTES_PER_CLOCK,
  SHARED_SOURCE,
  type Source,
} from "../../core/catalog/gpus/on-chip.ts";
import { bytesPerSecond, type BytesPerSecond } from "../../core/units/units.ts";
import {
  formatBandwidth,
  formatBinaryBytes,
  formatBytes,
  formatCount,
  formatNumber,
  formatSi,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";

export interface LadderValues {
  /** Id of a GPU in the catalogue. */
  readonly hardware: string;
  readonly show: string;
}

export interface Rung {
  readonly id: string;
  readonly label: string;
  /** How much it holds, or what kind of path it is. */
  readonly note: string;
  readonly rate: BytesPerSecond;
  /** FLOP that the tensor cores do, at their peak, while one byte comes through. */
  readonly flopsPerByte: number;
  readonly opened: OpenedNumber;
}

export interface LadderScene {
  readonly gpu: GpuEntry;
  /** Fastest first. */
  readonly rungs: readonly Rung[];
  /** Rungs that are left out, each with the reason. */
  readonly missing: readonly string[];
}

const NO_BREAK = "\u00a0";

interface Level {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  readonly rate: BytesPerSecond;
  /** How the bandwidth came about, in words or numbers. */
  readonly derivation: string;
  readonly sources: readonly Source[];
}

function datasheet({ name, source }: GpuEntry): Source {
  return { label: `${name}, read on ${source.readOn}`, url: source.url };
}

/** Of a memory that each SM has of its own; makers count inside the chip in powers of two. */
function sayCapacity(each: number | undefined, count: number): string {
  if (each === undefined) return "";
  return count === 1 ? formatBinaryBytes(each) : `${formatBinaryBytes(each * count)} in all`;
}

function findRegisters(gpu: GpuEntry): Level | undefined {
  const chip = ON_CHIP.get(gpu.id);
  if (chip === undefined) return undefined;
  return {
    id: "registers",
    label: "Registers",
    note: sayCapacity(gpu.registersPerSm, gpu.numSms),
    rate: bytesPerSecond(chip.fp32Peak * OPERAND_BYTES_PER_FLOP),
    derivation: `Derived: what the 32-bit units read at their stated peak. A multiply-add takes three operands of 4 B and counts as 2 FLOP: ${formatSi(chip.fp32Peak, "FLOP/s")} × 12 B / 2 FLOP. Small caches of operands beside the registers bring part of it.`,
    sources: [chip.fp32Source],
  };
}

function findShared(gpu: GpuEntry): Level | undefined {
  const { clock, clockSource } = ON_CHIP.get(gpu.id) ?? {};
  if (clock === undefined || clockSource === undefined) return undefined;
  return {
    id: "shared",
    label: "Shared memory",
    note: sayCapacity(gpu.sharedPerSm, gpu.numSms),
    rate: bytesPerSecond(SHARED_BYTES_PER_CLOCK * gpu.numSms * clock),
    derivation: `Derived: ${SHARED_BYTES_PER_CLOCK} B a clock and SM (32 banks of 4 B) × ${gpu.numSms} SMs × ${formatSi(clock, "Hz")}.`,
    sources: [SHARED_SOURCE, clockSource],
  };
}

function findL2(gpu: GpuEntry): Level | undefined {
  const found = findL2Rate(gpu.id);
  if (found === undefined) return undefined;
  const { bytesPerClock, clock, rate, source } = found;
  return {
    id: "l2",
    label: "L2 cache",
    note: sayCapacity(gpu.l2, 1),
    rate,
    derivation: `Derived: ${formatCount(bytesPerClock)} B a clock for the whole chip × ${formatSi(clock, "Hz")}, reads.`,
    sources: [source],
  };
}

function memoryLevel(gpu: GpuEntry): Level {
  return {
    id: "memory",
    label: "GPU memory",
    note: formatBytes(gpu.memory),
    rate: gpu.bandwidth,
    derivation: "The datasheet’s figure, in powers of ten.",
    sources: [datasheet(gpu)],
  };
}

function findPeerLink(gpu: GpuEntry): Level | undefined {
  if (gpu.nvlinkPerDirection === undefined) return undefined;
  return {
    id: "nvlink",
    label: "NVLink, each way",
    note: "to other GPUs",
    rate: gpu.nvlinkPerDirection,
    derivation: `The datasheet prints both directions together, ${formatBandwidth(2 * gpu.nvlinkPerDirection)}; half of it goes each way.`,
    sources: [datasheet(gpu)],
  };
}

function findPcie(gpu: GpuEntry): Level | undefined {
  if (gpu.pcieGeneration === undefined) return undefined;
  return {
    id: "pcie",
    label: `PCIe ${gpu.pcieGeneration}.0, each way`,
    note: "16 lanes, to the host",
    rate: pciePerDirection(gpu.pcieGeneration),
    derivation:
      "16 lanes at the rate of the generation, less its line coding (128 bits sent as 130). Both directions together are twice as much.",
    sources: [datasheet(gpu)],
  };
}

const DISK_LEVEL: Level = {
  id: "disk",
  label: "NVMe disk",
  note: "one drive, reading",
  rate: DISK.rate,
  derivation: `The maker’s figure for reading in order: ${DISK.name}.`,
  sources: [DISK.source],
};

function writeOpened(level: Level, gpu: GpuEntry): OpenedNumber {
  const flopsPerByte = gpu.peakFlops / level.rate;
  const text = formatNumber(flopsPerByte);
  return {
    text,
    title: `FLOP in the time of one byte: ${level.label}`,
    formula: "peak / bandwidth",
    inputs: [
      {
        symbol: "peak",
        meaning: `tensor cores of the ${gpu.name}, 16 bits, dense`,
        value: formatSi(gpu.peakFlops, "FLOP/s"),
      },
      { symbol: "bandwidth", meaning: level.label, value: formatBandwidth(level.rate) },
    ],
    substitution: `${formatSi(gpu.peakFlops, "FLOP/s")} / ${formatBandwidth(level.rate)} = ${text}${NO_BREAK}FLOP/B`,
    note: level.derivation,
    sources: level.sources,
  };
}

export function createScene({ hardware: id }: LadderValues): LadderScene {
  const gpu = findGpu(id);
  if (gpu === undefined) throw new Error(`The catalogue holds no GPU "${id}".`);
  const found: readonly [name: string, level: Level | undefined][] = [
    ["registers", findRegisters(gpu)],
    ["shared memory", findShared(gpu)],
    ["L2 cache", findL2(gpu)],
    ["GPU memory", memoryLevel(gpu)],
    ["NVLink", findPeerLink(gpu)],
    ["PCIe", findPcie(gpu)],
    ["disk", DISK_LEVEL],
  ];
  const levels = found.flatMap(([, level]) => (level === undefined ? [] : [level]));
  return {
    gpu,
    rungs: levels
      .toSorted((a, b) => b.rate - a.rate)
      .map((level) => ({
        id: level.id,
        label: level.label,
        note: level.note,
        rate: level.rate,
        flopsPerByte: gpu.peakFlops / level.rate,
        opened: writeOpened(level, gpu),
      })),
    missing: found.flatMap(([name, level]) => (level === undefined ? [name] : [])),
  };
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds as a person would say them: "2.7 s", "2 min 33 s", "2 h 45 min", "1.3 days". */
export function sayDuration(seconds: number): string {
  const two = (first: number, unit: string, second: number, subunit: string) =>
    `${first}${NO_BREAK}${unit} ${second}${NO_BREAK}${subunit}`;
  if (seconds < 9.95) return `${formatNumber(seconds, 2)}${NO_BREAK}s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole}${NO_BREAK}s`;
  if (whole < HOUR) return two(Math.floor(whole / MINUTE), "min", whole % MINUTE, "s");
  const minutes = Math.round(seconds / MINUTE);
  if (minutes < DAY / MINUTE) return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
  return `${formatNumber(seconds / DAY, 2)}${NO_BREAK}days`;
}

export function describeScene({ gpu, rungs }: LadderScene, { show }: LadderValues): string {
  const rung = (id: string) => rungs.find((one) => one.id === id);
  const [memory, disk] = [rung("memory"), rung("disk")];
  if (memory === undefined || disk === undefined) return gpu.name;
  if (show === "human") {
    return `If the tensor cores of the ${gpu.name} did one FLOP a second, a byte would come from its memory every ${sayDuration(memory.flopsPerByte)} and from a disk every ${sayDuration(disk.flopsPerByte)}.`;
  }
  return `The tensor cores of the ${gpu.name} do ${formatSi(gpu.peakFlops, "FLOP/s")}; its memory brings ${formatBandwidth(memory.rate)}, one byte for every ${formatNumber(memory.flopsPerByte)} FLOP, and a disk ${formatBandwidth(disk.rate)}.`;
}
