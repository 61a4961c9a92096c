// node tools/run.mjs tools/fit/gemm.ts: fits the efficiency model on the measured kernel times of tests/golden, prints
// the errors on rows that were held out, and with --write stores coefficients, errors and the points that figures draw
// in src/core/roofline. Deterministic: the same rows give the same constants.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { findGpu } from "../../src/core/catalog/gpus/gpus.ts";
import type { GpuEntry } from "../../src/core/catalog/gpus/gpu-entry.ts";
import {
  attentionDecodeSeconds,
  attentionPrefillSeconds,
  type AttentionCoefficients,
  type AttentionSize,
} from "../../src/core/roofline/attention-model.ts";
import {
  fastestChoice,
  GEMM_BYTES_16,
  type GemmCoefficients,
  type GemmMachine,
} from "../../src/core/roofline/gemm-model.ts";
import type { FitErrors } from "../../src/core/roofline/fit-report.ts";
import { quantile } from "../../src/core/statistics/quantiles.ts";
import {
  alternate,
  ARCHITECTURES,
  heldOutProducts,
  heldOutTokens,
  readAttentionRows,
  readGemmRows,
  type Architecture,
  type DecodeRow,
  type GemmRow,
  type IsHeldOut,
  type PrefillRow,
} from "./measured-rows.ts";
import { measuredTable } from "./measured-table.ts";
import { minimise } from "./simplex.ts";

const ROOFLINE = join(import.meta.dirname, "..", "..", "src", "core", "roofline");
const USAGE =
  "node tools/run.mjs tools/fit/gemm.ts [--write]   fits the efficiency model (about a minute)";

/** Llama 2 7B, whose attention was measured. */
const HEADS = 32;
const HEAD_WIDTH = 128;

/** The GPU that each set of rows was measured on. */
export function measuredGpu(architecture: Architecture): GpuEntry {
  const gpu = findGpu(architecture === "a100" ? "a100-80gb-sxm" : "h100-sxm");
  if (!gpu) throw new Error(`The catalogue has no ${architecture}.`);
  return gpu;
}

export function gemmErrors(
  rows: readonly GemmRow[],
  isHeldOut: IsHeldOut,
  coefficients: GemmCoefficients,
  machine: GemmMachine,
): FitErrors {
  const predict = (row: GemmRow) =>
    fastestChoice(row, machine, coefficients, GEMM_BYTES_16).seconds;
  const fitted = rows.filter((row) => !isHeldOut(row));
  return errorsOf(fitted, rows.filter(isHeldOut), predict);
}

function errorsOf<Row extends { readonly seconds: number }>(
  fitted: readonly Row[],
  heldOut: readonly Row[],
  predict: (row: Row) => number,
): FitErrors {
  const errors = (rows: readonly Row[]) =>
    rows.map((row) => Math.abs(predict(row) / row.seconds - 1));
  return {
    numFitted: fitted.length,
    numHeldOut: heldOut.length,
    fittedMedian: quantile(errors(fitted), 0.5),
    heldOutMedian: quantile(errors(heldOut), 0.5),
    heldOutP90: quantile(errors(heldOut), 0.9),
  };
}

/** Mean of |ln(predicted / measured)|: a factor too high costs as much as one too low, and no row outweighs others. */
function lossOf<Row extends { readonly seconds: number }>(
  rows: readonly Row[],
  predict: (row: Row) => number,
): number {
  const sum = rows.reduce(
    (total, row) => total + Math.abs(Math.log(predict(row) / row.seconds)),
    0,
  );
  return sum / rows.length;
}

// The search runs over all real numbers: positive coefficients as logarithms, shares below 1 as log-odds.
const positive = (x = 0) => Math.exp(x);
const share = (x = 0) => 1 / (1 + Math.exp(-x));
const logOdds = (value: number) => Math.log(value / (1 - value));

/** Four digits: more would claim more than the rows say, and the errors are worked out with what is stored. */
const rounded = (value: number) => Number(value.toPrecision(4));

function gemmFrom(at: readonly number[]): GemmCoefficients {
  return {
    launchSeconds: rounded(positive(at[0])),
    memoryEfficiency: rounded(share(at[1])),
    mathEfficiency: rounded(share(at[2])),
    operandRate: rounded(positive(at[3])),
    overlap: rounded(1 + positive(at[4])),
  };
}

