// What a start-up log does to the form.
import { expect, test } from "vitest";
import { parseVllmLog } from "../../core/serving/vllm-log.ts";
import { fillFromLog, readProfile, takeBack } from "./log-fill.ts";
import type { CalculatorValues } from "./parameters.ts";
import { PRESETS } from "./presets.ts";
import { createScene } from "./scene.ts";

const BEFORE = PRESETS[0]!.values;

// The lines of vllm-project/vllm issue 10517: one RTX 3090 that logged 1952 blocks and 1.56x for 20,000 tokens.
const LOG = `INFO 11-20 config.py:350] non-default args: {'model': 'meta-llama/Llama-3.1-8B-Instruct', 'max_model_len': 20000, 'gpu_memory_utilization': 0.9}
INFO 11-20 model_runner.py:1077] Loading model weights took 14.9888 GB
INFO 11-20 worker.py:232] Available KV cache memory: 3.81 GiB
INFO 11-20 distributed_gpu_executor.py:61] Maximum concurrency for 20000 tokens per request: 1.56x`;

function filled(values: CalculatorValues, text: string): CalculatorValues {
  return { ...values, ...fillFromLog(parseVllmLog(text), values).change };
}

test("a log fills model, length, share and the memory that it names", () => {
  const values = filled({ ...BEFORE, gpus: "1", hardware: "rtx-4090" }, LOG);
  expect(values).toMatchObject({
    model: "llama-3.1-8b",
    "max-model-len": "20000",
    "gpu-memory-utilization": 0.9,
  });
  const scene = createScene(values);
  if (scene.kind === "problems") throw new Error(scene.problems.join(" "));
  // floor(3.81 GiB / 2 MiB) = 1950 blocks; 1950 / (20,000 / 16) = 1.56.
  expect(scene.asked.capacity!.numBlocks).toBe(1950);
  expect(scene.asked.capacity!.maxConcurrency).toBeCloseTo(1.56, 3);
});

test("a log's memory no longer counts once the machine is another", () => {
  const values = filled({ ...BEFORE, gpus: "1" }, LOG);
  expect(readProfile(values).kind).toBe("used");
  expect(readProfile({ ...values, weights: "int4" }).kind).toBe("outdated");
  expect(readProfile({ ...values, gpus: "2" }).kind).toBe("outdated");
  expect(readProfile({ ...values, batch: 99 }).kind).toBe("used");
});

test("the memory of a model that the form does not hold stands in for nothing", () => {
  const strange = LOG.replace("meta-llama/Llama-3.1-8B-Instruct", "org/unheard-of");
  const { change, notes } = fillFromLog(parseVllmLog(strange), BEFORE);
  expect(change).not.toHaveProperty("measured");
  expect(notes.join(" ")).toContain("memory is left out");
  // The reader's own model may well be the log's.
  const own = { ...BEFORE, model: "custom", "model-json": "{}" };
  expect(readProfile(filled(own, strange)).kind).toBe("used");
});

test("a log's memory no longer counts once the reader's own model is another", () => {
  const strange = LOG.replace("meta-llama/Llama-3.1-8B-Instruct", "org/unheard-of");
  const values = filled({ ...BEFORE, model: "custom", "model-json": '{"numLayers":32}' }, strange);
  expect(readProfile(values).kind).toBe("used");
  expect(readProfile({ ...values, "model-json": '{"numLayers":80}' }).kind).toBe("outdated");
});

test("a text that is no log changes nothing and says so", () => {
  const { change, filled: names, notes } = fillFromLog(parseVllmLog("hello\nworld"), BEFORE);
  expect(change).toEqual({});
  expect(names).toEqual([]);
  expect(notes.join(" ")).toMatch(/No line of a vLLM start-up log was recognised/);
});

test("what the form does not offer is said, not filled in", () => {
  const text =
    "Initializing a V1 LLM engine (v0.9.0) with config: model='org/unheard-of', tensor_parallel_size=3, block_size=32, dtype=torch.float32";
  const { change, notes } = fillFromLog(parseVllmLog(text), BEFORE);
  expect(change).toEqual({});
  expect(notes.join(" ")).toMatch(/unheard-of.*3 GPUs.*fp32.*32 tokens/s);
});

test("whatever stands in the address for a log's memory, sizes come out or nothing does", () => {
  const settings = `for=${[BEFORE.model, BEFORE.hardware, "8 bf16 bf16 0.92"].join(" ")}`;
  for (const text of ["x", ";;;", `total=-1;${settings}`, `weights=1e99;${settings}`, settings]) {
    expect(readProfile({ ...BEFORE, measured: text }).kind).not.toBe("used");
  }
  expect(readProfile({ ...BEFORE, measured: `weights=1000;${settings}` })).toEqual({
    kind: "used",
    profiled: { weights: 1000 },
  });
});

test("taking a log back leaves what the reader changed since", () => {
  const before = { ...BEFORE, gpus: "1", hardware: "rtx-4090" };
  const { change } = fillFromLog(parseVllmLog(LOG), before);
  const edited = { ...before, ...change, "max-model-len": "4096", batch: 3 };
  expect(takeBack(edited, before, change)).toEqual({
    ...before,
    "max-model-len": "4096",
    batch: 3,
  });
});
