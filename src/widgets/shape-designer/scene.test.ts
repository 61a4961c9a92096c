import { expect, test } from "vitest";
import { createScene, describeScene, makeTable } from "./scene.ts";

const VALUES = {
  budget: 8,
  rows: 2048,
  hardware: "a100-80gb-sxm",
  vocabulary: "50257",
  ranks: "1",
  proposal: 1,
};

test("a vocabulary of 50,257 is padded to 50,304, and the plain choice breaks that rule", () => {
  // 50,304 = 786 · 64; 50,257 = 785.3 · 64.
  const { design } = createScene(VALUES);
  expect(design!.shape.shape.vocabulary).toBe(50_304);
  const rule = design!.rules.find(({ id }) => id === "vocabulary");
  expect([rule!.proposed.isMet, rule!.plain.isMet]).toEqual([true, false]);
  expect(rule!.plain.remedy).toContain("50,304");
});

test("every proposal is near the budget and gains by the model", () => {
  const { design } = createScene(VALUES);
  for (const { parameters, gain } of design!.proposals) {
    expect(Math.abs(parameters / 8e9 - 1)).toBeLessThan(0.05);
    expect(gain).toBeGreaterThan(0);
  }
});

test("a proposal that is not there is the last one", () => {
  const { design } = createScene({ ...VALUES, proposal: 6 });
  expect(design!.chosen).toBe(design!.proposals.length - 1);
});

test("the same question gets the same answer, also after another one", () => {
  const before = describeScene(createScene(VALUES));
  createScene({ ...VALUES, budget: 1 });
  expect(describeScene(createScene(VALUES))).toBe(before);
  expect(before).toMatch(/^For 2,048 rows a step on an NVIDIA A100/);
});

test("the table has two rows a proposal: the shape and its plain choice", () => {
  const scene = createScene(VALUES);
  const { rows, columns } = makeTable(scene);
  expect(rows).toHaveLength(2 * scene.design!.proposals.length);
  expect(rows.every((row) => row.length === columns.length)).toBe(true);
});

test("no corner of the controls throws or shows a number that is none", () => {
  for (const budget of [0.5, 80]) {
    for (const ranks of ["1", "8"]) {
      for (const rows of [64, 8192]) {
        const scene = createScene({ ...VALUES, budget, ranks, rows });
        expect(describeScene(scene)).not.toMatch(/NaN|Infinity|undefined/);
      }
    }
  }
});
