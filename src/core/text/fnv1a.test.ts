import { expect, test } from "vitest";
import { fnv1a } from "./fnv1a.ts";

// Landon Curt Noll's published test vectors of the 32-bit FNV-1a.
test.each([
  ["", 0x811c9dc5],
  ["a", 0xe40c292c],
  ["foobar", 0xbf9cf968],
])("“%s” has the published hash", (text, hash) => {
  expect(fnv1a(text) >>> 0).toBe(hash);
});
