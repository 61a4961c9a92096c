import { expect, test } from "vitest";
import { findGpu } from "../catalog/gpus/gpus.ts";
import { findModel, MODELS } from "../catalog/models/models.ts";
import { BF16 } from "../cost/precision.ts";
import { defaultDeployment } from "./deployment.ts";
import { commandNotes, findRepository, shellWord, vllmCommand } from "./vllm-command.ts";

const LLAMA = findModel("llama-3.1-405b")!;
const H100 = findGpu("h100-sxm")!;

const narrow = (weights: "int8" | "int4") =>
  defaultDeployment(LLAMA, H100, { precision: { ...BF16, weights, kv: "int8" } });

test("Llama 3.1 405B in fp8 on eight H100s", () => {
  const deployment = defaultDeployment(LLAMA, H100, {
    numGpus: 8,
    maxModelLen: 16_384,
    gpuMemoryUtilization: 0.95,
    maxNumSeqs: 128,
    precision: { weights: "fp8", kv: "fp8", activations: "bf16" },
  });
  expect(vllmCommand(deployment)).toBe(
    "vllm serve meta-llama/Llama-3.1-405B --tensor-parallel-size 8 --max-model-len 16384 --gpu-memory-utilization 0.95 --max-num-seqs 128 --dtype bfloat16 --quantization fp8 --kv-cache-dtype fp8",
  );
  expect(commandNotes(deployment)).toEqual([expect.stringContaining("already in fp8")]);
});

test("DeepSeek-V3 is published in fp8, so nothing is made while it loads", () => {
  const deployment = defaultDeployment(findModel("deepseek-v3")!, findGpu("h200-sxm")!, {
    numGpus: 8,
    precision: { ...BF16, weights: "fp8" },
  });
  expect(commandNotes(deployment)).toEqual([]);
});

test("DeepSeek-V3 asked for in 16 bits is told that the line loads fp8", () => {
  const deployment = defaultDeployment(findModel("deepseek-v3")!, findGpu("h200-sxm")!, {
    numGpus: 16,
  });
  expect(vllmCommand(deployment)).not.toContain("--quantization");
  expect(commandNotes(deployment)[0]).toContain("is in fp8");
});

test("DeepSeek-V3 in 4 bits needs another checkpoint: vLLM does not quantise fp8 again", () => {
  const deployment = defaultDeployment(findModel("deepseek-v3")!, findGpu("h200-sxm")!, {
    numGpus: 8,
    precision: { ...BF16, weights: "int4" },
  });
  expect(vllmCommand(deployment)).not.toContain("--quantization");
  expect(commandNotes(deployment)).toEqual([expect.stringContaining("4-bit checkpoint")]);
});

test("sixteen GPUs are two nodes, so the notes split layers over eight and pipeline the two", () => {
  const notes = commandNotes(defaultDeployment(LLAMA, H100, { numGpus: 16 })).join(" ");
  expect(notes).toContain("--tensor-parallel-size 8 --pipeline-parallel-size 2");
  expect(commandNotes(defaultDeployment(LLAMA, H100, { numGpus: 8 }))).toEqual([]);
});

test("16 bits need no quantisation, and the cache follows the model", () => {
  const line = vllmCommand(defaultDeployment(findModel("gpt2")!, H100));
  expect(line).toBe(
    "vllm serve openai-community/gpt2 --tensor-parallel-size 1 --max-model-len 1024 --gpu-memory-utilization 0.92 --max-num-seqs 1024 --dtype bfloat16 --kv-cache-dtype auto",
  );
});

test("settings that differ from vLLM's defaults are written out", () => {
  const line = vllmCommand(
    defaultDeployment(LLAMA, H100, { blockSize: 32, maxNumBatchedTokens: 4096 }),
  );
  expect(line).toMatch(/ --max-num-batched-tokens 4096 --block-size 32$/);
});

test("Turing and Volta take float16, and the notes say why", () => {
  const deployment = defaultDeployment(findModel("llama-2-7b")!, findGpu("t4")!);
  expect(vllmCommand(deployment)).toContain("--dtype float16");
  expect(commandNotes(deployment).join(" ")).toContain("no bfloat16");
});

test("what no flag can do is a note", () => {
  expect(vllmCommand(narrow("int4"))).toContain("--quantization bitsandbytes");
  expect(vllmCommand(narrow("int8"))).toContain("--quantization compressed-tensors");
  expect(vllmCommand(narrow("int8"))).toContain("--kv-cache-dtype fp8");
  expect(commandNotes(narrow("int8"))).toHaveLength(2);
});

test("fp8 of a model whose 16 bits do not fit needs a checkpoint in fp8", () => {
  const fp8 = { ...BF16, weights: "fp8" } as const;
  const notesOf = (id: string, numGpus: number) =>
    commandNotes(defaultDeployment(findModel(id)!, H100, { numGpus, precision: fp8 })).join(" ");
  // 405.9e9 parameters of 2 bytes over 8 GPUs: 94.5 GiB each; over 16, 47.2.
  expect(notesOf("llama-3.1-405b", 8)).toContain("does not fit these GPUs");
  expect(notesOf("llama-3.1-405b", 16)).toContain("many versions need room for all of that");
});

// The columns Volta, AMD GPU, Google TPU and Ampere of vLLM 0.11.2's table.
test.each([
  ["v100-sxm2-32gb", "fp8", true],
  ["v100-sxm2-32gb", "int4", false],
  ["mi300x", "int4", true],
  ["mi300x", "fp8", false],
  ["tpu-v5e", "int4", true],
  ["a100-80gb-sxm", "fp8", false],
] as const)("on the %s, a note that vLLM lists no %s weights: %s", (gpu, weights, isSaid) => {
  const deployment = defaultDeployment(LLAMA, findGpu(gpu)!, { precision: { ...BF16, weights } });
  expect(commandNotes(deployment).join(" ").includes("lists no")).toBe(isSaid);
});

test("every published model of the catalogue has its name on Hugging Face", () => {
  for (const model of MODELS) {
    const repository = findRepository(model);
    if (model.id === "stories-1m") expect(repository).toBeUndefined();
    else expect(repository, model.id).toMatch(/^[\w.-]+\/[\w.-]+$/);
  }
});

test("a name that a shell would take apart is quoted", () => {
  const model = { ...LLAMA, id: "my model; rm -rf ~", source: { url: "", readOn: "" } };
  const deployment = defaultDeployment(model, H100);
  expect(vllmCommand(deployment)).toMatch(/^vllm serve 'my model; rm -rf ~' --tensor/);
  expect(commandNotes(deployment)[0]).toContain("is not a name on Hugging Face");
});

test.each([
  ["meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B"],
  ["it's", `'it'\\''s'`],
  ["$(id)", "'$(id)'"],
  ["a b", "'a b'"],
  ["", "''"],
])("%j becomes %s", (text, word) => {
  expect(shellWord(text)).toBe(word);
});
