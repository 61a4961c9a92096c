// Written by tools/fit/gemm.ts: change the rule there, not the numbers here. Fitted on measured kernel times from
// microsoft/vidur (MIT licence, commit 7d47513): tests/golden/gemm.csv and attention.json.
import type { AttentionCoefficients } from "./attention-model.ts";
import type { FitReport } from "./fit-report.ts";
import type { GemmCoefficients } from "./gemm-model.ts";

/** In use. Fitted on every second distinct (n, k), so that the other products are new to it. */
export const GEMM_COEFFICIENTS: Readonly<Record<"a100" | "h100", GemmCoefficients>> = {
  a100: {
    launchSeconds: 0.000005101,
    memoryEfficiency: 0.8888,
    mathEfficiency: 0.8622,
    operandRate: 2.878,
    overlap: 2.57,
  },
  h100: {
    launchSeconds: 0.00000565,
    memoryEfficiency: 0.9298,
    mathEfficiency: 0.7814,
    operandRate: 5.184,
    overlap: 2.963,
  },
};

/** For the report alone. Fitted on every second token count of every product. */
export const GEMM_COEFFICIENTS_BY_TOKENS: Readonly<Record<"a100" | "h100", GemmCoefficients>> = {
  a100: {
    launchSeconds: 0.000004053,
    memoryEfficiency: 0.8349,
    mathEfficiency: 0.8665,
    operandRate: 2.768,
    overlap: 2.65,
  },
  h100: {
    launchSeconds: 0.000004497,
    memoryEfficiency: 0.9174,
    mathEfficiency: 0.9999,
    operandRate: 3.061,
    overlap: 3.335,
  },
};

/** Fitted on every second row of each list. */
export const ATTENTION_COEFFICIENTS: AttentionCoefficients = {
  decode: { launchSeconds: 0.000007733, memoryEfficiency: 0.9133, blockSeconds: 0.000003326 },
  prefill: { launchSeconds: 0.00005286, rowSeconds: 2.047e-8, mathEfficiency: 0.3471 },
};

/** Errors are |predicted / measured − 1|: 0.1 is 10 %. */
export const FIT_REPORT: FitReport = {
  gemm: {
    a100: {
      products: {
        numFitted: 792,
        numHeldOut: 936,
        fittedMedian: 0.05606,
        heldOutMedian: 0.05922,
        heldOutP90: 0.1703,
      },
      tokens: {
        numFitted: 864,
        numHeldOut: 864,
        fittedMedian: 0.05801,
        heldOutMedian: 0.05504,
        heldOutP90: 0.1486,
      },
    },
    h100: {
      products: {
        numFitted: 576,
        numHeldOut: 576,
        fittedMedian: 0.05614,
        heldOutMedian: 0.06376,
        heldOutP90: 0.1886,
      },
      tokens: {
        numFitted: 576,
        numHeldOut: 576,
        fittedMedian: 0.06499,
        heldOutMedian: 0.06334,
        heldOutP90: 0.184,
      },
    },
  },
  attention: {
    a100: {
      decode: {
        numFitted: 31,
        numHeldOut: 30,
        fittedMedian: 0.06676,
        heldOutMedian: 0.07225,
        heldOutP90: 0.1439,
      },
      prefill: {
        numFitted: 24,
        numHeldOut: 23,
        fittedMedian: 0.01907,
        heldOutMedian: 0.02655,
        heldOutP90: 0.06722,
      },
    },
  },
};
