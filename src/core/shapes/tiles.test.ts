import { assert, constantFrom, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { alignment, tileCount, waveEfficiency, type Tile } from "./tiles.ts";

const A100 = { m: 2304, tile: [256, 128] as Tile, sms: 108 };

test.each([
  // NVIDIA, Matrix Multiplication Background guide: n, tiles, waves, efficiency to four digits.
  [1408, 99, 1, 0.9167],
  [1536, 108, 1, 1],
  [1537, 117, 2, 0.5003],
  [1664, 117, 2, 0.5417],
  [1792, 126, 2, 0.5833],
  [3072, 216, 2, 1],
  [3073, 225, 3, 0.6669],
])("2304 by %i on an A100 is %i tiles in %i waves", (n, tiles, waves, efficiency) => {
  const found = waveEfficiency({ ...A100, n });
  expect(found.tiles).toBe(tiles);
  expect(found.waves).toBe(waves);
  expect(Number(found.efficiency.toFixed(4))).toBe(efficiency);
});

test("one row more than two tiles takes half as many tiles again", () => {
  expect(tileCount({ m: 256, n: 256, tile: [128, 128] })).toBe(4);
  expect(tileCount({ m: 257, n: 256, tile: [128, 128] })).toBe(6);
});

test("the last of two waves at 1537 columns holds 9 tiles", () => {
  expect(waveEfficiency({ ...A100, n: 1537 }).lastWave).toBe(9);
});

test("efficiency is the share of useful tile times the share of full places, and at most 1", () => {
  const size = integer({ min: 1, max: 100_000 });
  const tile = constantFrom<Tile>([256, 128], [128, 128], [64, 64]);
  assert(
    property(size, size, tile, integer({ min: 1, max: 304 }), (m, n, chosen, sms) => {
      const found = waveEfficiency({ m, n, tile: chosen, sms });
      expect(found.efficiency).toBeCloseTo(found.tileEfficiency * found.waveOccupancy, 12);
      expect(found.efficiency).toBeGreaterThan(0);
      expect(found.efficiency).toBeLessThanOrEqual(1);
      expect(found.lastWave).toBeGreaterThan(0);
      expect(found.lastWave).toBeLessThanOrEqual(sms);
      // One row more never takes fewer tiles.
      expect(tileCount({ m: m + 1, n, tile: chosen })).toBeGreaterThanOrEqual(found.tiles);
    }),
  );
});

test("tensor cores want multiples of 64 elements in 16 bits and of 128 in 8", () => {
  expect(alignment(4096, 2)).toEqual({
    isAligned: true,
    multiple: 64,
    below: 4096,
    above: 4096,
    loadBytes: 16,
  });
  // 10922 = 2 · 43 · 127: rows begin at multiples of 4 bytes only.
  expect(alignment(10_922, 2)).toEqual({
    isAligned: false,
    multiple: 64,
    below: 10_880,
    above: 10_944,
    loadBytes: 4,
  });
  expect(alignment(64, 1).isAligned).toBe(false);
  expect(alignment(50_257, 2).above).toBe(50_304);
});

test("sizes that no product has are refused with a sentence", () => {
  expect(() => tileCount({ m: 0, n: 1, tile: [128, 128] })).toThrow(/rows of an output/);
  expect(() => waveEfficiency({ ...A100, n: 1, sms: 0 })).toThrow(/number of SMs/);
  expect(() => alignment(64, 3)).toThrow(RangeError);
  expect(() => alignment(Number.NaN, 2)).toThrow(RangeError);
});