const GEMM_START = [Math.log(3e-6), logOdds(0.85), logOdds(0.85), Math.log(3), Math.log(2)];

function fitGemm(rows: readonly GemmRow[], machine: GemmMachine): GemmCoefficients {
  const loss = (at: readonly number[]) => {
    const coefficients = gemmFrom(at);
    return lossOf(rows, (row) => fastestChoice(row, machine, coefficients, GEMM_BYTES_16).seconds);
  };
  return gemmFrom(minimise(loss, GEMM_START, { steps: [0.3, 0.2, 0.2, 0.1], iterations: 150 }).at);
}

function decodeSize({ cached, batch }: DecodeRow): AttentionSize {
  // The profile's cache length is what the kernel reads, the new token included.
  return attentionSize({ sequences: batch, cached: cached - 1, fresh: 1, tp: 1 });
}

function prefillSize({ tp, fresh, cached }: PrefillRow): AttentionSize {
  return attentionSize({ sequences: 1, cached, fresh, tp });
}

function attentionSize(row: {
  sequences: number;
  cached: number;
  fresh: number;
  tp: number;
}): AttentionSize {
  const heads = HEADS / row.tp;
  return {
    sequences: row.sequences,
    cached: row.cached,
    fresh: row.fresh,
    queryHeads: heads,
    kvHeads: heads,
    headWidth: HEAD_WIDTH,
    kvBytesPerToken: 2 * heads * HEAD_WIDTH * 2,
  };
}

function decodeFrom(at: readonly number[]): AttentionCoefficients["decode"] {
  return {
    launchSeconds: rounded(positive(at[0])),
    memoryEfficiency: rounded(share(at[1])),
    blockSeconds: rounded(positive(at[2])),
  };
}

function prefillFrom(at: readonly number[]): AttentionCoefficients["prefill"] {
  return {
    launchSeconds: rounded(positive(at[0])),
    rowSeconds: rounded(positive(at[1])),
    mathEfficiency: rounded(share(at[2])),
  };
}

const SEARCH = { steps: [0.3, 0.3, 0.1], iterations: 300 };

export function attentionErrors(
  { decode, prefill }: AttentionCoefficients,
  machine: GemmMachine,
): { decode: FitErrors; prefill: FitErrors } {
  const rows = readAttentionRows();
  const decodeRows = alternate(rows.decode);
  const prefillRows = alternate(rows.prefill);
  return {
    decode: errorsOf(decodeRows.fitted, decodeRows.heldOut, decodeTime(decode, machine)),
    prefill: errorsOf(prefillRows.fitted, prefillRows.heldOut, prefillTime(prefill, machine)),
  };
}

function decodeTime(at: AttentionCoefficients["decode"], machine: GemmMachine) {
  return (row: DecodeRow) => attentionDecodeSeconds(decodeSize(row), machine, at);
}

function prefillTime(at: AttentionCoefficients["prefill"], machine: GemmMachine) {
  return (row: PrefillRow) => attentionPrefillSeconds(prefillSize(row), machine, at);
}

function fitAttention(machine: GemmMachine) {
  const { decode, prefill } = readAttentionRows();
  const decodeRows = alternate(decode);
  const prefillRows = alternate(prefill);
  const decodeFit = decodeFrom(
    minimise(
      (at) => lossOf(decodeRows.fitted, decodeTime(decodeFrom(at), machine)),
      [Math.log(5e-6), logOdds(0.9), Math.log(4e-6)],
      SEARCH,
    ).at,
  );
  const prefillFit = prefillFrom(
    minimise(
      (at) => lossOf(prefillRows.fitted, prefillTime(prefillFrom(at), machine)),
      [Math.log(5e-5), Math.log(2e-8), logOdds(0.35)],
      SEARCH,
    ).at,
  );
  const coefficients = { decode: decodeFit, prefill: prefillFit };
  return { coefficients, errors: attentionErrors(coefficients, machine) };
}

