// What the figure's numbers unfold into.
import { formatCount } from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import { TRACE_SOURCE, type TracePoint } from "./mooncake.ts";
import { NUM_IN_FLIGHT, type HitCount } from "./replay.ts";
import { formatRate, writeCount, type Curve } from "./scene.ts";
import { BLOCK_SIZE } from "./workloads.ts";

const DEFINITION = {
  label: "vLLM, CachingMetrics: the hit rate of the most recent 1,000 requests",
  url: "https://docs.vllm.ai/api/vllm/v1/metrics/stats.html",
};
const NOTE = `As vLLM logs it: over the last 1,000 requests, all of them here. Only whole blocks of ${BLOCK_SIZE} tokens are found, and never the block of a prompt’s last token.`;

function open(
  title: string,
  count: HitCount,
  rest: Pick<OpenedNumber, "note" | "sources">,
): OpenedNumber {
  return {
    text: formatRate(count),
    title,
    formula: "hit rate = tokens found / tokens asked for",
    inputs: [
      {
        symbol: "found",
        meaning: "prompt tokens in cached blocks",
        value: formatCount(count.numHit),
      },
      {
        symbol: "asked for",
        meaning: "tokens of all prompts",
        value: formatCount(count.numQueried),
      },
    ],
    substitution: `${writeCount(count)} = ${formatRate(count)}`,
    ...rest,
  };
}

export function openRate({ workload, here }: Curve): OpenedNumber {
  return open(`${workload.label}, ${formatCount(here.numBlocks)} blocks`, here, {
    note: `${NOTE} ${NUM_IN_FLIGHT} requests are answered at a time.`,
    sources: [DEFINITION],
  });
}

export function openTraceRate(point: TracePoint): OpenedNumber {
  return open(`Mooncake trace, ${formatCount(point.numBlocks)} blocks`, point, {
    note: `${NOTE} A request that was preempted is not counted again.`,
    sources: [DEFINITION, TRACE_SOURCE],
  });
}
