// What the calculator answers, against hand arithmetic and vLLM's own logs.
import { expect, test } from "vitest";
import { findGpu, GPUS } from "../../core/catalog/gpus/gpus.ts";
import { MODELS } from "../../core/catalog/models/models.ts";
import { defaultValues, decodeQuery } from "../../figure/codec.ts";
import { describeScene, stepRows, tableOf } from "./describe.ts";
import { exportFormats } from "./export-formats.ts";
import { parameters, type CalculatorValues } from "./parameters.ts";
import { PRESETS } from "./presets.ts";
import { computeScene, createScene, type Answer, type Running } from "./scene.ts";

const [NODE] = PRESETS;
const DEFAULTS = NODE!.values;

function answerTo(changes: Partial<CalculatorValues>): Answer {
  const scene = createScene({ ...DEFAULTS, ...changes });
  if (scene.kind === "problems") throw new Error(scene.problems.join(" "));
  return scene;
}

function runningOf(changes: Partial<CalculatorValues>): Running {
  const { running } = answerTo(changes);
  if (running === undefined) throw new Error("Nothing runs.");
  return running;
}

function problemsOf(changes: Partial<CalculatorValues>): readonly string[] {
  const scene = createScene({ ...DEFAULTS, ...changes });
  return scene.kind === "problems" ? scene.problems : [];
}

const L4 = { model: "llama-3.1-8b", hardware: "l4", gpus: "1" } as const;

test("the first preset is the default state of the form", () => {
  expect(DEFAULTS).toEqual(defaultValues(parameters));
});

test("405B in 16 bits does not fit on eight A100s, and 8-bit weights or 16 GPUs make it fit", () => {
  const { asked, offers, instead, running } = answerTo({});
  expect(asked.verdict.fits).toBe(false);
  // 405,853,388,800 parameters · 2 B / 8 GPUs = 101.5 GB = 94.5 GiB, beside 79.25 GiB · 0.92 = 72.9 GiB.
  expect(asked.capacity!.memory.weights / 2 ** 30).toBeCloseTo(94.5, 1);
  expect(offers.map(({ change }) => change)).toEqual([{ weights: "fp8" }, { gpus: "16" }]);
  expect(instead).toBe(offers[0]);
  expect(running!.evaluation.deployment.precision.weights).toBe("fp8");
});

test("applying an offer makes it fit", () => {
  for (const { change } of answerTo({}).offers) {
    expect(answerTo(change).asked.verdict.fits).toBe(true);
  }
});

test("a request longer than max-model-len is answered with the length that would accept it", () => {
  const { asked, offers } = answerTo({ ...L4, prompt: "9000", output: "1000" });
  expect(asked.verdict.fits).toBe(false);
  expect(offers.map(({ change }) => change)).toEqual([{ "max-model-len": "10000" }]);
  expect(offers[0]!.text).not.toContain("VLLM_ALLOW");
});

test("a request longer than the model was trained for: the offer says that vLLM refuses it", () => {
  const long = { ...L4, hardware: "a100-80gb-sxm", prompt: "200000" } as const;
  const { offers } = answerTo(long);
  expect(offers.map(({ change }) => change)).toEqual([{ "max-model-len": "200256" }]);
  const refusal =
    /vLLM refuses a --max-model-len above the 131,072 tokens .*VLLM_ALLOW_LONG_MAX_MODEL_LEN=1/;
  expect(offers[0]!.text).toMatch(refusal);
  // Said again beside the command, once the offer is taken.
  expect(runningOf({ ...long, ...offers[0]!.change }).commandNotes.join(" ")).toMatch(refusal);
});

test("a longer request that has no room either is offered with what makes room", () => {
  const { offers } = answerTo({ ...L4, prompt: "40000", output: "1000" });
  expect(offers.length).toBeGreaterThan(0);
  for (const { change, text } of offers) {
    expect(change["max-model-len"]).toBe("41000");
    expect(Object.keys(change).length).toBeGreaterThan(1);
    expect(text).toContain("Accept requests of 41,000 tokens instead of 8,192.");
    expect(answerTo({ ...L4, prompt: "40000", output: "1000", ...change }).asked.verdict.fits).toBe(
      true,
    );
  }
});

test("numbers of GPUs are offered only as the form has them", () => {
  // 12 heads: over 16 GPUs they do not divide, over 12 they would, but the form goes 1, 2, 4, 8, 16.
  const { asked, offers } = answerTo({ model: "gpt2", gpus: "16", prompt: "512" });
  expect(asked.verdict).toHaveProperty("reason", expect.stringContaining("12 heads"));
  expect(offers.map(({ change }) => change)).toEqual([{ gpus: "4" }]);
  // 405B on T4s would take 64 of them at least in 16 bits.
  for (const { change } of answerTo({ hardware: "t4", gpus: "16" }).offers) {
    expect(["1", "2", "4", "8", "16", undefined]).toContain(change.gpus);
  }
});

test("a cached token of Llama 3.1 8B takes 128 KiB", () => {
  // 2 · 32 layers · 8 KV heads · 128 · 2 B.
  expect(runningOf(L4).capacity.bytesPerToken).toBe(131_072);
});

test("decode of one request waits for memory, prefill of a long prompt for arithmetic", () => {
  const { decode, prefill } = runningOf({ ...L4, batch: 1 });
  expect(decode.time.bound).toBe("memory");
  expect(prefill.time.bound).toBe("compute");
});

test("no fitted time is below the roofline", () => {
  for (const { values } of PRESETS) {
    const { roofline, fitted } = runningOf(values);
    expect(fitted.timeToFirstToken).toBeGreaterThanOrEqual(roofline.timeToFirstToken);
    expect(fitted.timePerOutputToken).toBeGreaterThanOrEqual(roofline.timePerOutputToken);
  }
});

