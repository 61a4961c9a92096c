// XXH3 with 128 bits and no seed (the xxHash specification, version 0.8), as vLLM's xxhash_cbor takes it. In BigInt: a
// block hash is a few dozen bytes, and this is for checking and showing them, not for speed. Five cases by length.

const MASK = (1n << 64n) - 1n;

const PRIME32 = { first: 0x9e3779b1n, second: 0x85ebca77n, third: 0xc2b2ae3dn } as const;
const PRIME64 = {
  first: 0x9e3779b185ebca87n,
  second: 0xc2b2ae3d27d4eb4fn,
  third: 0x165667b19e3779f9n,
  fourth: 0x85ebca77c2b2ae63n,
  fifth: 0x27d4eb2f165667c5n,
} as const;
const MIX = { first: 0x165667919e3779f9n, second: 0x9fb21c651e98df25n } as const;

/** The default secret, as the specification gives it. */
const SECRET = bytesFromHex(
  "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221" +
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8" +
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb" +
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e",
);

interface Pair {
  readonly low: bigint;
  readonly high: bigint;
}

function bytesFromHex(hex: string): DataView {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return new DataView(bytes.buffer);
}

function read64(view: DataView, offset: number): bigint {
  return view.getBigUint64(offset, true);
}

function read32(view: DataView, offset: number): bigint {
  return BigInt(view.getUint32(offset, true));
}

function secretPair(offset: number): bigint {
  return read64(SECRET, offset) ^ read64(SECRET, offset + 8);
}

function multiply(left: bigint, right: bigint): Pair {
  const product = left * right;
  return { low: product & MASK, high: product >> 64n };
}

function foldedProduct(left: bigint, right: bigint): bigint {
  const { low, high } = multiply(left, right);
  return low ^ high;
}

function xorShift(value: bigint, bits: bigint): bigint {
  return value ^ (value >> bits);
}

function avalanche(value: bigint): bigint {
  return xorShift((xorShift(value & MASK, 37n) * MIX.first) & MASK, 32n);
}

/** That of the older XXH64. */
function avalanche64(value: bigint): bigint {
  const first = (xorShift(value, 33n) * PRIME64.second) & MASK;
  return xorShift((xorShift(first, 29n) * PRIME64.third) & MASK, 32n);
}

function swapBytes(value: bigint, numBytes: number): bigint {
  let swapped = 0n;
  for (let index = 0; index < numBytes; index++) {
    swapped = (swapped << 8n) | ((value >> BigInt(8 * index)) & 0xffn);
  }
  return swapped;
}

function hashUpTo3(view: DataView): Pair {
  const length = view.byteLength;
  if (length === 0) return { low: avalanche64(secretPair(64)), high: avalanche64(secretPair(80)) };
  const [first, middle, last] = [0, length >> 1, length - 1].map((at) => BigInt(view.getUint8(at)));
  const low = ((first ?? 0n) << 16n) | ((middle ?? 0n) << 24n) | (last ?? 0n) | BigInt(length << 8);
  const swapped = swapBytes(low, 4);
  const high = ((swapped << 13n) | (swapped >> 19n)) & 0xffffffffn;
  return {
    low: avalanche64(low ^ read32(SECRET, 0) ^ read32(SECRET, 4)),
    high: avalanche64(high ^ read32(SECRET, 8) ^ read32(SECRET, 12)),
  };
}

function hash4To8(view: DataView): Pair {
  const length = view.byteLength;
  const input = read32(view, 0) | (read32(view, length - 4) << 32n);
  const product = multiply(input ^ secretPair(16), PRIME64.first + BigInt(length << 2));
  const high = (product.high + (product.low << 1n)) & MASK;
  const mixed = (xorShift(product.low ^ (high >> 3n), 35n) * MIX.second) & MASK;
  return { low: xorShift(mixed, 28n), high: avalanche(high) };
}

function hash9To16(view: DataView): Pair {
  const length = view.byteLength;
  const first = read64(view, 0);
  const last = read64(view, length - 8);
  const product = multiply(first ^ last ^ secretPair(32), PRIME64.first);
  const keyed = last ^ secretPair(48);
  const low = (product.low + (BigInt(length - 1) << 54n)) & MASK;
  const high = (product.high + keyed + (keyed & 0xffffffffn) * (PRIME32.second - 1n)) & MASK;
  const second = multiply(low ^ swapBytes(high, 8), PRIME64.second);
  return {
    low: avalanche(second.low),
    high: avalanche(second.high + high * PRIME64.second),
  };
}

function mix16(view: DataView, offset: number, secret: number): bigint {
  return foldedProduct(
    read64(view, offset) ^ read64(SECRET, secret),
    read64(view, offset + 8) ^ read64(SECRET, secret + 8),
  );
}

interface MixPlace {
  readonly left: number;
  readonly right: number;
  readonly secret: number;
}

