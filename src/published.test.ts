// Published figures against what the code computes, restates and quotes; sources stand in the file itself. The checks are
// themselves checked: whatever figure of the file is changed, one of them must fail.
import { describe, expect, test } from "vitest";
import { published, type Check } from "../tests/published/check.ts";
import { KERNEL_CHECKS } from "../tests/published/kernels.ts";
import { leavesOf, nearMisses, withLeaf } from "../tests/published/leaves.ts";
import { MODEL_CHECKS } from "../tests/published/models.ts";
import { PAGING_CHECKS } from "../tests/published/paged-attention.ts";
import { PROSE_CHECKS } from "../tests/published/prose.ts";
import { QUOTED_ONLY } from "../tests/published/quoted-only.ts";

const CHECKS: readonly Check[] = [
  ...KERNEL_CHECKS,
  ...MODEL_CHECKS,
  ...PAGING_CHECKS,
  ...PROSE_CHECKS,
];

describe("the published figures", () => {
  test.each(CHECKS.map((check) => [check.group, check.fact, check] as const))(
    "%s: %s",
    (_, __, { check }) => check(published),
  );
});

function isHeld(path: readonly string[], value: unknown): boolean {
  const file = withLeaf(published, path, value);
  return CHECKS.filter(({ group }) => group === path[0]).some(({ check }) => {
    try {
      check(file);
      return false;
    } catch {
      return true;
    }
  });
}

describe("every field of the file", () => {
  const leaves = leavesOf(published);

  test("is held: changed in its last digit it fails a check, unless it is listed as quoted only", () => {
    const loose = leaves
      .filter(({ path }) => !(path.join(".") in QUOTED_ONLY))
      .flatMap(({ path, value }) =>
        nearMisses(value)
          .filter((miss) => !isHeld(path, miss))
          .map((miss) => `${path.join(".")}: ${String(value)} could be ${String(miss)}`),
      );
    expect(loose).toEqual([]);
  });

  test("that is listed as quoted only exists, and is held by no check", () => {
    const known = new Map(leaves.map((leaf) => [leaf.path.join("."), leaf]));
    for (const name of Object.keys(QUOTED_ONLY)) {
      const { path, value } = known.get(name) ?? { path: [], value: undefined };
      expect(path, name).not.toEqual([]);
      expect(
        nearMisses(value).every((miss) => isHeld(path, miss)),
        name,
      ).toBe(false);
    }
  });

  test("a field that nobody checks would be found", () => {
    for (const [path, value] of [
      [["rufus", "countries"], 3],
      [["linear_layer", "other_ops", "gelu_fp16_ai"], 2.5],
    ] as const) {
      expect(path.join(".") in QUOTED_ONLY).toBe(false);
      expect(nearMisses(value).some((miss) => isHeld(path, miss))).toBe(false);
    }
  });
});
