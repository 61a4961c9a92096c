// Published figures of single operations: a linear layer, fusion, tiles.
import { expect } from "vitest";
import { findGpu, ridgePoint } from "../../src/core/catalog/gpus/gpus.ts";
import { arithmeticIntensity } from "../../src/core/cost/cost.ts";
import { linearReluLedger } from "../../src/core/fusion/ledger.ts";
import {
  crossoverBatch,
  elementwiseCost,
  linearLayerCost,
  maxPoolCost,
  timeOfCost,
} from "../../src/core/roofline/roofline.ts";
import {
  alignment,
  tileCount,
  TENSOR_CORE_BYTES,
  waveEfficiency,
  type Tile,
} from "../../src/core/shapes/tiles.ts";
import { expectPrinted, figuresIn, type Check, type Published } from "./check.ts";

const A100 = findGpu("a100-80gb-sxm")!;
const MICRO = 1e-6;

type LinearCase = Published["linear_layer"]["cases"][number];

function layerOf({ in: inputs, out: outputs, bytes: bytesPerElement }: LinearCase) {
  return { inputs, outputs, bytesPerElement };
}

const reluAt = (bytesPerElement: number) =>
  elementwiseCost({ elements: 1000, flopsPerElement: 1, bytesPerElement });

const linearLayer: readonly Check[] = [
  {
    group: "linear_layer",
    fact: "nn.Linear(1024, 4096) has the printed intensity, times and bound at each batch",
    check: ({ linear_layer: { cases } }) => {
      for (const one of cases) {
        const cost = linearLayerCost({ ...layerOf(one), batch: one.batch });
        const time = timeOfCost(cost, A100);
        expectPrinted(arithmeticIntensity(cost), one.ai);
        expectPrinted(time.memory / MICRO, one.a100_80.memory_us, 3);
        expectPrinted(time.compute / MICRO, one.a100_80.compute_us, 3);
        expect(time.bound).toBe(one.a100_80.bound);
      }
    },
  },
  {
    group: "linear_layer",
    fact: "it becomes compute bound at batch 189, above the ridge of 153",
    check: ({ linear_layer: layer }) => {
      const crossover = crossoverBatch(layerOf(layer.cases[0]!), A100);
      expect(crossover).toBe(layer.crossover_batch_a100_80);
      const ridge = Math.floor(ridgePoint(A100));
      expect(figuresIn(layer.crossover_note)).toEqual([String(crossover), String(ridge)]);
    },
  },
  {
    group: "linear_layer",
    fact: "ReLU and max-pooling have intensities that do not depend on the size",
    check: ({ linear_layer: { other_ops: published } }) => {
      const pool = maxPoolCost({ elements: 64, window: 3, bytesPerElement: 2 });
      expect(arithmeticIntensity(reluAt(2))).toBe(published.relu_fp16_ai);
      expect(arithmeticIntensity(reluAt(4))).toBe(published.relu_fp32_ai);
      expect(arithmeticIntensity(pool)).toBe(published.maxpool_3x3_stride1_fp16_ai);
    },
  },
];

const fusion: Check = {
  group: "fusion_linear_relu_fp16",
  fact: "fusing a ReLU into a linear layer saves the printed bytes",
  check: ({ fusion_linear_relu_fp16: cases }) => {
    for (const { in: inputs, out: outputs, batch, ...saved } of cases) {
      const ledger = linearReluLedger({ inputs, outputs, batch, bytesPerElement: 2 });
      expect(ledger.unfusedBytes).toBe(saved.unfused_bytes);
      expect(ledger.fusedBytes).toBe(saved.fused_bytes);
      expectPrinted(100 * ledger.savingFraction, saved.saving_percent);
    }
  },
};

function tileOf([rows, columns]: readonly number[]): Tile {
  return [rows!, columns!];
}

const countOf = ({ m, n }: { readonly m: number; readonly n: number }) =>
  tileCount({ m, n, tile: [128, 128] });

const tiles: readonly Check[] = [
  {
    group: "tile_and_wave_quantization",
    fact: "an output on 108 SMs takes the printed tiles, waves and share of the machine",
    check: ({ tile_and_wave_quantization: { a100_sms: sms, tile, m, cases } }) => {
      expect(sms).toBe(A100.numSms);
      for (const { n, ...printed } of cases) {
        const found = waveEfficiency({ m, n, tile: tileOf(tile), sms });
        expect([found.tiles, found.waves]).toEqual([printed.tiles, printed.waves]);
        expectPrinted(found.efficiency, printed.efficiency, 4);
      }
    },
  },
  {
    group: "tile_and_wave_quantization",
    fact: "one row more than two tiles of 128 by 128 makes half as many tiles again",
    check: ({ tile_and_wave_quantization: { tile_128x128: cases } }) => {
      const [even, odd] = cases;
      expect(cases.map(countOf)).toEqual(cases.map(({ tiles: printed }) => printed));
      expect([odd!.m, odd!.n]).toEqual([even!.m + 1, even!.n]);
      expect(odd!.work_ratio).toBe(countOf(odd!) / countOf(even!));
    },
  },
  {
    group: "tile_and_wave_quantization",
    fact: "rows of 64 fp16 elements begin on 128 bytes",
    check: ({ tile_and_wave_quantization: { alignment: sentence } }) => {
      const { multiple } = alignment(4096, 2);
      expect(figuresIn(sentence)).toEqual([String(multiple), String(TENSOR_CORE_BYTES)]);
    },
  },
];

export const KERNEL_CHECKS: readonly Check[] = [...linearLayer, fusion, ...tiles];
