import { expect, test } from "vitest";
import { bytes, MEBI } from "../core/units/units.ts";
import { OutOfMemoryBudget } from "../gpu/backend.ts";
import { checkFits } from "./memory-budget.ts";

const mib = (count: number) => bytes(count * MEBI);
const device = { liveBytes: mib(60), maxArrayBytes: mib(30) };
const budget = mib(100);

test("what fits to the byte is allowed", () => {
  const need = { total: mib(40), largest: mib(30), what: "This run" };
  expect(() => checkFits(device, budget, need)).not.toThrow();
});

test("a byte more than is free of the budget is refused, and the sentence says how much is free", () => {
  const need = { total: bytes(40 * MEBI + 1), largest: mib(1), what: "This run" };
  expect(() => checkFits(device, budget, need)).toThrow(OutOfMemoryBudget);
  expect(() => checkFits(device, budget, need)).toThrow(
    "This run needs 41 MiB, and 40 MiB of the 100 MiB budget are free.",
  );
});

test("an array larger than the device allows is refused though the budget has room", () => {
  const need = { total: mib(31), largest: mib(31), what: "This model" };
  expect(() => checkFits(device, budget, need)).toThrow(
    "This model needs one array of 31 MiB, and this device allows 30 MiB.",
  );
});

test("a budget already overdrawn has nothing free, not less than nothing", () => {
  const need = { total: mib(1), largest: mib(1), what: "This timing" };
  expect(() => checkFits({ ...device, liveBytes: mib(120) }, budget, need)).toThrow(
    "and 0 MiB of the 100 MiB budget are free",
  );
});
