// node tools/run.mjs tools/fit/network.ts [--write]: fits latency and bandwidth of the all-reduce model to the times that
// Vidur measured inside one node, prints the errors, also those of a latency for each number of GPUs, and writes the
// constants and the measured times that src/core/parallel uses.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { bytesOverLink } from "../../src/core/parallel/all-reduce.ts";
import { quantile } from "../../src/core/statistics/quantiles.ts";
import { bytes, GIGA, MEBI } from "../../src/core/units/units.ts";

const ROOT = join(import.meta.dirname, "../..");
const MEASURED = join(ROOT, "tests/golden/network.json");
const CONSTANTS = join(ROOT, "src/core/parallel/fitted-links.ts");
const TIMES = join(ROOT, "src/core/parallel/measured-times.ts");

/** Rows of one group of GPUs, as in tests/golden/network.json. */
interface Series {
  readonly fabric: string;
  readonly workers: number;
  readonly devicesPerNode: number;
  readonly bytes: readonly number[];
  readonly medianMs: readonly number[];
}

export interface Measurement {
  readonly ranks: number;
  readonly bytes: number;
  readonly seconds: number;
}

export interface LinkFit {
  /** Seconds. */
  readonly latency: number;
  /** Bytes a second. */
  readonly busBandwidth: number;
}

/** Which measurements tell of which link. In the nodes with NVLink in pairs, four GPUs meet over PCIe. */
const LINKS = [
  { id: "nvlink-3", fabric: "a100_dgx", ranks: [2, 4, 8] },
  { id: "nvlink-4", fabric: "h100_dgx", ranks: [2, 4, 8] },
  { id: "nvlink-3-bridge", fabric: "a100_pairwise_nvlink", ranks: [2] },
  { id: "nvlink-4-bridge", fabric: "h100_pairwise_nvlink", ranks: [2] },
  { id: "pcie-4", fabric: "a100_pairwise_nvlink", ranks: [4] },
  { id: "pcie-5", fabric: "h100_pairwise_nvlink", ranks: [4] },
] as const;

export function readSeries(): readonly Series[] {
  const { allReduce }: { allReduce: Series[] } = JSON.parse(readFileSync(MEASURED, "utf8"));
  return allReduce;
}

/** Measurements within one node. */
export function measurementsOf(
  series: readonly Series[],
  { fabric, ranks }: { readonly fabric: string; readonly ranks: readonly number[] },
): Measurement[] {
  return series
    .filter((row) => row.fabric === fabric && row.devicesPerNode === row.workers)
    .filter(({ workers }) => ranks.includes(workers))
    .flatMap((row) =>
      row.bytes.map((size, index) => ({
        ranks: row.workers,
        bytes: size,
        seconds: (row.medianMs[index] ?? Number.NaN) / 1000,
      })),
    );
}

export function modelSeconds({ latency, busBandwidth }: LinkFit, row: Measurement): number {
  return latency + bytesOverLink(bytes(row.bytes), row.ranks) / busBandwidth;
}

export function relativeErrors(fit: LinkFit, rows: readonly Measurement[]): number[] {
  return rows.map((row) => Math.abs(modelSeconds(fit, row) / row.seconds - 1));
}

/** Logarithms, so that twice too long and twice too short weigh the same; absolute, so that a few wild rows do not pull. */
function misfit(fit: LinkFit, rows: readonly Measurement[]): number {
  return rows.reduce(
    (sum, row) => sum + Math.abs(Math.log(modelSeconds(fit, row) / row.seconds)),
    0,
  );
}

const GRID = 40;
const ZOOMS = 6;

