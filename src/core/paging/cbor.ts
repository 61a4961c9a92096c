// Canonical CBOR (RFC 8949, section 4.2) for what block hashes are made of: whole numbers, texts, bytes, lists and null.
// Equal values have equal bytes, which is why a hash may be taken of them.

/** What can be encoded. Numbers are whole and safe. */
export type CborValue = null | number | string | Uint8Array | readonly CborValue[];

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, list: 4 } as const;
const NULL_BYTE = 0xf6;

/** @throws RangeError for a number that is not whole or not safe. */
export function encodeCbor(value: CborValue): Uint8Array {
  const out: number[] = [];
  write(value, out);
  return Uint8Array.from(out);
}

function write(value: CborValue, out: number[]): void {
  if (value === null) out.push(NULL_BYTE);
  else if (typeof value === "number") writeNumber(value, out);
  else if (typeof value === "string") {
    const bytes = utf8(value);
    writeHead(MAJOR.text, bytes.length, out);
    out.push(...bytes);
  } else if (value instanceof Uint8Array) {
    writeHead(MAJOR.bytes, value.length, out);
    for (const byte of value) out.push(byte);
  } else {
    writeHead(MAJOR.list, value.length, out);
    for (const item of value) write(item, out);
  }
}

function writeNumber(value: number, out: number[]): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a whole, safe number.`);
  if (value >= 0) writeHead(MAJOR.unsigned, value, out);
  else writeHead(MAJOR.negative, -1 - value, out);
}

/** The kind in three bits and a count in as few bytes as hold it, most significant first. */
function writeHead(major: number, count: number, out: number[]): void {
  const kind = major << 5;
  if (count < 24) {
    out.push(kind | count);
    return;
  }
  const [code, numBytes] =
    count < 2 ** 8 ? [24, 1] : count < 2 ** 16 ? [25, 2] : count < 2 ** 32 ? [26, 4] : [27, 8];
  out.push(kind | code);
  for (let shift = numBytes - 1; shift >= 0; shift--) {
    out.push(Math.floor(count / 2 ** (8 * shift)) % 256);
  }
}

/** Core has no TextEncoder. A lone surrogate becomes the replacement character, as everywhere. */
function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const point = code >= 0xd800 && code < 0xe000 ? 0xfffd : code;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) {
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    } else {
      bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63));
      bytes.push(0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    }
  }
  return bytes;
}
