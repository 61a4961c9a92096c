// Published figures that catalogue and cost must reproduce to the printed digits; sources stand in the file's README.
import { describe, expect, test } from "vitest";
import published from "../../tests/golden/published.json" with { type: "json" };
import { findGpu, ridgePoint } from "./catalog/gpus/gpus.ts";
import { countParameters, type ModelShape } from "./catalog/models/model-shape.ts";
import { findModel } from "./catalog/models/models.ts";
import { batchStepTime, decodeFloor } from "./cost/decode.ts";
import { matrixParametersPerLayer } from "./cost/decode-step.ts";
import { expectedDistinctExperts } from "./cost/experts.ts";
import { kvBytesPerToken } from "./cost/kv-cache.ts";
import { decodePass, operatorsOf } from "./cost/operators.ts";
import { bytesOf } from "./cost/precision.ts";
import { bytes, bytesPerSecond, flopsPerSecond, GIBI, GIGA, TERA } from "./units/units.ts";

function shapeOf(id: string): ModelShape {
  return findModel(id)!.shape;
}

/** Decimals with which a number is printed. */
function decimals(value: number): number {
  return String(value).split(".")[1]?.length ?? 0;
}

const MILLI = 1e-3;

describe("the PagedAttention paper", () => {
  const paper = published.paged_attention_paper;
  const opt = shapeOf("opt-13b");

  test("OPT-13B keeps 800 KiB a token and 1.6 GiB for 2048", () => {
    expect(kvBytesPerToken(opt, 2)).toBe(paper.opt13b_kv_bytes_per_token);
    expect(2048 * kvBytesPerToken(opt, 2)).toBe(paper.opt13b_kv_bytes_2048_tokens);
  });

  // OPT-66B has 64 layers of width 9216, OPT-175B 96 of 12,288 (Zhang et al. 2022, table 1).
  const shapes: Readonly<
    Record<string, Pick<ModelShape, "numLayers" | "numKvHeads" | "headWidth">>
  > = {
    "13B": opt,
    "66B": { numLayers: 64, numKvHeads: 72, headWidth: 128 },
    "175B": { numLayers: 96, numKvHeads: 96, headWidth: 128 },
  };
  test.each(paper.table1)(
    "table 1: the slots of $model take the memory printed beside them, which is in GiB",
    ({ model, kv_GB, slots }) => {
      expect(Math.round((slots * kvBytesPerToken(shapes[model]!, 2)) / GIBI)).toBe(kv_GB);
    },
  );

  test("13B weights take 65 % of a 40 GB A100, its cache 30 %", () => {
    const weights = Math.round((countParameters(opt) * bytesOf("bf16")) / GIGA);
    const [row] = paper.table1;
    expect(weights).toBe(row!.weights_GB);
    const split = paper.memory_split_13b_on_a100_40;
    expect((100 * weights) / 40).toBe(split.weights_percent);
    expect((100 * row!.kv_GB) / 40).toBe(split.kv_percent);
  });
});

describe("Transformer Inference Arithmetic", () => {
  const { params_12_L_d2: published52B, ...rest } =
    published.kipply_transformer_inference_arithmetic;
  const { layers, d_model: width } = published52B;
  const shape: ModelShape = {
    numLayers: layers,
    width,
    hiddenWidth: 4 * width,
    numHeads: 64,
    numKvHeads: 64,
    headWidth: width / 64,
    vocabulary: 1,
    isTied: true,
    feedForward: "plain",
  };

  test("12·L·D² weights in the matrices of its 52B model", () => {
    expect(layers * matrixParametersPerLayer(shape)).toBe(published52B.value);
  });

  test("2 MiB of cache a token", () => {
    expect(kvBytesPerToken(shape, 2)).toBe(rest.kv_bytes_per_token);
  });

  test("its ridge of 208 takes the bandwidth of an A100 40GB as 1.5 TB/s; with 1.555 it is 201", () => {
    const gpu = findGpu("a100-40gb-sxm")!;
    const rounded = { ...gpu, bandwidth: bytesPerSecond(1.5 * TERA) };
    expect(ridgePoint(rounded)).toBe(rest.a100_40_ridge_as_printed);
    expect(Math.round(ridgePoint(gpu))).toBe(201);
  });
});

