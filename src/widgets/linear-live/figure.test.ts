import { expect, test } from "vitest";
import type { LivePoint, LiveScene } from "../../live/scene.ts";
import { figure, firstComputeBound, rowsAtRidge, sayCrossover } from "./figure.tsx";

const LAYER = { inputs: 1024, outputs: 4096 };
const bracket = (median: number) => ({ median, low: median, high: median });

function sceneOf(change: Partial<LiveScene>): LiveScene {
  const ladder = undefined;
  const record = { series: [] };
  return { run: { record, ladder }, roofs: {}, roof: undefined, arms: [], ...change } as never;
}

test("rows at a ridge, by hand", () => {
  // 4 · 9.5635 · 1024 · 4096 / (2 · 1024 · 4096 − 4 · 9.5635 · 5120) = 160,446,… / 8,192,748 = 19.58: 20 rows.
  expect(rowsAtRidge(19.5e12 / 2.039e12, LAYER)).toBe(20);
  // 2 KN / (4 (K + N)) = 409.6 FLOP/B is what endless rows reach.
  expect(rowsAtRidge(410, LAYER)).toBeUndefined();
});

test("the crossover is said for the device that has a roof, and for the A100 in any case", () => {
  // 2 TFLOP/s over 100 GB/s: 20 FLOP/B. 4 · 20 · 4,194,304 / (8,388,608 − 80 · 5,120) = 42.05: 43 rows.
  const roof = { bandwidth: bracket(100e9), rate: bracket(2e12) };
  const [here, there] = sayCrossover(sceneOf({ roof })).map((text) =>
    text.replaceAll("\u00a0", " "),
  );
  expect(here).toContain("a ridge at 20.0 FLOP/B");
  expect(here).toContain("compute bound at 43 rows");
  expect(there).toContain("1024 → 4096 turns at 20 rows");
  expect(sayCrossover(sceneOf({}))).toHaveLength(1);
});

test("the prediction stands beside the first batch that was found compute bound", () => {
  const points = [
    { x: 32, verdict: { kind: "memory" } },
    { x: 64, verdict: { kind: "compute" } },
    { x: 128, verdict: { kind: "compute" } },
  ] as unknown as LivePoint[];
  const scene = sceneOf({ arms: [{ arm: "linear", label: "linear layer", points }] });
  expect(firstComputeBound(scene)).toBe(64);
  expect(figure.sentences(scene, "64")[0]).toBe(
    "You predicted 17 to 64 rows; here the first batch that was found compute bound has 64 rows.",
  );
  expect(figure.sentences(scene, undefined)[0]).toContain("A100");
});
