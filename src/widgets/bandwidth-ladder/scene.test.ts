import { expect, test } from "vitest";
import { GPUS } from "../../core/catalog/gpus/gpus.ts";
import { createScene, describeScene, sayDuration } from "./scene.ts";

const A100 = { hardware: "a100-80gb-sxm", show: "rate" };

/** Units stand behind a space that does not break. */
const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");
const rungOf = (id: string, gpu = "a100-80gb-sxm") =>
  createScene({ hardware: gpu, show: "rate" }).rungs.find((rung) => rung.id === id);

test("the shared memory of an A100 brings 19.5 TB/s", () => {
  // 128 B · 108 SMs · 1.41 GHz = 19.49 TB/s.
  expect(rungOf("shared")?.rate).toBeCloseTo(19.49e12, -10);
});

test("the registers of an A100 feed its 32-bit units with 117 TB/s", () => {
  // 19.5 TFLOP/s / 2 · 3 operands · 4 B.
  expect(rungOf("registers")?.rate).toBe(117e12);
});

test("the L2 cache of an A100 brings 7.22 TB/s", () => {
  // 5,120 B · 1.41 GHz.
  expect(rungOf("l2")?.rate).toBe(7.2192e12);
});

test("the tensor cores of an A100 do 153 FLOP while memory brings a byte, 1,040 while NVLink does", () => {
  // 312 / 2.039 = 153.02; 312 / 0.3 = 1,040, in one direction.
  expect(rungOf("memory")?.flopsPerByte).toBeCloseTo(153.02, 2);
  expect(rungOf("nvlink")?.flopsPerByte).toBe(1040);
});

test("PCIe 4.0 brings 0.0315 TB/s in each direction", () => {
  expect(rungOf("pcie")?.rate).toBeCloseTo(0.0315e12, -9);
});

test("what has no source is left out by name", () => {
  expect(createScene(A100).missing).toEqual([]);
  expect(createScene({ ...A100, hardware: "h100-sxm" }).missing).toEqual(["L2 cache"]);
  expect(createScene({ ...A100, hardware: "l4" }).missing).toEqual([
    "shared memory",
    "L2 cache",
    "NVLink",
  ]);
});

test("on every GPU the ladder goes down, and holds memory and disk", () => {
  for (const { id } of GPUS) {
    const { rungs } = createScene({ hardware: id, show: "rate" });
    const rates = rungs.map(({ rate }) => rate);
    expect(rates).toEqual(rates.toSorted((a, b) => b - a));
    expect(rungs.map((rung) => rung.id)).toEqual(expect.arrayContaining(["memory", "disk"]));
    expect(rates.every((rate) => Number.isFinite(rate) && rate > 0)).toBe(true);
  }
});

test("seconds are said in two units at most", () => {
  const said = [2.67, 43.2, 153.02, 3599.6, 9900, 48_000, 200_000].map((s) =>
    plain(sayDuration(s)),
  );
  expect(said).toEqual([
    "2.7 s",
    "43 s",
    "2 min 33 s",
    "1 h 0 min",
    "2 h 45 min",
    "13 h 20 min",
    "2.3 days",
  ]);
});

test("the sentence follows what is shown", () => {
  const scene = createScene(A100);
  expect(plain(describeScene(scene, A100))).toContain("one byte for every 153 FLOP");
  // 312e12 / 6.5e9 = 48,000 s.
  expect(plain(describeScene(scene, { ...A100, show: "human" }))).toContain(
    "every 2 min 33 s and from a disk every 13 h 20 min",
  );
});
