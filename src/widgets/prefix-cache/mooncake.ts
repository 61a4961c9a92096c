// The Mooncake trace against the size of the cache, as scenarios for the simulator: one server of Llama 3.1 8B on an
// H100, the same requests each time.
import type { SimulationReport } from "../../core/simulation/statistics.ts";
import type { HitCount } from "./replay.ts";
import { BLOCK_SIZE } from "./workloads.ts";

const NUM_TRACE_REQUESTS = 1000;
const MAX_MODEL_LEN = 131_072;

/** From one request of the greatest length up to all that the trace ever stores. */
export const TRACE_SIZES: readonly number[] = [8192, 16_384, 32_768, 65_536, 262_144, 1_048_576];

export interface TracePoint extends HitCount {
  readonly numBlocks: number;
  readonly numPreemptions: number;
}

export const TRACE_SOURCE = {
  label: "Mooncake conversation trace, Moonshot AI and Tsinghua, FAST 2025, Apache 2.0",
  url: "https://github.com/kvcache-ai/Mooncake/tree/3b5a594133958449a1feaf1c9e0fc1b553e34a28/FAST25-release/traces",
};

/** The scenario file of one size. */
export function traceScenario(numBlocks: number): string {
  return JSON.stringify({
    schema: "memory-bound/scenario",
    version: 1,
    name: `Mooncake, ${numBlocks} blocks`,
    model: "llama-3.1-8b",
    gpu: "h100-sxm",
    server: { maxModelLen: MAX_MODEL_LEN, blockSize: BLOCK_SIZE, numBlocks },
    policy: "vllm-v1",
    stepTimes: { kind: "roofline" },
    requests: {
      kind: "trace",
      trace: "mooncake-conversation",
      numRequests: NUM_TRACE_REQUESTS,
      rateScale: 1,
    },
  });
}

export function toTracePoint(numBlocks: number, report: SimulationReport): TracePoint {
  return { numBlocks, ...report.prefixes, numPreemptions: report.numPreemptions };
}