test("requests beyond what the cache holds wait", () => {
  const { asked } = answerTo({ ...L4, batch: 512, prompt: "4096", output: "1024" });
  expect(asked.running).toBe(asked.cacheHolds);
  expect(asked.running + asked.waiting).toBe(512);
});

test("there is a cost with a price, and none without", () => {
  expect(runningOf(L4).fitted.costPerMillionTokens).toBeUndefined();
  const { fitted } = runningOf({ ...L4, price: "0.8" });
  // 0.80 an hour over the tokens of an hour.
  expect(fitted.costPerMillionTokens).toBeCloseTo((0.8 / 3600 / fitted.tokensPerSecond) * 1e6, 9);
});

test("8-bit weights are multiplied in 8 bits where the GPU can, and expanded where it cannot", () => {
  expect(
    runningOf({ hardware: "h200-sxm", weights: "fp8" }).evaluation.deployment.precision,
  ).toEqual({ weights: "fp8", kv: "bf16", activations: "fp8" });
  const { running, caveats } = answerTo({ weights: "fp8" });
  expect(running!.evaluation.deployment.precision.activations).toBe("bf16");
  expect(caveats.join(" ")).toContain("holds no fp8 rate");
});

test("what is typed wrong gets a sentence for each entry", () => {
  const entries = ["0", "-1", "NaN", "1e9", "", "Infinity", "12.5", "99999999999", "８"];
  for (const entry of entries) {
    expect(problemsOf({ prompt: entry })).toEqual([
      "Prompt tokens takes a whole number from 1 to 10,000,000.",
    ]);
    const both = problemsOf({ "max-model-len": entry, "max-num-seqs": entry });
    expect(both).toHaveLength(2);
  }
  for (const price of ["0", "-2", "free", "1e3", "1000000"]) {
    expect(problemsOf({ price })).toHaveLength(1);
  }
});

test("digits may be grouped", () => {
  expect(answerTo({ prompt: "2,048" }).inputs.prompt).toBe(2048);
});

test("a model that the catalogue does not have comes from its config.json, or is refused with a sentence", () => {
  const config = {
    model_type: "llama",
    hidden_size: 4096,
    intermediate_size: 14_336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    vocab_size: 128_256,
    max_position_embeddings: 131_072,
  };
  const own = runningOf({ ...L4, model: "custom", "model-json": JSON.stringify(config) });
  const known = runningOf(L4);
  expect(own.capacity.numBlocks).toBe(known.capacity.numBlocks);
  for (const text of ["", "{", "[]", "{}", '{"model_type":"llama","hidden_size":-1}', "null"]) {
    const [problem, ...others] = problemsOf({ model: "custom", "model-json": text });
    expect(problem).toMatch(/^\S.+\.$/);
    expect(others).toEqual([]);
  }
});

test("an unknown model in the address keeps the default and says so", () => {
  const { values, notices } = decodeQuery(parameters, "model=gpt-9&hardware=abacus&gpus=3", {
    name: "calculator",
    isSolo: true,
  });
  expect(values).toEqual(defaultValues(parameters));
  expect(notices).toHaveLength(3);
});

/** Every number in a value, wherever it is. */
function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}

const EXTREMES: readonly Partial<CalculatorValues>[] = [
  {},
  { prompt: "1", output: "1", batch: 1, "max-model-len": "2", "max-num-seqs": "1" },
  { prompt: "5000000", output: "5000000", batch: 512, "max-model-len": "10000000" },
  { "gpu-memory-utilization": 0.1, weights: "int4", kv: "fp8" },
  { "gpu-memory-utilization": 1, gpus: "16", "max-num-seqs": "65536" },
];

test("no model, GPU or load gives anything but finite numbers and whole sentences", () => {
  for (const [m, { id: model }] of MODELS.entries()) {
    for (const [g, { id: hardware }] of GPUS.entries()) {
      // Each model and each GPU meets each extreme; all products of the three would take seconds.
      for (const extreme of [EXTREMES[(m + g) % EXTREMES.length]]) {
        const scene = computeScene({ ...DEFAULTS, model, hardware, ...extreme });
        const words = [describeScene(scene), JSON.stringify(tableOf(scene))].join(" ");
        expect(words).not.toMatch(/NaN|Infinity|undefined|null/);
        if (scene.kind === "problems") continue;
        const { running, asked } = scene;
        const numbers = numbersIn([asked.capacity, running?.roofline, running?.fitted]);
        expect(numbers.every(Number.isFinite)).toBe(true);
      }
    }
  }
});

test("the rows of a step add up to the step", () => {
  const { decode, roofline } = runningOf({ weights: "int8" });
  const rows = stepRows(decode, roofline.decode.allReduce);
  const sum = rows.reduce((total, { seconds }) => total + seconds, 0);
  expect(sum / roofline.timePerOutputToken).toBeGreaterThan(0.98);
  expect(sum / roofline.timePerOutputToken).toBeLessThanOrEqual(1 + 1e-12);
});

test("the export names the machine and the command", () => {
  const { evaluation } = runningOf({ weights: "int8" });
  const [json, csv, markdown] = exportFormats(evaluation).map(({ make }) => make());
  expect(JSON.parse(json!).question.gpu).toBe(findGpu("a100-80gb-sxm")!.name);
  expect(csv).toContain("roofline.tpot");
  expect(markdown).toContain("vllm serve meta-llama/Llama-3.1-405B --tensor-parallel-size 8");
});
