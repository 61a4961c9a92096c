// The kernels of a step with the sizes of a family's work, and what a step costs.
import { addCosts, type Cost } from "../../core/cost/cost.ts";
import type { SizedKernel } from "../../gpu/kernel.ts";
import { findTimedKernel } from "../../model/timed-kernels.ts";
import type { Work } from "./family-work.ts";
import type { Step } from "./steps.ts";

/** Kernels that may stand at a place of a step, the one it is made for first. */
export function alternativesOf(kernels: string): readonly string[] {
  return kernels.split("|");
}

/** The step's own kernels. */
export function mainKernels({ kernels }: Step): readonly string[] {
  return kernels.map((names) => alternativesOf(names)[0] ?? names);
}

/** @throws Error for a kernel that is not timed by itself, or at sizes that it does not have. */
export function getSized(kernel: string, place: number, work: Work): SizedKernel {
  const sized = findTimedKernel(kernel)?.findSized(work.stage(kernel, place).sizes);
  if (sized === undefined) throw new Error(`${kernel} has no sizes at place ${place}.`);
  return sized;
}

/** Of one repeat of a step. */
export function costOf(kernels: readonly string[], work: Work): Cost {
  return addCosts(
    kernels.map((kernel, place) => {
      const { numRows } = work;
      const { sizes } = work.stage(kernel, place);
      const numContextTokens = findTimedKernel(kernel)?.numContextTokens(sizes, numRows) ?? 0;
      return getSized(kernel, place, work).cost({ numRows, firstRow: 0, numContextTokens });
    }),
  );
}
