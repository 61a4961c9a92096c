import { assert, double, integer, property } from "fast-check";
import { expect, test } from "vitest";
import published from "../../../tests/golden/published.json" with { type: "json" };
import { expectedOperations, expectedSpeedup, expectedTokens } from "./speculation.ts";

test.each(published.speculative_decoding.table1_c0)(
  "the paper's table 1, a draft that costs nothing: α $alpha, γ $gamma",
  ({ alpha, gamma, operations, speed }) => {
    const draft = { acceptance: alpha, numDrafted: gamma };
    expect(expectedSpeedup(draft, 0).toFixed(2)).toBe(speed.toFixed(2));
    expect(expectedOperations(draft, 0).toFixed(2)).toBe(operations.toFixed(2));
  },
);

test("a draft that is never right costs its time and gains nothing", () => {
  // One token a run; 3 drafts at a tenth of the target: 1/1.3.
  expect(expectedTokens({ acceptance: 0, numDrafted: 3 })).toBe(1);
  expect(expectedSpeedup({ acceptance: 0, numDrafted: 3 }, 0.1)).toBeCloseTo(1 / 1.3, 12);
});

test("a draft that is always right gains each of its tokens", () => {
  expect(expectedTokens({ acceptance: 1, numDrafted: 4 })).toBe(5);
});

test("a run gains at least one token and at most one more than were drafted", () => {
  assert(
    property(
      double({ min: 0, max: 1, noNaN: true }),
      integer({ min: 0, max: 64 }),
      (acceptance, numDrafted) => {
        const tokens = expectedTokens({ acceptance, numDrafted });
        expect(tokens).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(tokens).toBeLessThanOrEqual((numDrafted + 1) * (1 + 1e-9));
      },
    ),
  );
});

test.each([
  [{ acceptance: 1.1, numDrafted: 2 }, 0],
  [{ acceptance: NaN, numDrafted: 2 }, 0],
  [{ acceptance: 0.5, numDrafted: 1.5 }, 0],
  [{ acceptance: 0.5, numDrafted: -1 }, 0],
  [{ acceptance: 0.5, numDrafted: 1 }, -0.1],
  [{ acceptance: 0.5, numDrafted: 1 }, Infinity],
])("%j at a cost of %f is refused", (draft, cost) => {
  expect(() => expectedSpeedup(draft, cost)).toThrow(RangeError);
});
