// Hand-worked numbers of the chapters on hierarchy, intensity, fusion, splitting and shapes.
import { expect, test } from "vitest";
import { computeValue } from "./values.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");
const textOf = (of: string, attributes: Record<string, string>) =>
  plain(computeValue(of, attributes).text);

const A100 = { gpu: "a100-80gb-sxm" };
const LAYER = { inputs: "1024", outputs: "4096", bytes: "2" };
const LARGEST = { model: "llama-3.1-405b" };
const layerTime = (part: string, batch: string) =>
  textOf("linear-time", { ...LAYER, ...A100, part, batch });

test("the four figures of an A100 keep the digits of its data sheet", () => {
  expect(textOf("peak", A100)).toBe("312 TFLOP/s");
  expect(textOf("bandwidth", A100)).toBe("2.039 TB/s");
  expect(textOf("bandwidth", { gpu: "v100-sxm2-32gb" })).toBe("900 GB/s");
});

test("the peak of an H100 is the dense one", () => {
  expect(textOf("peak", { gpu: "h100-sxm" })).toBe("989 TFLOP/s");
});

test("an A100 does 306 operations for each 16-bit number that arrives", () => {
  // 312 / 2.039 · 2
  expect(textOf("element-operations", { ...A100, bytes: "2" })).toBe("306 FLOP");
});

test("the weights of an 8B model take milliseconds from HBM and seconds from a disk", () => {
  const time = (rate: string) =>
    textOf("weights-time", { model: "llama-3.1-8b", bytes: "2", rate });
  // 16.0605 GB over 2,039, 300 and 6 GB/s
  expect(time("2.039")).toBe("7.88 ms");
  expect(time("0.3")).toBe("53.5 ms");
  expect(time("0.006")).toBe("2.68 s");
  // 2 · 8.03 G / 312 T
  expect(textOf("token-compute-time", { model: "llama-3.1-8b", ...A100 })).toBe("51.5 µs");
});

test("a GiB is 7.4 % more than a GB", () => {
  expect(textOf("gib-over-gb", {})).toBe("7.4 %");
});

test("square matrices reach the ridge of an A100 at 460", () => {
  // 3 · 153.02 = 459.05; at 4,096 the intensity is 4,096 / 3
  expect(textOf("square-crossover", { ...A100, bytes: "2" })).toBe("460");
  expect(textOf("square-intensity", { n: "4096", bytes: "2" })).toBe("1,365 FLOP/B");
});

test("one layer is on both sides of the ridge, and crosses it at 189 rows", () => {
  const intensity = (batch: string) => textOf("linear-intensity", { ...LAYER, batch });
  expect(intensity("1")).toBe("0.999 FLOP/B");
  expect(intensity("32")).toBe("30.8 FLOP/B");
  expect(intensity("512")).toBe("315 FLOP/B");
  expect(textOf("linear-crossover", { ...LAYER, ...A100 })).toBe("189");
  // 2 · 1,024 · 4,096 / (2 · 5,120)
  expect(textOf("linear-limit", LAYER)).toBe("819 FLOP/B");
});

test("that layer takes 4.12 µs of bytes with one row and 13.8 µs of arithmetic with 512", () => {
  expect(layerTime("memory", "1")).toBe("4.12 µs");
  expect(layerTime("memory", "512")).toBe("6.69 µs");
  expect(layerTime("compute", "512")).toBe("13.8 µs");
  expect(layerTime("both", "512")).toBe("13.8 µs");
});

test("a ReLU does a quarter of a FLOP for each byte in 16-bit numbers", () => {
  const relu = { flops: "1", reads: "1", writes: "1" };
  expect(textOf("elementwise-intensity", { ...relu, bytes: "2" })).toBe("0.25 FLOP/B");
  expect(textOf("elementwise-intensity", { ...relu, bytes: "4" })).toBe("0.125 FLOP/B");
});

test("fusing a ReLU saves 0.19 % of the bytes of one row and 38.1 % of 512", () => {
  expect(textOf("fusion-saving", { ...LAYER, batch: "1" })).toBe("0.19 %");
  expect(textOf("fusion-saving", { ...LAYER, batch: "512" })).toBe("38.1 %");
  expect(textOf("fusion-bytes", { ...LAYER, batch: "512", form: "apart" })).toBe("22.0 MB");
  expect(textOf("fusion-bytes", { ...LAYER, batch: "512", form: "fused" })).toBe("13.6 MB");
});

