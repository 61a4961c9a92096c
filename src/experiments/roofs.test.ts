import { expect, test } from "vitest";
import type { Estimate } from "../core/statistics/estimate.ts";
import type { KernelSeries } from "./kernel-record.ts";
import { judgeBound, memoryRoof, rateOf, roofForFootprint, type Roofs } from "./roofs.ts";

const bracket = (median: number, spread = 0.02) => ({
  median,
  low: median * (1 - spread),
  high: median * (1 + spread),
});

const series: KernelSeries = {
  id: "x",
  arm: "x",
  label: "x",
  kernel: { id: "x/x", sizes: {}, numRows: 1 },
  footprintBytes: 16e6,
  plan: { numDispatches: 1, flops: 0, bytesRead: 0, bytesWritten: 0, numRows: 1 },
  samples: [],
  numDropped: {},
};

/** 400 GB/s at 1 MB, 100 GB/s from 100 MB on; 10 TFLOP/s; 5 µs a launch: a ridge at 100 FLOP/B for large sets. */
const ROOFS: Roofs = {
  isSoftware: false,
  rungs: [
    { footprintBytes: 1e6, rate: bracket(400e9), series },
    { footprintBytes: 100e6, rate: bracket(100e9), series },
  ],
  arithmetic: bracket(10e12),
  launch: bracket(5e-6),
  roundTrip: undefined,
};

function timed(
  work: { readonly bytes?: number; readonly flops?: number; readonly footprint?: number },
  duration: { readonly seconds: number; readonly spread?: number; readonly numSamples?: number },
): KernelSeries {
  const estimate: Estimate = {
    ...bracket(duration.seconds, duration.spread),
    numSamples: duration.numSamples ?? 7,
    confidence: 0.95,
  };
  return {
    ...series,
    footprintBytes: work.footprint ?? 100e6,
    plan: { ...series.plan, flops: work.flops ?? 0, bytesRead: work.bytes ?? 0 },
    duration: estimate,
  };
}

test("a rate is the amount over the time, its ends changed about", () => {
  expect(rateOf(100, { median: 2, low: 1, high: 4 })).toEqual({ median: 50, low: 25, high: 100 });
});

test("the roof of a footprint lies between its rungs, and the last one is memory's", () => {
  // Half way on a logarithmic scale from 1 MB to 100 MB is 10 MB; from 400 to 100 GB/s it is 200.
  expect(roofForFootprint(ROOFS, 10e6)!.median).toBeCloseTo(200e9, -3);
  expect(roofForFootprint(ROOFS, 1e3)!.median).toBe(400e9);
  expect(roofForFootprint(ROOFS, 1e9)!.median).toBe(100e9);
  expect(memoryRoof(ROOFS)!.median).toBe(100e9);
});

test("100 MB in 1.25 ms where 1 ms is the least: memory bound, 80 % of the time explained", () => {
  const verdict = judgeBound(timed({ bytes: 100e6, flops: 1e9 }, { seconds: 1.25e-3 }), ROOFS);
  expect(verdict.kind).toBe("memory");
  expect(verdict.sentence).toBe(
    "Memory bound: reading and writing its bytes alone asks for 80 % of the time.",
  );
});

test("20 GFLOP in 2.5 ms where 2 ms is the least: compute bound", () => {
  const verdict = judgeBound(timed({ bytes: 50e6, flops: 20e9 }, { seconds: 2.5e-3 }), ROOFS);
  expect(verdict).toMatchObject({ kind: "compute", share: 0.8 });
});

test("a kernel of 6 µs where a launch takes 5: overhead bound", () => {
  const verdict = judgeBound(timed({ bytes: 1e5, flops: 1e5 }, { seconds: 6e-6 }), ROOFS);
  expect(verdict.kind).toBe("overhead");
});

test.each([
  [
    "on the ridge, where 1 ms of bytes meets 1 ms of arithmetic",
    timed({ bytes: 100e6, flops: 10e9 }, { seconds: 1.2e-3 }),
    /ask for the same time/,
  ],
  [
    "where the nearest limit explains a tenth of the time",
    timed({ bytes: 100e6, flops: 1e9 }, { seconds: 10e-3 }),
    /only 10 % of the time, so the kernel itself holds it back/,
  ],
  [
    "where it explains about half",
    timed({ bytes: 100e6, flops: 1e9 }, { seconds: 2e-3 }),
    /about half of the time/,
  ],
  [
    "where the samples are noisy: 1.2 ms give or take 0.9",
    timed({ bytes: 100e6, flops: 1e9 }, { seconds: 1.2e-3, spread: 0.75 }),
    /about half of the time/,
  ],
  [
    "with five samples",
    timed({ bytes: 100e6 }, { seconds: 1.1e-3, numSamples: 5 }),
    /needs 6 samples/,
  ],
  ["without a usable sample", series, /needs 6 samples/],
])("nothing is said %s", (_name, one, reason) => {
  const verdict = judgeBound(one, ROOFS);
  expect(verdict.kind).toBe("unknown");
  expect(verdict.sentence).toMatch(/^Cannot tell: /);
  expect(verdict.sentence).toMatch(reason);
});

test("a software adapter has no bound, whatever its times", () => {
  const one = timed({ bytes: 100e6, flops: 1e9 }, { seconds: 1.25e-3 });
  expect(judgeBound(one, { ...ROOFS, isSoftware: true }).sentence).toBe(
    "Cannot tell: a software adapter has no roofs of a GPU.",
  );
});
