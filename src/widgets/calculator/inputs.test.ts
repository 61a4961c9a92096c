// What is typed, and the number that it stands for.
import { expect, test } from "vitest";
import { parsePrice, parseWhole } from "./entries.ts";
import { readInputs, shortenGpu } from "./inputs.ts";
import { PRESETS } from "./presets.ts";

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

test("prompt and output together are held to the longest request", () => {
  const values = { ...PRESETS[0]!.values, prompt: "9,999,999", output: "2" };
  expect(readInputs(values)).toEqual({
    ok: false,
    problems: ["Prompt and output together take at most 10,000,000 tokens."],
  });
});

test("the address keeps of a GPU what is read of it", () => {
  const gpu = { name: "mine", memoryGB: 24, bandwidthTBps: 1, dense16BitTFLOPs: 100, numSms: 80 };
  const text = JSON.stringify({ ...gpu, remark: "x".repeat(2000) });
  expect(shortenGpu(text)).toEqual({ ok: true, value: JSON.stringify(gpu) });
});

test("the largest number of tokens may be grouped", () => {
  expect(parseWhole("Prompt tokens", "10,000,000", 10_000_000)).toEqual({
    ok: true,
    value: 10_000_000,
  });
});
