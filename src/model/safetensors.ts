// Reads safetensors files, f32, f16 and bf16, and refuses anything malformed before it allocates for it.
// The format: eight bytes of header length, a JSON header, and the tensors' bytes without gaps.
// (No maintained npm package parses it from a Blob and checks what reliability.md asks, hence our own.)
import { EngineError } from "./engine.ts";

const MAX_HEADER_BYTES = 8 * 1024 * 1024;
const MAX_TENSORS = 4096;
const MAX_DIMENSIONS = 4;
const MAX_DIMENSION = 2 ** 31;
const BYTES_OF = { F32: 4, F16: 2, BF16: 2 } as const;

type TensorType = keyof typeof BYTES_OF;

export interface TensorEntry {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  /** First and past-the-end byte in the file. */
  readonly begin: number;
  readonly end: number;
}

/** Characters of a name out of a file that a sentence quotes. */
const MAX_QUOTED = 80;

/** A text out of a file, short and printable enough for a sentence. */
export function shorten(text: string): string {
  const printable = text.slice(0, MAX_QUOTED).replaceAll(/\p{Cc}/gu, " ");
  return text.length <= MAX_QUOTED ? printable : `${printable}…`;
}

function refuse(sentence: string): never {
  throw new EngineError("bad-model", `model.safetensors: ${sentence}`);
}

/**
 * The tensors of a file, by name, checked: known types, sizes that fit their shapes, no overlap, no gap.
 *
 * @throws EngineError ("bad-model") with what is wrong.
 */
export async function readSafetensorsHeader(file: Blob): Promise<Map<string, TensorEntry>> {
  if (file.size < 8) refuse(`the file has ${file.size} bytes; even an empty one has eight.`);
  const lengthWord = new DataView(await file.slice(0, 8).arrayBuffer()).getBigUint64(0, true);
  if (lengthWord > BigInt(file.size - 8)) {
    refuse(`the header claims ${lengthWord} bytes, more than the file has. Is it cut short?`);
  }
  const headerBytes = Number(lengthWord);
  if (headerBytes > MAX_HEADER_BYTES) {
    refuse(`the header has ${headerBytes} bytes; at most ${MAX_HEADER_BYTES} are allowed.`);
  }
  const header = parseHeader(await file.slice(8, 8 + headerBytes).text());
  const entries = header.map(([name, value]) => checkEntry(name, value, 8 + headerBytes));
  checkLayout(entries, 8 + headerBytes, file.size);
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function parseHeader(text: string): [string, unknown][] {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    refuse("the header is not JSON.");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    return refuse("the header is not a JSON object.");
  }
  const tensors = Object.entries(header).filter(([name]) => name !== "__metadata__");
  if (tensors.length > MAX_TENSORS) {
    refuse(`it names ${tensors.length} tensors; at most ${MAX_TENSORS} are allowed.`);
  }
  return tensors;
}

function checkEntry(key: string, value: unknown, dataStart: number): TensorEntry {
  const name = shorten(key);
  if (typeof value !== "object" || value === null) refuse(`tensor "${name}" is not described.`);
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (typeof dtype !== "string" || !isTensorType(dtype)) {
    const type = typeof dtype === "string" ? shorten(dtype) : "that is no text";
    return refuse(`tensor "${name}" has type ${type}. Allowed: F32, F16, BF16.`);
  }
  if (!isShape(shape)) {
    return refuse(`tensor "${name}" has no shape of 1 to 4 whole dimensions below 2³¹.`);
  }
  if (!isOffsets(offsets)) return refuse(`tensor "${name}" has no valid data_offsets.`);
  const numElements = shape.reduce((product, dimension) => product * dimension, 1);
  if (!Number.isSafeInteger(numElements)) refuse(`tensor "${name}" has too many elements.`);
  const [begin, end] = offsets;
  if (end - begin !== numElements * BYTES_OF[dtype]) {
    refuse(`tensor "${name}" has ${end - begin} bytes, its shape asks for another number.`);
  }
  return { name: key, type: dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

function isTensorType(dtype: string): dtype is TensorType {
  return Object.hasOwn(BYTES_OF, dtype);
}

function isShape(shape: unknown): shape is number[] {
  return (
    Array.isArray(shape) &&
    shape.length >= 1 &&
    shape.length <= MAX_DIMENSIONS &&
    shape.every((dimension) => isWhole(dimension) && dimension >= 1 && dimension <= MAX_DIMENSION)
  );
}

function isOffsets(offsets: unknown): offsets is [number, number] {
  return Array.isArray(offsets) && offsets.length === 2 && offsets.every(isWhole);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function checkLayout(entries: readonly TensorEntry[], dataStart: number, fileSize: number): void {
  const inOrder = entries.toSorted((a, b) => a.begin - b.begin);
  let expected = dataStart;
  for (const { name, begin, end } of inOrder) {
    if (begin !== expected) {
      refuse(
        `tensor "${shorten(name)}" ${begin < expected ? "overlaps another" : "leaves a gap before it"}.`,
      );
    }
    expected = end;
  }
  if (expected !== fileSize) {
    refuse(`the tensors end at byte ${expected}, the file at ${fileSize}.`);
  }
}

/** The tensor's values as f32, in the order of the file. Reads its bytes only. */
export async function readTensor(
  file: Blob,
  { type, begin, end }: TensorEntry,
): Promise<Float32Array<ArrayBuffer>> {
  const buffer = await file.slice(begin, end).arrayBuffer();
  if (type === "F32") return new Float32Array(buffer);
  const halves = new Uint16Array(buffer);
  return type === "BF16" ? fromBf16(halves) : fromF16(halves);
}

function fromBf16(values: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = Uint32Array.from(values, (value) => value << 16);
  return new Float32Array(bits.buffer);
}

let f16Table: Float32Array | undefined;

/** f16 has 65,536 values: a table of them all is quicker than decoding each number. */
function fromF16(values: Uint16Array): Float32Array<ArrayBuffer> {
  f16Table ??= Float32Array.from({ length: 65_536 }, (_, bits) => decodeF16(bits));
  const table = f16Table;
  return Float32Array.from(values, (bits) => table[bits] ?? 0);
}

/** The number that sixteen bits of IEEE 754 binary16 stand for. */
export function decodeF16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
