// The PagedAttention paper's figures: what the catalogue computes, what the code restates, what the chapters say.
import { expect } from "vitest";
import { findGpu } from "../../src/core/catalog/gpus/gpus.ts";
import { countParameters, type ModelShape } from "../../src/core/catalog/models/model-shape.ts";
import { findModel } from "../../src/core/catalog/models/models.ts";
import { kvBytesPerToken } from "../../src/core/cost/kv-cache.ts";
import { bytesOf } from "../../src/core/cost/precision.ts";
import { VLLM_V0 } from "../../src/core/scheduling/policies.ts";
import { defaultDeployment } from "../../src/core/serving/deployment.ts";
import { PAPER_BARS, paperMemoryScenario } from "../../src/core/simulation/paper-memory.ts";
import { GIBI, GIGA } from "../../src/core/units/units.ts";
import { PAPER_ROWS } from "../../src/widgets/paging-claim/paper.ts";
import { expectQuoted } from "./chapter.ts";
import { shapeOf, type Check } from "./check.ts";

const opt = shapeOf("opt-13b");

/** OPT-66B has 64 layers of width 9216, OPT-175B 96 of 12,288 (Zhang et al. 2022, table 1). */
const SHAPES: Readonly<Record<string, Pick<ModelShape, "numLayers" | "numKvHeads" | "headWidth">>> =
  {
    "13B": opt,
    "66B": { numLayers: 64, numKvHeads: 72, headWidth: 128 },
    "175B": { numLayers: 96, numKvHeads: 96, headWidth: 128 },
  };

const arithmetic: readonly Check[] = [
  {
    group: "paged_attention_paper",
    fact: "OPT-13B keeps 800 KiB a token and 1.6 GiB for 2048",
    check: ({ paged_attention_paper: paper }) => {
      expect(kvBytesPerToken(opt, 2)).toBe(paper.opt13b_kv_bytes_per_token);
      expect(2048 * kvBytesPerToken(opt, 2)).toBe(paper.opt13b_kv_bytes_2048_tokens);
    },
  },
  {
    group: "paged_attention_paper",
    fact: "table 1: slots take the memory printed beside them, which is in GiB",
    check: ({ paged_attention_paper: { table1 } }) => {
      for (const { model, kv_GB: gib, slots } of table1) {
        expect(Math.round((slots * kvBytesPerToken(SHAPES[model]!, 2)) / GIBI)).toBe(gib);
      }
    },
  },
  {
    group: "paged_attention_paper",
    fact: "table 1: weights and cache fill 93 to 96 % of the GPUs that are named",
    check: ({ paged_attention_paper: { table1 } }) => {
      for (const { gpus, weights_GB: weights, kv_GB: cache } of table1) {
        const [, count, each] = /^(\d+) x A100-(\d+)$/.exec(gpus)!;
        const share = (weights + cache) / (Number(count) * Number(each));
        expect(share).toBeGreaterThan(0.945);
        expect(share).toBeLessThan(0.96);
      }
    },
  },
  {
    group: "paged_attention_paper",
    fact: "table 1: 66B weights are two bytes of so many billion parameters",
    check: ({ paged_attention_paper: { table1 } }) => {
      const { weights_GB: weights } = table1.find(({ model }) => model === "66B")!;
      expect(weights).toBe(2 * 66);
    },
  },
  {
    group: "paged_attention_paper",
    fact: "the simulated 13B server has the 15.7 K slots of table 1, in whole blocks",
    check: ({ paged_attention_paper: { table1 } }) => {
      const { numBlocks, deployment } = paperMemoryScenario(VLLM_V0);
      const { slots } = table1.find(({ model }) => model === "13B")!;
      expect(Math.round((numBlocks! * deployment.blockSize) / 100) * 100).toBe(slots);
    },
  },
  {
    group: "paged_attention_paper",
    fact: "13B weights take 65 % of a 40 GB A100, its cache 30 %",
    check: ({ paged_attention_paper: { table1, memory_split_13b_on_a100_40: split } }) => {
      const weights = Math.round((countParameters(opt) * bytesOf("bf16")) / GIGA);
      expect(table1[0]!.weights_GB).toBe(weights);
      expect((100 * weights) / 40).toBe(split.weights_percent);
      expect((100 * table1[0]!.kv_GB) / 40).toBe(split.kv_percent);
    },
  },
  {
    group: "paged_attention_paper",
    fact: "a block holds 16 tokens unless said otherwise",
    check: ({ paged_attention_paper: paper }) => {
      const deployment = defaultDeployment(findModel("opt-13b")!, findGpu("a100-40gb-sxm")!);
      expect(deployment.blockSize).toBe(paper.block_size_default);
    },
  },
];