function mix32(sum: Pair, view: DataView, { left, right, secret }: MixPlace): Pair {
  const low = (sum.low + mix16(view, left, secret)) & MASK;
  const high = (sum.high + mix16(view, right, secret + 16)) & MASK;
  return {
    low: low ^ ((read64(view, right) + read64(view, right + 8)) & MASK),
    high: high ^ ((read64(view, left) + read64(view, left + 8)) & MASK),
  };
}

function finish(sum: Pair, length: number): Pair {
  const high =
    sum.low * PRIME64.first + sum.high * PRIME64.fourth + BigInt(length) * PRIME64.second;
  return { low: avalanche(sum.low + sum.high), high: -avalanche(high) & MASK };
}

/** From the outside in: pairs of 16 bytes, one from each end. */
function hash17To128(view: DataView): Pair {
  const length = view.byteLength;
  let sum: Pair = { low: (BigInt(length) * PRIME64.first) & MASK, high: 0n };
  for (let round = Math.floor((length - 1) / 32); round >= 0; round--) {
    sum = mix32(sum, view, {
      left: 16 * round,
      right: length - 16 * (round + 1),
      secret: 32 * round,
    });
  }
  return finish(sum, length);
}

function hash129To240(view: DataView): Pair {
  const length = view.byteLength;
  let sum: Pair = { low: (BigInt(length) * PRIME64.first) & MASK, high: 0n };
  const mixAt = (left: number, secret: number): void => {
    sum = mix32(sum, view, { left, right: left + 16, secret });
  };
  for (let left = 0; left < 128; left += 32) mixAt(left, left);
  sum = { low: avalanche(sum.low), high: avalanche(sum.high) };
  for (let left = 128; left + 32 <= length; left += 32) mixAt(left, left - 125);
  sum = mix32(sum, view, { left: length - 16, right: length - 32, secret: 103 });
  return finish(sum, length);
}

const STRIPE_BYTES = 64;
const STRIPES_PER_BLOCK = 16;
const LAST_SECRET = 192 - STRIPE_BYTES;

function accumulate(sums: bigint[], view: DataView, { offset, secret }: StripePlace): void {
  for (let lane = 0; lane < 8; lane++) {
    const value = read64(view, offset + 8 * lane);
    const keyed = value ^ read64(SECRET, secret + 8 * lane);
    sums[lane ^ 1] = ((sums[lane ^ 1] ?? 0n) + value) & MASK;
    sums[lane] = ((sums[lane] ?? 0n) + (keyed & 0xffffffffn) * (keyed >> 32n)) & MASK;
  }
}

interface StripePlace {
  readonly offset: number;
  readonly secret: number;
}

function scramble(sums: bigint[]): void {
  for (let lane = 0; lane < 8; lane++) {
    const keyed = xorShift(sums[lane] ?? 0n, 47n) ^ read64(SECRET, LAST_SECRET + 8 * lane);
    sums[lane] = (keyed * PRIME32.first) & MASK;
  }
}

function merge(sums: readonly bigint[], secret: number, start: bigint): bigint {
  let merged = start;
  for (let pair = 0; pair < 4; pair++) {
    merged += foldedProduct(
      (sums[2 * pair] ?? 0n) ^ read64(SECRET, secret + 16 * pair),
      (sums[2 * pair + 1] ?? 0n) ^ read64(SECRET, secret + 16 * pair + 8),
    );
  }
  return avalanche(merged);
}

/** Eight lanes over stripes of 64 bytes, scrambled after every 16 stripes. */
function hashLong(view: DataView): Pair {
  const length = view.byteLength;
  const { first, second, third, fourth, fifth } = PRIME64;
  const sums = [PRIME32.third, first, second, third, fourth, PRIME32.second, fifth, PRIME32.first];
  const numStripes = Math.floor((length - 1) / STRIPE_BYTES);
  for (let stripe = 0; stripe < numStripes; stripe++) {
    const inBlock = stripe % STRIPES_PER_BLOCK;
    accumulate(sums, view, { offset: stripe * STRIPE_BYTES, secret: 8 * inBlock });
    if (inBlock === STRIPES_PER_BLOCK - 1) scramble(sums);
  }
  accumulate(sums, view, { offset: length - STRIPE_BYTES, secret: LAST_SECRET - 7 });
  return {
    low: merge(sums, 11, (BigInt(length) * first) & MASK),
    high: merge(sums, LAST_SECRET - 11, ~(BigInt(length) * second) & MASK),
  };
}

/** @returns 16 bytes, the most significant first. */
export function xxh3Hash128(message: Uint8Array): Uint8Array {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const { low, high } = hashByLength(view);
  const digest = new DataView(new ArrayBuffer(16));
  digest.setBigUint64(0, high);
  digest.setBigUint64(8, low);
  return new Uint8Array(digest.buffer);
}

function hashByLength(view: DataView): Pair {
  if (view.byteLength <= 3) return hashUpTo3(view);
  if (view.byteLength <= 8) return hash4To8(view);
  if (view.byteLength <= 16) return hash9To16(view);
  if (view.byteLength <= 128) return hash17To128(view);
  return view.byteLength <= 240 ? hash129To240(view) : hashLong(view);
}
