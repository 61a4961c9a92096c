// What the architecture of a log case says about the bytes of its KV cache: KV heads, or the latent of multi-head latent
// attention. Where it says something else, or too little, there is a reason and no layout.
import { cacheLayout, type CacheLayout } from "../../serving/kv-capacity.ts";
import type { Field } from "./field.ts";

export interface LogLayout {
  readonly blockSize: number;
  /** Of one pipeline stage. */
  readonly numLayers: number;
  /** Pipeline stages. */
  readonly numStages: number;
  /** Undefined with latent attention, where nothing is divided by heads. */
  readonly numKvHeads: number | undefined;
  /** Absent where the case does not determine it. */
  readonly layout: CacheLayout | undefined;
  /** Why there is none, as a part of a sentence. */
  readonly problem?: string;
}

/** The recordings' README names `kv_lora_rank` and `rope_dim`; model configurations have longer names. */
const LATENT_RANK = ["kvLoraRank", "kv_lora_rank"];
const ROPE_WIDTH = [
  "ropeDim",
  "rope_dim",
  "ropeHeadDim",
  "rope_head_dim",
  "qkRopeHeadDim",
  "qk_rope_head_dim",
];
const ARCH_KEYS = new Set([
  ..."layers kvHeads headDim kvDtypeBytes confidence".split(" "),
  ...LATENT_RANK,
  ...ROPE_WIDTH,
]);
const IS_LATENT = /^(is)?mla$/i;

/** @throws MalformedRecording if a number of the architecture is none. */
export function readLogLayout(record: Field): LogLayout {
  const arch = record.get("arch");
  const blockSize = record.get("blockSize").count(1);
  const numStages = record.findValue("pipelineParallel")?.count(1) ?? 1;
  const numLayers = (arch.findValue("layers")?.count() ?? 0) / numStages;
  const heads = arch.findValue("kvHeads")?.count() ?? 0;
  const headWidth = arch.findValue("headDim")?.count() ?? 0;
  const [kvRank, ropeWidth] = [findCount(arch, LATENT_RANK), findCount(arch, ROPE_WIDTH)];
  const isLatent = kvRank > 0 && ropeWidth > 0;
  const none = (problem: string): LogLayout => ({
    blockSize,
    numLayers,
    numStages,
    numKvHeads: undefined,
    layout: undefined,
    problem,
  });
  const others = arch
    .keys()
    .filter((key) => !ARCH_KEYS.has(key) && !(isLatent && IS_LATENT.test(key)));
  if (others.length > 0)
    return none(`what its arch says of ${others.join(", ")} is not known here`);
  if (!isLatent && kvRank + ropeWidth > 0) {
    return none("its arch gives one of kvLoraRank and ropeDim, and latent attention needs both");
  }
  if (numLayers === 0 || (!isLatent && heads * headWidth === 0)) {
    return none("its arch lacks layers, or kvHeads and headDim, or kvLoraRank and ropeDim");
  }
  if (!Number.isInteger(numLayers)) return none(`its stages would have ${numLayers} layers`);
  const latent = { kvRank, ropeWidth, queryRank: 0, plainWidth: 0, valueWidth: 0 };
  const of = {
    shape: {
      numLayers,
      numKvHeads: isLatent ? 1 : heads,
      headWidth,
      ...(isLatent && { latent }),
    },
    ranks: record.get("tensorParallel").count(1),
    blockSize,
    kv: arch.get("kvDtypeBytes").number() === 1 ? ("fp8" as const) : ("bf16" as const),
  };
  try {
    const numKvHeads = isLatent ? undefined : heads;
    return { blockSize, numLayers, numStages, numKvHeads, layout: cacheLayout(of) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return none(error.message.replace(/\.$/, ""));
  }
}

function findCount(arch: Field, names: readonly string[]): number {
  const field = names.map((name) => arch.findValue(name)).find((found) => found !== undefined);
  return field?.count() ?? 0;
}
