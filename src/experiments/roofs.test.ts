import { expect, test } from "vitest";
import type { Estimate } from "../core/statistics/estimate.ts";
import { describeSamples } from "./describe.ts";
import type { KernelSeries } from "./kernel-record.ts";
import type { RecordedSample } from "./record.ts";
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
  method: { clock: "timestamp-query", quantumSeconds: 1e-9 },
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
    "reading and writing its bytes and its arithmetic ask for the same time, as far as the intervals tell.",
  ],
  [
    "where the nearest limit explains a tenth of the time",
    timed({ bytes: 100e6, flops: 1e9 }, { seconds: 10e-3 }),
    "reading and writing its bytes, its nearest limit, asks for only 10 % of the time, so the kernel itself holds it back.",
  ],
  [
    "where it explains about half",
    timed({ bytes: 100e6, flops: 1e9 }, { seconds: 2e-3 }),
    "reading and writing its bytes asks for about half of the time (50 %).",
  ],
  [
    "where the samples are noisy: 1.2 ms give or take 0.9",
    timed({ bytes: 100e6, flops: 1e9 }, { seconds: 1.2e-3, spread: 0.75 }),
    "reading and writing its bytes asks for about half of the time (83 %).",
  ],
  [
    "with five samples",
    timed({ bytes: 100e6 }, { seconds: 1.1e-3, numSamples: 5 }),
    "an interval of 95 % needs 6 samples.",
  ],
  ["without a usable sample", series, "an interval of 95 % needs 6 samples."],
])("nothing is said %s", (_name, one, reason) => {
  const verdict = judgeBound(one, ROOFS);
  expect(verdict.kind).toBe("unknown");
  expect(verdict.sentence).toBe(`Cannot tell: ${reason}`);
});

test("a software adapter has no bound, whatever its times", () => {
  const one = timed({ bytes: 100e6, flops: 1e9 }, { seconds: 1.25e-3 });
  expect(judgeBound(one, { ...ROOFS, isSoftware: true }).sentence).toBe(
    "Cannot tell: a software adapter has no roofs of a GPU.",
  );
});

/** 100 MB and 1 GFLOP, of which the bytes ask for 1 ms. */
const MEMORY_WORK = timed({ bytes: 100e6, flops: 1e9 }, { seconds: 1 });

/** The work as a run would have it: by the device's clock, with what follows from its samples. */
function sampled(samples: readonly RecordedSample[]): KernelSeries {
  const { duration: _none, ...work } = MEMORY_WORK;
  return { ...work, ...describeSamples(samples, "timestamp-query", 1) };
}

const good: RecordedSample = { numRepeats: 10, deviceSeconds: 1.25e-3 };
const negative: RecordedSample = { numRepeats: 10, deviceSeconds: -1.25e-3, dropped: "negative" };
const times = (count: number, sample: RecordedSample) =>
  Array.from({ length: count }, () => sample);

test("negative readings count for nothing: the rest decides while it is enough", () => {
  expect(judgeBound(sampled([...times(7, negative), ...times(7, good)]), ROOFS).sentence).toBe(
    "Memory bound: reading and writing its bytes alone asks for 80 % of the time.",
  );
  expect(judgeBound(sampled([...times(7, negative), ...times(5, good)]), ROOFS).sentence).toBe(
    "Cannot tell: an interval of 95 % needs 6 samples.",
  );
  expect(judgeBound(sampled(times(14, negative)), ROOFS).sentence).toBe(
    "Cannot tell: an interval of 95 % needs 6 samples.",
  );
});

const STEP = 65_536e-9;
const COARSE: Roofs = { ...ROOFS, method: { clock: "timestamp-query", quantumSeconds: STEP } };

/** Samples of so many steps of the clock, every one the same, of one repeat in `seconds`. */
function quantised(numSteps: number, seconds: number): KernelSeries {
  const numRepeats = Math.round((numSteps * STEP) / seconds);
  return sampled(times(7, { numRepeats, deviceSeconds: (numSteps * STEP) / numRepeats }));
}

test("readings in steps of 65,536 ns: 160 steps tell, and so do 20; half the time stays open, and 4 steps are too coarse", () => {
  // 160 steps are 10.49 ms, 8 repeats of 1.311 ms: 1 ms is 76 % of it, and a step hides 1/160.
  expect(judgeBound(quantised(160, 1.311e-3), COARSE).sentence).toBe(
    "Memory bound: reading and writing its bytes alone asks for 76 % of the time.",
  );
  // 20 steps are 1.311 ms, one repeat. The step hides 1/20, the roof is known to 2 %: 76 % is well above half.
  expect(judgeBound(quantised(20, 1.311e-3), COARSE).kind).toBe("memory");
  // 30 steps are 1.966 ms: 51 % of it; the roof's 2 % and the clock's 1/30 reach below half.
  expect(judgeBound(quantised(30, 1.966e-3), COARSE).sentence).toBe(
    "Cannot tell: reading and writing its bytes asks for about half of the time (51 %).",
  );
  // 4 steps are 0.262 ms. Without a look at the clock, seven equal samples would seem certain.
  expect(judgeBound(quantised(4, 0.262e-3), COARSE).sentence).toBe(
    "Cannot tell: the clock is too coarse: its step may hide 25 % of a sample.",
  );
  expect(judgeBound(quantised(4, 0.262e-3), ROOFS).kind).toBe("memory");
});

/** With as many bytes as ask for 54.5 % of its time. */
function half(one: KernelSeries): KernelSeries {
  return { ...one, plan: { ...one.plan, bytesRead: 100e9 * 0.545 * one.duration!.median } };
}

test("what the clock's step may hide decides where the interval alone would not", () => {
  // 28 steps are 1.835 ms: 1 ms is 54.5 %, at least 53.4 % with the roof's 2 %. One step of 28 more: 51.6 %, still more
  // than half. Where 12 steps are all, 0.786 ms, a step is a twelfth: 49.3 %.
  expect(judgeBound(half(quantised(28, 1.835e-3)), COARSE).kind).toBe("memory");
  expect(judgeBound(half(quantised(12, 0.786e-3)), ROOFS).kind).toBe("memory");
  expect(judgeBound(half(quantised(12, 0.786e-3)), COARSE).sentence).toBe(
    "Cannot tell: reading and writing its bytes asks for about half of the time (55 %).",
  );
});
