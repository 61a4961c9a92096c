// Roofs of a made-up device, for tests: 400 GB/s from 1 MiB, 100 GB/s from 256 MiB, 10 TFLOP/s, 5 µs a launch.
import type { KernelSeries } from "../src/experiments/kernel-record.ts";
import type { Roofs } from "../src/experiments/roofs.ts";

/** A fifth below, a quarter above. */
const around = (median: number) => ({ median, low: 0.8 * median, high: 1.25 * median });

function rung(footprintBytes: number, rate: number): Roofs["rungs"][number] {
  const series: KernelSeries = {
    id: `read@${footprintBytes}`,
    arm: "read",
    label: "a working set",
    kernel: { id: "ladder/read", sizes: {}, numRows: 1 },
    footprintBytes,
    plan: { numDispatches: 1, flops: 0, bytesRead: rate, bytesWritten: 0, numRows: 1 },
    samples: [],
    numDropped: {},
  };
  return { footprintBytes, rate: around(rate), series };
}

export const PLANTED_ROOFS: Roofs = {
  isSoftware: false,
  rungs: [rung(2 ** 20, 400e9), rung(2 ** 28, 100e9)],
  arithmetic: around(10e12),
  launch: around(5e-6),
  roundTrip: undefined,
  method: { clock: "timestamp-query" },
};
