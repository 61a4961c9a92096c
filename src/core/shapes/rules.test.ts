import { assert, constantFrom, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { findGpu, GPUS } from "../catalog/gpus/gpus.ts";
import type { ModelShape } from "../catalog/models/model-shape.ts";
import { findModel, MODELS } from "../catalog/models/models.ts";
import { checkShape } from "./rules.ts";

const A100 = findGpu("a100-80gb-sxm")!;
const LLAMA = findModel("llama-2-7b")!.shape;
const ONE = { batch: 2048, ranks: 1 };

function unmet(shape: ModelShape, options = ONE): string[] {
  return checkShape(shape, A100, options)
    .filter(({ isMet }) => !isMet)
    .map(({ id }) => id);
}

function remedy(shape: ModelShape, id: string): string | undefined {
  return checkShape(shape, A100, ONE).find((check) => check.id === id)?.remedy;
}

test("Llama 2 7B meets every rule of alignment, and its QKV product leaves a ninth of its waves empty", () => {
  // 2048 × 12288 in tiles of 256 × 128 is 768; 8 waves of 108 hold 864.
  expect(unmet(LLAMA)).toEqual(["waves"]);
});

test("GPT-2's vocabulary is to be padded to 50,304, never cut", () => {
  const shape = { ...LLAMA, vocabulary: 50_257 };
  expect(unmet(shape)).toContain("vocabulary");
  expect(remedy(shape, "vocabulary")).toMatch(/50,304/);
  expect(remedy(shape, "vocabulary")).not.toMatch(/50,240/);
});

test("a feed-forward width of 10,922 is refused and 10,944 or 11,008 is not", () => {
  expect(unmet({ ...LLAMA, hiddenWidth: 10_922 })).toContain("hidden-width");
  expect(remedy({ ...LLAMA, hiddenWidth: 10_922 }, "hidden-width")).toMatch(/10,880 or 10,944/);
  expect(unmet({ ...LLAMA, hiddenWidth: 10_944 })).not.toContain("hidden-width");
  expect(unmet({ ...LLAMA, hiddenWidth: 11_008 })).not.toContain("hidden-width");
});

test("136 rows do not fill their tiles; 128 rows and 8 rows are not blamed", () => {
  expect(unmet(LLAMA, { batch: 136, ranks: 1 })).toContain("rows");
  expect(unmet(LLAMA, { batch: 128, ranks: 1 })).not.toContain("rows");
  expect(unmet(LLAMA, { batch: 8, ranks: 1 })).not.toContain("rows");
});

test("ranks that do not divide the heads are refused", () => {
  expect(unmet(LLAMA, { batch: 2048, ranks: 3 })).toEqual(
    expect.arrayContaining(["heads", "kv-heads", "vocabulary", "hidden-width"]),
  );
});

test("every rule says why in a sentence, and how to repair it exactly where it is not met", () => {
  const model = constantFrom(...MODELS);
  const gpu = constantFrom(...GPUS);
  assert(
    property(
      model,
      gpu,
      integer({ min: 1, max: 9000 }),
      integer({ min: 1, max: 16 }),
      (...args) => {
        const [{ shape }, on, batch, ranks] = args;
        for (const check of checkShape(shape, on, { batch, ranks })) {
          expect(check.why).toMatch(/^.{10,}\.$/);
          expect(check.why).not.toMatch(/NaN|Infinity|undefined/);
          expect(check.remedy === undefined).toBe(check.isMet);
        }
      },
    ),
  );
});

test("a batch or ranks that cannot be are refused with a sentence", () => {
  expect(() => checkShape(LLAMA, A100, { batch: 0, ranks: 1 })).toThrow(/batch must be a whole/);
  expect(() => checkShape(LLAMA, A100, { batch: 1, ranks: 1.5 })).toThrow(/number of ranks/);
});
