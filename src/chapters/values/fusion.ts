// Values about a linear layer and a ReLU, as two kernels and as one.
import { linearReluLedger } from "../../core/fusion/ledger.ts";
import { linearLayerCost, timeOfCost } from "../../core/roofline/roofline.ts";
import {
  formatBandwidth,
  formatBytes,
  formatCount,
  formatPercent,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import { layerInputs, readLayer } from "./layer.ts";
import { gpuSource, type ValueDefinition } from "./value.ts";

/** Three digits from 1 % on, two below: 38.1 % and 0.19 %. */
function formatShare(fraction: number): string {
  return formatPercent(fraction, fraction < 0.01 ? 2 : 3);
}

export const fusionBytes: ValueDefinition = (args) => {
  const form = args.text("form");
  const layer = readLayer(args);
  const { unfusedBytes, fusedBytes } = linearReluLedger(layer);
  const inputs = layerInputs(layer);
  if (form === "fused") {
    return {
      text: formatBytes(fusedBytes),
      title: "Bytes of a linear layer and a ReLU in one kernel",
      formula: String.raw`(BK + KN + BN)\,b`,
      inputs,
      substitution: `${formatCount(fusedBytes)} B`,
    };
  }
  if (form !== "apart") throw new Error('needs form="apart" or form="fused"');
  return {
    text: formatBytes(unfusedBytes),
    title: "Bytes of a linear layer and a ReLU in two kernels",
    formula: String.raw`(BK + KN + BN)\,b + 2BN\,b`,
    inputs,
    substitution: `${formatCount(fusedBytes)} B + ${formatCount(unfusedBytes - fusedBytes)} B = ${formatCount(unfusedBytes)} B`,
    note: "The ReLU reads the layer’s output and writes its own.",
  };
};

export const fusionSaving: ValueDefinition = (args) => {
  const layer = readLayer(args);
  const { unfusedBytes, fusedBytes, savingFraction } = linearReluLedger(layer);
  const text = formatShare(savingFraction);
  return {
    text,
    title: "Bytes that fusing a ReLU into a linear layer saves",
    formula: String.raw`\frac{2BN}{BK + KN + 3BN}`,
    inputs: layerInputs(layer),
    substitution: `${formatCount(unfusedBytes - fusedBytes)} B / ${formatCount(unfusedBytes)} B = ${text}`,
  };
};

export const fusionTimeSaving: ValueDefinition = (args) => {
  const layer = readLayer(args);
  const gpu = args.gpu();
  const { unfusedBytes, fusedBytes } = linearReluLedger(layer);
  const linear = timeOfCost(linearLayerCost(layer), gpu).seconds;
  const relu = (unfusedBytes - fusedBytes) / gpu.bandwidth;
  const text = formatShare(relu / (linear + relu));
  return {
    text,
    title: `Computed time that fusing a ReLU saves, ${gpu.name}`,
    formula: String.raw`\frac{t_{\text{ReLU}}}{t_{\text{linear}} + t_{\text{ReLU}}}`,
    inputs: [
      ...layerInputs(layer),
      {
        symbol: String.raw`t_{\text{linear}}`,
        meaning: `the larger of bytes over ${formatBandwidth(gpu.bandwidth, 4)} and FLOPs over ${formatSi(gpu.peakFlops, "FLOP/s")}`,
        value: formatSeconds(linear),
      },
      {
        symbol: String.raw`t_{\text{ReLU}}`,
        meaning: "its bytes over the bandwidth",
        value: formatSeconds(relu),
      },
    ],
    substitution: `${formatSeconds(relu)} / (${formatSeconds(linear)} + ${formatSeconds(relu)}) = ${text}`,
    note: "By the roofline, without launches. Fused, the linear layer takes as long as before.",
    sources: [gpuSource(gpu)],
  };
};