/** Fits on the rows that a rule leaves in, and reports on those that it holds out. */
function fitAndReport(architecture: Architecture, rule: (rows: readonly GemmRow[]) => IsHeldOut) {
  const all = readGemmRows();
  const isHeldOut = rule(all);
  const rows = all.filter(({ gpu }) => gpu === architecture);
  const machine = measuredGpu(architecture);
  const coefficients = fitGemm(
    rows.filter((row) => !isHeldOut(row)),
    machine,
  );
  return { coefficients, errors: gemmErrors(rows, isHeldOut, coefficients, machine) };
}

function coefficientsModule(
  gemm: Record<string, { products: Fit; tokens: Fit }>,
  attention: ReturnType<typeof fitAttention>,
): string {
  const pick = (rule: "products" | "tokens") =>
    Object.fromEntries(Object.entries(gemm).map(([name, fits]) => [name, fits[rule].coefficients]));
  const report = {
    gemm: Object.fromEntries(
      Object.entries(gemm).map(([name, { products, tokens }]) => [
        name,
        { products: products.errors, tokens: tokens.errors },
      ]),
    ),
    attention: { a100: attention.errors },
  };
  return `// Written by tools/fit/gemm.ts: change the rule there, not the numbers here. Fitted on measured kernel times from
// microsoft/vidur (MIT licence, commit 7d47513): tests/golden/gemm.csv and attention.json.
import type { AttentionCoefficients } from "./attention-model.ts";
import type { FitReport } from "./fit-report.ts";
import type { GemmCoefficients } from "./gemm-model.ts";

/** In use. Fitted on every second distinct (n, k), so that the other products are new to it. */
export const GEMM_COEFFICIENTS: Readonly<Record<"a100" | "h100", GemmCoefficients>> =
  ${JSON.stringify(pick("products"))};

/** For the report alone. Fitted on every second token count of every product. */
export const GEMM_COEFFICIENTS_BY_TOKENS: Readonly<Record<"a100" | "h100", GemmCoefficients>> =
  ${JSON.stringify(pick("tokens"))};

/** Fitted on every second row of each list. */
export const ATTENTION_COEFFICIENTS: AttentionCoefficients =
  ${JSON.stringify(attention.coefficients)};

/** Errors are |predicted / measured − 1|: 0.1 is 10 %. */
export const FIT_REPORT: FitReport = ${JSON.stringify(report, (_, value: unknown) =>
    typeof value === "number" ? rounded(value) : value,
  )};
`;
}

type Fit = ReturnType<typeof fitAndReport>;

async function writeModule(path: string, text: string): Promise<void> {
  const options = await resolveConfig(path);
  await writeFile(path, await format(text, { ...options, filepath: path }));
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

function tell(
  name: string,
  { errors, coefficients }: { errors: FitErrors; coefficients: object },
): void {
  console.log(
    `${name}: fitted on ${errors.numFitted}, median ${percent(errors.fittedMedian)}; held out ${errors.numHeldOut}, ` +
      `median ${percent(errors.heldOutMedian)}, p90 ${percent(errors.heldOutP90)}\n  ${JSON.stringify(coefficients)}`,
  );
}

/** @returns the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { write: { type: "boolean", default: false }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const gemm: Record<string, { products: Fit; tokens: Fit }> = {};
  for (const architecture of ARCHITECTURES) {
    const products = fitAndReport(architecture, heldOutProducts);
    const tokens = fitAndReport(architecture, heldOutTokens);
    tell(`${architecture}, whole products held out`, products);
    tell(`${architecture}, token counts held out`, tokens);
    gemm[architecture] = { products, tokens };
  }
  const attention = fitAttention(measuredGpu("a100"));
  const { decode, prefill } = attention.errors;
  tell("a100, attention in decode", {
    errors: decode,
    coefficients: attention.coefficients.decode,
  });
  tell("a100, attention in prefill", {
    errors: prefill,
    coefficients: attention.coefficients.prefill,
  });
  if (values.write) {
    await writeModule(
      join(ROOFLINE, "fitted-coefficients.ts"),
      coefficientsModule(gemm, attention),
    );
    await writeModule(join(ROOFLINE, "measured", "gemm-table.ts"), measuredTable(readGemmRows()));
  }
  return 0;
}
