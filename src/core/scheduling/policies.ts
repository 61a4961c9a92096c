// Every scheduling policy, in historical order. A policy is a value: which scheduler, with which options.
import { NanoScheduler } from "./nano-vllm.ts";
import {
  RESERVE_MAX,
  RESERVE_ORACLE,
  RESERVE_POWER_OF_TWO,
  ReservingScheduler,
  type Reservation,
} from "./reserving.ts";
import type { Policy, PolicyOption, ServingConfig } from "./scheduler.ts";
import { V0Scheduler } from "./vllm-v0.ts";
import { V1Scheduler, type V1Config } from "./vllm-v1.ts";
import { FCFS, PRIORITY } from "./waiting-queue.ts";

const ORCA_SOURCE = "Yu et al. 2022 (Orca); reservations as in Kwon et al. 2023, section 6.1";
const V0_SOURCE = "vllm-project/vllm v0.2.7; Kwon et al. 2023";
const V1_SOURCE = "vllm-project/vllm at 52a31cce (2026-05-27)";
const NANO_SOURCE = "GeeeekExplorer/nano-vllm at bb823b3 (2026-04-26)";

function orca(reservation: Reservation): Policy["createScheduler"] {
  return (config) => new ReservingScheduler({ ...config, reservation, joins: "at any step" });
}

function v1(options: Omit<V1Config, keyof ServingConfig>): Policy["createScheduler"] {
  return (config) => new V1Scheduler({ ...config, ...config.options, ...options });
}

const MAX_TOKENS = 100_000_000;
const MAX_CPU_BLOCKS = 10_000_000;

const V1_OPTIONS: readonly PolicyOption[] = [
  { name: "longPrefillTokenThreshold", kind: "count", min: 0, max: MAX_TOKENS },
  { name: "reserveFullIsl", kind: "flag" },
];

const V0_OPTIONS: readonly PolicyOption[] = [
  { name: "watermark", kind: "share", min: 0, max: 1 },
  { name: "maxPaddings", kind: "count", min: 0, max: MAX_TOKENS },
  { name: "numCpuBlocks", kind: "count", min: 0, max: MAX_CPU_BLOCKS },
];

export const STATIC_BATCHING: Policy = {
  id: "static",
  name: "Static batching",
  summary: "A batch starts together, and nobody joins before its longest request has ended.",
  source: "Serving before Orca; the longest length reserved for each request",
  options: [],
  createScheduler: (config) =>
    new ReservingScheduler({
      ...config,
      reservation: RESERVE_MAX,
      joins: "when the batch is done",
    }),
};

export const ORCA_MAX: Policy = {
  id: "orca-max",
  name: "Orca (Max)",
  summary: "Requests join at any step; each reserves the longest length the model allows.",
  source: ORCA_SOURCE,
  options: [],
  createScheduler: orca(RESERVE_MAX),
};

export const ORCA_POWER_OF_TWO: Policy = {
  id: "orca-pow2",
  name: "Orca (Pow2)",
  summary: "As Orca (Max), but each reserves its output's true length made a power of two.",
  source: ORCA_SOURCE,
  options: [],
  createScheduler: orca(RESERVE_POWER_OF_TWO),
};

export const ORCA_ORACLE: Policy = {
  id: "orca-oracle",
  name: "Orca (Oracle)",
  summary: "As Orca (Max), but each reserves its true length, which no real system knows.",
  source: ORCA_SOURCE,
  options: [],
  createScheduler: orca(RESERVE_ORACLE),
};

export const VLLM_V0: Policy = {
  id: "vllm-v0",
  name: "vLLM v0",
  summary:
    "Memory by blocks. Prompts in steps of their own, then decode; victims recomputed or swapped.",
  source: V0_SOURCE,
  options: V0_OPTIONS,
  forksSamples: true,
  createScheduler: (config) => new V0Scheduler({ ...config, ...config.options }),
};

export const NANO_VLLM: Policy = {
  id: "nano-vllm",
  name: "nano-vllm",
  summary: "Memory by blocks, prefixes shared. Prefill goes first, in steps of its own.",
  source: NANO_SOURCE,
  options: [],
  createScheduler: (config) => new NanoScheduler(config),
};

export const VLLM_V1_WHOLE_PROMPTS: Policy = {
  id: "vllm-v1-whole-prompts",
  name: "vLLM V1, no chunked prefill",
  summary: "As vLLM V1, but a prompt runs in one step or waits.",
  source: V1_SOURCE,
  options: V1_OPTIONS,
  createScheduler: v1({ order: FCFS, enableChunkedPrefill: false }),
};

export const VLLM_V1: Policy = {
  id: "vllm-v1",
  name: "vLLM V1",
  summary: "Running requests first; prompts in chunks fill what is left of the token budget.",
  source: V1_SOURCE,
  options: V1_OPTIONS,
  createScheduler: v1({ order: FCFS }),
};

export const VLLM_V1_PRIORITY: Policy = {
  id: "vllm-v1-priority",
  name: "vLLM V1, by priority",
  summary: "As vLLM V1, but the lowest priority number runs first and the highest gives way.",
  source: V1_SOURCE,
  options: V1_OPTIONS,
  createScheduler: v1({ order: PRIORITY }),
};

export const policies: readonly Policy[] = [
  STATIC_BATCHING,
  ORCA_MAX,
  ORCA_POWER_OF_TWO,
  ORCA_ORACLE,
  VLLM_V0,
  NANO_VLLM,
  VLLM_V1_WHOLE_PROMPTS,
  VLLM_V1,
  VLLM_V1_PRIORITY,
];
