// Sources and costs of the kernels that are on no ladder: a part of its own, fetched when a reader opens one of them.
import { advanceStep } from "../../../shaders/advance/kernel.ts";
import { argmaxRow } from "../../../shaders/argmax/kernel.ts";
import { attentionScoresPaged } from "../../../shaders/attention-scores/kernel.ts";
import { attentionValuesPaged } from "../../../shaders/attention-values/kernel.ts";
import { ATTENTION_PAGED_VARIANTS } from "../../../shaders/attention/kernel.ts";
import { embeddingLookup } from "../../../shaders/embedding/kernel.ts";
import { kvAppendPaged } from "../../../shaders/kv-append/kernel.ts";
import { LINEAR_RESIDUAL_VARIANTS } from "../../../shaders/linear-residual/kernel.ts";
import { NORM_QKV_PAGED_VARIANTS } from "../../../shaders/norm-qkv-rope-append/kernel.ts";
import { residualAdd } from "../../../shaders/residual/kernel.ts";
import { rmsNormThread } from "../../../shaders/rms-norm/kernel.ts";
import { sampleTopKTopP } from "../../../shaders/sample/kernel.ts";
import { selectRows } from "../../../shaders/select-rows/kernel.ts";
import { softmaxThread } from "../../../shaders/softmax/kernel.ts";
import type { Cost } from "../../core/cost/cost.ts";
import { withSizes, type SizedKernel } from "../../gpu/kernel.ts";

const NUM_SEQUENCES = 4;
const CONTEXT = 1024;

/** Every name that any of these kernels asks for, as `OTHER_SHAPE` says it. */
const SIZES = {
  width: 2048,
  inputWidth: 2048,
  outputWidth: 2048,
  numHeads: 32,
  numKvHeads: 8,
  headWidth: 64,
  capacity: CONTEXT,
  numSlots: NUM_SEQUENCES * CONTEXT,
  blockSize: 16,
  numSequences: NUM_SEQUENCES,
  vocabulary: 32_000,
  isRecompute: 0,
  epsilon: 1e-5,
} as const;

const PASS = {
  numRows: NUM_SEQUENCES,
  firstRow: 0,
  numContextTokens: NUM_SEQUENCES * CONTEXT,
} as const;

const KERNELS: ReadonlyMap<string, SizedKernel> = new Map(
  [
    ...NORM_QKV_PAGED_VARIANTS.map((kernel) => withSizes(kernel, SIZES)),
    ...LINEAR_RESIDUAL_VARIANTS.map((kernel) => withSizes(kernel, SIZES)),
    ...ATTENTION_PAGED_VARIANTS.map((kernel) => withSizes(kernel, SIZES)),
    withSizes(attentionScoresPaged, SIZES),
    withSizes(attentionValuesPaged, SIZES),
    withSizes(softmaxThread, SIZES),
    withSizes(rmsNormThread, SIZES),
    withSizes(embeddingLookup, SIZES),
    withSizes(kvAppendPaged, SIZES),
    withSizes(residualAdd, SIZES),
    withSizes(selectRows, SIZES),
    withSizes(argmaxRow, SIZES),
    withSizes(sampleTopKTopP, SIZES),
    withSizes(advanceStep, SIZES),
  ].map((kernel) => [kernel.id, kernel]),
);

export interface OtherKernel {
  readonly source: string;
  readonly cost: Cost;
}

/** @throws Error for a kernel that is not among these. */
export function readOther(id: string): OtherKernel {
  const kernel = KERNELS.get(id);
  if (kernel === undefined) throw new Error(`There is no kernel ${id} here.`);
  return { source: kernel.source, cost: kernel.cost(PASS) };
}
