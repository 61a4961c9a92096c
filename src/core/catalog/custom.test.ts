import { anything, assert, constantFrom, dictionary, oneof, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { GIBI, GIGA, MEBI, TERA } from "../units/units.ts";
import { parseGpu } from "./gpus/custom-gpu.ts";
import { DATASHEETS } from "./gpus/datasheets.ts";
import { findGpu } from "./gpus/gpus.ts";
import { parseModel } from "./models/custom-model.ts";
import { countParameters } from "./models/model-shape.ts";
import { findModel, MODELS } from "./models/models.ts";

/** The fields of published config.json files that say something of the shape. */
const LLAMA = {
  model_type: "llama",
  hidden_size: 4096,
  intermediate_size: 14_336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128_256,
  max_position_embeddings: 131_072,
  tie_word_embeddings: false,
};
const CONFIGS: readonly [id: string, config: Record<string, unknown>][] = [
  ["llama-3.1-8b", LLAMA],
  [
    "llama-2-7b",
    {
      ...LLAMA,
      intermediate_size: 11_008,
      num_key_value_heads: undefined,
      vocab_size: 32_000,
      max_position_embeddings: 4096,
    },
  ],
  ["mistral-7b", { ...LLAMA, model_type: "mistral", vocab_size: 32_000 }],
  [
    "mixtral-8x7b",
    {
      ...LLAMA,
      model_type: "mixtral",
      vocab_size: 32_000,
      num_local_experts: 8,
      num_experts_per_tok: 2,
    },
  ],
  [
    "qwen2.5-7b",
    {
      model_type: "qwen2",
      hidden_size: 3584,
      intermediate_size: 18_944,
      num_hidden_layers: 28,
      num_attention_heads: 28,
      num_key_value_heads: 4,
      vocab_size: 152_064,
      max_position_embeddings: 131_072,
      tie_word_embeddings: false,
    },
  ],
  [
    "gpt2",
    {
      model_type: "gpt2",
      n_embd: 768,
      n_layer: 12,
      n_head: 12,
      n_positions: 1024,
      vocab_size: 50_257,
    },
  ],
  [
    "opt-13b",
    {
      model_type: "opt",
      hidden_size: 5120,
      ffn_dim: 20_480,
      num_hidden_layers: 40,
      num_attention_heads: 40,
      max_position_embeddings: 2048,
      vocab_size: 50_272,
      word_embed_proj_dim: 5120,
      do_layer_norm_before: true,
    },
  ],
  [
    "deepseek-v3",
    {
      model_type: "deepseek_v3",
      hidden_size: 7168,
      intermediate_size: 18_432,
      moe_intermediate_size: 2048,
      num_hidden_layers: 61,
      first_k_dense_replace: 3,
      num_attention_heads: 128,
      num_key_value_heads: 128,
      n_routed_experts: 256,
      n_shared_experts: 1,
      num_experts_per_tok: 8,
      q_lora_rank: 1536,
      kv_lora_rank: 512,
      qk_rope_head_dim: 64,
      qk_nope_head_dim: 128,
      v_head_dim: 128,
      vocab_size: 129_280,
      max_position_embeddings: 163_840,
    },
  ],
];

describe("a model from a file", () => {
  test.each(CONFIGS)(
    "the config.json of %s gives the parameters of the catalogue",
    (id, config) => {
      expect(countParameters(parseModel(config).shape)).toBe(countParameters(findModel(id)!.shape));
    },
  );

  test("an entry of the catalogue can be read back", () => {
    for (const model of MODELS) {
      const copy = parseModel(JSON.parse(JSON.stringify(model)));
      expect(countParameters(copy.shape)).toBe(countParameters(model.shape));
      expect(copy.contextLength).toBe(model.contextLength);
      expect(copy.name).toBe(model.name);
    }
  });

  test("says that nobody checked it", () => {
    const { id, source, isUnchecked } = parseModel(LLAMA);
    expect(id).toBe("custom");
    expect(source.url).toBe("");
    expect(isUnchecked).toContain("none was checked");
  });

  test("a window of attention is not counted, and the entry says so", () => {
    const windowed = { ...LLAMA, model_type: "mistral", sliding_window: 4096 };
    expect(parseModel(windowed).note).toContain("window");
    expect(parseModel({ ...windowed, use_sliding_window: false }).note).toBeUndefined();
    expect(parseModel({ ...windowed, sliding_window: null }).note).toBeUndefined();
  });

  test.each([
    ["a list", [1], "A model must be a JSON object"],
    ["a family that is not counted here", { ...LLAMA, model_type: "mamba" }, '"model_type"'],
    ["no width", { ...LLAMA, hidden_size: undefined }, '"hidden_size"'],
    ["layers below zero", { ...LLAMA, num_hidden_layers: -1 }, '"num_hidden_layers"'],
    ["a width as text", { ...LLAMA, hidden_size: "4096" }, '"hidden_size"'],
    ["an absurd width", { ...LLAMA, hidden_size: 1e300 }, '"hidden_size"'],
    ["heads that do not divide", { ...LLAMA, num_key_value_heads: 7 }, "32 heads cannot share 7"],
    ["a width that heads do not divide", { ...LLAMA, num_attention_heads: 24 }, '"head_dim"'],
    ["biases of one half", { ...LLAMA, attention_bias: true }, '"mlp_bias"'],
    ["own fields without layers", { width: 8, shape: {} }, '"numLayers"'],
  ])("%s is refused with a sentence that names the field", (_, json, sentence) => {
    expect(() => parseModel(json)).toThrow(RangeError);
    expect(() => parseModel(json)).toThrow(sentence);
  });
});

describe("a GPU from a file", () => {
  test("takes the units of datasheets", () => {
    const gpu = parseGpu({
      name: "Mine",
      memoryGB: 48,
      bandwidthTBps: 1.5,
      dense16BitTFLOPs: 200,
      numSms: 84,
      l2MiB: 6,
      nvlinkPerDirectionGBps: 56,
      pcieGeneration: 4,
    });
    expect(gpu.memory).toBe(48 * GIGA);
    expect(gpu.memory).toBeLessThan(48 * GIBI);
    expect(gpu.bandwidth).toBe(1.5 * TERA);
    expect(gpu.l2).toBe(6 * MEBI);
    expect(gpu.nvlinkPerDirection).toBe(56 * GIGA);
    expect(gpu.peakFp8).toBeUndefined();
  });

  test("a datasheet of the catalogue can be read back", () => {
    for (const sheet of DATASHEETS) {
      const { memory, bandwidth, peakFlops } = parseGpu(JSON.parse(JSON.stringify(sheet)));
      expect({ memory, bandwidth, peakFlops }).toEqual({
        memory: findGpu(sheet.id)!.memory,
        bandwidth: findGpu(sheet.id)!.bandwidth,
        peakFlops: findGpu(sheet.id)!.peakFlops,
      });
    }
  });

  const GOOD = { memoryGB: 80, bandwidthTBps: 2, dense16BitTFLOPs: 312, numSms: 108 };
  test("its name loses what an address refuses, and is cut between characters", () => {
    expect(parseGpu({ ...GOOD, name: "a\u202Eb\u0007 c\n" }).name).toBe("a b  c");
    expect(parseGpu({ ...GOOD, name: `${"x".repeat(79)}😀` }).name).toBe("x".repeat(79));
  });
  test.each([
    ["nothing", undefined, "A GPU must be a JSON object"],
    ["no bandwidth", { ...GOOD, bandwidthTBps: undefined }, '"bandwidthTBps"'],
    ["a bandwidth of zero", { ...GOOD, bandwidthTBps: 0 }, '"bandwidthTBps"'],
    ["a bandwidth too small to divide by", { ...GOOD, bandwidthTBps: 5e-324 }, '"bandwidthTBps"'],
    ["a memory that is not a number", { ...GOOD, memoryGB: NaN }, '"memoryGB"'],
    ["half an SM", { ...GOOD, numSms: 0.5 }, '"numSms"'],
    ["PCIe 7", { ...GOOD, pcieGeneration: 7 }, '"pcieGeneration"'],
  ])("%s is refused with a sentence that names the field", (_, json, sentence) => {
    expect(() => parseGpu(json)).toThrow(RangeError);
    expect(() => parseGpu(json)).toThrow(sentence);
  });
});

/** Any value that JSON or a program may hold, and objects that are nearly right. */
const names = CONFIGS.flatMap(([, config]) => Object.keys(config));
const own = ["shape", "latent", "experts", "numLayers", "width", "numHeads", "memoryGB", "numSms"];
const nearly = CONFIGS.map(([, config]) => config);
const hostile = oneof(
  anything(),
  dictionary(constantFrom(...names, ...own), anything()),
  record({ base: constantFrom(...nearly), field: constantFrom(...names), value: anything() }).map(
    ({ base, field, value }) => ({ ...base, [field]: value }),
  ),
);

/** Every number anywhere inside. */
function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

test.each([
  ["model", parseModel],
  ["GPU", parseGpu],
])("whatever JSON a %s is read from, the answer is finite or a RangeError", (_, parse) => {
  assert(
    property(hostile, (json) => {
      try {
        expect(numbersOf(parse(json)).every((value) => Number.isFinite(value))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 1000 },
  );
});
