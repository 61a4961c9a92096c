import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { main } from "./estimate.ts";

let printed: string[];
let complained: string[];

beforeEach(() => {
  printed = [];
  complained = [];
  vi.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
  vi.spyOn(console, "error").mockImplementation((text: string) => void complained.push(text));
});

afterEach(() => vi.restoreAllMocks());

const args = (text: string) => text.split(" ");
const LLAMA_2 = "--model llama-2-7b --gpu a100-80gb-sxm --batch 1 --context 1024";

async function json(text: string) {
  expect(await main(args(`${text} --json`))).toBe(0);
  expect(printed).toHaveLength(1);
  return JSON.parse(printed[0]!);
}

test("Llama 2 7B at 1024 tokens takes 6.7 ms a token on an A100, by the roofline", async () => {
  const result = await json(LLAMA_2);
  expect(result.parameters).toBe(6_738_415_616);
  expect(result.weightBytes).toBe(2 * 6_738_415_616);
  expect(result.kvBytesPerToken).toBe(524_288);
  // Weights but the embedding table and 1024 tokens of cache over 2.039 TB/s: 6.744 ms; activations add a little.
  expect(result.stepSeconds.roofline).toBeGreaterThan(6.744e-3);
  expect(result.stepSeconds.roofline).toBeLessThan(6.85e-3);
  expect(result.stepSeconds.fitted).toBeGreaterThan(result.stepSeconds.roofline);
  expect(result.stepSeconds.oneMax).toBeLessThanOrEqual(result.stepSeconds.roofline);
  expect(result.tpot.roofline).toBe(result.stepSeconds.roofline);
  expect(result.tokensPerSecond.roofline).toBeCloseTo(1 / result.tpot.roofline, 9);
  expect(result.bound).toBe("memory");
  expect(result.memory.fits).toBe(true);
});

test("each row has its arithmetic, and the rows add up to the step", async () => {
  const { operators, stepSeconds } = await json(LLAMA_2);
  for (const row of operators) {
    expect(Object.keys(row)).toEqual(
      expect.arrayContaining(["id", "name", "flops", "bytes", "intensity", "seconds", "bound"]),
    );
    expect(row.intensity).toBeCloseTo(row.flops / row.bytes, 9);
  }
  const sum = operators.reduce((total: number, row: { seconds: number }) => total + row.seconds, 0);
  expect(sum).toBeCloseTo(stepSeconds.roofline, 12);
});

test("a kernel that ends before the next could be launched is overhead bound, its roofline time as it was", async () => {
  const result = await json("--model stories-1m --gpu a100-80gb-sxm --batch 1 --context 64");
  // 1.3 million weights, 2.6 MB, are read in 1.3 µs; 32 launches (five a layer, lookup and head) of 5.1 µs take 163 µs.
  expect(result.bound).toBe("overhead");
  expect(result.launchSeconds).toBeCloseTo(32 * 5.101e-6, 9);
  expect(result.stepSeconds.roofline).toBeLessThan(2e-6);
  for (const row of result.operators) {
    expect(row.bound).toBe("overhead");
    expect(row.launchSeconds).toBeCloseTo(row.count * 5.101e-6, 12);
    expect(row.seconds).toBeLessThan(row.launchSeconds);
  }
});

test("the lookup of a large model is overhead bound, its matrices are not", async () => {
  const { operators, bound } = await json(LLAMA_2);
  const boundOf = (id: string) => operators.find((row: { id: string }) => row.id === id).bound;
  expect(["embedding", "gate-up", "head"].map(boundOf)).toEqual(["overhead", "memory", "memory"]);
  expect(bound).toBe("memory");
});

test("the cache holds more sequences than were asked for, and all are counted", async () => {
  const eight = "--model llama-3.1-8b --gpu a100-80gb-sxm --batch 8 --context 1000 --new 24";
  const { memory } = await json(eight);
  expect(memory.fits).toBe(true);
  // 1024 tokens in 64 blocks of 16, 2 MiB each.
  const most = Math.floor(memory.perGpu.kvAvailableBytes / (64 * 2 * 2 ** 20));
  expect(memory.numSequencesThatFit).toBe(most);
  expect(most).toBeGreaterThan(400);
});

test("more tokens than the model was trained for: it says so, in both forms", async () => {
  const long = "--model llama-3.1-8b --gpu a100-80gb-sxm --batch 1 --context 200000";
  const sentence = "Llama 3.1 8B was trained for 131,072 tokens";
  const { memory } = await json(long);
  expect(memory.caveats).toEqual([expect.stringContaining(sentence)]);
  printed = [];
  expect(await main(args(long))).toBe(0);
  expect(printed[0]).toContain(sentence);
  printed = [];
  expect((await json(LLAMA_2)).memory.caveats).toEqual([]);
});

test("the prefill phase prices the whole prompt, which TTFT waits for", async () => {
  const result = await json(`${LLAMA_2} --phase prefill`);
  expect(result.ttft.roofline).toBe(result.stepSeconds.roofline);
  expect(result.bound).toBe("compute");
});

