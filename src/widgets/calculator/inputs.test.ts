// What is typed, and the number that it stands for.
import { expect, test } from "vitest";
import { parsePrice, parseWhole } from "./inputs.ts";

test.each([
  ["2.5", 2.5],
  ["2,5", 2.5],
  ["0.1234", 0.1234],
  ["1,500", 1500],
  ["1,500.50", 1500.5],
  ["10,000", 10_000],
  ["10000", 10_000],
])("a price of %s for an hour is %f", (text, value) => {
  expect(parsePrice(text)).toEqual({ ok: true, value });
});

test.each(["0", "10,001", "1,50,0", "-1", "1e3", "NaN", "$2"])("“%s” is no price", (text) => {
  expect(parsePrice(text)).toMatchObject({ ok: false });
});

test("the largest number of tokens may be grouped", () => {
  expect(parseWhole("Prompt tokens", "10,000,000", 10_000_000)).toEqual({
    ok: true,
    value: 10_000_000,
  });
});
