// That the kernels apart and the fused ones really compute the same on the arrays that a ladder gives them: which array
// a kernel takes, and which rows of the weights, stands in no cost and in no formula.
import { expect, test } from "vitest";
import { randomFloats, seededRandom } from "../../../tools/gpu-testing/random.ts";
import { findTimedKernel } from "../../model/timed-kernels.ts";
import type { Work } from "./family-work.ts";
import { getSized, mainKernels } from "./sized.ts";
import { FAMILIES, type Step } from "./steps.ts";
import { workOf } from "./work.ts";

type Arrays = Record<string, Float32Array | Uint32Array>;

/** The arrays of a family, the same for every step. */
function plantArrays({ lengths }: Work): Arrays {
  const random = seededRandom(3);
  const arrays: Arrays = {};
  for (const [name, length] of Object.entries(lengths)) arrays[name] = randomFloats(random, length);
  // The same weights of a norm, as the norm and as a fused kernel call them.
  if ("normWeight" in arrays) arrays["normWeight"] = arrays["weight"]!.slice();
  return arrays;
}

/** What a step leaves in the arrays, computed by its kernels' twins. */
function runStep(step: Step, work: Work): Arrays {
  const { numRows } = work;
  const left = plantArrays(work);
  for (const [place, kernel] of mainKernels(step).entries()) {
    const { sizes, arrays = {} } = work.stage(kernel, place);
    const tables = findTimedKernel(kernel)!.tables(sizes, numRows);
    const sized = getSized(kernel, place, work);
    const bound = Object.keys(sized.bindings).map(
      (name) => [name, tables[name] ?? left[arrays[name] ?? name]!] as const,
    );
    sized.twin(Object.fromEntries(bound), { numRows, firstRow: 0, numContextTokens: numRows });
  }
  return left;
}

test.each([
  { family: "relu", results: ["output"] },
  { family: "normLinear", results: ["output"] },
  { family: "qkv", results: ["queries", "cache"] },
  { family: "gateUp", results: ["activated"] },
] as const)("every step of $family leaves the same in $results", ({ family, results }) => {
  const work = workOf({ family, size: "small", batch: "16" });
  const [apart, ...fused] = FAMILIES[family].steps.map((step) => runStep(step, work));
  const before = plantArrays(work);
  for (const name of results) {
    expect(apart![name], name).not.toEqual(before[name]);
    for (const arrays of fused) {
      const difference = arrays[name]!.map((value, index) =>
        Math.abs(value - apart![name]![index]!),
      );
      expect(Math.max(...difference), name).toBeLessThan(1e-4);
    }
  }
});