test("in time it saves 23.0 % of 512 rows, since the layer is compute bound", () => {
  // ReLU 8.389 MB / 2.039 TB/s = 4.114 µs; layer 13.766 µs; 4.114 / 17.880
  expect(textOf("fusion-time-saving", { ...LAYER, ...A100, batch: "512" })).toBe("23.0 %");
});

test("the 405B model needs 11 A100s by capacity and 16 in powers of two; 6 and 8 in 8 bits", () => {
  const needed = (bytes: string, rule: string) =>
    textOf("gpus-needed", { ...LARGEST, ...A100, bytes, rule });
  // 811.7, 405.9 and 202.9 GB over 80
  expect(needed("2", "capacity")).toBe("11");
  expect(needed("2", "powers")).toBe("16");
  expect(needed("1", "capacity")).toBe("6");
  expect(needed("1", "powers")).toBe("8");
  expect(needed("0.5", "capacity")).toBe("3");
  expect(textOf("weight-bytes", { ...LARGEST, bytes: "2", digits: "4" })).toBe("811.7 GB");
});

test("eight A100s have 234 GB left beside its weights in 8 bits", () => {
  const eight = { ...LARGEST, ...A100, bytes: "1", gpus: "8" };
  // 640 − 405.85; over 516,096 B; and 588.8 − 405.85
  expect(textOf("memory-left", eight)).toBe("234 GB");
  expect(textOf("tokens-that-fit", { ...eight, kv: "2" })).toBe("454,000");
  expect(textOf("tokens-that-fit", { ...eight, kv: "2", share: "0.92" })).toBe("354,000");
});

test("sixteen ranks keep each of 8 KV heads twice", () => {
  // 2 · 126 · 1 · 128 · 2 on each; 16 of them are twice 516,096
  const of = { ...LARGEST, bytes: "2", ranks: "16" };
  expect(computeValue("kv-bytes-per-rank", of).substitution).toContain("= 64,512 B");
  expect(computeValue("kv-bytes-all-ranks", of).substitution).toContain("= 1,032,192 B");
});

test("the cache of the 405B model is 61.5 GiB at 128,000 tokens and 63.0 GiB at 131,072", () => {
  const cache = { ...LARGEST, bytes: "2", unit: "binary" };
  // 516,096 B · 128,000 / 2³⁰ = 61.52
  expect(textOf("kv-bytes", { ...cache, context: "128000" })).toBe("61.5 GiB");
  expect(textOf("kv-bytes", { ...cache, context: "131072" })).toBe("63.0 GiB");
});

test("a step of the 405B model has 252 all-reduces of 32,768 B a token", () => {
  const token = { ...LARGEST, tokens: "1", bytes: "2" };
  expect(textOf("all-reduce-count", LARGEST)).toBe("252");
  expect(computeValue("all-reduce-bytes", token).substitution).toBe("32,768 B");
  // 7/4 · 32,768 B / 300 GB/s
  const wire = { ...token, ranks: "8", rate: "0.3" };
  expect(textOf("all-reduce-wire-time", wire)).toBe("191 ns");
});

test("eight A100s read their shares of it in 24.8 ms and compute 2,048 tokens in 0.66 s", () => {
  const eight = { ...LARGEST, ...A100, ranks: "8" };
  // (405.853 − 2.101) GB / 8 / 2.039 TB/s
  expect(textOf("rank-read-time", { ...eight, bytes: "1" })).toBe("24.8 ms");
  // 126 · (16,384 · 128 · 272 + 3 · 16,384 · 53,248) = 401.65 G; · 2 · 2,048 / 8 / 312 T
  expect(textOf("rank-compute-time", { ...eight, tokens: "2048" })).toBe("659 ms");
});

test("an all-reduce takes its link's latency and its bytes over the bandwidth", () => {
  const value = computeValue("all-reduce-time", { size: "67108864", ranks: "8", link: "nvlink-3" });
  // 7/4 · 64 MiB = 117.4 MB; the fit is within a quarter of the 0.675 ms that were measured
  expect(plain(value.substitution)).toContain("117 MB");
  const milliseconds = Number(/^(\d+) µs$/.exec(plain(value.text))?.[1]) / 1000;
  expect(milliseconds).toBeGreaterThan(0.675 * 0.75);
  expect(milliseconds).toBeLessThan(0.675 * 1.25);
  expect(textOf("message-total", { count: "252", each: "7.193" })).toBe("1.81 s");
});

