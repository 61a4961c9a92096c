// A letter for each operator, so that a point has a name that is not its colour. Pure.
import type { Operator } from "../../core/cost/operators.ts";

const ALPHABET = Array.from({ length: 26 }, (_, i) => String.fromCodePoint(65 + i));

/** Initials of its words first, then whatever letter is free. */
function findLetter({ name }: Operator, taken: ReadonlySet<string>): string {
  const initials = name.split(/[^a-z]+/i).map((word) => word.charAt(0).toUpperCase());
  const free = [...initials, ...ALPHABET].find((letter) => letter !== "" && !taken.has(letter));
  return free ?? "?";
}

/** By the operator's id; an operator has one letter in all passes. */
export function assignLetters(operators: readonly Operator[]): ReadonlyMap<string, string> {
  const letters = new Map<string, string>();
  for (const operator of operators) {
    if (letters.has(operator.id)) continue;
    letters.set(operator.id, findLetter(operator, new Set(letters.values())));
  }
  return letters;
}
