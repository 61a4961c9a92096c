import { expect, test } from "vitest";
import { grouped } from "./grouped.ts";

test("numbers are grouped by thousands, with the decimals asked for at most", () => {
  expect(grouped(16_384)).toBe("16,384");
  expect(grouped(2.6666667)).toBe("2.667");
  expect(grouped(2.6666667, 2)).toBe("2.67");
  expect(grouped(2.5, 2)).toBe("2.5");
});
