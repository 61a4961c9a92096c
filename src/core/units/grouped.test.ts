import { expect, test } from "vitest";
import { counted, grouped } from "./grouped.ts";

test("numbers are grouped by thousands, with the decimals asked for at most", () => {
  expect(grouped(16_384)).toBe("16,384");
  expect(grouped(2.6666667)).toBe("2.667");
  expect(grouped(2.6666667, 2)).toBe("2.67");
  expect(grouped(2.5, 2)).toBe("2.5");
});

test("a number of things is singular for one alone", () => {
  expect(counted(1, "token")).toBe("1 token");
  expect(counted(0, "token")).toBe("0 tokens");
  expect(counted(1280, "token")).toBe("1,280 tokens");
});
