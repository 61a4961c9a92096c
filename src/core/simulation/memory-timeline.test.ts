import { expect, test } from "vitest";
import { seconds } from "../units/units.ts";
import { MeanShares, MemoryTimeline } from "./memory-timeline.ts";

function use(stored: number) {
  return { capacity: 10, stored, reserved: 0, internal: 0, external: 0, free: 10 - stored };
}

function occupancy(stored: number) {
  return { memory: use(stored), numRunning: stored, numWaiting: 0 };
}

test("an interval holds the mean over its time", () => {
  const timeline = new MemoryTimeline();
  // The first interval is 1 ms: a quarter of it full, the rest half full.
  timeline.add(seconds(0), seconds(0.00025), occupancy(10));
  timeline.add(seconds(0.00025), seconds(0.001), occupancy(5));
  const [point] = timeline.points();
  expect(point?.stored).toBeCloseTo(0.25 * 1 + 0.75 * 0.5, 9);
  expect(point?.numRunning).toBeCloseTo(0.25 * 10 + 0.75 * 5, 9);
});

test("however long it gets, there are at most 512 intervals and the mean stays", () => {
  const timeline = new MemoryTimeline();
  for (let step = 0; step < 20_000; step++) {
    timeline.add(seconds(step * 0.7), seconds((step + 1) * 0.7), occupancy(step < 10_000 ? 2 : 8));
  }
  const points = timeline.points();
  expect(points.length).toBeLessThanOrEqual(512);
  expect(points.length).toBeGreaterThan(256);
  expect(points[0]?.stored).toBeCloseTo(0.2, 9);
  expect(points.at(-1)?.stored).toBeCloseTo(0.8, 9);
  const times = points.map(({ time }) => time);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test("a mean weighs each use by its time, and there is none of no time", () => {
  const shares = new MeanShares();
  expect(shares.mean().stored).toBeNaN();
  shares.add(use(10), 1);
  shares.add(use(0), 3);
  expect(shares.mean()).toMatchObject({ stored: 0.25, free: 0.75 });
  expect(shares.covered).toBe(4);
});
