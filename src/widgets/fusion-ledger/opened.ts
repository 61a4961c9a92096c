// What the figure's numbers unfold into.
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import { writeSaving, type FusionScene, type FusionValues, type LedgerRow } from "./scene.ts";

const WORDS = {
  "linear-relu": {
    unfused: "b · (B·K + K·N + B·N) + b · 2·B·N",
    fused: "b · (B·K + K·N + B·N)",
  },
  swiglu: {
    unfused: "b · 2·(B·K + K·N + B·N) + b · 5·B·N",
    fused: "b · (B·K + 2·K·N + B·N)",
  },
  "norm-residual": { unfused: "b · (5·B·K + K)", fused: "b · (4·B·K + K)" },
} as const;

function formulaOf(chain: string, version: "unfused" | "fused"): string {
  if (chain === "swiglu" || chain === "norm-residual") return WORDS[chain][version];
  return WORDS["linear-relu"][version];
}

function sizesOf({ chain, batch, inputs, outputs }: FusionValues) {
  return [
    { symbol: "B", meaning: "rows", value: formatCount(batch) },
    { symbol: "K", meaning: "width in", value: formatCount(inputs) },
    ...(chain === "norm-residual"
      ? []
      : [{ symbol: "N", meaning: "width out", value: formatCount(outputs) }]),
    { symbol: "b", meaning: "bytes an element", value: "2" },
  ];
}

function openBytes(
  values: FusionValues,
  version: "unfused" | "fused",
  rows: readonly LedgerRow[],
): OpenedNumber {
  const total = rows.reduce((sum, row) => sum + row.bytes, 0);
  const moved = rows.map((row) => formatCount(row.bytes)).join(" + ");
  return {
    text: formatBytes(total, 4),
    title: version === "fused" ? "Bytes of the one kernel" : "Bytes of the kernels together",
    formula: formulaOf(values.chain, version),
    inputs: sizesOf(values),
    substitution: `${moved}${rows.length > 1 ? ` = ${formatCount(total)}` : ""} B`,
    note: "Each kernel reads its operands from memory once and writes its result once. On-chip caches may spare some of it.",
  };
}

export function openUnfused(values: FusionValues, { unfused }: FusionScene): OpenedNumber {
  return openBytes(values, "unfused", unfused);
}

export function openFused(values: FusionValues, { fused }: FusionScene): OpenedNumber {
  return openBytes(values, "fused", fused);
}

export function openSaving({ ledger }: FusionScene): OpenedNumber {
  const text = writeSaving(ledger);
  return {
    text,
    title: "Bytes that fusion saves",
    formula: "saving = 1 − fused / apart",
    inputs: [
      {
        symbol: "apart",
        meaning: "one kernel an operation",
        value: `${formatCount(ledger.unfusedBytes)} B`,
      },
      { symbol: "fused", meaning: "one kernel", value: `${formatCount(ledger.fusedBytes)} B` },
    ],
    substitution: `1 − ${formatCount(ledger.fusedBytes)} / ${formatCount(ledger.unfusedBytes)} = ${text}`,
  };
}

export function openTime(scene: FusionScene): OpenedNumber {
  const { gpu, unfusedSeconds, fusedSeconds } = scene;
  const saved = 1 - fusedSeconds / unfusedSeconds;
  const text = formatPercent(saved, saved < 0.01 ? 2 : 3);
  return {
    text,
    title: "Roofline time that fusion saves",
    formula: "1 − t(fused) / t(apart), t = Σ max(bytes / bandwidth, FLOPs / peak) over kernels",
    inputs: [
      {
        symbol: "t(apart)",
        meaning: "kernels one after the other",
        value: formatSeconds(unfusedSeconds),
      },
      { symbol: "t(fused)", meaning: "one kernel", value: formatSeconds(fusedSeconds) },
      { symbol: "bandwidth", meaning: gpu.name, value: formatSi(gpu.bandwidth, "B/s", 4) },
      { symbol: "peak", meaning: "16 bits, dense", value: formatSi(gpu.peakFlops, "FLOP/s") },
    ],
    substitution: `1 − ${formatSeconds(fusedSeconds)} / ${formatSeconds(unfusedSeconds)} = ${text}`,
    note: "The roofline, without the time that each launch takes; FLOPs of the products alone are counted.",
    sources: [{ label: `${gpu.name}, peak and bandwidth`, url: gpu.source.url }],
  };
}
