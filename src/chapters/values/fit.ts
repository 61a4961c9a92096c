// Values about how far the fitted times are off, for the page that lists the sources.
import { FITTED_LINKS } from "../../core/parallel/fitted-links.ts";
import { FIT_REPORT } from "../../core/roofline/fitted-coefficients.ts";
import type { FitErrors } from "../../core/roofline/fit-report.ts";
import { formatCount, formatNumber, formatPercent } from "../../ui/format.ts";
import { countInput, type ValueDefinition } from "./value.ts";

const VIDUR = {
  label: "Vidur, profiling data",
  url: "https://github.com/microsoft/vidur/tree/7d47513363ec447a741ac5e47241580b47724fbf/data/profiling",
};

interface Fit {
  readonly name: string;
  readonly errors: FitErrors;
}

const { gemm, attention } = FIT_REPORT;
const FITS: ReadonlyMap<string, Fit> = new Map([
  ["a100-products", { name: "products on an A100, weights not seen", errors: gemm.a100.products }],
  ["a100-tokens", { name: "products on an A100, rows not seen", errors: gemm.a100.tokens }],
  ["h100-products", { name: "products on an H100, weights not seen", errors: gemm.h100.products }],
  ["h100-tokens", { name: "products on an H100, rows not seen", errors: gemm.h100.tokens }],
  ["a100-decode", { name: "attention in decode on an A100", errors: attention.a100.decode }],
  ["a100-prefill", { name: "attention in prefill on an A100", errors: attention.a100.prefill }],
]);

export const fitError: ValueDefinition = (args) => {
  const fit = FITS.get(args.text("fit") ?? "");
  const stat = args.text("stat");
  if (fit === undefined) throw new Error(`needs fit="…", one of ${[...FITS.keys()].join(", ")}`);
  const { numFitted, numHeldOut, heldOutMedian, heldOutP90 } = fit.errors;
  if (stat === "rows") {
    return {
      text: formatCount(numHeldOut),
      title: `Measured rows left out of the fit: ${fit.name}`,
      formula: String.raw`n_{\text{all}} - n_{\text{fitted}}`,
      inputs: [
        countInput(String.raw`n_{\text{all}}`, "rows measured", numFitted + numHeldOut),
        countInput(String.raw`n_{\text{fitted}}`, "rows fitted on", numFitted),
      ],
      substitution: `${formatCount(numFitted + numHeldOut)} − ${formatCount(numFitted)} = ${formatCount(numHeldOut)}`,
      sources: [VIDUR],
    };
  }
  if (stat !== "median" && stat !== "p90") throw new Error('needs stat="median", "p90" or "rows"');
  const error = stat === "median" ? heldOutMedian : heldOutP90;
  return {
    text: formatPercent(error),
    title: `Error of the fitted time: ${fit.name}`,
    formula: String.raw`\left| \frac{\text{predicted}}{\text{measured}} - 1 \right|`,
    inputs: [
      countInput("n", "measured rows that were not fitted on", numHeldOut),
      {
        symbol: "q",
        meaning: "share of them with an error of at most this",
        value: stat === "median" ? "one half" : "nine tenths",
      },
    ],
    substitution: `${formatPercent(error, 3)} over ${formatCount(numHeldOut)} rows`,
    sources: [VIDUR],
  };
};

export const linkFit: ValueDefinition = (args) => {
  const id = args.text("link") ?? "";
  const link = FITTED_LINKS.find((one) => one.id === id);
  if (link === undefined) throw new Error(`knows no fitted link "${id}"`);
  const text = formatPercent(link.medianErrorPercentFrom1MiB / 100);
  return {
    text,
    title: "Error of the fitted all-reduce, from 1 MiB up",
    formula: String.raw`\left| \frac{\text{predicted}}{\text{measured}} - 1 \right|`,
    inputs: [
      countInput("n", "measured times, all sizes", link.numRows),
      {
        symbol: String.raw`\ell`,
        meaning: "latency, fitted",
        value: `${formatNumber(link.latencyMicroseconds)} µs`,
      },
      {
        symbol: String.raw`\text{bandwidth}`,
        meaning: "fitted, one direction",
        value: `${formatNumber(link.busBandwidthGB, 4)} GB/s`,
      },
    ],
    substitution: `Median ${text}; over all sizes ${formatPercent(link.medianErrorPercent / 100)}`,
    sources: [VIDUR],
  };
};
