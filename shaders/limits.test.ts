// What holds for every kernel at the edge of what WebGPU allows, and for those that ask for more than its core.
import { describe, expect, test } from "vitest";
import type { Bindings, Kernel, Sizes } from "../src/gpu/kernel.ts";
import { MAX_BATCH } from "../src/model/requests.ts";
import { runOnGpu } from "../tools/gpu-testing/kernel-harness.ts";
import { MAX_WORKGROUPS } from "../tools/gpu-testing/shape-sweep.ts";
import { reluInPlace } from "./relu/kernel.ts";

type AnyKernel = Kernel<Sizes, Bindings>;

const modules = import.meta.glob<Readonly<Record<string, unknown>>>("./*/kernel.ts", {
  eager: true,
});
const sources = import.meta.glob<string>("./*/*.wgsl", {
  query: "?raw",
  import: "default",
  eager: true,
});

function isKernel(value: unknown): value is AnyKernel {
  return typeof value === "object" && value !== null && "twin" in value && "source" in value;
}

const kernels = Object.values(modules).flatMap(Object.values).filter(isKernel);

test("every shader file is the source of exactly one kernel", () => {
  const used = kernels.map(({ source }) => source);
  expect(used.toSorted()).toEqual(Object.values(sources).toSorted());
});

/**
 * The largest of everything. The engine holds 131,072 positions; 152,064 is the largest vocabulary of its models;
 * 128 heads of 256 are twice what any has. A thread of a micro kernel is one that a caller asked for.
 */
const LARGEST: Sizes = {
  inputWidth: 53_248,
  outputWidth: 152_064,
  firstWeightRow: 0,
  width: 53_248,
  hiddenWidth: 131_070,
  epsilon: 0,
  numHeads: 128,
  numKvHeads: 128,
  headWidth: 256,
  capacity: 131_072,
  numSlots: 131_072,
  blockSize: 16,
  splitLength: 256,
  vocabulary: 152_064,
  numSequences: MAX_BATCH,
  isRecompute: 0,
  numNumbers: 2 ** 25,
  numThreads: 256 * MAX_WORKGROUPS,
  numSteps: 1,
  numVectors: 2 ** 23,
  numTurns: 4,
};

/** Sixteen times what the engine computes in a pass: it cuts a prompt into passes of 1,024 rows. */
const PASS = { numRows: 16_384, firstRow: 0, numContextTokens: 16_384 };

test.each(kernels)("$id stays within 65,535 workgroups at the largest sizes", (kernel) => {
  // A size missing above would make a count that is no number.
  for (const count of kernel.workgroups(LARGEST, PASS)) {
    expect(count).toBeGreaterThanOrEqual(1);
    expect(count).toBeLessThanOrEqual(MAX_WORKGROUPS);
  }
});

test("the device refuses one workgroup more than 65,535, and computes nothing of it", async () => {
  const pass = { numRows: MAX_WORKGROUPS + 1, firstRow: 0, numContextTokens: 0 };
  const output = new Float32Array(4 * pass.numRows);
  await expect(runOnGpu(reluInPlace, { width: 1 }, pass, { output })).rejects.toThrow(
    /Dispatch workgroup count Y \(65536\) exceeds max compute workgroups/,
  );
});

const shared = (of?: AnyKernel) => ({ ...of, id: "", source: "", features: [] });

describe.each(kernels.filter(({ features = [] }) => features.length > 0))(
  "$id asks for an optional feature, and its header names a twin that",
  (kernel) => {
    const [folder = ""] = kernel.id.split("/");
    const [, twinFile = ""] =
      /^\/\/ ([a-z0-9-]+)\.wgsl with the optional/m.exec(kernel.source) ?? [];
    const twin = kernels.find(({ id }) => id === `${folder}/${twinFile}`);

    test("needs none", () => {
      expect(twin?.features ?? []).toEqual([]);
      expect(twin?.source).not.toMatch(/^(enable|requires) /m);
    });

    test("has the same bindings, constants, cost, CPU twin and grid", () => {
      // Functions are equal where they are one; only that of the grid is made for each kernel.
      const ignored = { workgroups: expect.any(Function) };
      expect(shared(twin)).toEqual({ ...shared(kernel), ...ignored });
      expect(twin?.workgroups(LARGEST, PASS)).toEqual(kernel.workgroups(LARGEST, PASS));
    });
  },
);

test("a kernel asks for the features that its shader enables", () => {
  const FEATURES = new Map([
    ["f16", "shader-f16"],
    ["subgroups", "subgroups"],
  ]);
  for (const { id, source, features = [] } of kernels) {
    const enabled = [...source.matchAll(/^enable (\w+);/gm)].map(([, name = ""]) => name);
    expect(features, id).toEqual(enabled.map((name) => FEATURES.get(name)));
  }
});
