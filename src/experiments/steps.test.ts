import { expect, test } from "vitest";
import { createRandom } from "../core/statistics/random.ts";
import { findSteps } from "./steps.ts";

const XS = Array.from({ length: 48 }, (_, i) => i + 1);

function plant(time: (x: number) => number, noise: number, seed: number) {
  const random = createRandom(seed);
  return XS.map((x) => ({ x, y: time(x) * (1 + noise * (2 * random() - 1)) }));
}

test("a planted staircase of 12 tiles a wave is found, with its height", () => {
  // 20 µs, and 10 µs for each wave of 12.
  const found = findSteps(plant((x) => 20 + 10 * Math.ceil(x / 12), 0.02, 3));
  expect(found).toMatchObject({ kind: "steps", period: 12 });
  expect(found.kind === "steps" && found.rise).toBeCloseTo(10, 0);
});

test("a straight line, a bend after a flat start and a constant are no staircases, whatever the noise", () => {
  const shapes = [
    (x: number) => 20 + x,
    (x: number) => Math.max(20, x),
    () => 20,
    (x: number) => 5 + 0.02 * x * x,
  ];
  let numFound = 0;
  for (const [index, shape] of shapes.entries()) {
    for (const noise of [0.002, 0.02, 0.1]) {
      for (const seed of [1, 2, 3, 4, 5]) {
        const found = findSteps(plant(shape, noise, 100 * index + seed));
        if (found.kind === "steps") numFound++;
      }
    }
  }
  expect(numFound).toBe(0);
});

test("steps that drown in noise are not told", () => {
  expect(findSteps(plant((x) => 20 + 2 * Math.ceil(x / 12), 0.5, 7)).kind).toBe("none");
});

test("a step of two points, or two steps in all, cannot be told from something else", () => {
  expect(findSteps(plant((x) => 20 + 10 * Math.ceil(x / 30), 0.001, 1)).kind).toBe("none");
  expect(findSteps([{ x: 1, y: 1 }])).toMatchObject({ kind: "none" });
});

test("points that do not rise in x have no steps to look for", () => {
  for (const x of [1, 2]) {
    const points = Array.from({ length: 12 }, (_, i) => ({ x: x === 1 ? 1 : 12 - i, y: i }));
    expect(findSteps(points).kind).toBe("none");
  }
});
