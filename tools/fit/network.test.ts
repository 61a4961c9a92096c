import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FITTED_LINKS } from "../../src/core/parallel/fitted-links.ts";
import {
  constantsText,
  fitLink,
  measurementsOf,
  modelSeconds,
  readSeries,
  relativeErrors,
  timesText,
} from "./network.ts";

test("the constants are what the tool fits to the measurements", async () => {
  expect(readFileSync("src/core/parallel/fitted-links.ts", "utf8")).toBe(await constantsText());
}, 30_000);

test("the measured times are those of the golden file", async () => {
  expect(readFileSync("src/core/parallel/measured-times.ts", "utf8")).toBe(await timesText());
}, 30_000);

test("the fit finds the latency and bandwidth that made the times", () => {
  const truth = { latency: 20e-6, busBandwidth: 150e9 };
  const rows = [2, 4, 8].flatMap((ranks) =>
    [2048, 65_536, 1_048_576, 67_108_864].map((size) => {
      const row = { ranks, bytes: size, seconds: 0 };
      return { ...row, seconds: modelSeconds(truth, row) };
    }),
  );
  const fit = fitLink(rows);
  expect(fit.latency / truth.latency).toBeCloseTo(1, 1);
  expect(fit.busBandwidth / truth.busBandwidth).toBeCloseTo(1, 1);
});

test("only groups inside one node are fitted", () => {
  const rows = measurementsOf(readSeries(), { fabric: "a100_dgx", ranks: [2, 4, 8, 16] });
  // Three groups of 14 sizes: 16 GPUs and the halves of two nodes are left out.
  expect(rows).toHaveLength(42);
});

test("from 1 MiB up the model's median error is below 10 % on every link", () => {
  for (const { medianErrorPercentFrom1MiB } of FITTED_LINKS) {
    expect(medianErrorPercentFrom1MiB).toBeLessThan(10);
  }
});

test("the largest all-reduce that was measured is met within 20 %", () => {
  for (const link of FITTED_LINKS) {
    const rows = measurementsOf(readSeries(), link);
    const largest = rows.filter(({ bytes }) => bytes === Math.max(...rows.map((row) => row.bytes)));
    const fit = {
      latency: link.latencyMicroseconds * 1e-6,
      busBandwidth: link.busBandwidthGB * 1e9,
    };
    for (const error of relativeErrors(fit, largest)) expect(error).toBeLessThan(0.2);
  }
});
