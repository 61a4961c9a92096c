import { beforeAll, expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  FAKE_DEVICE,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import ladder from "../../experiments/ladder/experiment.ts";
import linearBatch from "../../experiments/linear-batch/experiment.ts";
import type { KernelTimingRequest } from "../../model/engine.ts";
import {
  createScene,
  describeScenes,
  ladderSeries,
  ladderStats,
  makeTable,
  publishedPoints,
  sayLayer,
  type Machine,
} from "./scene.ts";

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

async function plantedMachine(isSoftware: boolean): Promise<Machine> {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: ["linear/vec4"],
    kernelTime: plantedTime,
  });
  const context = fakeContext(clock, { device: { ...FAKE_DEVICE, isSoftware } });
  return {
    id: isSoftware ? "software" : "own",
    label: isSoftware ? "planted software" : "planted GPU",
    ladder: await ladder.run(engine, { largest: "64" }, context),
    linear: await linearBatch.run(engine, { largestBatch: "512" }, context),
  };
}

let machine: Machine;
let software: Machine;
beforeAll(async () => {
  [machine, software] = [await plantedMachine(false), await plantedMachine(true)];
});

test("the roof is memory's bandwidth and the best arithmetic", () => {
  const [scene] = createScene([machine]);
  expect(scene!.roof!.bandwidth.median / 100e9).toBeCloseTo(1, 6);
  expect(scene!.roof!.rate.median / 2e12).toBeCloseTo(1, 6);
});

test("few rows are memory bound and many are compute bound, on either side of 20 FLOP/B", () => {
  const [scene] = createScene([machine]);
  // Intensity of B rows: 2·B·1024·4096 / (4·(B·1024 + 1024·4096 + B·4096)): 0.4993 at 1, 15.4 at 32, 29.3 at 64.
  expect(scene!.points[0]!.intensity).toBeCloseTo(0.4993, 3);
  expect(scene!.points.map(({ batch, verdict }) => [batch, verdict.kind])).toEqual([
    ...[1, 2, 4, 8, 16, 32].map((batch) => [batch, "memory"]),
    ...[64, 128, 256, 512].map((batch) => [batch, "compute"]),
  ]);
  expect(sayLayer(scene!.points)).toBe(
    "The linear layer: at batch 1, 2, 4, 8, 16 and 32 it is memory bound; at batch 64, 128, 256 and 512 it is compute bound.",
  );
  // 1 / 1.25 of 100 GB/s · 0.4993 FLOP/B.
  expect(scene!.points[0]!.rate.median / 1e9).toBeCloseTo(39.95, 1);
});

test("a software adapter gets no roof and no verdict", () => {
  const [scene] = createScene([software]);
  expect(scene!.roof).toBeUndefined();
  expect(new Set(scene!.points.map(({ verdict }) => verdict.kind))).toEqual(new Set(["unknown"]));
  expect(describeScenes([scene!])).toMatch(
    /planted software is software and has no bandwidth roof/,
  );
  expect(ladderStats(scene!)[0]!.label).toMatch(/no roof/);
});

test("each machine keeps its place in the palette, and a rung is a point with its interval", () => {
  const scenes = createScene([machine, software]);
  const series = ladderSeries(scenes);
  expect(series.map(({ label, style }) => [label, style])).toEqual([
    ["planted GPU", 0],
    ["planted software", 1],
  ]);
  expect(series[0]!.points.map(({ x }) => x / 2 ** 20)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  expect(makeTable(scenes).rows).toHaveLength(2 * (7 + 10) + 10);
});

test("at best the A100 does one row at 0.4993 FLOP/B of its bandwidth, and 512 rows at its 32-bit rate", () => {
  const points = publishedPoints();
  // 0.4993 · 2.039e12 = 1.018e12.
  expect(points[0]).toMatchObject({ batch: 1 });
  expect(points[0]!.rate / 1e12).toBeCloseTo(1.018, 3);
  expect(points.at(-1)).toMatchObject({ batch: 512, rate: 19.5e12 });
  // The ridge, 19.5 / 2.039 = 9.56 FLOP/B: 16 rows have 7.85, 32 have 15.4.
  expect(points.filter(({ rate }) => rate < 19.5e12).map(({ batch }) => batch)).toEqual([
    1, 2, 4, 8, 16,
  ]);
});
