// Texts to load: one for each cause, written in the form of vLLM's own. Numbers from public threads where `source` says
// so; the others are made up so that the arithmetic holds.
import type { CauseId } from "./finding.ts";

export interface Example {
  readonly id: CauseId;
  readonly label: string;
  readonly text: string;
  /** Ids of the catalogue. */
  readonly model: string;
  readonly gpu: string;
  readonly source?: string;
}

const LLAMA = "llama-3.1-8b";
const H100 = "h100-sxm";

function metrics(series: Readonly<Record<string, number>>): string {
  const label = '{engine="0",model_name="meta-llama/Llama-3.1-8B-Instruct"}';
  return Object.entries(series)
    .map(([name, value]) => `vllm:${name}${label} ${value}`)
    .join("\n");
}

function statistics(of: {
  readonly running: number;
  readonly waiting: number;
  readonly usage: number;
  readonly hits: number;
  readonly prompt: number;
  readonly generation: number;
}): string {
  return `INFO 11-20 09:31:10 [loggers.py:236] Engine 000: Avg prompt throughput: ${of.prompt.toFixed(1)} tokens/s, Avg generation throughput: ${of.generation.toFixed(1)} tokens/s, Running: ${of.running} reqs, Waiting: ${of.waiting} reqs, GPU KV cache usage: ${of.usage.toFixed(1)}%, Prefix cache hit rate: ${of.hits.toFixed(1)}%`;
}

const SERVE = "vllm serve meta-llama/Llama-3.1-8B-Instruct";

