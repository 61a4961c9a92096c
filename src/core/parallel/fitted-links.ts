// Written by `node tools/run.mjs tools/fit/network.ts --write`; do not edit.
// Latency and bandwidth of `latency + 2(n − 1)/n · bytes / bandwidth`, fitted to the all-reduce times of
// tests/golden/network.json (microsoft/vidur, MIT licence, commit 7d47513) inside one node. Rule: the least sum of
// |ln(model / measured)|. Below 1 MiB the measurements themselves scatter by a factor of several, whatever the size.

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

export const FITTED_LINKS: readonly FittedLink[] = [
  {
    id: "nvlink-3",
    fabric: "a100_dgx",
    ranks: [2, 4, 8],
    numRows: 42,
    latencyMicroseconds: 41.4,
    busBandwidthGB: 163.2,
    medianErrorPercent: 18.3,
    medianErrorPercentFrom1MiB: 6.5,
    largestErrorPercentFrom1MiB: 20.3,
  },
  {
    id: "nvlink-4",
    fabric: "h100_dgx",
    ranks: [2, 4, 8],
    numRows: 42,
    latencyMicroseconds: 36.5,
    busBandwidthGB: 388.5,
    medianErrorPercent: 9.1,
    medianErrorPercentFrom1MiB: 8.6,
    largestErrorPercentFrom1MiB: 31.2,
  },
  {
    id: "nvlink-3-bridge",
    fabric: "a100_pairwise_nvlink",
    ranks: [2],
    numRows: 17,
    latencyMicroseconds: 51.3,
    busBandwidthGB: 199.1,
    medianErrorPercent: 12.9,
    medianErrorPercentFrom1MiB: 2.5,
    largestErrorPercentFrom1MiB: 26.3,
  },
  {
    id: "nvlink-4-bridge",
    fabric: "h100_pairwise_nvlink",
    ranks: [2],
    numRows: 14,
    latencyMicroseconds: 23.3,
    busBandwidthGB: 221.5,
    medianErrorPercent: 16.5,
    medianErrorPercentFrom1MiB: 7.3,
    largestErrorPercentFrom1MiB: 17.3,
  },
  {
    id: "pcie-4",
    fabric: "a100_pairwise_nvlink",
    ranks: [4],
    numRows: 17,
    latencyMicroseconds: 58.8,
    busBandwidthGB: 23.9,
    medianErrorPercent: 0.5,
    medianErrorPercentFrom1MiB: 0.5,
    largestErrorPercentFrom1MiB: 2.4,
  },
  {
    id: "pcie-5",
    fabric: "h100_pairwise_nvlink",
    ranks: [4],
    numRows: 14,
    latencyMicroseconds: 25.4,
    busBandwidthGB: 45,
    medianErrorPercent: 7.8,
    medianErrorPercentFrom1MiB: 8.4,
    largestErrorPercentFrom1MiB: 26.4,
  },
];
