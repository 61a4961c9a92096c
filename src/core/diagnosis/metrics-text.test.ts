import { expect, test } from "vitest";
import { parseMetrics, quantileOf } from "./metrics-text.ts";

test("engines are added up, and of their caches the fullest counts", () => {
  const { seen, numRead } = parseMetrics(`# HELP vllm:num_requests_running Number of requests
vllm:num_requests_running{engine="0",model_name="m"} 12.0
vllm:num_requests_running{engine="1",model_name="m"} 8.0
vllm:kv_cache_usage_perc{engine="0"} 0.25
vllm:kv_cache_usage_perc{engine="1"} 0.75
vllm:prefix_cache_queries_total{engine="0"} 1131.0
vllm:prefix_cache_hits_total{engine="0"} 0.0
vllm:cache_config_info{block_size="16",num_gpu_blocks="26589"} 1.0
other:num_requests_running 99`);
  expect(seen).toEqual({
    numRunning: 20,
    cacheUsage: 0.75,
    prefixQueries: 1131,
    prefixHits: 0,
    blockSize: 16,
    numBlocks: 26_589,
  });
  expect(numRead).toBe(7);
});

test("a mean is the sum over the count", () => {
  const { seen } = parseMetrics(
    "vllm:request_prompt_tokens_sum 9000\nvllm:request_prompt_tokens_count 6",
  );
  expect(seen.meanPromptTokens).toBe(1500);
});

test("quantiles lie evenly inside their bucket", () => {
  // 100 values: 50 up to 1 s, 40 more up to 2 s, 10 more up to 4 s.
  const buckets = [
    { upTo: 1, count: 50 },
    { upTo: 2, count: 90 },
    { upTo: 4, count: 100 },
    { upTo: Infinity, count: 100 },
  ];
  expect(quantileOf(buckets, 0.5)).toBe(1);
  expect(quantileOf(buckets, 0.7)).toBe(1.5);
  expect(quantileOf(buckets, 0.99)).toBeCloseTo(3.8, 10);
});

test("beyond the last bound its value stands; without counts there is none", () => {
  expect(
    quantileOf(
      [
        { upTo: 1, count: 1 },
        { upTo: Infinity, count: 10 },
      ],
      0.99,
    ),
  ).toBe(1);
  expect(quantileOf([{ upTo: Infinity, count: 0 }], 0.5)).toBeUndefined();
});
