import { expect, test } from "vitest";
import { readOther } from "./other-costs.ts";
import { OTHER_IDS } from "./other-list.ts";
import { mainKernels } from "../../experiments/kernel-steps/sized.ts";
import { FAMILIES, isFamily } from "../../experiments/kernel-steps/steps.ts";

const FILES = import.meta.glob<string>("../../../shaders/**/*.wgsl", {
  query: "?raw",
  import: "default",
  eager: true,
});
const SOURCES = new Map(
  Object.entries(FILES).map(([path, source]) => [
    path.replace("../../../shaders/", "").replace(".wgsl", ""),
    source,
  ]),
);

const ON_LADDERS = new Set(
  Object.keys(FAMILIES)
    .filter(isFamily)
    .flatMap((family) => FAMILIES[family].steps.flatMap((step) => mainKernels(step))),
);

const sorted = (ids: Iterable<string>) => [...ids].toSorted((one, other) => (one < other ? -1 : 1));

test("every shader opens on the page: as a step of a ladder, or in the list below them", () => {
  expect(SOURCES.size).toBeGreaterThan(70);
  expect(sorted([...ON_LADDERS, ...OTHER_IDS])).toEqual(sorted(SOURCES.keys()));
});

test("what opens in the list is the file itself, with the work of its kernel", () => {
  for (const id of OTHER_IDS) {
    const { source, cost } = readOther(id);
    expect(source, id).toBe(SOURCES.get(id));
    expect(cost.bytesRead + cost.bytesWritten, id).toBeGreaterThan(0);
  }
});

test("the list's costs by hand", () => {
  // 4 rows of 2,048 outputs: 2 · 2,048 FLOPs for the product and one for the addition.
  expect(readOther("linear-residual/thread").cost.flops).toBe(4 * 2048 * 4097);
  // Keys and values of 4 tokens, 8 heads of 64, in f32; a token's place is 8 bytes, its block's entry 4.
  expect(readOther("kv-append/paged").cost).toEqual({
    flops: 0,
    bytesRead: 4 * (2 * 8 * 64 * 4 + 12),
    bytesWritten: 4 * (2 * 8 * 64 * 4),
  });
  // 4 sequences attend to 1,024 tokens each with 32 heads: 2 · 64 FLOPs a score, and its scaling.
  expect(readOther("attention-scores/paged").cost.flops).toBe(4 * 1024 * 32 * (2 * 64 + 1));
});
