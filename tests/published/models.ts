// Published figures of whole models: caches, weights, decode steps, experts, speculation.
import { expect } from "vitest";
import { findGpu, ridgePoint } from "../../src/core/catalog/gpus/gpus.ts";
import { countParameters, type ModelShape } from "../../src/core/catalog/models/model-shape.ts";
import { batchStepTime, decodeFloor } from "../../src/core/cost/decode.ts";
import { matrixParametersPerLayer } from "../../src/core/cost/decode-step.ts";
import { expectedDistinctExperts } from "../../src/core/cost/experts.ts";
import { kvBytesPerToken } from "../../src/core/cost/kv-cache.ts";
import { decodePass, operatorsOf } from "../../src/core/cost/operators.ts";
import { bytesOf } from "../../src/core/cost/precision.ts";
import { expectedOperations, expectedSpeedup } from "../../src/core/speculation/speculation.ts";
import {
  bytes,
  bytesPerSecond,
  flopsPerSecond,
  GIBI,
  GIGA,
  TERA,
} from "../../src/core/units/units.ts";
import { expectPrinted, shapeOf, type Check, type Published } from "./check.ts";

const MILLI = 1e-3;

/** The model of "Transformer Inference Arithmetic" with so many layers of this width. */
function kiplysShape(layers: number, width: number): ModelShape {
  return {
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
}

const inferenceArithmetic: readonly Check[] = [
  {
    group: "kipply_transformer_inference_arithmetic",
    fact: "12·L·D² weights lie in the matrices of its 52B model, which keeps 2 MiB of cache a token",
    check: ({ kipply_transformer_inference_arithmetic: published }) => {
      const { layers, d_model: width, value } = published.params_12_L_d2;
      const shape = kiplysShape(layers, width);
      expect(layers * matrixParametersPerLayer(shape)).toBe(value);
      expect(kvBytesPerToken(shape, 2)).toBe(published.kv_bytes_per_token);
    },
  },
  {
    group: "kipply_transformer_inference_arithmetic",
    fact: "its ridge of 208 takes the bandwidth of an A100 40GB as 1.5 TB/s; with 1.555 it is 201",
    check: ({ kipply_transformer_inference_arithmetic: published }) => {
      const gpu = findGpu("a100-40gb-sxm")!;
      const rounded = { ...gpu, bandwidth: bytesPerSecond(1.5 * TERA) };
      expect(ridgePoint(rounded)).toBe(published.a100_40_ridge_as_printed);
      expect(Math.round(ridgePoint(gpu))).toBe(201);
    },
  },
];

const llama31: readonly Check[] = [
  {
    group: "llama31_kv_GiB_fp16",
    fact: "caches of Llama 3.1 take the printed GiB at 1,024, 16,384 and 131,072 tokens",
    check: ({ llama31_kv_GiB_fp16: sizes }) => {
      for (const [size, contexts] of Object.entries(sizes)) {
        const perToken = kvBytesPerToken(shapeOf(`llama-3.1-${size}`), 2);
        for (const [context, gib] of Object.entries(contexts)) {
          expectPrinted((Number(context) * perToken) / GIBI, gib);
        }
      }
    },
  },
  {
    group: "llama31_405b_weights_GB",
    fact: "the weights of 405B take the printed GB in each format",
    check: ({ llama31_405b_weights_GB: formats }) => {
      for (const [format, gigabytes] of Object.entries(formats)) {
        if (format !== "bf16" && format !== "fp8" && format !== "int4") throw new Error(format);
        const numParameters = countParameters(shapeOf("llama-3.1-405b"));
        expectPrinted((numParameters * bytesOf(format)) / GIGA, gigabytes, 1);
      }
    },
  },
];

const FLOOR = "decode_floor_ms_a100_80_context_1024_batch_1_without_input_embedding";

const decodeFloors: Check = {
  group: FLOOR,
  fact: "a decode step on an A100 takes at least the printed time",
  check: ({ [FLOOR]: floors }) => {
    const { bandwidth } = findGpu("a100-80gb-sxm")!;
    for (const [id, milliseconds] of Object.entries(floors)) {
      const step = { shape: shapeOf(id), bytesPerElement: 2, context: 1024, batch: 1 };
      expectPrinted(decodeFloor(step, bandwidth) / MILLI, milliseconds, 3);
    }
  },
};

const distinctExperts: Check = {
  group: "mixtral_distinct_experts_hit_uniform_top2_of_8",
  fact: "tokens of Mixtral reach the printed number of experts, and a pass reads those",
  check: ({ mixtral_distinct_experts_hit_uniform_top2_of_8: published }) => {
    const { formula: _, ...cases } = published;
    const shape = shapeOf("mixtral-8x7b");
    for (const [tokens, experts] of Object.entries(cases)) {
      const expected = expectedDistinctExperts(shape.experts!, Number(tokens));
      expectPrinted(expected, experts, 3);
      // 32 layers of experts of 4096·14,336·2 weights in gate and up, two bytes each.
      const pass = decodePass(shape, { batch: Number(tokens), context: 0 });
      const gateUp = operatorsOf(pass).find(({ id }) => id === "expert-gate-up")!;
      expect(gateUp.traffic.weights / (32 * 2 * 4096 * 14_336 * 2)).toBeCloseTo(expected, 9);
    }
  },
};

type Book = Published["decode_step_scaling_book"];

function bookStep(book: Book, batch: number, kvBytes: number): number {
  const tpu = findGpu("tpu-v5e")!;
  return batchStepTime({
    batch,
    numParameters: book.params_bytes / bytesOf("bf16"),
    weightBytes: bytes(book.params_bytes),
    kvBytesPerSequence: bytes(kvBytes),
    bandwidth: bytesPerSecond(8 * tpu.bandwidth),
    peak: flopsPerSecond(8 * tpu.peakFlops),
  });
}

const scalingBook: readonly Check[] = [
  {
    group: "decode_step_scaling_book",
    fact: "eight TPU v5e have the book's bandwidth, and Llama 2 13B its sizes",
    check: ({ decode_step_scaling_book: book }) => {
      const shape = shapeOf("llama-2-13b");
      expect(8 * findGpu("tpu-v5e")!.bandwidth).toBeCloseTo(book.bandwidth, -3);
      expect(Math.round((countParameters(shape) * 2) / GIGA)).toBe(book.params_bytes / GIGA);
      // 8192 · 819,200 B is 6.71 GB.
      expectPrinted((8192 * kvBytesPerToken(shape, 2)) / GIGA, book.kv_bytes_per_sequence / GIGA);
    },
  },
  {
    group: "decode_step_scaling_book",
    fact: "its tables: steps and rates with the whole cache, and with a fifth of it",
    check: ({ decode_step_scaling_book: book }) => {
      const tables = [
        [1, book.ms_and_tokens_per_second],
        [5, book.kv_divided_by_5],
      ] as const;
      for (const [divisor, table] of tables) {
        for (const [batch, [milliseconds, rate]] of Object.entries(table)) {
          const step = bookStep(book, Number(batch), book.kv_bytes_per_sequence / divisor);
          expectPrinted(step / MILLI, milliseconds!, 2);
          expectPrinted(Number(batch) / step, rate!, 2);
        }
      }
    },
  },
  {
    group: "decode_step_scaling_book",
    fact: "behind the ridge arithmetic takes over from the weights",
    check: ({ decode_step_scaling_book: book }) => {
      // 2·B·P/peak passes weights/bandwidth at B = peak/bandwidth = 1576/6.56 = 240.2.
      expect(bookStep(book, 240, 0)).toBeCloseTo(26 / 6560, 9);
      expect(bookStep(book, 1000, 0)).toBeCloseTo((2 * 1000 * 13e9) / (8 * 197e12), 9);
    },
  },
];

const speculation: Check = {
  group: "speculative_decoding",
  fact: "table 1 of the paper on speculative decoding, a draft that costs nothing",
  check: ({ speculative_decoding: { table1_c0: rows } }) => {
    for (const { alpha, gamma, operations, speed } of rows) {
      const draft = { acceptance: alpha, numDrafted: gamma };
      expectPrinted(expectedSpeedup(draft, 0), speed, 2);
      expectPrinted(expectedOperations(draft, 0), operations, 2);
    }
  },
};

export const MODEL_CHECKS: readonly Check[] = [
  ...inferenceArithmetic,
  ...llama31,
  decodeFloors,
  distinctExperts,
  ...scalingBook,
  speculation,
];
