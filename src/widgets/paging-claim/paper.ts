// What the PagedAttention paper prints: Kwon et al. 2023, figures 2 and 13a, and the request rates of section 6.2.
import {
  ORCA_MAX,
  ORCA_ORACLE,
  ORCA_POWER_OF_TWO,
  VLLM_V0,
} from "../../core/scheduling/policies.ts";
import type { Policy } from "../../core/scheduling/scheduler.ts";

export const PAPER = {
  label: "Kwon et al. 2023, figures 2 and 13a",
  url: "https://arxiv.org/abs/2309.06180",
} as const;

export interface PaperRow {
  readonly policy: Policy;
  /** Shares of the KV cache, figure 2; undefined where none is printed. */
  readonly stored: number;
  readonly reserved: number | undefined;
  readonly internal: number | undefined;
  /** Printed as “external fragmentation and others”. */
  readonly other: number | undefined;
  /** Requests in a step on average, ShareGPT at 2 requests a second, figure 13a. */
  readonly numRunning: number;
}

export const PAPER_ROWS: readonly PaperRow[] = [
  {
    policy: ORCA_MAX,
    stored: 0.204,
    reserved: 0.133,
    internal: 0.573,
    other: 0.089,
    numRunning: 7,
  },
  {
    policy: ORCA_POWER_OF_TWO,
    stored: 0.268,
    reserved: 0.179,
    internal: 0.136,
    other: 0.416,
    numRunning: 9.81,
  },
  {
    policy: ORCA_ORACLE,
    stored: 0.382,
    reserved: 0.252,
    internal: undefined,
    other: 0.366,
    numRunning: 13.62,
  },
  {
    policy: VLLM_V0,
    stored: 0.963,
    reserved: undefined,
    internal: undefined,
    other: undefined,
    numRunning: 30.42,
  },
];

/** Request rates that vLLM sustains over those of others, at similar latency, on the ShareGPT requests. */
export const PAPER_RATES = { overMax: [2.7, 8], overOracle: [1.7, 2.7] } as const;
