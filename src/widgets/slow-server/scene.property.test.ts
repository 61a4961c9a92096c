// Whatever is made of the words that the parsers look for, in any order and with any numbers: a page can be drawn.
import {
  array,
  assert,
  constantFrom,
  double,
  integer,
  oneof,
  property,
  record,
  tuple,
} from "fast-check";
import { expect, test } from "vitest";
import { GPUS } from "../../core/catalog/gpus/gpus.ts";
import { MODELS } from "../../core/catalog/models/models.ts";
import { openAvailable, openToken, openTokens } from "./opened.ts";
import { createScene, describeScene, makeTable, memoryLayers, writeSubject } from "./scene.ts";

const NUMBER = oneof(
  integer({ min: -10, max: 200_000 }).map(String),
  double({ min: -1, max: 2, noNaN: true }).map((value) => value.toFixed(3)),
  constantFrom("0", "NaN", "1e308", "-0", "999999999999", "16k", "auto", "1,701,248", ""),
);

const COMMANDS = [
  "",
  "vllm serve meta-llama/Llama-3.1-8B",
  "vllm serve google/gemma-3-27b-it",
  "vllm serve deepseek-ai/DeepSeek-V3",
];

const FLAGS = [
  "--max-model-len #",
  "--max-num-seqs #",
  "--max-num-batched-tokens #",
  "--gpu-memory-utilization #",
  "--tensor-parallel-size #",
  "--pipeline-parallel-size #",
  "--block-size #",
  "--kv-cache-dtype fp8",
  "--quantization awq",
  "--cpu-offload-gb #",
  "--swap-space #",
  "--kv-cache-memory-bytes #",
  "--num-gpu-blocks-override #",
  "--disable-hybrid-kv-cache-manager",
  "--no-enable-prefix-caching",
];

const LINES = [
  "\nAvailable KV cache memory: # GiB\n",
  "\nGPU KV cache size: # tokens\n",
  "\nMaximum concurrency for # tokens per request: #x\n",
  "\n# GPU blocks: #, # CPU blocks: #\n",
  "\nFree memory on device (#/# GiB) on startup is less than desired GPU memory utilization\n",
  "\nNo available memory for the cache blocks\n",
  "\nCUDA out of memory\n",
  "\nTo serve at least one request with the model's max seq len (#), (# GiB KV cache is needed\n",
  "\nestimated maximum model length is #\n",
  "\nEngine 000: Avg prompt throughput: # tokens/s, Running: # reqs, Waiting: # reqs, GPU KV cache usage: #%\n",
  "\nvllm:num_requests_running #\n",
  "\nvllm:num_requests_waiting #\n",
  "\nvllm:kv_cache_usage_perc #\n",
  "\nvllm:num_preemptions_total #\n",
  '\nvllm:inter_token_latency_seconds_bucket{le="#"} #\n',
  "\nvllm:request_prompt_tokens_sum #\nvllm:request_prompt_tokens_count #\n",
  '\nvllm:cache_config_info{block_size="#",num_gpu_blocks="#"} 1\n',
];

function filled(pieces: readonly string[], maxLength: number) {
  const numbers = array(NUMBER, { minLength: 4, maxLength: 4 });
  return array(tuple(constantFrom(...pieces), numbers), { maxLength }).map((parts) =>
    parts.map(([piece, values]) => {
      let index = 0;
      return piece.replaceAll("#", () => values[index++ % values.length] ?? "");
    }),
  );
}

const TEXT = tuple(constantFrom(...COMMANDS), filled(FLAGS, 7), filled(LINES, 8)).map(
  ([command, flags, lines]) => `${[command, ...flags].join(" ")}\n${lines.join("\n")}`,
);

const ANY = "as-said";

test("every text can be read, described and drawn", { timeout: 60_000 }, () => {
  const choices = record({
    model: constantFrom(ANY, ...MODELS.map(({ id }) => id)),
    hardware: constantFrom(ANY, ...GPUS.map(({ id }) => id)),
  });
  assert(
    property(TEXT, choices, (text, chosen) => {
      const scene = createScene({ example: "few-running", ...chosen }, text);
      expect(describeScene(scene)).toMatch(/[.:]$/);
      expect(writeSubject(scene.diagnosis)).toMatch(/\.$/);
      for (const cause of scene.causes) {
        expect(cause.line).toMatch(/^vllm serve/);
        for (const { bytes } of memoryLayers(cause.finding.after)) {
          expect(bytes).toBeGreaterThanOrEqual(0);
        }
        const { before } = cause.finding;
        for (const open of [openAvailable, openToken, openTokens]) {
          expect(open(before).text).not.toMatch(/NaN|undefined|Infinity/);
        }
        for (const row of makeTable(cause, undefined).rows) {
          expect(row.join(" ")).not.toMatch(/NaN|undefined|Infinity/);
        }
        for (const sentence of [cause.finding.told, cause.finding.cause, cause.finding.advice]) {
          expect(sentence).not.toMatch(/NaN|undefined|Infinity/);
          expect(sentence).toMatch(/\.$/);
        }
      }
    }),
    { numRuns: 400 },
  );
});
