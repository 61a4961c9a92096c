import { expect, test } from "vitest";
import { computeValue } from "./values.ts";

const plain = (of: string, attributes: Record<string, string>) =>
  computeValue(of, attributes).text.replaceAll("\u00a0", " ");
const model = "llama-3.1-8b";
const gpu = "a100-80gb-sxm";

test("a prefill of 2,048 tokens of an 8B model, by hand", () => {
  // Matrices: 32 layers of 218,103,808 weights, 2 FLOPs, 2,048 rows: 28.59 TFLOP; the head 1.05 GFLOP.
  // Attention: 4 · 32 · 4,096 · 2,048 · 2,049 / 2 = 1.10 TFLOP.
  const pass = { phase: "prefill", model, tokens: "2048", bytes: "2" };
  expect(plain("pass-flops", pass)).toBe("29.7 TFLOP");
  // 15.01 GB of weights (all but the embedding table; 2,048 of its rows are read) and 268 MB of cache.
  expect(plain("pass-bytes", pass)).toBe("15.3 GB");
  // 29.7e12 / 312e12 s, over 2,048 tokens.
  expect(plain("pass-time", { ...pass, gpu, part: "both" })).toBe("95.2 ms");
  expect(plain("pass-time", { ...pass, gpu, part: "token" })).toBe("46.5 µs");
});

test("a decode step at the same length is far below the ridge", () => {
  const pass = { phase: "decode", model, tokens: "2048", bytes: "2" };
  expect(plain("pass-intensity", pass)).toMatch(/^1\.0\d FLOP\/B$/);
  expect(plain("pass-time", { ...pass, gpu, part: "memory" })).toMatch(/^7\.4\d ms$/);
});

test("attention by itself: 4 FLOP/B in decode, and growing with the prompt in prefill", () => {
  // 2 · 32 / (8 · 2) and 32 · 2,048 / (40 · 2).
  expect(plain("attention-intensity", { phase: "decode", model, bytes: "2" })).toBe("4.00 FLOP/B");
  expect(
    plain("attention-intensity", { phase: "prefill", model, bytes: "2", tokens: "2048" }),
  ).toBe("819 FLOP/B");
  // 218,103,808 / 4,096.
  expect(plain("attention-half", { model })).toBe("53,248");
});

test("the cache of 2,048 tokens, 268 MB, over 300 and over 50 GB/s", () => {
  const request = { model, tokens: "2048", bytes: "2" };
  expect(plain("kv-transfer-time", { ...request, rate: "300" })).toBe("895 µs");
  expect(plain("kv-transfer-time", { ...request, rate: "50" })).toBe("5.37 ms");
});

test("a phase or a part that does not exist is refused by name", () => {
  expect(() => plain("pass-flops", { phase: "both", model, tokens: "8", bytes: "2" })).toThrow(
    'The value "pass-flops" needs phase="prefill" or phase="decode"',
  );
  expect(() =>
    plain("pass-time", { phase: "decode", model, tokens: "8", bytes: "2", gpu, part: "whole" }),
  ).toThrow(/needs part=/);
});
