import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { ATTENTION_POINTS, sayMeasuredWithAttention } from "./measured-attention.tsx";

test("attention on the A100: decode down the slope, prefill far to the right and below the tensor cores", () => {
  expect(ATTENTION_POINTS.map(({ gpu, isAttention }) => [gpu, isAttention])).toEqual(
    ATTENTION_POINTS.map(() => ["a100", true]),
  );
  expect(ATTENTION_POINTS[1]!.label).toBe("attention, decode of 32 at 992");
  // 4 · 4,096 · 992 · 32 FLOP in 0.307 ms, and 2 · 4,096 · 512 · 513 in 0.103 ms.
  expect(ATTENTION_POINTS[1]!.rate / 1e12).toBeCloseTo(1.694, 3);
  expect(ATTENTION_POINTS[3]!.rate / 1e12).toBeCloseTo(20.89, 2);
  for (const { intensity, rate } of ATTENTION_POINTS) {
    expect(rate).toBeLessThan(Math.min(312e12, 2.039e12 * intensity));
  }
});

test("the words under the picture name what was measured, and its source", () => {
  const text = renderToStaticMarkup(sayMeasuredWithAttention("times of products"));
  expect(text).toContain("decode of 1, 32 and 128 sequences");
  expect(text).toContain("prefill of 512 and 2,880 tokens");
  expect(text).toContain("Vidur");
});
