// Which variant of each kernel family a pass uses. Few rows want matrix-vector kernels, many rows want tiles;
// which is fastest depends on the device, so autotune.ts measures and this file only names the defaults.
import {
  ATTENTION_CONTIGUOUS_VARIANTS,
  ATTENTION_PAGED_VARIANTS,
  attentionContiguousSerial,
  attentionPagedSerial,
} from "../../shaders/attention/kernel.ts";
import { LINEAR_VARIANTS, linearVec4 } from "../../shaders/linear/kernel.ts";
import {
  LINEAR_RESIDUAL_VARIANTS,
  linearResidualThread,
} from "../../shaders/linear-residual/kernel.ts";
import { NORM_GATE_UP_VARIANTS, normGateUpThread } from "../../shaders/norm-gate-up/kernel.ts";
import {
  NORM_QKV_CONTIGUOUS_VARIANTS,
  NORM_QKV_PAGED_VARIANTS,
  normQkvRopeAppendContiguous,
  normQkvRopeAppendPaged,
} from "../../shaders/norm-qkv-rope-append/kernel.ts";
import { RMS_NORM_VARIANTS, rmsNormThread } from "../../shaders/rms-norm/kernel.ts";
import { SOFTMAX_VARIANTS, softmaxThread } from "../../shaders/softmax/kernel.ts";

/** The families with variants to choose from. */
export const KERNEL_FAMILIES = {
  linear: LINEAR_VARIANTS,
  rmsNorm: RMS_NORM_VARIANTS,
  softmax: SOFTMAX_VARIANTS,
  linearResidual: LINEAR_RESIDUAL_VARIANTS,
  normGateUp: NORM_GATE_UP_VARIANTS,
  normQkvContiguous: NORM_QKV_CONTIGUOUS_VARIANTS,
  normQkvPaged: NORM_QKV_PAGED_VARIANTS,
  attentionContiguous: ATTENTION_CONTIGUOUS_VARIANTS,
  attentionPaged: ATTENTION_PAGED_VARIANTS,
} as const;

/** Families that the autotune measures, on the contiguous cache; a paged twin has the same place in its own list. */
export const MEASURED = {
  fused: ["linearResidual", "normGateUp", "normQkvContiguous", "attentionContiguous"],
  unfused: ["linear", "rmsNorm", "softmax"],
} as const;

export type KernelFamily = keyof typeof KERNEL_FAMILIES;

export type KernelChoice = {
  readonly [Family in KernelFamily]: (typeof KERNEL_FAMILIES)[Family][number];
};

/** Variants that are right everywhere, used until a measurement says better. */
export const DEFAULT_CHOICE: KernelChoice = {
  linear: linearVec4,
  rmsNorm: rmsNormThread,
  softmax: softmaxThread,
  linearResidual: linearResidualThread,
  normGateUp: normGateUpThread,
  normQkvContiguous: normQkvRopeAppendContiguous,
  normQkvPaged: normQkvRopeAppendPaged,
  attentionContiguous: attentionContiguousSerial,
  attentionPaged: attentionPagedSerial,
};

/** The kernels for passes of a given number of rows. */
export type KernelChooser = (numRows: number) => KernelChoice;
