// GPUs for tests: records of a planted device, which pass every check of a file, and others whose times are a multiple of
// its own. Not part of the site.
import {
  createFakeClock,
  createFakeEngine,
  FAKE_DEVICE,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import type { Estimate } from "../../core/statistics/estimate.ts";
import type { KernelRecord, KernelSeries } from "../../experiments/kernel-record.ts";
import ladder from "../../experiments/ladder/experiment.ts";
import linearBatch from "../../experiments/linear-batch/experiment.ts";
import { LADDER_ARMS } from "../../experiments/roofs.ts";
import type { DeviceReport, KernelTimingRequest } from "../../model/engine.ts";
import type { Machine } from "./scene.ts";

/**
 * A planted GPU: 100 GB/s at every size, 2 TFLOP/s, 1 µs a launch: a ridge at 20 FLOP/B. Its linear kernel takes a
 * quarter longer than its nearest limit.
 */
function plantedTime({ kernel, sizes, numRows, repeat }: KernelTimingRequest): number {
  if (repeat === "submission") return 100e-6;
  if (kernel === "ladder/launch") return 1e-6;
  const turns = sizes["numTurns"] ?? sizes["numSteps"] ?? 0;
  if (kernel.startsWith("ladder/read")) return (16 * turns * numRows) / 100e9;
  if (kernel.startsWith("micro/fma")) {
    return (2 * (kernel.endsWith("vec4") ? 32 : 8) * turns * numRows) / 2e12;
  }
  const moved = 4 * (numRows * 1024 + 1024 * 4096 + numRows * 4096);
  return 1.25 * Math.max(moved / 100e9, (2 * numRows * 1024 * 4096) / 2e12);
}

/** The planted GPU's ladder up to 64 MiB and its linear layer up to 512 rows. */
export async function plantMachine(change: Partial<DeviceReport> = {}): Promise<Machine> {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: ["linear/vec4"],
    kernelTime: plantedTime,
  });
  const context = fakeContext(clock, { device: { ...FAKE_DEVICE, ...change } });
  return {
    id: "own",
    label: "planted GPU",
    ladder: await ladder.run(engine, { largest: "64" }, context),
    linear: await linearBatch.run(engine, { largestBatch: "512" }, context),
  };
}

/** How many times faster than the planted GPU another one is, for each thing that a ladder times. */
export interface Speeds {
  /** Of all working sets alike: 1 is 100 GB/s. */
  readonly read: number;
  /** 1 is 2 TFLOP/s. */
  readonly multiplyAdd: number;
  /** 1 is a launch of 1 µs. */
  readonly launch: number;
}

function slowEstimate(estimate: Estimate, times: number): Estimate {
  const { median, low, high } = estimate;
  return { ...estimate, median: median * times, low: low * times, high: high * times };
}

function slowSeries(series: KernelSeries, times: number): KernelSeries {
  const { duration, wallDuration, samples } = series;
  return {
    ...series,
    samples: samples.map((sample) => ({
      ...sample,
      ...(sample.deviceSeconds === undefined
        ? {}
        : { deviceSeconds: sample.deviceSeconds * times }),
      ...(sample.wallSeconds === undefined ? {} : { wallSeconds: sample.wallSeconds * times }),
    })),
    ...(duration === undefined ? {} : { duration: slowEstimate(duration, times) }),
    ...(wallDuration === undefined ? {} : { wallDuration: slowEstimate(wallDuration, times) }),
  };
}

/** Another machine's ladder: a ratio of two reading rates, which the record compares, stays what it was. */
export function speedUp(
  record: KernelRecord,
  { read, multiplyAdd, launch }: Speeds,
  startedAt: string,
): KernelRecord {
  const speeds: Readonly<Record<string, number>> = {
    [LADDER_ARMS.read]: read,
    [LADDER_ARMS.arithmetic]: multiplyAdd,
    [LADDER_ARMS.launch]: launch,
  };
  return {
    ...record,
    startedAt,
    series: record.series.map((one) => slowSeries(one, 1 / (speeds[one.arm] ?? 1))),
  };
}

/** Machine `n` of a class of any number: 5 + 10·n GB/s, 2 TFLOP/s, n µs a launch. */
export function plantClassmate(planted: Machine, n: number): Machine {
  const startedAt = new Date(Date.UTC(2026, 10, 23, 9, n)).toISOString();
  const speeds = { read: (5 + 10 * n) / 100, multiplyAdd: 1, launch: 1 / n };
  return {
    ...planted,
    id: `file-${n}`,
    label: `Desk ${n}`,
    ladder: speedUp(planted.ladder, speeds, startedAt),
  };
}

/** The file that "Share my GPU" saves of a machine. */
export function toFile({ label, ladder: record, linear }: Machine): string {
  return JSON.stringify({ schema: "memory-bound/gpu@1", label, ladder: record, linear });
}
