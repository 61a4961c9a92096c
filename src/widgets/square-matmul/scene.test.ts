import { expect, test } from "vitest";
import { createScene, cubeShape, describeScene, writeStats } from "./scene.ts";

const VALUES = { n: 1024, format: "bf16", hardware: "a100-80gb-sxm" };

/** Units stand behind a space that does not break. */
const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");

test("in 16 bits the intensity is a third of N", () => {
  // 2·1024³ = 2,147,483,648 FLOP; 3·2·1024² = 6,291,456 B; 341.33.
  const { cost, intensity } = createScene(VALUES);
  expect(cost.flops).toBe(2_147_483_648);
  expect(cost.bytesRead + cost.bytesWritten).toBe(6_291_456);
  expect(intensity).toBeCloseTo(341.333, 3);
});

test("on an A100 80GB the product is compute bound from N = 460", () => {
  // 3 · 153.02 = 459.05.
  expect(createScene(VALUES).crossover).toBe(460);
  expect(createScene({ ...VALUES, n: 448 }).time.bound).toBe("memory");
  expect(createScene({ ...VALUES, n: 464 }).time.bound).toBe("compute");
});

test("int8 halves the bytes and doubles the peak: the crossing stays", () => {
  // Ridge 624/2.039 = 306.03; 3·1·306.03/2 = 459.05.
  expect(createScene({ ...VALUES, format: "int8" }).crossover).toBe(460);
});

test("each number opens into a sum that holds", () => {
  const stats = writeStats(createScene(VALUES), VALUES);
  expect(stats.map(({ opened }) => plain(opened?.substitution))).toEqual([
    "2 · 1,024³ = 2,147,483,648 FLOP",
    "3 · 2 · 1,024² = 6,291,456 B",
    "2 · 1,024 / (3 · 2) = 341 FLOP/B",
    "3 · 2 · 153.02 / 2 = 459.05, so 460",
  ]);
});

test("the sentence gives the intensity, the verdict and the crossing", () => {
  expect(describeScene(createScene(VALUES), VALUES)).toBe(
    "A product of two 1,024 × 1,024 matrices does 341 FLOP for each byte and is compute bound on the NVIDIA A100 80GB SXM; from 460 on it is compute bound.",
  );
});

test("the cube grows with N and fills its box at the largest", () => {
  expect(cubeShape(16)).toEqual({ edge: 0.3, cells: 2 });
  expect(cubeShape(8192)).toEqual({ edge: 1, cells: 11 });
});
