// Block hashes, byte for byte as vLLM computes them with a CBOR algorithm:
//   hash(i) = H(CBOR([hash(i − 1), tokens of block i, extra keys or null])), hash(−1) = H(CBOR(PYTHONHASHSEED)).
// The simulator uses chain ids instead (block-content.ts), which are equal exactly where these are.
import type { ContentKeys } from "./block-content.ts";
import { encodeCbor, type CborValue } from "./cbor.ts";
import { sha256 } from "./sha256.ts";
import { xxh3Hash128 } from "./xxh3-128.ts";

export type BlockHashAlgorithm = "sha256_cbor" | "xxhash_cbor";

const HASHES: Readonly<Record<BlockHashAlgorithm, (message: Uint8Array) => Uint8Array>> = {
  sha256_cbor: sha256,
  xxhash_cbor: xxh3Hash128,
};

/** What stands for the block before the first. */
export function noneHash(algorithm: BlockHashAlgorithm, pythonHashSeed: string): Uint8Array {
  return HASHES[algorithm](encodeCbor(pythonHashSeed));
}

/** Extra keys of a block: the LoRA's name in every block, the cache salt in the first; null if there are none. */
export function extraKeysOf(
  { lora, cacheSalt }: ContentKeys,
  blockIndex: number,
): readonly CborValue[] | null {
  const keys: CborValue[] = [];
  if (lora !== undefined) keys.push(lora);
  if (cacheSalt !== undefined && blockIndex === 0) keys.push(cacheSalt);
  return keys.length > 0 ? keys : null;
}

export interface HashInput {
  readonly algorithm: BlockHashAlgorithm;
  readonly pythonHashSeed: string;
  readonly blockSize: number;
  readonly tokens: readonly number[];
  readonly extraKeys: (blockIndex: number) => readonly CborValue[] | null;
}

/** The hashes of the full blocks of a request. */
export function blockHashes(input: HashInput): Uint8Array[] {
  const { algorithm, blockSize, tokens } = input;
  const hashes: Uint8Array[] = [];
  let parent = noneHash(algorithm, input.pythonHashSeed);
  for (let block = 0; (block + 1) * blockSize <= tokens.length; block++) {
    const own = tokens.slice(block * blockSize, (block + 1) * blockSize);
    parent = HASHES[algorithm](encodeCbor([parent, own, input.extraKeys(block)]));
    hashes.push(parent);
  }
  return hashes;
}

/** Two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
