import { expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  FAKE_DEVICE,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import type { KernelTimingRequest } from "../../model/engine.ts";
import { parseKernelRecord } from "../kernel-record-schema.ts";
import linearBatch from "./experiment.ts";

const KERNELS = ["ladder/read", "linear/vec4", "linear/blocked"];

/** 100 µs for the weights; vec4 adds 20 µs a row, blocked starts at 400 µs and adds 2 µs a row. */
function plantedTime({ kernel, numRows }: KernelTimingRequest): number {
  return kernel === "linear/vec4" ? 100e-6 + 20e-6 * numRows : 400e-6 + 2e-6 * numRows;
}

test("each batch is measured with the kernel that is fastest for it", async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: KERNELS,
    kernelTime: plantedTime,
  });
  const record = await linearBatch.run(engine, { largestBatch: "512" }, fakeContext(clock));
  // 100 + 20 B against 400 + 2 B: equal at B = 16.7.
  expect(record.series.map(({ kernel, plan }) => [plan.numRows, kernel.id])).toEqual([
    ...[1, 2, 4, 8, 16].map((batch) => [batch, "linear/vec4"]),
    ...[32, 64, 128, 256, 512].map((batch) => [batch, "linear/blocked"]),
  ]);
  // 120 µs a row against (400 + 1024) µs / 512.
  expect(record.comparison.ratio!.median).toBeCloseTo((120 * 512) / 1424, 1);
  expect(record.verdict).toMatchObject({ kind: "clear", claim: "supported" });
  expect(record.verdict.sentence).toMatch(
    /^On this device a row takes 43\.\d× as long with one row alone as with 512 rows at once/,
  );
  // Seven rounds of all ten, and more of the two that are compared, up to fifteen.
  expect(record.verdict.sentence).toMatch(/, 15 pairs\)\.$/);
  const [first, last] = [record.comparison.baseline, record.comparison.contender];
  expect(record.series.map(({ id, samples }) => [id, samples.length])).toEqual(
    record.series.map(({ id }) => [id, id === first || id === last ? 15 : 7]),
  );
  const { order, numRounds, numRoundsAsked } = record.comparison.method;
  expect(order.map((round) => round.length)).toEqual([
    ...Array.from({ length: 7 }, () => 10),
    ...Array.from({ length: 8 }, () => 2),
  ]);
  expect(new Set(order.slice(7).flat())).toEqual(new Set([first, last]));
  expect({ numRounds, numRoundsAsked }).toEqual({ numRounds: 15, numRoundsAsked: 15 });
  expect(record.fits[0]!.exponent.value).toBeGreaterThan(0.2);
  expect(record.fits[0]!.exponent.value).toBeLessThan(0.6);
  expect(record.notes).toEqual([]);
  expect(parseKernelRecord(JSON.parse(JSON.stringify(record)))).toEqual({ ok: true, record });
  expect(engine.numEnded).toBeGreaterThan(0);
});

test("the sweep ends before a dispatch would hold the device for more than 50 ms, and says so", async () => {
  const clock = createFakeClock();
  const times: number[] = [];
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: KERNELS,
    kernelTime: ({ numRows }) => {
      // 2 ms a row: 16 rows take 32 ms, and 32 would take 64.
      times.push(2e-3 * numRows);
      return 2e-3 * numRows;
    },
  });
  const record = await linearBatch.run(engine, { largestBatch: "512" }, fakeContext(clock));
  expect(Math.max(...times)).toBeLessThan(0.05);
  expect(record.notes[0]).toBe(
    "The sweep ends at 16 rows: the next point would hold this device for more than 50 ms.",
  );
  // In proportion to the batch: no gain a row.
  expect(record.verdict.kind).toBe("no-difference");
  expect(record.fits[0]!.exponent.value).toBeCloseTo(1, 6);
});

test("a software adapter gets a sixteenth of the layer, says so, and still yields several batches", async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: KERNELS,
    // 1.5 GFLOP/s: a row of the whole layer would take 5.6 ms, one of the smaller 0.35.
    kernelTime: ({ numRows, sizes }) =>
      (2 * numRows * sizes["inputWidth"]! * sizes["outputWidth"]!) / 1.5e9,
  });
  const context = fakeContext(clock, { device: { ...FAKE_DEVICE, isSoftware: true } });
  const record = await linearBatch.run(engine, { largestBatch: "64" }, context);
  expect(record.series.map(({ plan }) => plan.numRows)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  expect(record.series[0]!.kernel.sizes).toMatchObject({ inputWidth: 256, outputWidth: 1024 });
  expect(record.notes[0]).toMatch(/^On a software adapter the layer is 256 → 1024/);
});
