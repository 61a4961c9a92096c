import { describe, expect, test } from "vitest";
import storiesConfig from "../../../../public/models/stories-1m/config.json" with { type: "json" };
import { kvBytesPerToken } from "../../cost/kv-cache.ts";
import { countActiveParameters, countParameters } from "./model-shape.ts";
import { parseModel } from "./custom-model.ts";
import { findModel, MODELS } from "./models.ts";

/** Parameters of each published checkpoint, and bytes that a token keeps in a 16-bit cache. */
const PUBLISHED: readonly [id: string, parameters: number, kvBytes: number][] = [
  ["gpt2", 124_439_808, 36_864],
  ["gpt2-medium", 354_823_168, 98_304],
  ["gpt2-large", 774_030_080, 184_320],
  ["gpt2-xl", 1_557_611_200, 307_200],
  ["llama-2-7b", 6_738_415_616, 524_288],
  ["llama-2-13b", 13_015_864_320, 819_200],
  ["llama-2-70b", 68_976_648_192, 327_680],
  ["llama-3.1-8b", 8_030_261_248, 131_072],
  ["llama-3.1-70b", 70_553_706_496, 327_680],
  ["llama-3.1-405b", 405_853_388_800, 516_096],
  ["mistral-7b", 7_241_732_096, 131_072],
  ["qwen2.5-7b", 7_615_616_512, 57_344],
  ["qwen2.5-72b", 72_706_203_648, 327_680],
  ["opt-13b", 12_853_473_280, 819_200],
  ["mixtral-8x7b", 46_702_792_704, 131_072],
];

function shapeOf(id: string) {
  return findModel(id)!.shape;
}

test.each(PUBLISHED)("%s has %i parameters and keeps %i bytes a token", (id, parameters, kv) => {
  expect(countParameters(shapeOf(id))).toBe(parameters);
  expect(kvBytesPerToken(shapeOf(id), 2)).toBe(kv);
});

test("the embedded model has 1,312,384 parameters, by its config.json and by the catalogue", () => {
  // Embedding 1024·128, tied. A layer: queries and output 2·128·128, keys and values 2·128·64, network 3·128·384, two
  // norms of 128: 196,864. Six of those and a last norm of 128.
  const byHand = 1024 * 128 + 6 * (2 * 128 * 128 + 2 * 128 * 64 + 3 * 128 * 384 + 2 * 128) + 128;
  expect(byHand).toBe(1_312_384);
  expect(countParameters(parseModel(storiesConfig).shape)).toBe(byHand);
  expect(countParameters(shapeOf("stories-1m"))).toBe(byHand);
  // 2 · 6 layers · 2 KV heads · 32 · 2 B.
  expect(kvBytesPerToken(shapeOf("stories-1m"), 2)).toBe(1536);
});

test("a token meets 12.9 of Mixtral's 46.7 billion parameters", () => {
  expect(countActiveParameters(shapeOf("mixtral-8x7b"))).toBe(12_879_925_248);
});

describe("DeepSeek-V3", () => {
  // By hand, a layer's attention: queries 7168·1536 + 1536 + 1536·128·192 = 48,760,320; keys and values
  // 7168·576 + 512 + 512·128·256 = 20,906,496; output 128·128·7168 = 117,440,512; together 187,107,328.
  // Norms 2·7168. A dense layer's network 3·7168·18,432 = 396,361,728; an expert 3·7168·2048 = 44,040,192;
  // a router 256·7168 + 256 = 1,835,264.
  // 61·(187,107,328 + 14,336) + 3·396,361,728 + 58·(1,835,264 + 257·44,040,192) + 2·129,280·7168 + 7168.
  const attention = 61 * (187_107_328 + 14_336);
  const outside = 3 * 396_361_728 + 2 * 129_280 * 7168 + 7168;

  test("has 671 billion parameters, its extra prediction module not counted", () => {
    const experts = 58 * (1_835_264 + 257 * 44_040_192);
    expect(countParameters(shapeOf("deepseek-v3"))).toBe(attention + outside + experts);
    expect(countParameters(shapeOf("deepseek-v3")) / 1e9).toBeCloseTo(671.0, 1);
  });

  test("sends a token through 37 billion of them", () => {
    const experts = 58 * (1_835_264 + 9 * 44_040_192);
    expect(countActiveParameters(shapeOf("deepseek-v3"))).toBe(attention + outside + experts);
    // The paper says 37 billion.
    expect(Math.floor(countActiveParameters(shapeOf("deepseek-v3")) / 1e9)).toBe(37);
  });

  test("keeps 70,272 bytes a token, a seventy-first of full heads", () => {
    const { latent: _, ...withoutLatent } = shapeOf("deepseek-v3");
    expect(kvBytesPerToken(shapeOf("deepseek-v3"), 2)).toBe(70_272);
    // 61 · 128 heads · (192 for keys + 128 for values) · 2 bytes.
    expect(61 * 128 * (192 + 128) * 2).toBe(4_997_120);
    // The same shape without its latent, one KV head of 192.
    expect(kvBytesPerToken(withoutLatent, 2)).toBe(2 * 61 * 192 * 2);
  });
});

test("every model says where its shape was read, and has an id of its own", () => {
  expect(MODELS.length).toBeGreaterThanOrEqual(17);
  expect(new Set(MODELS.map(({ id }) => id)).size).toBe(MODELS.length);
  for (const { source, contextLength } of MODELS) {
    expect(source.url).not.toBe("");
    expect(source.readOn).toMatch(/^2026-/);
    expect(contextLength).toBeGreaterThan(0);
  }
});

test("a dense model sends a token through all of its parameters", () => {
  for (const { shape } of MODELS.filter((model) => model.shape.experts === undefined)) {
    expect(countActiveParameters(shape)).toBe(countParameters(shape));
  }
});
