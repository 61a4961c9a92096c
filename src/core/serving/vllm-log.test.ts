import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { findGpu } from "../catalog/gpus/gpus.ts";
import { findModel } from "../catalog/models/models.ts";
import { GIBI } from "../units/units.ts";
import { defaultDeployment } from "./deployment.ts";
import { kvCapacity } from "./kv-capacity.ts";
import { LOG_RULES } from "./vllm-log-rules.ts";
import { findModelNamed, MAX_LOG_LENGTH, parseVllmLog, withLog } from "./vllm-log.ts";

// Figures of the cases llama31-8b-fp16 and llama8b-tp2-v100class of tests/golden/vllm_log_cases.json; wording as in
// serving-spec.md, "Log lines".
const V1 = `
(EngineCore_0 pid=7) INFO 08-27 10:00:01 [core.py:74] Initializing a V1 LLM engine (v0.10.1.1) with config: model='meta-llama/Meta-Llama-3.1-8B-Instruct', speculative_config=None, tokenizer='x', dtype=torch.bfloat16, max_seq_len=131072, tensor_parallel_size=1, pipeline_parallel_size=1, quantization=None, enforce_eager=False, kv_cache_dtype=auto, device_config=cuda
INFO 08-27 10:00:02 [scheduler.py:222] Chunked prefill is enabled with max_num_batched_tokens=2048.
INFO 08-27 10:00:30 [gpu_model_runner.py:1] Model loading took 14.9889 GiB and 12.1 seconds
INFO 08-27 10:00:50 [gpu_worker.py:276] Available KV cache memory: 19.25 GiB
INFO 08-27 10:00:51 [kv_cache_utils.py:849] GPU KV cache size: 157,648 tokens
INFO 08-27 10:00:51 [kv_cache_utils.py:853] Maximum concurrency for 131,072 tokens per request: 1.20x
INFO 08-27 10:01:00 [gpu_model_runner.py:2] Graph capturing finished in 13 secs, took 0.58 GiB
INFO 08-27 10:09:00 [loggers.py:123] Engine 000: Avg prompt throughput: 51.2 tokens/s, Avg generation throughput: 640.3 tokens/s, Running: 12 reqs, Waiting: 3 reqs, Preemptions: 2, GPU KV cache usage: 41.5%, Prefix cache hit rate: 63.0%
`;

const V0 = `
INFO 12-16 worker.py:241] the current vLLM instance can use total_gpu_memory (15.77GiB) x gpu_memory_utilization (0.90) = 14.19GiB
INFO 12-16 worker.py:241] model weights take 7.51GiB; non_torch_memory takes 0.39GiB; PyTorch activation peak memory takes 2.53GiB; the rest of the memory reserved for KV Cache is 3.76GiB.
INFO 12-16 executor_base.py:76] # GPU blocks: 3852, # CPU blocks: 4096
INFO 12-16 executor_base.py:80] Maximum concurrency for 40000 tokens per request: 1.54x
WARNING 12-16 scheduler.py:1] Sequence group 17 is preempted by PreemptionMode.RECOMPUTE mode because there is not enough KV cache space.
`;

const kinds = (text: string) => parseVllmLog(text).found.map(({ kind }) => kind);

describe("a V1 log", () => {
  const report = parseVllmLog(V1);

  test("every line is recognised, in order, with its number", () => {
    expect(report.found.map(({ kind, lineNumber }) => [kind, lineNumber])).toEqual([
      ["engine-config", 2],
      ["chunked-prefill", 3],
      ["weights", 4],
      ["available", 5],
      ["cache-size", 6],
      ["concurrency", 7],
      ["cuda-graphs", 8],
      ["statistics", 9],
    ]);
    expect(report.notes).toEqual([]);
  });

  test("it describes the deployment", () => {
    const { model, profiled, precision, ...settings } = report.deployment;
    expect(model?.id).toBe("llama-3.1-8b");
    expect(settings).toEqual({ numGpus: 1, maxModelLen: 131_072, maxNumBatchedTokens: 2048 });
    expect(precision).toEqual({ weights: "bf16", kv: "bf16", activations: "bf16" });
    expect(profiled?.weights).toBe(Math.round(14.9889 * GIBI));
    expect(profiled?.kvCache).toBe(19.25 * GIBI);
    expect(report.facts.numTokens).toBe(157_648);
  });

  test("filled in, the arithmetic gives the log's own tokens and concurrency", () => {
    const base = defaultDeployment(findModel("llama-2-7b")!, findGpu("l40s")!);
    const capacity = kvCapacity(withLog(base, report));
    // 19.25 is rounded: 0.005 GiB are 41 tokens.
    expect(Math.abs(capacity.numTokensBefore - 157_648)).toBeLessThan(64);
    expect(capacity.maxConcurrency).toBeCloseTo(1.2, 2);
  });

  test("the statistics line is read field by field", () => {
    expect(report.found.at(-1)?.fields).toEqual({
      promptTokensPerSecond: 51.2,
      generatedTokensPerSecond: 640.3,
      running: 12,
      waiting: 3,
      preemptions: 2,
      cacheUsagePercent: 41.5,
      prefixHitPercent: 63,
    });
    expect(report.found.at(-1)?.explanation).toBe(
      "12 requests ran and 3 waited for a free place or for cache.",
    );
  });
});

