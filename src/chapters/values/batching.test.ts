import { expect, test } from "vitest";
import { computeValue } from "./values.ts";

const textOf = (of: string, attributes: Record<string, string>) =>
  computeValue(of, attributes).text.replaceAll("\u00a0", " ");

const SERVED = { model: "llama-3.1-8b", gpu: "a100-80gb-sxm", prompt: "1024", output: "256" };

test("238 words a minute at 1.33 tokens a word are 5.3 tokens a second, one each 190 ms", () => {
  expect(textOf("reading-speed", { per: "second" })).toBe("5.3 tokens/s");
  expect(textOf("reading-speed", { per: "token" })).toBe("190 ms");
});

test("a step of Llama 3.1 8B reads 15.0 GB of weights: all but the input table", () => {
  // (8,030,261,248 − 128,256 · 4,096) · 2 = 15.01 GB
  expect(textOf("step-weights", { model: "llama-3.1-8b", bytes: "2" })).toBe("15.0 GB");
});

test("32 sequences of 1,024 tokens add 4.29 GB of cache to the step", () => {
  // (15.01 + 32 · 1024 · 131,072 B = 4.295) GB / 2.039 TB/s = 9.47 ms; 32 / that = 3,380 a second.
  const step = { ...SERVED, prompt: "", output: "" };
  const { model, gpu } = step;
  const attributes = { model, gpu, bytes: "2", context: "1024", batch: "32" };
  expect(textOf("batch-floor", attributes)).toBe("9.47 ms");
  expect(textOf("batch-floor", { ...attributes, show: "rate" })).toBe("3,380 tokens/s");
});

test("attention does 4 FLOPs a byte with four query heads a KV head, whatever the batch", () => {
  for (const batch of ["1", "64"]) {
    const attributes = { model: "llama-3.1-8b", context: "1024", batch, part: "attention" };
    expect(textOf("batch-intensity", attributes)).toMatch(/^(3\.9\d|4\.0\d) FLOP\/B$/);
  }
});

test("an endless batch of long contexts stays below the ridge point", () => {
  const limit = textOf("intensity-limit", {
    model: "llama-3.1-8b",
    gpu: "a100-80gb-sxm",
    context: "8192",
  });
  // 15.0 GFLOP of matrices and 4.3 of attention over 1.07 GB of cache.
  expect(Number.parseFloat(limit)).toBeCloseTo(18, 0);
});

test("each reader gets the throughput over the batch", () => {
  const all = Number.parseFloat(
    textOf("batch-load", { ...SERVED, batch: "32", show: "all" }).replace(",", ""),
  );
  const each = Number.parseFloat(textOf("batch-load", { ...SERVED, batch: "32", show: "each" }));
  expect(each * 32).toBeCloseTo(all, -1.5);
});

test("forgetting the output's length multiplies the prefill servers by it", () => {
  const right = Number(textOf("prefill-servers", { ...SERVED, batch: "32" }));
  const wrong = Number(textOf("prefill-servers", { ...SERVED, batch: "32", forget: "output" }));
  expect(wrong / right / 256).toBeCloseTo(1, 1);
});

test("a part or a figure that does not exist is refused with a sentence", () => {
  expect(() =>
    computeValue("batch-intensity", {
      model: "llama-3.1-8b",
      context: "8",
      batch: "1",
      part: "head",
    }),
  ).toThrow('needs part="matrices", "attention" or "step"');
  expect(() => computeValue("batch-load", { ...SERVED, batch: "1", show: "none" })).toThrow(
    'needs show="all", "each" or "decode"',
  );
});
