import { expect, test } from "vitest";
import { seconds } from "../../core/units/units.ts";
import type { KeptTuning } from "../../model/kept-tuning.ts";
import { OTHER_IDS } from "./other-list.ts";
import { sayTuned } from "./other-times.ts";

const TUNING: KeptTuning = {
  at: 0,
  device: "a planted device",
  table: [
    {
      family: "attentionContiguous",
      numRows: 1,
      chosen: "attention/contiguous",
      variants: [{ kernel: "attention/contiguous", duration: seconds(12e-6) }],
    },
    {
      family: "attentionContiguous",
      numRows: 48,
      chosen: "attention/contiguous",
      variants: [{ kernel: "attention/contiguous", duration: seconds(3e-3), numRowsTimed: 8 }],
    },
  ],
};

test("a paged kernel is said to have its contiguous twin's times, on that device", () => {
  expect(sayTuned("attention/paged", TUNING)).toBe(
    "The autotune on a planted device timed its contiguous twin, attention/contiguous, at the sizes of the model loaded last: 12.0\u00a0µs for 1 row, ≈ 3.00\u00a0ms for 48 rows.",
  );
});

test("one that was left out, or a browser without a table, has no time and a sentence", () => {
  expect(sayTuned("linear-residual/batch", TUNING)).toBe(
    "The autotune on a planted device left out this kernel.",
  );
  expect(sayTuned("rms-norm/thread", undefined)).toMatch(/when a model is loaded/);
});

test("the autotune chooses among 17 of the kernels in the list", () => {
  // Five paged ways from norm to cache, seven linear-residual, three paged attention, two without barriers.
  const tuned = OTHER_IDS.filter((id) => sayTuned(id, undefined) !== undefined);
  expect(tuned).toHaveLength(5 + 7 + 3 + 2);
  expect(sayTuned("attention-scores/paged", TUNING)).toBeUndefined();
});
