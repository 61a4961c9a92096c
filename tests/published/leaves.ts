// Walks the published file leaf by leaf, and changes one leaf at a time.
import { FIGURE } from "./check.ts";

export interface Leaf {
  /** Keys from the top. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Every value that holds no others. */
export function leavesOf(value: unknown, path: readonly string[] = []): readonly Leaf[] {
  if (typeof value !== "object" || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

/** Near misses of a value: a number one off in its last digit, a sentence with one figure one off. */
export function nearMisses(value: unknown): readonly unknown[] {
  if (typeof value === "number") return [oneOff(value)];
  const text = String(value);
  const figures = [...text.matchAll(FIGURE)];
  if (figures.length === 0) return [`${text}x`];
  return figures.map((figure) => {
    const [written] = figure;
    const end = figure.index + written.length;
    const lastDigit = Number(written.at(-1));
    return `${text.slice(0, end - 1)}${(lastDigit + 1) % 10}${text.slice(end)}`;
  });
}

/** One more in the last digit that is not a zero at the end, or one less than 9: 6.7e9 becomes 6.8e9, 0.19 becomes 0.18. */
function oneOff(value: number): number {
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const numDecimals = digits.split(".")[1]?.length ?? 0;
  const unit = 10 ** (Number(exponent) - numDecimals);
  return digits.endsWith("9") ? value - unit : value + unit;
}

/** A copy with another value at the end of the path. */
export function withLeaf<File>(file: File, path: readonly string[], value: unknown): File {
  const copy = structuredClone(file);
  let place: unknown = copy;
  for (const key of path.slice(0, -1)) place = Reflect.get(Object(place), key);
  Reflect.set(Object(place), path.at(-1) ?? "", value);
  return copy;
}
