import { expect, test } from "vitest";
import { findTimedKernel, timedKernelIds } from "./timed-kernels.ts";

const HEADS = { numHeads: 4, numKvHeads: 2, headWidth: 8, blockSize: 4, splitLength: 4 };

test("in decode each row is the last token of its own sequence", () => {
  // Three sequences with room for 8 tokens: contexts of 8, three times.
  const sizes = { ...HEADS, capacity: 8, numSlots: 24 };
  const kernel = findTimedKernel("attention/contiguous")!;
  expect([...kernel.tables(sizes, 3)["rows"]!]).toEqual([0, 7, 1, 7, 2, 7]);
  expect(kernel.numContextTokens(sizes, 3)).toBe(24);
});

test("in a prefill the rows are the positions of one prompt", () => {
  const sizes = { ...HEADS, capacity: 4, numSlots: 4 };
  const kernel = findTimedKernel("attention/contiguous-tiled")!;
  expect([...kernel.tables(sizes, 4)["rows"]!]).toEqual([0, 0, 0, 1, 0, 2, 0, 3]);
  // 1 + 2 + 3 + 4.
  expect(kernel.numContextTokens(sizes, 4)).toBe(10);
});

test("a paged kernel's table names every block of the cache once, and not in order", () => {
  const sizes = { ...HEADS, capacity: 64, numSlots: 128 };
  const table = [...findTimedKernel("flash-decode/partial-paged")!.tables(sizes, 2)["blockTable"]!];
  const inOrder = Array.from({ length: 32 }, (_, index) => index);
  expect(table).not.toEqual(inOrder);
  expect(table.toSorted((one, other) => one - other)).toEqual(inOrder);
});

test("a kernel without a context has no tables", () => {
  const linear = findTimedKernel("linear/naive")!;
  expect(linear.tables({}, 3)).toEqual({});
  expect(linear.numContextTokens({}, 3)).toBe(0);
});

test("a software adapter is spared barriers, and half precision asks for its feature", () => {
  const software = timedKernelIds({ features: new Set(), isSoftware: true });
  expect(software).toContain("attention/contiguous-serial");
  expect(software).not.toContain("flash-decode/partial-contiguous");
  expect(software).not.toContain("linear/tiled");
  const hardware = timedKernelIds({ features: new Set(["shader-f16"]), isSoftware: false });
  expect(hardware).toContain("linear/half");
  expect(hardware).not.toContain("linear/subgroup");
});
