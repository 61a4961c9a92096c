// Reads fields of JSON that somebody else wrote. Whatever it is, the answer is a value or a RangeError whose sentence
// names the field.
import { replaceUnprintable } from "../text/unprintable.ts";

export type Fields = Readonly<Record<string, unknown>>;

const MAX_SHOWN = 40;

/** A value in a few characters, for a sentence; never throws. */
function show(value: unknown): string {
  switch (typeof value) {
    case "undefined":
      return "nothing";
    case "string":
      return value.length > MAX_SHOWN ? `"${value.slice(0, MAX_SHOWN)}…"` : `"${value}"`;
    case "number":
    case "boolean":
      return String(value);
    default:
      if (value === null) return "null";
      return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
  }
}

/** @throws RangeError if `json` is not an object. */
export function fieldsOf(json: unknown, what: string): Fields {
  if (isFields(json)) return json;
  throw new RangeError(`${what} must be a JSON object with named fields; got ${show(json)}.`);
}

export function isFields(json: unknown): json is Fields {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** The field's value, inherited ones left out; undefined where it is absent or null. */
export function findField(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
}

export interface Range {
  readonly min: number;
  readonly max: number;
  /** Stands in for an absent field; without it the field is required. */
  readonly fallback?: number;
}

/** @throws RangeError unless the field is a whole number in range. */
export function wholeField(fields: Fields, name: string, range: Range): number {
  const value = findField(fields, name) ?? range.fallback;
  const { min, max } = range;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  throw new RangeError(
    `"${name}" must be a whole number from ${min} to ${max}; got ${show(value)}.`,
  );
}

/** Quotients of what is smaller leave the range of numbers. */
const MIN_POSITIVE = 1e-9;

/** @throws RangeError unless the field is absent, or a number above 0 (1e-9 or more) and at most `max`. */
export function findPositiveField(fields: Fields, name: string, max: number): number | undefined {
  const value = findField(fields, name);
  if (value === undefined) return undefined;
  if (typeof value === "number" && value >= MIN_POSITIVE && value <= max) return value;
  throw new RangeError(
    `"${name}" must be a number above 0 (${MIN_POSITIVE} or more) and at most ${max}; got ${show(value)}.`,
  );
}

/** @throws RangeError unless the field is a number above 0 and at most `max`. */
export function positiveField(fields: Fields, name: string, max: number): number {
  const value = findPositiveField(fields, name, max);
  if (value !== undefined) return value;
  throw new RangeError(`"${name}" must be a number above 0 and at most ${max}; got nothing.`);
}

/** @throws RangeError unless the field is absent, true or false. */
export function flagField(fields: Fields, name: string, fallback: boolean): boolean {
  const value = findField(fields, name) ?? fallback;
  if (typeof value === "boolean") return value;
  throw new RangeError(`"${name}" must be true or false; got ${show(value)}.`);
}

/** @throws RangeError unless the field is absent or one of the choices. */
export function choiceField<const Choice extends string>(
  fields: Fields,
  name: string,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const value = findField(fields, name) ?? fallback;
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw new RangeError(`"${name}" must be one of ${choices.join(", ")}; got ${show(value)}.`);
}

const MAX_NAME = 80;

/** A name to show, cut to a readable length; the fallback where there is none. */
export function nameField(fields: Fields, names: readonly string[], fallback: string): string {
  for (const name of names) {
    const value = findField(fields, name);
    if (typeof value !== "string") continue;
    const printable = replaceUnprintable(value).trim();
    // The cut may halve a character.
    if (printable !== "") return printable.slice(0, MAX_NAME).replace(/\p{Cs}$/u, "");
  }
  return fallback;
}
