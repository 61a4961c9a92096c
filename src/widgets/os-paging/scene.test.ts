// The state behind both drawings, worked by hand, and the pairs.
import { expect, test } from "vitest";
import { CONCEPTS } from "./concepts.ts";
import { parameters } from "./parameters.ts";
import { createScene, createState, describeScene, isLit, makeTable } from "./scene.ts";

test("the state is what the paper's manager makes of a fork, a write and a swap", () => {
  const { owners, blocks, swapped, copy } = createState();
  // Blocks 5 and 4 from the top of the stack; A copies 4 to 3; C gets 2, and gives it back for CPU block 1.
  expect(owners.map(({ table }) => table.map(({ block }) => block))).toEqual([[5, 3], [5, 4], [1]]);
  expect(owners.map(({ table }) => table.some(({ isSwapped }) => isSwapped))).toEqual([
    false,
    false,
    true,
  ]);
  expect(copy).toEqual({ from: 4, to: 3 });
  expect(blocks.map(({ refCount }) => refCount)).toEqual([0, 0, 0, 1, 1, 2]);
  // A has 7 tokens, so 3 in its second block; B has 6.
  expect(blocks.map(({ numFilled }) => numFilled)).toEqual([0, 0, 0, 3, 2, 4]);
  expect(swapped.map(({ numFilled }) => numFilled)).toEqual([0, 3]);
});

test("free lights what nobody holds, sharing what two tables hold", () => {
  const state = createState();
  const lit = (part: "free" | "shared" | "copied") =>
    state.blocks.filter((block) => isLit(part, block, state)).map(({ id }) => id);
  expect([lit("free"), lit("shared"), lit("copied")]).toEqual([[0, 1, 2], [5], [3, 4]]);
});

test("each pair is a choice of its own, lights something and says where it ends", () => {
  expect(new Set(parameters.concept.options.map(({ value }) => value)).size).toBe(CONCEPTS.length);
  for (const { id, parts, alike, ends } of CONCEPTS) {
    expect(parts.length, id).toBeGreaterThan(0);
    expect(alike.endsWith(".") && ends.endsWith("."), id).toBe(true);
  }
  expect(makeTable().rows).toHaveLength(CONCEPTS.length);
  expect(describeScene(createScene({ concept: "swap" }))).toMatch(
    /^Swap to disk beside swap to CPU memory.*Where it ends: Attention reads every block/,
  );
});
