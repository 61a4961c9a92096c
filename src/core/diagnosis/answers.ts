// The questions that users of vLLM ask in its issues, in groups, each with its answer: how it is told, the cause, what to
// change. The groups and the issue numbers were collected from vllm-project/vllm in 2026.
import type { CauseId } from "./finding.ts";

export interface Answer {
  readonly id: CauseId;
  /** As a user would ask. */
  readonly question: string;
  /** How to tell it from the line, the log or /metrics. */
  readonly told: string;
  readonly cause: string;
  /** The flag, and what to set it to. */
  readonly change: string;
  readonly issues: readonly number[];
  readonly pulls: readonly number[];
}

export const ANSWERS: readonly Answer[] = [
  {
    id: "longest-request",
    question: "Why does it refuse my model’s context length?",
    told: "The log says “To serve at least one request with the model’s max seq len (…), (… GiB KV cache is needed”, or that max seq len is larger than the tokens that the KV cache can store.",
    cause:
      "vLLM starts only if the cache holds one request of the greatest length. Left unsaid, that length is the model’s whole context, 131,072 tokens for Llama 3.1.",
    change:
      "--max-model-len down to the estimate that the error prints, in whole blocks, or to your longest real request. Else more cache: --kv-cache-dtype fp8, --gpu-memory-utilization, --tensor-parallel-size.",
    issues: [10517, 2418, 11391, 8185],
    pulls: [],
  },
  {
    id: "maximum-concurrency",
    question: "What does “Maximum concurrency for … tokens per request” mean?",
    told: "The line in the start-up log.",
    cause:
      "It is the tokens that the cache holds, in blocks, divided by the greatest length of a request. It is not a limit: shorter requests fit more often, and --max-num-seqs is what limits their number.",
    change:
      "Nothing. With --max-model-len set to your longest real request the line says what you will get.",
    issues: [8031, 27017, 3561],
    pulls: [],
  },
  {
    id: "sizing",
    question: "How much memory do N requests need?",
    told: "--max-num-seqs times the tokens of a request (prompt and output) is more than “GPU KV cache size”.",
    cause:
      "Each request takes ⌈tokens / 16⌉ blocks of 2 · layers · KV heads · head width · bytes · 16, divided over the tensor-parallel GPUs; the weights come on top, once.",
    change:
      "--max-num-seqs to what fits, or --kv-cache-memory-bytes (per GPU) to what N of them need, where the GPU has it.",
    issues: [22291, 18582],
    pulls: [],
  },
  {
    id: "all-memory-taken",
    question: "Why does a small model take all of my GPU’s memory?",
    told: "nvidia-smi shows the GPU nearly full, while vllm:kv_cache_usage_perc stays near 0.",
    cause:
      "vLLM takes --gpu-memory-utilization of the GPU at the start (0.92 by default, 0.90 before v0.21) and makes all that the weights leave into KV cache, whether it will be used or not.",
    change:
      "--gpu-memory-utilization down, or --kv-cache-memory-bytes to the cache that you need. The server does not become faster.",
    issues: [550, 20256, 33263, 43400],
    pulls: [],
  },
  {
    id: "memory-in-use",
    question: "Why does it run out of memory at the start, or beside another server?",
    told: "“Free memory on device … on startup is less than desired GPU memory utilization”, “No available memory for the cache blocks”, or “CUDA out of memory”.",
    cause:
      "The share is one of the whole GPU, not of what is free, so two servers with 0.9 cannot share it. Before v0.21 the CUDA graphs, captured after the cache is made, were not counted either.",
    change:
      "--gpu-memory-utilization down to what is free; the shares of all servers on a GPU must stay below 1 together. If nothing is left for blocks: up, or narrower weights.",
    issues: [20305, 19125, 2248, 783, 19023, 11251],
    pulls: [],
  },
  {
    id: "preemption",
    question: "Why are requests preempted, and everything slow?",
    told: "vllm:num_preemptions rises with the cache near full. V1 prints no line for it, only “Preemptions: n” among the statistics of newer versions.",
    cause:
      "Requests are admitted with room for their prompt and grow from there. When the cache is full the youngest is thrown out and computed again later, perhaps several times.",
    change:
      "--max-num-seqs down to what the cache holds at full length; or a larger cache. Since March 2026 a request is admitted only if its whole prompt fits (--scheduler-reserve-full-isl), since June 2026 a watermark can keep blocks free (--watermark, 0 by default).",
    issues: [18115, 25538, 11805, 16832],
    pulls: [42827, 37307, 44594],
  },
  {
    id: "few-running",
    question: "Why do few requests run while many wait?",
    told: "vllm:num_requests_waiting stays high. Whether the cache is full, or --max-num-seqs is reached, or neither, tells which limit it is.",
    cause:
      "Three limits: --max-num-seqs, the cache (the first in the queue holds up all behind it), and the tokens that a step may read.",
    change:
      "--max-num-seqs up if it is reached and the cache is not full; --kv-cache-dtype fp8 or more GPUs if it is full; --max-num-batched-tokens up if neither.",
    issues: [9802, 11517, 13508, 14412],
    pulls: [],
  },
  {
    id: "step-limits",
    question: "How should I set max_num_seqs and max_num_batched_tokens for latency?",
    told: "vllm:inter_token_latency_seconds: a 99th percentile many times the median.",
    cause:
      "A step ends when its longest work does. Steps with many prompt tokens make every running request wait; steps with few make prompts wait.",
    change:
      "--max-num-batched-tokens 2048 for even gaps, 8192 or more for first tokens and throughput. --max-num-seqs to the batch at which a step is as long as you can bear.",
    issues: [2492, 17598, 8121, 18681],
    pulls: [],
  },
  {
    id: "small-chunks",
    question: "Why is it slower with chunked prefill?",
    told: "“Chunked prefill is enabled with max_num_batched_tokens=512” (V0’s default), or a small value on the line.",
    cause:
      "Small pieces read the weights, and the cache of the pieces before, over and over. It is the size of the step that costs, not the cutting.",
    change: "--max-num-batched-tokens 2048 to 8192.",
    issues: [7604],
    pulls: [],
  },
  {
    id: "prefix-misses",
    question: "Why is my prefix cache hit rate zero or low?",
    told: "vllm:prefix_cache_hits against vllm:prefix_cache_queries, or “Prefix cache hit rate” in the log.",
    cause:
      "Only whole blocks count, from the first token on, with equal LoRA and salt; requests for prompt logprobs look nothing up; blocks that nobody uses are evicted when the cache is short. Models with recurrent layers may need a thousand tokens and more for one block.",
    change:
      "--enable-prefix-caching if it was turned off. Else the prompt: first what all share, last what differs. More cache if it is full.",
    issues: [31920, 54607, 53749, 51198, 5176, 17954],
    pulls: [],
  },
  {
    id: "block-size",
    question: "Which block size is best?",
    told: "--block-size on the line.",
    cause:
      "Half a block is lost for each request, and prefixes are shared by whole blocks; the attention kernel wants certain sizes. Capacity in tokens is the same but for rounding.",
    change: "Leave it out: 16 tokens on most GPUs, more where the back end asks for it.",
    issues: [6868, 42510],
    pulls: [],
  },
  {
    id: "fp8-cache",
    question: "What does an fp8 KV cache bring?",
    told: "--kv-cache-dtype fp8 on the line; or, where it would help: vllm:kv_cache_usage_perc near 1 with a 16-bit cache.",
    cause:
      "Twice the tokens in the same bytes. The GiB left for the cache do not grow, and a longer --max-model-len can lower them, since larger steps are measured at the start.",
    change:
      "--kv-cache-dtype fp8 if the cache is the limit; a checkpoint with K and V scales keeps accuracy better.",
    issues: [25350, 46985],
    pulls: [],
  },
  {
    id: "tensor-parallel",
    question: "What does tensor parallelism do for the cache and for speed?",
    told: "--tensor-parallel-size 2 or more; more of it than the model has KV heads.",
    cause:
      "Each GPU holds fewer weights, so the cache grows by more than the GPUs do, up to one KV head for each; beyond that heads are kept several times. Speed grows by less, as every layer waits for two all-reduces.",
    change:
      "Once model and cache fit, --tensor-parallel-size down and --data-parallel-size up often gives more tokens a second, the split a faster single reader and longer requests. Never above the KV heads: --pipeline-parallel-size instead.",
    issues: [16011, 8089, 9660],
    pulls: [],
  },
  {
    id: "layer-kinds",
    question: "Why do the numbers not fit for sliding-window, hybrid or MLA models?",
    told: "Gemma, gpt-oss, Mamba hybrids, DeepSeek and others; a logged cache that a division does not explain.",
    cause:
      "Windows, recurrent states and latents are cached in groups with sizes of their own. A latent is kept whole on every tensor-parallel GPU. A window’s group needs the window and a whole step, since v0.26 two steps.",
    change:
      "Leave --disable-hybrid-kv-cache-manager out; --max-num-batched-tokens down makes windowed layers cheaper; for latents --data-parallel-size in place of --tensor-parallel-size.",
    issues: [40691, 43308, 49878, 28228, 51041],
    pulls: [],
  },
  {
    id: "offload",
    question: "What became of swap space, and how do I set the cache’s size myself?",
    told: "--swap-space, --preemption-mode, --cpu-offload-gb or --num-gpu-blocks-override on the line.",
    cause:
      "V1 recomputes and does not swap. --cpu-offload-gb moves weights, not cache, and sends them over the bus in every step.",
    change:
      "--kv-cache-memory-bytes for an exact size, --kv-offloading-size for evicted blocks in host memory; the others out.",
    issues: [3094, 546, 15996, 18121],
    pulls: [],
  },
];

/** A question of its own, outside the groups: nothing in a pasted text gives it away. */
export interface AlsoAsked {
  readonly issue: number;
  readonly question: string;
  readonly answer: string;
}

export const ALSO_ASKED: readonly AlsoAsked[] = [
  {
    issue: 21348,
    question: "How does it differ from SGLang?",
    answer:
      "vLLM shares whole blocks, found by the hash of all tokens before them, and evicts the block freed longest ago. SGLang keeps a radix tree of tokens, splits a node where prefixes part, and evicts leaves that nobody uses, by a policy of your choice. Its page is one token by default (recalled, not checked), so a prefix shorter than a block can be shared there and not here. Which of them is faster depends on the load: this page simulates vLLM only.",
  },
  {
    issue: 34076,
    question: "How much cache does a request need with pipeline parallelism?",
    answer:
      "Each GPU keeps the layers of its stage, so a token takes bytes for layers / --pipeline-parallel-size there, and the GPU with the fewest blocks decides for all. The need that the log compares with the cache of one GPU counted all layers in this issue.",
  },
];

export function findAnswer(id: CauseId): Answer | undefined {
  return ANSWERS.find((answer) => answer.id === id);
}