/** Policies of the bars, by the file's names. */
const POLICIES: Readonly<Record<string, string>> = {
  orca_max: "orca-max",
  orca_pow2: "orca-pow2",
  orca_oracle: "orca-oracle",
  vllm: "vllm-v0",
};

const percent = (share: number | undefined) => Number((100 * (share ?? Number.NaN)).toFixed(1));

const restated: readonly Check[] = [
  {
    group: "paged_attention_paper",
    fact: "figure 2: the bars that are simulated, drawn and printed have the paper's shares",
    check: ({ paged_attention_paper: { useful_kv_percent: shares } }) => {
      for (const [name, useful] of Object.entries(shares)) {
        for (const rows of [PAPER_BARS, PAPER_ROWS]) {
          const row = rows.find(({ policy }) => policy.id === POLICIES[name]);
          expect(percent(row?.stored)).toBe(useful);
        }
        if (name !== "vllm") expectQuoted("08-paged-attention", `| ${useful} % |`);
      }
      const { orca_max: least, orca_oracle: most, vllm } = shares;
      expectQuoted("05-kv-cache", `${least} to ${most} %`);
      expectQuoted("05-kv-cache", `to ${vllm} %`);
    },
  },
  {
    group: "paged_attention_paper",
    fact: "figure 2: Orca (Max) reserves and wastes what the paper says",
    check: ({ paged_attention_paper: { orca_max_split_percent: split } }) => {
      for (const rows of [PAPER_BARS, PAPER_ROWS]) {
        const row = rows.find(({ policy }) => policy.id === "orca-max");
        expect([row?.stored, row?.reserved, row?.internal].map(percent)).toEqual([
          split.token_states,
          split.reserved,
          split.internal_fragmentation,
        ]);
      }
      const cells = [split.token_states, split.reserved, split.internal_fragmentation];
      expectQuoted("08-paged-attention", cells.map((cell) => `${cell} %`).join(" | "));
    },
  },
];

const quoted: readonly Check[] = [
  {
    group: "paged_attention_paper",
    fact: "the chapter quotes what sharing saves on ShareGPT's prompts",
    check: ({ paged_attention_paper: { sharing_saving_percent: saving } }) => {
      for (const [least, most] of [
        saving.sharegpt_parallel_sampling,
        saving.sharegpt_beam,
      ] as const) {
        expectQuoted("08-paged-attention", `${least} to ${most} %`);
      }
    },
  },
  {
    group: "paged_attention_paper",
    fact: "the chapters quote 2 to 4 times the throughput, and a kernel 20 to 26 % slower",
    check: ({ paged_attention_paper: paper }) => {
      const [least, most] = paper.throughput_over_orca_and_fastertransformer;
      expectQuoted("10-vllm", `${least} to ${most} times the throughput`);
      const [slow, slower] = paper.attention_kernel_slower_percent;
      expectQuoted("10-vllm", `${slow} to ${slower} % slower`);
      expectQuoted("08-paged-attention", `${slow} to ${slower} % longer`);
    },
  },
];

export const PAGING_CHECKS: readonly Check[] = [...arithmetic, ...restated, ...quoted];
