import { expect, test } from "vitest";
import { GPUS } from "../../core/catalog/gpus/gpus.ts";
import { MODELS } from "../../core/catalog/models/models.ts";
import { openRidge, writeStats } from "./opened.ts";
import {
  clusterLetters,
  createScene,
  describeScene,
  writeVerdict,
  type RooflineValues,
} from "./scene.ts";

const VALUES: RooflineValues = {
  phase: "both",
  model: "llama-2-7b",
  hardware: "a100-80gb-sxm",
  batch: 1,
  context: 1024,
  measured: false,
};

/** Units stand behind a space that does not break. */
const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");

test("prefill is compute bound and decode memory bound, with the same weights", () => {
  const [prefill, decode] = createScene(VALUES).steps;
  expect([prefill?.time.bound, decode?.time.bound]).toEqual(["compute", "memory"]);
});

test("at batch 1 the matrices of decode do one FLOP for each byte", () => {
  // 2·K·N FLOP over 2·(K·N + K + N) B: just below 1.
  const { steps } = createScene({ ...VALUES, phase: "decode" });
  for (const { operator, intensity } of steps[0]?.rows ?? []) {
    if (operator.kind !== "matmul") continue;
    expect(intensity).toBeGreaterThan(0.99);
    expect(intensity).toBeLessThanOrEqual(1);
  }
});

test("a decode step of Llama 2 7B takes 6.74 ms on an A100 80GB, all of it waiting", () => {
  // The published floor without the input embedding: 6.744 ms at 1,024 tokens; activations add a little.
  const { steps } = createScene({ ...VALUES, phase: "decode" });
  expect((steps[0]?.time.sumOfOperators ?? 0) * 1e3).toBeCloseTo(6.75, 1);
  expect(steps[0]?.memoryShare).toBe(1);
});

test("a fused Llama pass has its letters, the same in both phases", () => {
  const letters = createScene(VALUES).steps.map(({ rows }) =>
    rows.map((row) => row.letter).join(""),
  );
  expect(letters).toEqual(["EQAOGDH", "EQAOGDH"]);
});

test("every point lies on the roof, and no measured one above it", () => {
  const { sets, gpu } = createScene({ ...VALUES, measured: true });
  expect(sets.map(({ kind }) => kind)).toEqual(["published", "modelled", "modelled"]);
  for (const { kind, points } of sets) {
    for (const { intensity, rate } of points) {
      const roof = Math.min(gpu.peakFlops, intensity * gpu.bandwidth);
      if (kind === "modelled") expect(rate / roof).toBeCloseTo(1, 9);
      else expect(rate).toBeLessThan(roof);
    }
  }
});

test("the lookup of the embedding does no arithmetic and is no point", () => {
  const { sets } = createScene(VALUES);
  expect(sets.flatMap(({ points }) => points.map(({ id }) => id))).not.toContain("embedding");
});

const kinds = (change: Partial<RooflineValues>) =>
  createScene({ ...VALUES, measured: true, ...change }).sets.map(({ kind }) => kind);

test("measured points exist only where they were measured", () => {
  expect(kinds({ hardware: "t4" })).not.toContain("published");
  expect(kinds({ model: "gpt2-medium" })).not.toContain("published");
  expect(kinds({ model: "llama-3.1-8b", hardware: "h100-sxm" })).not.toContain("published");
});

test("every model on every GPU gives finite times and a verdict", () => {
  for (const model of MODELS) {
    for (const gpu of GPUS) {
      for (const step of createScene({ ...VALUES, model: model.id, hardware: gpu.id }).steps) {
        expect(step.time.sumOfOperators).toBeGreaterThan(0);
        expect(step.time.sumOfOperators).toBeGreaterThanOrEqual(step.time.oneMax);
        expect(writeVerdict(step)).not.toMatch(/NaN|Infinity|—/);
        expect(new Set(step.rows.map(({ letter }) => letter)).size).toBe(step.rows.length);
      }
    }
  }
});

test("the ridge of the A100 80GB is 153 FLOP a byte", () => {
  expect(plain(openRidge(createScene(VALUES)).substitution)).toBe(
    "312 TFLOP/s / 2.039 TB/s = 153 FLOP/B",
  );
});

test("both forms of the step's time stand side by side", () => {
  const scene = createScene({ ...VALUES, phase: "decode" });
  const step = scene.steps[0]!;
  expect(writeStats(step, scene).map(({ label }) => label)).toEqual(["Sum", "One max", "Waiting"]);
  expect(plain(describeScene(scene))).toMatch(
    /a decode step takes at least 6\.7\d ms and is memory bound/,
  );
});

test("405B does not fit into 80 GB, 7B does", () => {
  expect(createScene(VALUES).isTooLarge).toBe(false);
  expect(createScene({ ...VALUES, model: "llama-3.1-405b" }).isTooLarge).toBe(true);
});

test("labels that would overlap become one, from left to right", () => {
  const points = [
    { x: 60, y: 0, letters: "A" },
    { x: 10, y: 0, letters: "H" },
    { x: 4, y: 3, letters: "Q" },
  ];
  expect(clusterLetters(points)).toEqual([
    { x: 7, y: 0, letters: "Q H" },
    { x: 60, y: 0, letters: "A" },
  ]);
});

test("labels far apart in height stay apart", () => {
  const points = [
    { x: 10, y: 0, letters: "H" },
    { x: 10, y: 40, letters: "A" },
  ];
  expect(clusterLetters(points)).toHaveLength(2);
});
