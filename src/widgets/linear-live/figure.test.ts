import { beforeAll, expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import linearBatch from "../../experiments/linear-batch/experiment.ts";
import { createScene, type LiveScene } from "../../live/scene.ts";
import { figure, firstComputeBound, rowsAtRidge, sayCrossover } from "./figure.tsx";

const LAYER = { inputs: 1024, outputs: 4096 };
const bracket = (median: number) => ({ median, low: median, high: median });

/** A run without a ladder: no roof, and no point of which it can be told what binds it. */
let scene: LiveScene;
beforeAll(async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: ["linear/vec4"],
    kernelTime: ({ numRows }) => 1e-4 + 1e-6 * numRows,
  });
  const record = await linearBatch.run(engine, { largestBatch: "128" }, fakeContext(clock));
  scene = createScene(figure.subject, { record, ladder: undefined });
});

test("rows at a ridge, by hand", () => {
  // 4 · 9.5635 · 1024 · 4096 / (2 · 1024 · 4096 − 4 · 9.5635 · 5120) = 160,449,… / 8,192,748 = 19.58: 20 rows.
  expect(rowsAtRidge(19.5e12 / 2.039e12, LAYER)).toBe(20);
  // 2 KN / (4 (K + N)) = 409.6 FLOP/B is what endless rows reach.
  expect(rowsAtRidge(410, LAYER)).toBeUndefined();
});

test("the crossover is said for the device that has a roof, and for the A100 in any case", () => {
  // 2 TFLOP/s over 100 GB/s: 20 FLOP/B. 4 · 20 · 4,194,304 / (8,388,608 − 80 · 5,120) = 42.05: 43 rows.
  const roof = { bandwidth: bracket(100e9), rate: bracket(2e12) };
  const [here, there] = sayCrossover({ ...scene, roof }).map((text) =>
    text.replaceAll("\u00a0", " "),
  );
  expect(here).toContain("a ridge at 20.0 FLOP/B");
  expect(here).toContain("compute bound at 43 rows");
  expect(there).toContain("1024 → 4096 turns at 20 rows");
  expect(sayCrossover(scene)).toHaveLength(1);
});

test("the prediction stands beside the first batch that was found compute bound", () => {
  const arms = scene.arms.map((arm) => ({
    ...arm,
    points: arm.points.map((point) => ({
      ...point,
      verdict: {
        kind: point.x < 64 ? ("memory" as const) : ("compute" as const),
        share: 0.8,
        sentence: "",
      },
    })),
  }));
  expect(firstComputeBound({ ...scene, arms })).toBe(64);
  expect(figure.sentences({ ...scene, arms }, "64")[0]).toBe(
    "You predicted 17 to 64 rows; here the first batch that was found compute bound has 64 rows.",
  );
  expect(figure.sentences(scene, "never")[0]).toContain("no batch was found compute bound");
  expect(figure.sentences(scene, undefined)[0]).toContain("A100");
});
