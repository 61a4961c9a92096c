import { expect, test } from "vitest";
import { computeValue } from "./values.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");
const textOf = (of: string, attributes: Record<string, string>) =>
  plain(computeValue(of, attributes).text);
const ON_A100 = { model: "llama-3.1-8b", gpu: "a100-80gb-sxm" };

test("a static batch of 20, 60, 100 and 500 tokens computes two thirds of its rows for nobody", () => {
  // 1 − 680 / (4 · 500) = 0.66
  expect(textOf("static-idle", { lengths: "20,60,100,500" })).toBe("66 %");
  expect(textOf("static-idle", { lengths: "80,80" })).toBe("0 %");
  expect(() => computeValue("static-idle", { lengths: "20" })).toThrow("at least two");
});

test("4,096 tokens beside 32 decodes under a budget of 512 take nine steps", () => {
  // ⌈4096 / 480⌉
  expect(textOf("prefill-chunks", { prompt: "4096", budget: "512", decodes: "32" })).toBe("9");
  expect(textOf("prefill-chunks", { prompt: "4096", budget: "512" })).toBe("8");
  expect(() => computeValue("prefill-chunks", { prompt: "9", budget: "4", decodes: "4" })).toThrow(
    "a budget above",
  );
});

const opened = (chunk: string) =>
  computeValue("chunk-overhead", { ...ON_A100, prompt: "4096", chunk }).substitution;

test("the fewer tokens a chunk has, the longer the prompt takes", () => {
  const ratios = ["64", "128", "256", "512"].map((chunk) =>
    Number(/([\d.]+)×$/.exec(opened(chunk))?.[1]),
  );
  expect(ratios).toEqual(ratios.toSorted((a, b) => b - a));
  expect(ratios.every((ratio) => ratio > 1)).toBe(true);
});

test("one chunk of the whole prompt is the prompt in one step", () => {
  const whole = textOf("chunked-prefill-time", { ...ON_A100, prompt: "4096" });
  expect(textOf("chunked-prefill-time", { ...ON_A100, prompt: "4096", chunk: "4096" })).toBe(whole);
});

test("a whole prompt makes the step of everybody else many times longer", () => {
  const values = { ...ON_A100, decodes: "32", context: "1000" };
  const alone = computeValue("mixed-step-time", values);
  const beside = computeValue("mixed-step-time", { ...values, prompt: "4096" });
  expect(plain(alone.substitution)).toContain("32 + 0 rows");
  expect(parseFloat(beside.text) / parseFloat(alone.text)).toBeGreaterThan(10);
});