/** Least sum of |ln(model / measured)| over latencies of 1–100 µs and bandwidths of 1–1000 GB/s, on a grid made finer six times. */
export function fitLink(rows: readonly Measurement[]): LinkFit {
  let latency = { low: Math.log(1e-6), high: Math.log(1e-4) };
  let bandwidth = { low: Math.log(GIGA), high: Math.log(1000 * GIGA) };
  let best = { latency: 0, busBandwidth: 0, misfit: Infinity };
  for (let zoom = 0; zoom < ZOOMS; zoom += 1) {
    for (const candidate of gridOf(latency, bandwidth)) {
      const error = misfit(candidate, rows);
      if (error < best.misfit) best = { ...candidate, misfit: error };
    }
    latency = around(Math.log(best.latency), latency);
    bandwidth = around(Math.log(best.busBandwidth), bandwidth);
  }
  return {
    latency: Math.round(best.latency * 1e7) / 1e7,
    busBandwidth: Math.round(best.busBandwidth / (GIGA / 10)) * (GIGA / 10),
  };
}

interface Range {
  readonly low: number;
  readonly high: number;
}

function gridOf(latency: Range, bandwidth: Range): LinkFit[] {
  const steps = Array.from({ length: GRID + 1 }, (_, step) => step / GRID);
  const at = ({ low, high }: Range, step: number) => Math.exp(low + (high - low) * step);
  return steps.flatMap((x) =>
    steps.map((y) => ({ latency: at(latency, x), busBandwidth: at(bandwidth, y) })),
  );
}

/** A quarter as wide, so that a neighbour's valley is still inside. */
function around(middle: number, { low, high }: Range): Range {
  const reach = (high - low) / 8;
  return { low: middle - reach, high: middle + reach };
}

function percent(errors: readonly number[], fraction: number): number {
  return Math.round(quantile(errors, fraction) * 1000) / 10;
}

/** All links with their fit and its errors, in the order and the units of the constants. */
export function fitAll(series: readonly Series[] = readSeries()) {
  return LINKS.map(({ id, fabric, ranks }) => {
    const rows = measurementsOf(series, { fabric, ranks });
    const fit = fitLink(rows);
    const large = rows.filter((row) => row.bytes >= MEBI);
    return {
      id,
      fabric,
      ranks: [...ranks],
      numRows: rows.length,
      latencyMicroseconds: Math.round(fit.latency * 1e7) / 10,
      busBandwidthGB: Math.round(fit.busBandwidth / (GIGA / 10)) / 10,
      medianErrorPercent: percent(relativeErrors(fit, rows), 0.5),
      medianErrorPercentFrom1MiB: percent(relativeErrors(fit, large), 0.5),
      largestErrorPercentFrom1MiB: percent(relativeErrors(fit, large), 1),
    };
  });
}

const HEADER = `// Written by \`node tools/run.mjs tools/fit/network.ts --write\`; do not edit.
// Latency and bandwidth of \`latency + 2(n − 1)/n · bytes / bandwidth\`, fitted to the all-reduce times of
// tests/golden/network.json (microsoft/vidur, MIT licence, commit 7d47513) inside one node. Rule: the least sum of
// |ln(model / measured)|. Below 1 MiB the measurements themselves scatter by a factor of several, whatever the size.
`;

export async function constantsText(): Promise<string> {
  const text = `${HEADER}
export interface FittedLink {
  readonly id: string;
  readonly fabric: string;
  readonly ranks: readonly number[];
  readonly numRows: number;
  readonly latencyMicroseconds: number;
  /** 10⁹ bytes a second, in one direction. */
  readonly busBandwidthGB: number;
  /** Of |model / measured − 1|. */
  readonly medianErrorPercent: number;
  readonly medianErrorPercentFrom1MiB: number;
  readonly largestErrorPercentFrom1MiB: number;
}

export const FITTED_LINKS: readonly FittedLink[] = ${JSON.stringify(fitAll())};
`;
  return format(text, { parser: "typescript", printWidth: 100 });
}

/**
 * How well rows are met that the fit has not seen, each left out once: mean of |ln(model / measured)|, with one latency
 * for all numbers of GPUs, and with one for each at the same bandwidth. The second has more constants and is kept only
 * if it is better here.
 */
function leaveOneOut(rows: readonly Measurement[]) {
  const { shared, perRank } = tabulate(rows);
  const mean = (fit: Tabulated["shared"]) =>
    rows.reduce((sum, _, left) => sum + fit(left), 0) / rows.length;
  return { shared: mean(shared), perRank: mean(perRank) };
}

