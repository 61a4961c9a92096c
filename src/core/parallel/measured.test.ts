import { expect, test } from "vitest";
import { bytes, MEBI } from "../units/units.ts";
import { FITTED_LINKS } from "./fitted-links.ts";
import { describeSmallTimes, findMeasured, findSmallTimes } from "./measured.ts";

test("eight A100s took 32 µs for 526,336 B, the measured size nearest to 512 KiB", () => {
  const row = findMeasured(bytes(MEBI / 2), 8, "nvlink-3")!;
  expect(row.size).toBe(526_336);
  expect(row.seconds * 1e6).toBeCloseTo(32, 9);
});

test("below 1 MiB eight A100s took 26 to 62 µs, in the median 32", () => {
  // 62, 26, 31, 32, 32, 32, 32 in the order of their sizes.
  const times = findSmallTimes(8, "nvlink-3")!;
  expect([times.least, times.median, times.most].map((time) => Math.round(time * 1e6))).toEqual([
    26, 32, 62,
  ]);
  expect(describeSmallTimes(8, "nvlink-3")).toContain("took 26 to 62 µs, 32 µs in the median");
});

test("what was not measured has no times", () => {
  expect(findMeasured(bytes(1), 8, "pcie-4")).toBeUndefined();
  expect(findSmallTimes(16, "nvlink-3")).toBeUndefined();
  expect(describeSmallTimes(8, "nvlink-5")).toBeUndefined();
});

test("the fitted latency of every link lies among its small times", () => {
  for (const { id, ranks, latencyMicroseconds } of FITTED_LINKS) {
    const times = ranks.map((count) => findSmallTimes(count, id)!);
    const latency = latencyMicroseconds * 1e-6;
    expect(latency, id).toBeGreaterThan(Math.min(...times.map(({ least }) => least)));
    expect(latency, id).toBeLessThan(Math.max(...times.map(({ most }) => most)));
  }
});