test("4-bit weights over eight GPUs: bytes shrink, exchange appears, a split model fits", async () => {
  const big = "--model llama-3.1-405b --gpu a100-80gb-sxm --batch 1 --context 1024";
  const result = await json(`${big} --gpus 8 --weights int4 --kv fp8`);
  // 405.85e9 parameters at half a byte: 202.9 GB as published.
  expect(result.weightBytes / 1e9).toBeCloseTo(202.9, 1);
  expect(result.kvBytesPerToken).toBe(516_096 / 2);
  expect(result.stepSeconds.allReduce).toBeGreaterThan(0);
  expect(result.memory.fits).toBe(true);
});

test("what does not fit is told with what would", async () => {
  const result = await json("--model llama-3.1-70b --gpu a100-80gb-sxm --batch 1 --context 1024");
  expect(result.memory.fits).toBe(false);
  expect(result.memory.reason).toMatch(/^The weights take 131\.42 GiB/);
  expect(result.memory.remedies).toContain("Split the model over 2 GPUs instead of 1.");
});

test("a model and a GPU come from files as well", async () => {
  const folder = mkdtempSync(join(tmpdir(), "estimate-"));
  try {
    const config = {
      model_type: "llama",
      num_hidden_layers: 32,
      hidden_size: 4096,
      intermediate_size: 11_008,
      num_attention_heads: 32,
      num_key_value_heads: 32,
      vocab_size: 32_000,
      max_position_embeddings: 4096,
      tie_word_embeddings: false,
    };
    const gpu = {
      name: "Own",
      memoryGB: 80,
      bandwidthTBps: 2.039,
      dense16BitTFLOPs: 312,
      numSms: 108,
    };
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    writeFileSync(join(folder, "gpu.json"), JSON.stringify(gpu));
    const files = `--model ${folder}/config.json --gpu ${folder}/gpu.json`;
    const own = await json(`${files} --batch 1 --context 1024`);
    printed = [];
    const known = await json(LLAMA_2);
    expect(own.parameters).toBe(known.parameters);
    expect(own.stepSeconds.roofline).toBeCloseTo(known.stepSeconds.roofline, 12);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("without --json it prints a table that one can read", async () => {
  expect(await main(args(LLAMA_2))).toBe(0);
  expect(printed[0]).toContain("Llama 2 7B on 1 × NVIDIA A100 80GB SXM");
  expect(printed[0]).toMatch(/operator +launches +GFLOP +GB +FLOP\/B +ms +launch ms +bound/);
  expect(printed[0]).not.toMatch(/NaN|Infinity|undefined/);
});

test.each([
  [
    "--model nope --gpu t4 --batch 1 --context 1",
    /--model takes a JSON file or one of .*llama-3\.1-8b/,
  ],
  ["--model gpt2 --gpu nope --batch 1 --context 1", /--gpu takes a JSON file or one of .*h100-sxm/],
  ["--gpu t4 --batch 1 --context 1", /--model is missing/],
  [LLAMA_2.replace("--batch 1", "--batch 0"), /--batch takes a whole number from 1/],
  [
    LLAMA_2.replace("--batch 1", "--batch -3"),
    /^--batch takes a whole number from 1 .*got "-3"\.$/,
  ],
  [
    LLAMA_2.replace("--batch 1", "--batch=-3"),
    /^--batch takes a whole number from 1 .*got "-3"\.$/,
  ],
  [
    LLAMA_2.replace("--context 1024", "--context -5"),
    /^--context takes a whole number from 1 .*"-5"/,
  ],
  [LLAMA_2.replace("--context 1024", "--context -.5"), /^--context takes a whole number from 1/],
  [`${LLAMA_2} --gpus -2`, /^--gpus takes a whole number from 1 .*got "-2"\.$/],
  [`${LLAMA_2} --new --json`, /^--new takes a value; --help lists the options\.$/],
  [`${LLAMA_2} --kv`, /^--kv takes a value; --help lists the options\.$/],
  [LLAMA_2.replace("--context 1024", "--context NaN"), /--context takes a whole number/],
  [LLAMA_2.replace("--context 1024", "--context 1e99"), /--context takes a whole number/],
  [`${LLAMA_2} --weights int3`, /--weights takes bf16, fp8, int8, int4; got "int3"/],
  [`${LLAMA_2} --phase both`, /--phase takes decode, prefill/],
  [`${LLAMA_2} --gpus 3`, /32 heads cannot be split evenly among 3 GPUs/],
  [`${LLAMA_2} --surprise`, /--surprise/],
  [LLAMA_2.replace("llama-2-7b", "/nowhere/x.json"), /cannot be read/],
  [LLAMA_2.replace("llama-2-7b", "package.json"), /must be/],
])("%s is refused with one sentence", async (text, sentence) => {
  expect(await main(args(text))).toBe(1);
  expect(printed).toEqual([]);
  expect(complained).toHaveLength(1);
  expect(complained[0]).toMatch(sentence);
  expect(complained[0]).not.toContain("\n");
});

test("absurd sizes still give finite numbers", async () => {
  const result = await json(
    "--model deepseek-v3 --gpu t4 --batch 1000000 --context 10000000 --new 10000000",
  );
  const check = (value: unknown): void => {
    if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
    else if (value !== null && typeof value === "object") Object.values(value).forEach(check);
    else expect(value).not.toBeNull();
  };
  check(result);
});
