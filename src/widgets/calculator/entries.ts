// One entry of the form, as it was typed: a number, or the sentence that says what is allowed. Pure.
import { formatCount } from "../../ui/format.ts";

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

export const good = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const bad = (problem: string): Parsed<never> => ({ ok: false, problem });

/** Longest sequence that is taken, in tokens: eight times what any model of the catalogue was trained for. */
export const MAX_TOKENS = 10_000_000;
export const MAX_SEQUENCES = 65_536;

/** Separators that people group digits with. */
const GROUPING = /[,_'\s]/g;

/** A whole number from 1 to `max`. Digits may be grouped: "8,192". */
export function parseWhole(label: string, text: string, max: number): Parsed<number> {
  const digits = text.replace(GROUPING, "");
  const value = /^\d{1,15}$/.test(digits) ? Number(digits) : 0;
  if (value >= 1 && value <= max) return good(value);
  return bad(`${label} takes a whole number from 1 to ${formatCount(max)}.`);
}

/** Empty: the reader gave no price. */
export function parsePrice(text: string): Parsed<number | undefined> {
  const trimmed = text.trim();
  if (trimmed === "") return good(undefined);
  // A comma before three digits groups them; before fewer or more it is the decimal one.
  const plain = trimmed.replace(/^(\d{1,3}),(\d{3})(?=\.|$)/, "$1$2").replace(",", ".");
  const value = /^\d{1,6}(\.\d{1,4})?$/.test(plain) ? Number(plain) : 0;
  if (value > 0 && value <= 10_000) return good(value);
  return bad(
    "The price of a GPU for one hour takes a number above 0 and up to 10,000, or nothing.",
  );
}
