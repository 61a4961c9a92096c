// One entry of the form, as it was typed: a number, or the sentence that says what is allowed. The rules are those of
// the scenario file, under the label that the reader sees.
import {
  findPositiveField,
  positiveField,
  wholeField,
  type Fields,
} from "../../core/catalog/fields.ts";
import { numberField } from "../../core/simulation/scenario-fields.ts";

/** What is typed as a number; other text goes on as it is, and the reader of the field names it. */
export function typed(text: string): number | string {
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? text : number;
}

/** Reads the field; throws a RangeError with a sentence where it cannot. */
export type Rule = (fields: Fields, label: string) => unknown;

/** A whole number from `min` to `max`. */
export const whole =
  (min: number, max: number): Rule =>
  (fields, label) =>
    wholeField(fields, label, { min, max });

export const positive =
  (max: number): Rule =>
  (fields, label) =>
    positiveField(fields, label, max);

export const fromZero =
  (max: number): Rule =>
  (fields, label) =>
    numberField(fields, label, { max, fallback: 0 });

/** A mean of what comes in whole tokens. */
export const fromOne =
  (max: number): Rule =>
  (fields, label) => {
    const mean = findPositiveField(fields, label, max);
    if (mean === undefined || mean < 1) {
      throw new RangeError(`"${label}" must be a number from 1 to ${max}.`);
    }
  };

/** Nothing, or what the rule allows. */
export const orNothing =
  (rule: Rule): Rule =>
  (fields, label) =>
    fields[label] === "" ? undefined : rule(fields, label);

/** @returns the sentence, or undefined where the rule allows the text. */
export function refuseEntry(label: string, rule: Rule, text: string): string | undefined {
  try {
    rule({ [label]: text.trim() === "" ? "" : typed(text) }, label);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