interface Tabulated {
  /** Misfit of row `left` under the fit to all others. */
  readonly shared: (left: number) => number;
  readonly perRank: (left: number) => number;
}

const COARSE = 160;
const steps = (low: number, high: number) =>
  Array.from({ length: COARSE }, (_, step) => low * (high / low) ** (step / (COARSE - 1)));

/** Misfits of every row on a coarse grid, so that a row is left out by a subtraction. */
function tabulate(rows: readonly Measurement[]): Tabulated {
  const latencies = steps(5e-6, 1e-4);
  const bandwidths = steps(50 * GIGA, 600 * GIGA);
  const ranks = [...new Set(rows.map((row) => row.ranks))];
  const grid = bandwidths.map((busBandwidth) =>
    latencies.map((latency) => {
      const errors = rows.map((row) => misfit({ latency, busBandwidth }, [row]));
      const sums = ranks.map((count) =>
        errors.reduce((sum, error, row) => sum + (rows[row]?.ranks === count ? error : 0), 0),
      );
      return { errors, sums };
    }),
  );
  const fit = (left: number, groups: readonly (readonly number[])[]) => {
    const own = ranks.indexOf(rows[left]?.ranks ?? 0);
    const candidates = grid.map((cells) =>
      groups.map((group) => {
        const costs = cells.map(({ errors, sums }) => {
          const sum = group.reduce((total, rank) => total + (sums[rank] ?? 0), 0);
          return sum - (group.includes(own) ? (errors[left] ?? 0) : 0);
        });
        const cost = Math.min(...costs);
        return { cost, cell: cells[costs.indexOf(cost)], holds: group.includes(own) };
      }),
    );
    const totals = candidates.map((parts) => parts.reduce((sum, { cost }) => sum + cost, 0));
    const best = candidates[totals.indexOf(Math.min(...totals))] ?? [];
    return best.find(({ holds }) => holds)?.cell?.errors[left] ?? Number.NaN;
  };
  const all = ranks.map((_, index) => index);
  return {
    shared: (left) => fit(left, [all]),
    perRank: (left) =>
      fit(
        left,
        all.map((index) => [index]),
      ),
  };
}

const TIMES_HEADER = `// Written by \`node tools/run.mjs tools/fit/network.ts --write\`; do not edit.
// Median times of all-reduces inside one node, from tests/golden/network.json (microsoft/vidur, MIT licence, commit 7d47513).
`;

/** The measured rows behind each fitted link, one series for each number of GPUs. */
export async function timesText(): Promise<string> {
  const series = readSeries();
  const times = LINKS.flatMap(({ id, fabric, ranks }) =>
    ranks.map((count) => {
      const rows = measurementsOf(series, { fabric, ranks: [count] });
      return {
        link: id,
        ranks: count,
        bytes: rows.map((row) => row.bytes),
        microseconds: rows.map((row) => Math.round(row.seconds * 1e7) / 10),
      };
    }),
  );
  const text = `${TIMES_HEADER}
export interface MeasuredSeries {
  /** Id of the link, as in FITTED_LINKS. */
  readonly link: string;
  readonly ranks: number;
  /** Sizes of the array on each GPU, ascending. */
  readonly bytes: readonly number[];
  /** Median time of each size. */
  readonly microseconds: readonly number[];
}

export const MEASURED_TIMES: readonly MeasuredSeries[] = ${JSON.stringify(times)};
`;
  return format(text, { parser: "typescript", printWidth: 100 });
}

function compareAll(series: readonly Series[] = readSeries()) {
  return LINKS.filter(({ ranks }) => ranks.length > 1).map(({ id, fabric, ranks }) => ({
    id,
    ...leaveOneOut(measurementsOf(series, { fabric, ranks })),
  }));
}

export async function main(args: string[]): Promise<number> {
  console.table(fitAll());
  console.table(compareAll());
  if (args.includes("--write")) {
    writeFileSync(CONSTANTS, await constantsText());
    writeFileSync(TIMES, await timesText());
  }
  return 0;
}
