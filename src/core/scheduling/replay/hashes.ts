// Checks recorded block hashes byte for byte. A vector counts as a trace, a block as a step.
import {
  blockHashes,
  extraKeysOf,
  noneHash,
  toHex,
  type BlockHashAlgorithm,
} from "../../paging/block-hash.ts";
import type { CborValue } from "../../paging/cbor.ts";
import type { Comparison } from "./divergence.ts";
import { MalformedRecording, type Field } from "./field.ts";

const KEYS = new Set(
  "algo pythonHashSeed noneHash label blockSize tokens cacheSalt lora extraKeysPerBlock blockHashes id".split(
    " ",
  ),
);
const ALGORITHMS: readonly BlockHashAlgorithm[] = ["sha256_cbor", "xxhash_cbor"];
const MAX_DEPTH = 8;

/** @returns the number of blocks. */
export function replayHashes(vector: Field, check: Comparison): number {
  check.noteUnread("vectors[].", vector.keys(), KEYS);
  const algorithm = vector.get("algo").oneOf(ALGORITHMS);
  const pythonHashSeed = vector.get("pythonHashSeed").name();
  const keys = {
    lora: vector.findValue("lora")?.text(),
    cacheSalt: vector.findValue("cacheSalt")?.text(),
  };
  const recorded = vector.findValue("extraKeysPerBlock")?.list();
  const hashes = blockHashes({
    algorithm,
    pythonHashSeed,
    blockSize: vector.get("blockSize").count(1),
    tokens: vector.get("tokens").tokens(),
    extraKeys: (block) => {
      const own = extraKeysOf(keys, block);
      const expected = recorded?.[block];
      return expected ? recordedKeys(expected, { own, check, block }) : own;
    },
  });
  check.same("noneHash", vector.get("noneHash").value, toHex(noneHash(algorithm, pythonHashSeed)));
  const expected = vector.get("blockHashes").list();
  for (const [block, hash] of hashes.entries()) {
    check.step = block;
    check.same("blockHashes", expected[block]?.value, toHex(hash));
  }
  check.same("blockHashes.length", expected.length, hashes.length);
  return hashes.length;
}

interface KeyCheck {
  readonly own: readonly CborValue[] | null;
  readonly check: Comparison;
  readonly block: number;
}

/** The recorded keys, which must be ours where the request has only a LoRA and a salt, and hold ours otherwise. */
function recordedKeys(
  expected: Field,
  { own, check, block }: KeyCheck,
): readonly CborValue[] | null {
  const recorded = expected.value === null ? null : expected.list().map((key) => cborOf(key, 0));
  check.step = block;
  const isLonger = (recorded?.length ?? 0) > (own?.length ?? 0);
  const misses = own?.some((key) => !recorded?.includes(key)) ?? false;
  if (!isLonger || misses) check.same("extraKeysPerBlock", expected.value, own);
  return recorded;
}

/** Multimodal keys are pairs of an identifier and an offset. */
function cborOf(key: Field, depth: number): CborValue {
  const { value } = key;
  if (value === null || typeof value === "string") return value;
  if (typeof value === "number") return key.integer();
  if (depth === MAX_DEPTH) throw new MalformedRecording(`${key.path} is nested too deeply.`);
  return key.list().map((item) => cborOf(item, depth + 1));
}
