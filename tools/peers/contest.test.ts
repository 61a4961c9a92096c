import { expect, test } from "vitest";
import { createFakeClock } from "../../tests/experiments/fake-engine.ts";
import { contest, largestDifference, type Contestant } from "./contest.ts";
import type { MatmulWork } from "./work.ts";

const work: MatmulWork = {
  kind: "matmul",
  id: "planted",
  title: "a planted product",
  flops: 2,
  numRows: 1,
  inputWidth: 1,
  outputWidth: 2,
  input: Float32Array.of(1),
  weights: Float32Array.of(1, 100),
  expected: Float32Array.of(1, 100),
};

/** Contestants on a clock that moves only when one of them works. */
function plant() {
  const clock = createFakeClock();
  const numRuns = new Map<string, number>();
  const contestant = (
    id: string,
    secondsEach: number,
    output: Float32Array = work.expected,
  ): Contestant => ({
    id,
    name: id,
    prepare: () =>
      Promise.resolve({
        run: (numRepeats) => {
          numRuns.set(id, (numRuns.get(id) ?? 0) + 1);
          clock.advance(numRepeats * secondsEach);
          return Promise.resolve();
        },
        read: () => Promise.resolve(output),
        free: () => undefined,
      }),
  });
  const run = (...contestants: Contestant[]) =>
    contest(work, contestants, { numRounds: 8, seed: 1, clock, isSoftware: true });
  return { contestant, run, numRuns };
}

test("a contestant that takes three times as long has a ratio of three", async () => {
  const { contestant, run } = plant();
  const { arms } = await run(contestant("ours", 0.01), contestant("slow", 0.03));
  expect(arms[0]!.ratio).toBeUndefined();
  expect(arms[1]!.ratio!.median).toBeCloseTo(3, 9);
  expect(arms[1]!.verdict!.sentence).toContain("takes 3.00× as long with slow as with this engine");
});

test("a contestant with another output is refused and never timed", async () => {
  const { contestant, run, numRuns } = plant();
  // 0.02 of 100 is 2·10⁻⁴, twice the tolerance.
  const off = contestant("off", 0.001, Float32Array.of(1, 100.02));
  const { arms } = await run(contestant("ours", 0.01), off);
  expect(arms[1]!.duration).toBeUndefined();
  expect(arms[1]!.refusal).toContain("its output is off by 2.0e-4");
  expect(numRuns.get("off")).toBe(1);
});

test("a contestant within the tolerance is timed", async () => {
  const { contestant, run } = plant();
  const near = contestant("near", 0.02, Float32Array.of(1, 100.005));
  const { arms } = await run(contestant("ours", 0.01), near);
  expect(arms[1]!.ratio!.median).toBeCloseTo(2, 9);
});

test("a contestant that throws is named with its sentence, and the others are timed", async () => {
  const { contestant, run } = plant();
  const broken: Contestant = {
    id: "broken",
    name: "broken",
    prepare: () => Promise.reject(new Error("there is no such operator")),
  };
  const { arms } = await run(contestant("ours", 0.01), broken, contestant("other", 0.01));
  expect(arms.map(({ refusal }) => refusal)).toEqual([
    undefined,
    "there is no such operator",
    undefined,
  ]);
  expect(arms[2]!.ratio!.median).toBeCloseTo(1, 9);
});

test("without our own time there is no ratio", async () => {
  const { contestant, run } = plant();
  const ours = contestant("ours", 0.01, Float32Array.of(0, 0));
  const { arms } = await run(ours, contestant("other", 0.01));
  expect(arms[1]!.duration!.median).toBeCloseTo(0.01, 9);
  expect(arms[1]!.ratio).toBeUndefined();
});

test("an output of another length, or with no number in it, is infinitely far off", () => {
  expect(largestDifference(Float32Array.of(1), Float32Array.of(1, 2))).toBe(Infinity);
  expect(largestDifference(Float32Array.of(Number.NaN), Float32Array.of(1))).toBe(Infinity);
  expect(largestDifference(Float32Array.of(0, 3), Float32Array.of(0, 4))).toBe(0.25);
});
