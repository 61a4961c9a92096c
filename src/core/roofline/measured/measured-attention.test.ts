import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { arithmeticIntensity } from "../../cost/cost.ts";
import { MEASURED_ATTENTION, measuredAttentionCost } from "./measured-attention.ts";

interface AttentionFile {
  readonly decode: readonly (readonly number[])[];
  readonly prefill: readonly (readonly number[])[];
}

test("the points are rows of the published measurements", () => {
  const path = join(import.meta.dirname, "../../../../tests/golden/attention.json");
  const file: AttentionFile = JSON.parse(readFileSync(path, "utf8"));
  for (const { phase, sequences, fresh, cached, seconds } of MEASURED_ATTENTION) {
    const ms = Number((seconds * 1e3).toPrecision(6));
    const row = phase === "decode" ? [cached + 1, sequences, ms] : [1, fresh, cached, ms];
    expect(file[phase]).toContainEqual(row);
  }
});

test("decode does 1 FLOP a byte however much it attends to, prefill a quarter of its tokens", () => {
  const intensities = MEASURED_ATTENTION.map((one) =>
    arithmeticIntensity(measuredAttentionCost(one)),
  );
  // 4·D·S FLOPs over 2·D·(2·S + 2) B: S / (S + 1). Prefill: 4·D·T·(T + 1) / 2 over 2·D·4·T: (T + 1) / 4.
  expect(intensities[0]).toBeCloseTo(3136 / 3137, 9);
  expect(intensities[1]).toBeCloseTo(992 / 993, 9);
  expect(intensities[3]).toBeCloseTo(513 / 4, 9);
  expect(intensities[4]).toBeCloseTo(2881 / 4, 9);
});

test("the rates are those that the publishers state: 20.9 TFLOP/s, and 1,694 GB/s of keys and values", () => {
  const [, decode, , prefill] = MEASURED_ATTENTION;
  expect(measuredAttentionCost(prefill!).flops / prefill!.seconds / 1e12).toBeCloseTo(20.9, 1);
  // 32 sequences · 992 tokens · 16,384 B in 0.307 ms; queries and results are a thousandth more.
  const { bytesRead } = measuredAttentionCost(decode!);
  expect(bytesRead / decode!.seconds / 1e9).toBeCloseTo(1694 * (1 + 1 / 1984), -1);
});