describe("Llama 3.1", () => {
  const cases = Object.entries(published.llama31_kv_GiB_fp16).flatMap(([size, contexts]) =>
    Object.entries(contexts).map(([context, gib]) => [size, Number(context), gib] as const),
  );
  test.each(cases)("%s keeps %i tokens in %f GiB", (size, context, gib) => {
    const cache = (context * kvBytesPerToken(shapeOf(`llama-3.1-${size}`), 2)) / GIBI;
    expect(cache.toFixed(decimals(gib))).toBe(String(gib));
  });

  test.each(Object.entries(published.llama31_405b_weights_GB))(
    "405B in %s is %f GB",
    (format, gb) => {
      if (format !== "bf16" && format !== "fp8" && format !== "int4") throw new Error(format);
      const weights = (countParameters(shapeOf("llama-3.1-405b")) * bytesOf(format)) / GIGA;
      expect(weights.toFixed(1)).toBe(gb.toFixed(1));
    },
  );
});

test.each(
  Object.entries(published.decode_floor_ms_a100_80_context_1024_batch_1_without_input_embedding),
)("a decode step of %s on an A100 takes at least %f ms", (id, milliseconds) => {
  const { bandwidth } = findGpu("a100-80gb-sxm")!;
  const step = { shape: shapeOf(id), bytesPerElement: 2, context: 1024, batch: 1 };
  expect((decodeFloor(step, bandwidth) / MILLI).toFixed(3)).toBe(milliseconds.toFixed(3));
});

describe("distinct experts of Mixtral", () => {
  const { formula: _, ...cases } = published.mixtral_distinct_experts_hit_uniform_top2_of_8;
  const shape = shapeOf("mixtral-8x7b");
  test.each(Object.entries(cases))("%i tokens reach %f of 8", (tokens, experts) => {
    const expected = expectedDistinctExperts(shape.experts!, Number(tokens));
    expect(expected.toFixed(3)).toBe(experts.toFixed(3));
    // What the pass reads is what the formula says: 32 layers of experts of 4096·14,336·2 weights in gate and up.
    const pass = decodePass(shape, { batch: Number(tokens), context: 0 });
    const gateUp = operatorsOf(pass).find(({ id }) => id === "expert-gate-up")!;
    expect(gateUp.traffic.weights / (32 * 2 * 4096 * 14_336 * 2)).toBeCloseTo(expected, 9);
  });
});

describe("How to Scale Your Model: Llama 2 13B on eight TPU v5e, 8192 tokens each", () => {
  const book = published.decode_step_scaling_book;
  const tpu = findGpu("tpu-v5e")!;
  const stepAt = (batch: number, kvBytes: number) =>
    batchStepTime({
      batch,
      numParameters: book.params_bytes / bytesOf("bf16"),
      weightBytes: bytes(book.params_bytes),
      kvBytesPerSequence: bytes(kvBytes),
      bandwidth: bytesPerSecond(8 * tpu.bandwidth),
      peak: flopsPerSecond(8 * tpu.peakFlops),
    });

  test("eight chips have the book's bandwidth, and the model its sizes", () => {
    const shape = shapeOf("llama-2-13b");
    expect(8 * tpu.bandwidth).toBeCloseTo(book.bandwidth, -3);
    expect(Math.round((countParameters(shape) * 2) / GIGA)).toBe(book.params_bytes / GIGA);
    // 8192 · 819,200 B is 6.71 GB.
    expect(((8192 * kvBytesPerToken(shape, 2)) / GIGA).toFixed(1)).toBe("6.7");
  });

  test.each([
    ["whole", 1, book.ms_and_tokens_per_second],
    ["a fifth of it", 5, book.kv_divided_by_5],
  ] as const)("its table, the cache %s", (_, divisor, table) => {
    for (const [batch, [milliseconds, rate]] of Object.entries(table)) {
      const step = stepAt(Number(batch), book.kv_bytes_per_sequence / divisor);
      expect((step / MILLI).toFixed(2)).toBe(milliseconds!.toFixed(2));
      expect((Number(batch) / step).toFixed(2)).toBe(rate!.toFixed(2));
    }
  });

  test("behind the ridge arithmetic takes over from the weights", () => {
    // 2·B·P/peak passes weights/bandwidth at B = peak/bandwidth = 1576/6.56 = 240.2.
    const [below, above] = [stepAt(240, 0), stepAt(1000, 0)];
    expect(below).toBeCloseTo(26 / 6560, 9);
    expect(above).toBeCloseTo((2 * 1000 * 13e9) / (8 * 197e12), 9);
  });
});