test("the measured all-reduces of eight A100s: 31 µs for a token, 252 of them 7.81 ms", () => {
  const eight = { ranks: "8", link: "nvlink-3" };
  expect(textOf("all-reduce-measured", { ...eight, size: "34816" })).toBe("31 µs");
  expect(textOf("all-reduce-measured", { ...eight, size: "67108864" })).toBe("675 µs");
  const step = { ...LARGEST, ...eight, bytes: "2" };
  // 252 · 31 µs and 252 · 32 µs
  expect(textOf("all-reduce-measured-total", { ...step, tokens: "1" })).toBe("7.81 ms");
  expect(textOf("all-reduce-measured-total", { ...step, tokens: "16" })).toBe("8.06 ms");
  const small = (stat: string) => textOf("all-reduce-small", { ...eight, stat });
  expect([small("least"), small("median"), small("most")]).toEqual(["26 µs", "32 µs", "62 µs"]);
  const none = { ranks: "8", link: "pcie-4", stat: "most" };
  expect(() => computeValue("all-reduce-small", none)).toThrow("knows no times of 8 GPUs");
});

test("one column more than 1,536 begins a second wave and halves the useful share", () => {
  const full = { m: "2304", n: "1536", tile: "256x128" };
  const over = { ...full, n: "1537" };
  // 9 · 12 and 9 · 13 tiles for 108 SMs
  expect(textOf("tiles", full)).toBe("108");
  expect(textOf("tiles", over)).toBe("117");
  expect(textOf("waves", { ...full, ...A100 })).toBe("1");
  expect(textOf("waves", { ...over, ...A100 })).toBe("2");
  expect(textOf("wave-efficiency", { ...full, ...A100 })).toBe("1.00");
  expect(textOf("wave-efficiency", { ...over, ...A100 })).toBe("0.50");
  expect(textOf("tiles", { m: "257", n: "256", tile: "128x128" })).toBe("6");
});

test("10,922 is twice an odd number, 10,944 and 11,008 are not", () => {
  // 2 · 5,461; 64 · 171; 256 · 43
  expect(textOf("power-of-two", { size: "10922" })).toBe("2");
  expect(textOf("power-of-two", { size: "10944" })).toBe("64");
  expect(textOf("power-of-two", { size: "11008" })).toBe("256");
  expect(textOf("swiglu-width", { width: "4096" })).toBe("10,922.67");
  // 786 · 64
  expect(textOf("next-multiple", { size: "50257", multiple: "64" })).toBe("50,304");
});

test("a product of 128 tokens in 0.0745 ms runs at 173 TFLOP/s", () => {
  // 2 · 128 · 12,288 · 4,096 = 12.885 GFLOP
  const product = { m: "128", n: "12288", k: "4096", ms: "0.0745" };
  expect(textOf("matmul-rate", product)).toBe("173 TFLOP/s");
});

test("the fitted times are within 12 % of half of the rows that they were not fitted on", () => {
  for (const fit of ["a100-products", "a100-tokens", "h100-products", "h100-tokens"]) {
    const text = textOf("fit-error", { fit, stat: "median" });
    expect(Number(text.replace(" %", ""))).toBeLessThanOrEqual(12);
  }
  expect(() => computeValue("fit-error", { fit: "tpu", stat: "median" })).toThrow("one of");
});

test("a value refuses what it cannot compute", () => {
  expect(() => computeValue("tiles", { m: "1", n: "1", tile: "big" })).toThrow("needs a tile");
  expect(() => computeValue("linear-time", { ...LAYER, ...A100, batch: "1" })).toThrow("part=");
  const link = { size: "1", ranks: "8", link: "string" };
  expect(() => computeValue("all-reduce-time", link)).toThrow('knows no link "string"');
  const full = { ...LARGEST, ...A100, bytes: "2", gpus: "8" };
  expect(() => computeValue("memory-left", full)).toThrow("the weights have taken");
  const narrow = { inputs: "128", outputs: "4096", bytes: "2", ...A100 };
  expect(() => computeValue("linear-crossover", narrow)).toThrow("no batch");
});
