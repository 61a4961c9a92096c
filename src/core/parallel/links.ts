// The links that the pages know: what an all-reduce inside one node reaches over NVLink and over PCIe.
import { pciePerDirection, type GpuEntry, type PcieGeneration } from "../catalog/gpus/gpus.ts";
import { bytesPerSecond, GIGA, seconds, type BytesPerSecond } from "../units/units.ts";
import type { Link } from "./all-reduce.ts";
import { FITTED_LINKS, type FittedLink } from "./fitted-links.ts";

const VIDUR = {
  url: "https://github.com/microsoft/vidur/tree/7d47513363ec447a741ac5e47241580b47724fbf/data/profiling/network",
  readOn: "2026-11-23",
};

const MICRO = 1e-6;

function getFit(id: string): FittedLink {
  const fit = FITTED_LINKS.find((candidate) => candidate.id === id);
  if (fit === undefined) throw new RangeError(`No link was fitted under the id "${id}".`);
  return fit;
}

interface Name {
  readonly id: string;
  readonly name: string;
  readonly peakPerDirection: BytesPerSecond;
}

/** @param beyond - what the measurements leave out. */
function measured(named: Name, node: string, beyond?: string): Link {
  const fit = getFit(named.id);
  return {
    ...named,
    latency: seconds(fit.latencyMicroseconds * MICRO),
    busBandwidthPerDirection: bytesPerSecond(fit.busBandwidthGB * GIGA),
    isMeasured: true,
    note: `Fitted to ${fit.numRows} all-reduce times of ${node} (microsoft/vidur, MIT licence); median error ${fit.medianErrorPercentFrom1MiB} % from 1 MiB up, ${fit.medianErrorPercent} % over all sizes.${beyond === undefined ? "" : ` ${beyond}`}`,
    source: VIDUR,
  };
}

/** The same latency and the same share of the peak as a measured link of the same kind. */
function scaled(named: Name, from: Link): Link {
  const share = from.busBandwidthPerDirection / from.peakPerDirection;
  return {
    ...named,
    latency: from.latency,
    busBandwidthPerDirection: bytesPerSecond(named.peakPerDirection * share),
    isMeasured: false,
    note: `Not measured: latency and share of the peak (${Math.round(share * 100)} %) as ${from.name} reached them.`,
    source: from.source,
  };
}

const perDirection = (gigabytes: number) => bytesPerSecond(gigabytes * GIGA);

const NVLINK_3 = measured(
  { id: "nvlink-3", name: "NVLink 3 (A100)", peakPerDirection: perDirection(300) },
  "2, 4 and 8 A100s behind an NVSwitch",
);
const NVLINK_4 = measured(
  { id: "nvlink-4", name: "NVLink 4 (H100)", peakPerDirection: perDirection(450) },
  "2, 4 and 8 H100s behind an NVSwitch",
);
const NVLINK_3_BRIDGE = measured(
  {
    id: "nvlink-3-bridge",
    name: "NVLink bridge between two A100s",
    peakPerDirection: perDirection(300),
  },
  "two bridged A100 PCIe cards",
);
const NVLINK_4_BRIDGE = measured(
  {
    id: "nvlink-4-bridge",
    name: "NVLink bridge between two H100s",
    peakPerDirection: perDirection(300),
  },
  "two bridged H100 NVL cards",
);
const BEYOND_FOUR = "Beyond 4 GPUs, and for boards that were not these cards, it is extrapolated.";
const PCIE_4 = measured(
  { id: "pcie-4", name: "PCIe 4.0 x16", peakPerDirection: pciePerDirection(4) },
  "4 A100 PCIe cards bridged in pairs, so that the slowest stretch is PCIe",
  BEYOND_FOUR,
);
const PCIE_5 = measured(
  { id: "pcie-5", name: "PCIe 5.0 x16", peakPerDirection: pciePerDirection(5) },
  "4 H100 NVL cards bridged in pairs, so that the slowest stretch is PCIe",
  BEYOND_FOUR,
);
const PCIE_3 = scaled(
  { id: "pcie-3", name: "PCIe 3.0 x16", peakPerDirection: pciePerDirection(3) },
  PCIE_4,
);
const NVLINK_2 = scaled(
  { id: "nvlink-2", name: "NVLink 2 (V100)", peakPerDirection: perDirection(150) },
  NVLINK_3,
);
const NVLINK_5 = scaled(
  { id: "nvlink-5", name: "NVLink 5 (B200)", peakPerDirection: perDirection(900) },
  NVLINK_4,
);

/** Fastest generation first, NVLink before PCIe. */
export const LINKS: readonly Link[] = [
  NVLINK_5,
  NVLINK_4,
  NVLINK_3,
  NVLINK_2,
  NVLINK_4_BRIDGE,
  NVLINK_3_BRIDGE,
  PCIE_5,
  PCIE_4,
  PCIE_3,
];

export function findLink(id: string): Link | undefined {
  return LINKS.find((link) => link.id === id);
}

const PCIE: Readonly<Record<PcieGeneration, Link>> = { 3: PCIE_3, 4: PCIE_4, 5: PCIE_5 };
const SWITCHED = [NVLINK_5, NVLINK_4, NVLINK_3, NVLINK_2];
/** Cards whose NVLink is a bridge between two of them. */
const BRIDGES: Readonly<Record<string, Link>> = {
  "a100-80gb-pcie": NVLINK_3_BRIDGE,
  "h100-pcie": NVLINK_4_BRIDGE,
};

/** The PCIe slot of a GPU; undefined where it has none. */
export function findPcieLink(gpu: GpuEntry): Link | undefined {
  return gpu.pcieGeneration === undefined ? undefined : PCIE[gpu.pcieGeneration];
}

/** NVLink among `ranks` GPUs of this kind; undefined where there is none, or only between two. */
export function findNvlink(gpu: GpuEntry, ranks: number): Link | undefined {
  const peak = gpu.nvlinkPerDirection;
  if (peak === undefined || !(peak > 0)) return undefined;
  const bridge = BRIDGES[gpu.id];
  if (bridge !== undefined) return ranks <= 2 ? bridge : undefined;
  const known = SWITCHED.find((link) => link.peakPerDirection === peak);
  if (known !== undefined) return known;
  const nearest = peak < NVLINK_4.peakPerDirection ? NVLINK_3 : NVLINK_4;
  return scaled({ id: "nvlink-own", name: "NVLink", peakPerDirection: peak }, nearest);
}

/** The fastest way between `ranks` GPUs of this kind in one node; undefined where neither NVLink nor PCIe is known. */
export function findLinkBetween(gpu: GpuEntry, ranks: number): Link | undefined {
  return findNvlink(gpu, ranks) ?? findPcieLink(gpu);
}

/** GPUs of one kind that a switch or a board joins. */
export const LARGEST_NODE = 8;

/** A sentence where the links of one node no longer say it all; undefined up to 8 GPUs. */
export function findNodeCaveat(ranks: number): string | undefined {
  return ranks <= LARGEST_NODE
    ? undefined
    : `${ranks} GPUs span several nodes of ${LARGEST_NODE}, and the network between nodes is slower than this link. Sixteen A100s in two nodes took 0.20 ms for 264 kB and 7.2 ms for 64 MiB (microsoft/vidur), 4.5 and 9 times what their NVLink would take: read the all-reduces, and every time that holds them, as the least possible.`;
}
