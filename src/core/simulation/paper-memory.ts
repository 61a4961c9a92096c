// The workload on which the memory bars of the PagedAttention paper (Kwon et al. 2023, figure 2) are reproduced, and
// what the paper says.
import { ORCA_MAX, ORCA_ORACLE, ORCA_POWER_OF_TWO, VLLM_V0 } from "../scheduling/policies.ts";
import type { Policy } from "../scheduling/scheduler.ts";
import type { Scenario } from "./scenario-types.ts";
import { parseScenario } from "./scenario.ts";

export interface PaperBar {
  readonly policy: Policy;
  /** Share of the KV cache that holds keys and values of tokens. */
  readonly stored: number;
  /** Where the paper gives them. */
  readonly reserved?: number;
  readonly internal?: number;
}

/** Kwon et al. 2023, figure 2. */
export const PAPER_BARS: readonly PaperBar[] = [
  { policy: ORCA_MAX, stored: 0.204, reserved: 0.133, internal: 0.573 },
  { policy: ORCA_POWER_OF_TWO, stored: 0.268 },
  { policy: ORCA_ORACLE, stored: 0.382 },
  { policy: VLLM_V0, stored: 0.963 },
];

/**
 * OPT-13B on an A100 with 40 GB, ShareGPT's lengths, more requests than it can serve.
 *
 * From the paper: the model and GPU; 15.7K token slots (table 1), here 981 blocks of 16; mean lengths of 161 and 338 tokens
 * (figure 11); at most 2048 tokens. Chosen here: gamma distributions, which the paper does not state. Prompts are
 * exponential (cv 1: all that a mean alone suggests). The outputs' cv of 0.87 is the one free parameter; it follows from
 * one bar of the figure, the 13.3 % reserved by Orca (Max): seven requests fit, each with `0.133 · 15,700 / 7 = 298` tokens
 * to come on average, and a running output has `mean · (1 + cv²) / 2` to come. The rate has no influence while requests
 * wait. All other bars are predictions.
 */
export function paperMemoryScenario(policy: Policy, numRequests = 2000): Scenario {
  return {
    ...parseScenario({
      schema: "memory-bound/scenario",
      version: 1,
      name: "Memory bars of the PagedAttention paper",
      model: "opt-13b",
      gpu: "a100-40gb-sxm",
      server: {
        maxModelLen: 2048,
        maxNumSeqs: 256,
        maxNumBatchedTokens: 2560,
        blockSize: 16,
        numBlocks: 981,
        enablePrefixCaching: false,
      },
      stepTimes: { kind: "fitted" },
      requests: {
        kind: "synthetic",
        numRequests,
        ratePerS: 20,
        arrivalCv: 1,
        prompt: { mean: 161, cv: 1, max: 1024 },
        output: { mean: 338, cv: 0.87, max: 2047 },
      },
      seed: 1,
    }),
    policy,
  };
}