export const EXAMPLES: readonly Example[] = [
  {
    id: "few-running",
    label: "Few run, many wait",
    model: LLAMA,
    gpu: H100,
    text: `${SERVE} --max-model-len 16384 --max-num-seqs 16\n\n${statistics({ running: 16, waiting: 80, usage: 4.8, hits: 12.5, prompt: 2210.4, generation: 1804.2 })}`,
  },
  {
    id: "preemption",
    label: "Requests are preempted",
    model: LLAMA,
    gpu: "l4",
    text: `${SERVE} --max-model-len 8192 --gpu-memory-utilization 0.92 --max-num-seqs 256\n\n${metrics({ num_requests_running: 31, num_requests_waiting: 33, kv_cache_usage_perc: 0.991, num_preemptions_total: 1460, request_prompt_tokens_sum: 1_240_000, request_prompt_tokens_count: 2000, request_generation_tokens_sum: 1_560_000, request_generation_tokens_count: 2000 })}`,
  },
  {
    id: "longest-request",
    label: "Refuses the context length",
    model: LLAMA,
    gpu: "rtx-4090",
    text: `${SERVE}\n\nINFO 11-20 08:02:11 [gpu_worker.py:298] Available KV cache memory: 5.02 GiB\nValueError: To serve at least one request with the models's max seq len (131072), (16.00 GiB KV cache is needed, which is larger than the available KV cache memory (5.02 GiB). Based on the available memory, the estimated maximum model length is 41120. Try increasing \`gpu_memory_utilization\` or decreasing \`max_model_len\` when initializing the engine.`,
  },
  {
    id: "memory-in-use",
    label: "The GPU is already in use",
    model: LLAMA,
    gpu: "a100-80gb-sxm",
    source: "https://github.com/ovg-project/kvcached/issues/29",
    text: `${SERVE} --max-model-len 8192 --gpu-memory-utilization 0.9\n\nValueError: Free memory on device (59.32/79.15 GiB) on startup is less than desired GPU memory utilization (0.9, 71.24 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.`,
  },
  {
    id: "step-limits",
    label: "Tokens come in fits and starts",
    model: LLAMA,
    gpu: H100,
    text: `${SERVE} --max-model-len 32768 --max-num-batched-tokens 16384\n\n${metrics({ num_requests_running: 40, num_requests_waiting: 0, kv_cache_usage_perc: 0.41, request_prompt_tokens_sum: 7_200_000, request_prompt_tokens_count: 900, request_generation_tokens_sum: 270_000, request_generation_tokens_count: 900 })}\n${[
      ["0.01", 41_000],
      ["0.025", 190_000],
      ["0.05", 232_000],
      ["0.1", 240_000],
      ["0.2", 252_000],
      ["0.5", 267_900],
      ["+Inf", 269_000],
    ]
      .map(
        ([le, count]) =>
          `vllm:inter_token_latency_seconds_bucket{engine="0",le="${le}",model_name="meta-llama/Llama-3.1-8B-Instruct"} ${count}`,
      )
      .join("\n")}`,
  },
  {
    id: "small-chunks",
    label: "Slow with chunked prefill",
    model: LLAMA,
    gpu: "a100-80gb-sxm",
    text: `INFO 09-02 12:00:05 [config.py:1005] Chunked prefill is enabled with max_num_batched_tokens=512.\n\n${SERVE} --max-model-len 16384 --max-num-batched-tokens 512\n\n${metrics({ num_requests_running: 24, num_requests_waiting: 3, kv_cache_usage_perc: 0.24, request_prompt_tokens_sum: 3_000_000, request_prompt_tokens_count: 1000, request_generation_tokens_sum: 200_000, request_generation_tokens_count: 1000 })}`,
  },
  {
    id: "prefix-misses",
    label: "No prefix is ever found",
    model: LLAMA,
    gpu: H100,
    text: `${SERVE} --no-enable-prefix-caching\n\n${statistics({ running: 12, waiting: 2, usage: 31, hits: 0, prompt: 41_250.7, generation: 640.3 })}`,
  },
  {
    id: "sizing",
    label: "Sizing for 512 requests",
    model: "llama-3.1-70b",
    gpu: "h100-sxm",
    text: "vllm serve meta-llama/Llama-3.1-70B-Instruct --tensor-parallel-size 4 --max-model-len 16384 --max-num-seqs 512",
  },
  {
    id: "fp8-cache",
    label: "The 16-bit cache is full",
    model: LLAMA,
    gpu: "l4",
    text: `${SERVE} --max-model-len 8192\n\n${statistics({ running: 20, waiting: 1, usage: 94.2, hits: 20.1, prompt: 900.2, generation: 402.8 })}`,
  },
  {
    id: "tensor-parallel",
    label: "A small model on eight GPUs",
    model: LLAMA,
    gpu: H100,
    text: `${SERVE} --tensor-parallel-size 8 --max-model-len 16384`,
  },
  {
    id: "layer-kinds",
    label: "DeepSeek’s latent on eight GPUs",
    model: "deepseek-v3",
    gpu: "h200-sxm",
    text: "vllm serve deepseek-ai/DeepSeek-V3 --tensor-parallel-size 8 --quantization fp8 --max-model-len 32768",
  },
  {
    id: "block-size",
    label: "Blocks of 256 tokens",
    model: LLAMA,
    gpu: "l4",
    text: `${SERVE} --max-model-len 4096 --block-size 256`,
  },
  {
    id: "offload",
    label: "Weights in host memory",
    model: "llama-2-13b",
    gpu: "rtx-4090",
    text: "vllm serve meta-llama/Llama-2-13b-hf --cpu-offload-gb 12 --swap-space 16 --max-model-len 4096",
  },
  {
    id: "all-memory-taken",
    label: "A small model takes it all",
    model: "qwen2.5-7b",
    gpu: H100,
    text: `vllm serve Qwen/Qwen2.5-7B --max-model-len 8192\n\n${statistics({ running: 3, waiting: 0, usage: 0.9, hits: 44, prompt: 210.5, generation: 160.1 })}`,
  },
  {
    id: "maximum-concurrency",
    label: "“Maximum concurrency 1.20x”",
    model: LLAMA,
    gpu: "a100-40gb-sxm",
    text: `INFO 08-27 10:11:31 [gpu_worker.py:276] Available KV cache memory: 19.25 GiB\nINFO 08-27 10:11:31 [kv_cache_utils.py:849] GPU KV cache size: 157,648 tokens\nINFO 08-27 10:11:31 [kv_cache_utils.py:853] Maximum concurrency for 131,072 tokens per request: 1.20x\n\n${SERVE} --max-model-len 131072`,
  },
];