describe("a V0 log", () => {
  const report = parseVllmLog(V0);

  test("every line is recognised", () => {
    expect(report.found.map(({ kind }) => kind)).toEqual([
      "budget",
      "memory-parts",
      "blocks",
      "concurrency",
      "preemption",
    ]);
  });

  test("memory, blocks and share are read", () => {
    expect(report.facts).toEqual({
      totalGiB: 15.77,
      gpuMemoryUtilization: 0.9,
      weightsGiB: 7.51,
      nonTorchGiB: 0.39,
      activationGiB: 2.53,
      availableGiB: 3.76,
      numBlocks: 3852,
      numCpuBlocks: 4096,
      maxModelLen: 40_000,
      maxConcurrency: 1.54,
    });
  });

  test("a share that was rounded in print is taken from the product", () => {
    const { facts } = parseVllmLog(
      "total_gpu_memory (79.15GiB) x gpu_memory_utilization (0.70) = 55.09GiB",
    );
    // 55.09 / 79.15
    expect(facts.gpuMemoryUtilization).toBe(0.696);
  });

  test("the memory names the GPUs that have as much", () => {
    const text = "total_gpu_memory (79.25GiB) x gpu_memory_utilization (0.90) = 71.33GiB";
    const ids = parseVllmLog(text).gpus.map(({ id }) => id);
    expect(ids).toContain("a100-80gb-sxm");
    expect(ids).toContain("h100-sxm");
    expect(ids).not.toContain("l40s");
  });
});

describe("single lines", () => {
  test("the newest builds join tokens and concurrency in one line: two findings", () => {
    const line =
      "GPU KV cache size: 2,182,642 tokens, Maximum concurrency for 430,080 tokens per request: 5.07x";
    const { found, facts } = parseVllmLog(line);
    expect(found.map(({ kind, lineNumber }) => [kind, lineNumber])).toEqual([
      ["cache-size", 1],
      ["concurrency", 1],
    ]);
    expect(facts).toEqual({ numTokens: 2_182_642, maxModelLen: 430_080, maxConcurrency: 5.07 });
  });

  test("the refusal is read over the lines that it is wrapped into", () => {
    const text = `ValueError: To serve at least one request with the models's max seq len (40960),
(5.62 GiB KV cache is needed, which is larger than the available KV cache memory (4.50 GiB).
Based on the available memory, the estimated maximum model length is 32768.`;
    expect(kinds(text)).toEqual(["too-long", "needed", "not-enough", "longest"]);
    const { facts } = parseVllmLog(text);
    expect(facts).toEqual({
      maxModelLen: 40_960,
      neededGiB: 5.62,
      availableGiB: 4.5,
      longestRequest: 32_768,
    });
  });

  test.each([
    ["ValueError: No available memory for the cache blocks. Try increasing x", "nothing-left"],
    [
      "ValueError: Free memory on device (20.1/23.6 GiB) on startup is less than desired GPU memory utilization (0.9, 21.2 GiB).",
      "occupied",
    ],
    [
      "The model's max seq len (16384) is larger than the maximum number of tokens that can be stored in KV cache (9872).",
      "too-long-before",
    ],
    ["[config.py:1] Using max model len 8192", "max-model-len"],
    ["vLLM API server version 0.11.0", "version"],
    ["INFO # cuda blocks: 14815, # CPU blocks: 1966", "blocks"],
    ["Loading model weights took 14.9888 GB", "weights"],
    ["    the rest of the memory reserved for KV Cache is -7.83GiB.", "rest"],
  ])("%s", (line, kind) => {
    expect(kinds(line)).toEqual([kind]);
  });

  test("the options given are read from the line that lists them", () => {
    const line =
      "non-default args: {'model': 'Qwen/Qwen2.5-7B-Instruct-AWQ', 'max_model_len': 4096, 'gpu_memory_utilization': 0.85, 'tensor_parallel_size': 2, 'max_num_seqs': 64, 'kv_cache_dtype': 'fp8_e4m3', 'quantization': 'awq', 'block_size': 32}";
    const { model, ...rest } = parseVllmLog(line).deployment;
    expect(model?.id).toBe("qwen2.5-7b");
    expect(rest).toEqual({
      numGpus: 2,
      gpuMemoryUtilization: 0.85,
      maxModelLen: 4096,
      maxNumSeqs: 64,
      blockSize: 32,
      precision: { weights: "int4", kv: "fp8" },
    });
  });

  test("of several ranks the least memory and the fewest blocks count", () => {
    const ranks = [51.96, 51.97, 51.92, 51.93];
    const text = ranks.map((gib) => `Available KV cache memory: ${gib} GiB`).join("\n");
    expect(parseVllmLog(text).facts.availableGiB).toBe(51.92);
  });

  test("a quantisation whose width is not in its name is left to the reader", () => {
    const { deployment, notes } = parseVllmLog(
      "non-default args: {'model': 'x/y', 'quantization': 'compressed-tensors'}",
    );
    expect(deployment.precision).toBeUndefined();
    expect(notes).toEqual([
      'The log\'s model, "x/y", is not in the catalogue.',
      'The log names the quantisation "compressed-tensors", whose width only the checkpoint tells.',
    ]);
  });

  test("settings out of all range are not taken over", () => {
    const { deployment } = parseVllmLog(
      "non-default args: {'tensor_parallel_size': 0, 'gpu_memory_utilization': 7, 'max_model_len': 999999999999}",
    );
    expect(deployment).toEqual({});
  });
});

