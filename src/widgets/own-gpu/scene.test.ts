import { beforeAll, expect, test } from "vitest";
import { plantMachine } from "./planted-gpus.ts";
import {
  createScene,
  describeScenes,
  ladderSeries,
  ladderStats,
  makeTable,
  modelledPoints,
  PUBLISHED_POINTS,
  sayLayer,
  type Machine,
} from "./scene.ts";

let machine: Machine;
let software: Machine;
beforeAll(async () => {
  machine = await plantMachine();
  software = {
    ...(await plantMachine({ isSoftware: true })),
    id: "software",
    label: "planted software",
  };
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

test("a GPU whose arithmetic was not timed has no roof, and is not called software", () => {
  const series = machine.ladder.series.filter(({ arm }) => arm !== "multiply-add");
  const [scene] = createScene([{ ...machine, ladder: { ...machine.ladder, series } }]);
  expect(scene!.roof).toBeUndefined();
  expect(describeScenes([scene!])).toMatch(
    /^planted GPU has no roof, since its reading or its arithmetic was not timed/,
  );
});

test("each machine keeps its place in the palette, and a rung is a point with its interval", () => {
  const scenes = createScene([machine, software]);
  const series = ladderSeries(scenes);
  expect(series.map(({ label, style }) => [label, style])).toEqual([
    ["planted GPU", 0],
    ["planted software", 1],
  ]);
  expect(series[0]!.points.map(({ x }) => x / 2 ** 20)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  expect(makeTable(scenes).rows).toHaveLength(2 * (7 + 10) + 10 + PUBLISHED_POINTS.length);
});

test("at best the A100 does one row at 0.4993 FLOP/B of its bandwidth, and 512 rows at its 32-bit rate", () => {
  const points = modelledPoints();
  // 0.4993 · 2.039e12 = 1.018e12.
  expect(points[0]).toMatchObject({ batch: 1 });
  expect(points[0]!.rate / 1e12).toBeCloseTo(1.018, 3);
  expect(points.at(-1)).toMatchObject({ batch: 512, rate: 19.5e12 });
  // The ridge, 19.5 / 2.039 = 9.56 FLOP/B: 16 rows have 7.85, 32 have 15.4.
  expect(points.filter(({ rate }) => rate < 19.5e12).map(({ batch }) => batch)).toEqual([
    1, 2, 4, 8, 16,
  ]);
});

test("beside it stand the times that others measured of the same layer on an A100 and an H100", () => {
  expect(new Set(PUBLISHED_POINTS.map(({ gpu }) => gpu))).toEqual(new Set(["a100", "h100"]));
  const one = PUBLISHED_POINTS.find(({ gpu, label }) => gpu === "a100" && label === "1")!;
  // One row: 2 · 1024 · 4096 FLOP in 9 µs.
  expect(one.rate / 1e12).toBeCloseTo(8.388608 / 9, 6);
  expect(makeTable([]).rows).toContainEqual([
    "A100",
    "batch 1 in 16 bits, published",
    one.rate,
    "FLOP/s",
    "",
    "",
    "",
    "",
  ]);
});
