// Fields of a scenario file: what is refused names the field, and the part of the file that it is in.
import { fieldsOf, findField, type Fields } from "../catalog/fields.ts";

export function refuseOthers(fields: Fields, names: readonly string[]): void {
  const other = Object.keys(fields).find((name) => !names.includes(name));
  if (other === undefined) return;
  throw new RangeError(`"${other.slice(0, 40)}" is not a field; there are ${names.join(", ")}.`);
}

/** Says in which part of the file a field is. */
export function within<Value>(part: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`In "${part}": ${error.message}`);
    throw error;
  }
}

export function nested(fields: Fields, name: string, fallback?: Fields): Fields {
  return fieldsOf(findField(fields, name) ?? fallback, `"${name}"`);
}

interface NumberRange {
  readonly max: number;
  readonly fallback: number;
}

/** 0 or above. */
export function numberField(fields: Fields, name: string, { max, fallback }: NumberRange): number {
  const value = findField(fields, name) ?? fallback;
  if (typeof value === "number" && value >= 0 && value <= max) return value;
  throw new RangeError(`"${name}" must be a number from 0 to ${max}.`);
}
