// What every check of the published figures is: a fact about one group of the file, as a function of that file, so that
// a changed copy of it can be checked as well.
import { expect } from "vitest";
import published from "../golden/published.json" with { type: "json" };
import type { ModelShape } from "../../src/core/catalog/models/model-shape.ts";
import { findModel } from "../../src/core/catalog/models/models.ts";

export { published };
export type Published = typeof published;
export type Group = keyof Published;

export interface Check {
  readonly group: Group;
  /** A sentence that is true or false: the name of the test. */
  readonly fact: string;
  /** Throws where the file says something else than the code. */
  readonly check: (file: Published) => void;
}

export function shapeOf(id: string): ModelShape {
  return findModel(id)!.shape;
}

/** Decimals with which the file prints a number; final zeros are lost in JSON. */
function decimals(value: number): number {
  return String(value).split(".")[1]?.length ?? 0;
}

/** Equal to the digits that are printed, or to as many as are given. */
export function expectPrinted(
  computed: number,
  printed: number,
  numDecimals = decimals(printed),
): void {
  expect(computed.toFixed(numDecimals)).toBe(printed.toFixed(numDecimals));
}

/** The figures that a sentence names, as they are written there; digits of names such as fp16 or A100 are none. */
export function figuresIn(sentence: string): string[] {
  return sentence.match(FIGURE) ?? [];
}

export const FIGURE = /\b\d[\d,]*(?:\.\d+)?\b/g;