test("every rule explains itself in a sentence", () => {
  for (const { pattern, read } of LOG_RULES) {
    const groups = Array.from({ length: 6 }, () => "1");
    expect(read(groups, pattern.source).explanation).toMatch(/^(?:[A-Z\d]|vLLM).*\.$/);
  }
});

test.each([
  ["meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"],
  ["meta-llama/Llama-2-7b-chat-hf", "llama-2-7b"],
  ["openai-community/gpt2", "gpt2"],
  ["deepseek-ai/DeepSeek-V3", "deepseek-v3"],
  ["meta-llama/Meta-Llama-3-8B", undefined],
  ["deepseek-ai/DeepSeek-V2", undefined],
  ["", undefined],
])("%s is the catalogue's %s", (name, id) => {
  expect(findModelNamed(name)?.id).toBe(id);
});

describe("hostile text", () => {
  test.each(["", "   \n\n", "hello", "ERROR: something else went wrong"])(
    "%j: a sentence says that nothing was recognised",
    (text) => {
      const { found, notes, deployment } = parseVllmLog(text);
      expect(found).toEqual([]);
      expect(deployment).toEqual({});
      expect(notes).toHaveLength(1);
      expect(notes[0]).toMatch(/^No line of a vLLM start-up log was recognised\./);
    },
  );

  test("anything may be pasted: nothing throws, and what is found is finite", () => {
    const pieces = fc.constantFrom(
      ...V1.split("\n"),
      ...V0.split("\n"),
      "GPU KV cache size: ",
      "(79.15GiB)",
      "non-default args: {",
      "'model': '",
      "-",
      "9".repeat(400),
      "\u0000\uD800",
    );
    const text = fc.array(fc.oneof(pieces, fc.string({ unit: "binary" })), { maxLength: 40 });
    fc.assert(
      fc.property(text, fc.constantFrom("", " ", "\n"), (parts, glue) => {
        const report = parseVllmLog(parts.join(glue));
        for (const { fields, explanation, text: line } of report.found) {
          expect(explanation).not.toMatch(/undefined|NaN|Infinity/);
          expect(line.length).toBeLessThanOrEqual(300);
          for (const value of Object.values(fields)) {
            if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
          }
        }
        const base = defaultDeployment(findModel("gpt2")!, findGpu("t4")!);
        expect(withLog(base, report).numGpus).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  test("a text beyond a million characters is cut, and says so", () => {
    const { notes, found } = parseVllmLog("x".repeat(MAX_LOG_LENGTH) + V1);
    expect(found).toEqual([]);
    expect(notes[0]).toMatch(/^Only the first 1,000,000 of 1,00\d,\d{3} characters were read\.$/);
  });

  test("of thousands of lines only the first are listed", () => {
    const line = "Available KV cache memory: 3.81 GiB\n";
    const { found, notes } = parseVllmLog(line.repeat(5000));
    expect(found).toHaveLength(200);
    expect(notes).toEqual(["5,000 lines were recognised; the first 200 are shown."]);
  });

  // Steps, not seconds: a pattern that backtracks takes four times as long, or never ends, for twice the text.
  test.each(["9", " ", "Available KV cache memory: ", "(1.1GiB) x ", "1,111", "# GPU blocks: 1"])(
    "a megabyte of %j is read to its end",
    (piece) => {
      const text = piece.repeat(Math.floor(MAX_LOG_LENGTH / piece.length));
      expect(parseVllmLog(text).found.length).toBeLessThanOrEqual(200);
    },
  );
});
