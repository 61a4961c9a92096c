// Digests against other programs: node's SHA-256, the xxhash package, the CBOR standard's own examples, vLLM's vectors.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blockHashes, extraKeysOf, noneHash, toHex } from "./block-hash.ts";
import { encodeCbor, type CborValue } from "./cbor.ts";
import { sha256 } from "./sha256.ts";
import { xxh3Hash128 } from "./xxh3-128.ts";

test("SHA-256 is node's for any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(toHex(sha256(bytes))).toBe(createHash("sha256").update(bytes).digest("hex"));
    }),
    { numRuns: 300 },
  );
});

/** Of the bytes (7 i + n) mod 251, by the Python package xxhash 3.8 (XXH 0.8.3); a case on each side of every limit. */
const XXH3_128: readonly [numBytes: number, digest: string][] = [
  [0, "99aa06d3014798d86001c324468d497f"],
  [1, "51025a4491835505e12ef9d2eb86ceeb"],
  [3, "ce31763cbf8245a5a9088dda485b481c"],
  [4, "dd40da4fb215e2141c39dbb553a705e0"],
  [8, "f69a63d1bfe6b421ed2e15d607e65102"],
  [9, "e6437f593809a3c57d29026a8dab645b"],
  [16, "e8920f24c46d190e93e2125b8d5e83bd"],
  [17, "87a3d4506bedd5649f166f98e8c7d6d8"],
  [32, "948b89cc364a6c14a9e5525d1313ef69"],
  [33, "063278d1aa45afc068b69cadb7e045b4"],
  [64, "d7304ccf31c63c6064f19e15f22651a1"],
  [65, "4319dbe9dd86c6996305c203af3a3bc7"],
  [96, "58cbe1630604738c4ef0c0055a12439b"],
  [97, "cabae17de2962b659eb2ab71569e84a0"],
  [128, "64928727c148c21b80e322fe3e18bc35"],
  [129, "0811b872b34056cd87d0ab6f8d73ed7f"],
  [160, "06285a1a48c1b474c66920475f337688"],
  [161, "349cc0d5e6400242c9ac80f6aed5acf1"],
  [240, "0ebb5cea091604e4e8689d52910bd588"],
  [241, "b2575d97dc362e8cee80e3642dbe5d90"],
  [1024, "3c410599ed25aa29b29a0eb57f6d9a67"],
  [1025, "62034e20dc2fcc024fc94c4a42c6553c"],
  [1088, "a73bd219b5c891baa1ead5c0251ae847"],
  [2049, "82b3ba9492e046d1655f00236b568216"],
];

test.each(XXH3_128)("XXH3-128 of %i bytes is the xxhash package's", (numBytes, digest) => {
  const bytes = Uint8Array.from({ length: numBytes }, (_, index) => (7 * index + numBytes) % 251);
  expect(toHex(xxh3Hash128(bytes))).toBe(digest);
});

/** RFC 8949, appendix A. */
const CBOR: readonly [value: CborValue, hex: string][] = [
  [0, "00"],
  [23, "17"],
  [24, "1818"],
  [100, "1864"],
  [1000, "1903e8"],
  [1_000_000, "1a000f4240"],
  [1_000_000_000_000, "1b000000e8d4a51000"],
  [-1, "20"],
  [-100, "3863"],
  [-1000, "3903e7"],
  [null, "f6"],
  [Uint8Array.of(1, 2, 3, 4), "4401020304"],
  ["", "60"],
  ["IETF", "6449455446"],
  ["\u00fc", "62c3bc"],
  ["\u6c34", "63e6b0b4"],
  ["\u{10151}", "64f0908591"],
  [[], "80"],
  [[1, [2, 3], [4, 5]], "8301820203820405"],
];

test.each(CBOR)("CBOR of %j is the standard's example", (value, hex) => {
  expect(toHex(encodeCbor(value))).toBe(hex);
});

test("CBOR refuses a number that is not whole", () => {
  expect(() => encodeCbor([1.5])).toThrow(RangeError);
});

function hashesOf(tokens: readonly number[]): string[] {
  return blockHashes({
    algorithm: "sha256_cbor",
    pythonHashSeed: "0",
    blockSize: 2,
    tokens,
    extraKeys: () => null,
  }).map(toHex);
}

describe("a block's hash", () => {
  const golden = "tests/golden/serving/vllm_block_hash_vectors.json";
  const { examplePreimageHex }: { examplePreimageHex: { cborHex: string } } = JSON.parse(
    readFileSync(golden, "utf8"),
  );

  test("is taken of the parent's hash, the tokens and the extra keys", () => {
    const parent = noneHash("sha256_cbor", "0");
    expect(toHex(encodeCbor([parent, [1, 2, 3, 4], null]))).toBe(examplePreimageHex.cborHex);
  });

  test("covers every token before it: one other token changes all later blocks, and no earlier one", () => {
    const [a, b] = [hashesOf([1, 2, 3, 4, 5, 6]), hashesOf([1, 2, 9, 4, 5, 6])];
    expect(a.map((hash, index) => hash === b[index])).toEqual([true, false, false]);
  });

  test("does not exist for a block that is not full", () => {
    expect(hashesOf([1, 2, 3])).toHaveLength(1);
  });

  test("takes the salt in the first block only, the adapter's name in every block", () => {
    const keys = { lora: "a", cacheSalt: "s" };
    expect([extraKeysOf(keys, 0), extraKeysOf(keys, 1)]).toEqual([["a", "s"], ["a"]]);
    expect(extraKeysOf({ cacheSalt: "s" }, 1)).toBeNull();
  });
});
