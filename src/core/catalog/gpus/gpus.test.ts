import { expect, test } from "vitest";
import { GIGA, TERA } from "../../units/units.ts";
import { findGpu, GPUS, peakFor, pciePerDirection, ridgePoint } from "./gpus.ts";

const gpu = (id: string) => findGpu(id)!;

test.each([
  // 312 / 2.039, 312 / 1.555, 989 / 3.35, 125 / 0.9.
  ["a100-80gb-sxm", 153.02],
  ["a100-40gb-sxm", 200.64],
  ["h100-sxm", 295.22],
  ["v100-sxm2-32gb", 138.89],
])("%s multiplies %f times for each byte that it reads", (id, ridge) => {
  expect(ridgePoint(gpu(id))).toBeCloseTo(ridge, 2);
});

test("eight-bit tensor cores move the ridge up, and a GPU without them says so", () => {
  expect(ridgePoint(gpu("h100-sxm"), "fp8")).toBeCloseTo(1979 / 3.35, 6);
  expect(peakFor(gpu("a100-80gb-sxm"), "int8")).toEqual({ rate: 624 * TERA });
  const fp8 = peakFor(gpu("a100-80gb-sxm"), "fp8");
  expect(fp8.rate).toBe(312 * TERA);
  expect(fp8.note).toContain("expanded to 16 bits");
  expect(peakFor(gpu("h100-sxm"), "int4").rate).toBe(989 * TERA);
  expect(peakFor(gpu("h100-sxm"), "fp32").note).toContain("upper bound");
});

test("PCIe 4.0 x16 carries 31.5 GB/s in each direction, and each generation doubles it", () => {
  // 16 GT/s · 16 lanes · 128/130 / 8 bits.
  expect(pciePerDirection(4) / GIGA).toBeCloseTo(31.508, 3);
  expect(pciePerDirection(3) / pciePerDirection(4)).toBe(0.5);
  expect(pciePerDirection(5) / pciePerDirection(4)).toBe(2);
});

test("NVLink of an A100 is 300 GB/s one way, not the 600 of both", () => {
  expect(gpu("a100-80gb-sxm").nvlinkPerDirection).toBe(300 * GIGA);
});

/** Chips of the catalogue that are no GPUs. */
const TPUS: readonly string[] = ["tpu-v5e"];

test("there are fourteen GPUs, the TPU not counted", () => {
  expect(GPUS.filter(({ id }) => !TPUS.includes(id)).length).toBeGreaterThanOrEqual(14);
  expect(TPUS.map(findGpu)).not.toContain(undefined);
});

test("an A10's tensor cores multiply 125 TFLOP/s at its clock", () => {
  // 72 SMs of 4 tensor cores, 128 multiply-adds each a cycle, 1.695 GHz.
  const { peakFlops, numSms } = gpu("a10");
  expect(Math.round((numSms * 4 * 128 * 2 * 1.695 * GIGA) / TERA)).toBe(peakFlops / TERA);
});

test("each chip has an id of its own, a source and finite figures", () => {
  expect(new Set(GPUS.map(({ id }) => id)).size).toBe(GPUS.length);
  for (const entry of GPUS) {
    expect(entry.source.url).toMatch(/^https:/);
    const { memory, bandwidth, peakFlops, numSms } = entry;
    for (const value of [memory, bandwidth, peakFlops, numSms]) {
      expect(Number.isFinite(value) && value > 0, entry.id).toBe(true);
    }
  }
});

test("a GPU with a doubtful figure says which", () => {
  expect(gpu("l4").isUnchecked).toContain("SMs");
  expect(gpu("a100-80gb-sxm").isUnchecked).toBeUndefined();
});
