import { expect, test } from "vitest";
import { createScene, describeScene, makeTable, tilesOfWaves } from "./scene.ts";

const VALUES = {
  layer: "llama-2-7b-qkv",
  hardware: "a100-80gb-sxm",
  tile: "128x128",
  rows: 136,
  columns: 12_288,
  inner: 4096,
};

test("128 tokens of Llama 2 7B's QKV product fit into one wave of an A100", () => {
  // 1 · 96 tiles on 108 SMs; 128·12288 / (108·128·128) = 96/108.
  const scene = createScene({ ...VALUES, rows: 128 });
  expect([scene.tiles, scene.waves]).toEqual([96, 1]);
  expect(scene.efficiency).toBeCloseTo(96 / 108, 10);
});

test("eight more tokens start a second wave that is mostly for nothing", () => {
  // 2 · 96 = 192 tiles: 108 and 84. 136·12288 / (2·108·128·128) = 0.4722.
  const scene = createScene(VALUES);
  expect(tilesOfWaves(scene)).toEqual([108, 84]);
  expect(scene.efficiency).toBeCloseTo(0.4722, 4);
});

test("one output more than 1536 starts a second wave, as in NVIDIA's guide", () => {
  // 9 · 12 = 108 tiles of 256 × 128, then 9 · 13 = 117; 2304·1537 / (2·108·256·128) = 0.5003.
  const guide = { ...VALUES, layer: "own", tile: "256x128", rows: 2304 };
  const full = createScene({ ...guide, columns: 1536 });
  expect([full.tiles, full.waves, full.efficiency]).toEqual([108, 1, 1]);
  const over = createScene({ ...guide, columns: 1537 });
  expect([over.tiles, over.waves]).toEqual([117, 2]);
  expect(over.efficiency).toBeCloseTo(0.5003, 4);
});

test("two waves of 128 × 128 tiles take at least 93.1 µs at the A100's peak", () => {
  // 2 · 108 · 2·128·128·4096 FLOP / 312e12 = 92.92 µs; 104,... MB over 2.039 TB/s take less.
  const scene = createScene(VALUES);
  expect(scene.waveSeconds * 1e6).toBeCloseTo(92.92, 1);
  // 2 B · (136·4096 + 4096·12288 + 136·12288) = 105,119,744 B; / 2.039e12 = 51.55 µs.
  expect(scene.memorySeconds * 1e6).toBeCloseTo(51.55, 1);
  expect(scene.floor).toBe(scene.waveSeconds);
});

test("the measurement beside it is the published one", () => {
  expect(createScene(VALUES).nearest).toEqual({ rows: 136, seconds: 132e-6 });
  expect(createScene({ ...VALUES, rows: 135 }).nearest).toEqual({ rows: 128, seconds: 74.5e-6 });
});

test("no measured point lies under the modelled floor of 128 × 128 tiles", () => {
  for (const hardware of ["a100-80gb-sxm", "h100-sxm"]) {
    const { measured } = createScene({ ...VALUES, hardware });
    for (const point of measured) {
      const { floor } = createScene({ ...VALUES, hardware, rows: point.rows });
      expect(point.seconds).toBeGreaterThan(floor);
    }
  }
});

test("a size of one's own has no measured points, and says so nowhere", () => {
  const scene = createScene({ ...VALUES, layer: "own", columns: 5000 });
  expect(scene.measured).toEqual([]);
  expect(describeScene(scene)).not.toContain("measured");
  expect(makeTable(scene).rows.every((row) => row.at(-1) === "—")).toBe(true);
});
