// Checks figures of public start-up logs against the capacity formula: what was derived from a case, and whether what was
// logged lies where the formula puts it. A case counts as a trace, a figure as a step.
import {
  blocksPerRequest,
  cacheLayout,
  countBlocks,
  countCpuBlocks,
  type CacheLayout,
} from "../../serving/kv-capacity.ts";
import { bytes, GIBI, type Bytes } from "../../units/units.ts";
import type { Comparison } from "./divergence.ts";
import type { Field } from "./field.ts";

/** Logs print GiB, and concurrency, to two digits. */
const ROUNDING = 0.005;
const FLOAT_ERROR = 1e-9;

interface LogCase {
  readonly record: Field;
  readonly logged: Field;
  readonly blockSize: number;
  readonly numLayers: number;
  readonly numKvHeads: number;
  /** Absent where the case does not say what the model is. */
  readonly layout: CacheLayout | undefined;
  /** As logged, or from the logged tokens. */
  readonly numBlocks: number | undefined;
}

/** A figure of the record: undefined where the case does not determine it. */
type Figure = (one: LogCase) => number | boolean | undefined;

const DERIVED: Readonly<Record<string, Figure>> = {
  kvHeadsPerGpu: ({ record, layout, numKvHeads }) =>
    layout && Math.max(1, numKvHeads / record.get("tensorParallel").count(1)),
  kvBytesPerTokenPerGpu: ({ layout }) => layout?.bytesPerToken,
  bytesPerBlock: ({ layout }) => layout?.blockBytes,
};

const CHECK: Readonly<Record<string, Figure>> = {
  blocksPredicted: (one) => blocksAt(one, 0),
  withinRounding: (one) => {
    const [least, most] = [blocksAt(one, -ROUNDING), blocksAt(one, ROUNDING)];
    if (least === undefined || most === undefined || one.numBlocks === undefined) return undefined;
    return one.numBlocks >= least && one.numBlocks <= most;
  },
  relErr: ({ record, layout, numBlocks }) => {
    const available = findGib(record, "availableKvGiB");
    if (!layout || available === undefined || numBlocks === undefined) return undefined;
    return (numBlocks * layout.blockBytes) / available - 1;
  },
  concNew: (one) => concurrency(one),
  concOld: ({ logged, numBlocks, blockSize }) => {
    const maxModelLen = logged.findValue("maxModelLen")?.count(1);
    return maxModelLen && numBlocks ? (numBlocks * blockSize) / maxModelLen : undefined;
  },
  concOk: (one) => {
    const [got, expected] = [concurrency(one), one.logged.findValue("maxConcurrency")?.number()];
    if (got === undefined || expected === undefined) return undefined;
    return Math.abs(got - expected) <= ROUNDING + FLOAT_ERROR;
  },
  cpuBlocksPredicted: (one) => cpuBlocks(one),
  cpuOk: (one) => cpuBlocks(one) === one.logged.findValue("cpuBlocks")?.count(),
  availPredictedGiB: ({ record }) => memoryLeft(record),
  availErrGiB: ({ record }) => {
    const [left, logged] = [memoryLeft(record), record.findValue("availableKvGiB")?.number()];
    return left === undefined || logged === undefined ? undefined : left - logged;
  },
  kvTokensFromBlocks: ({ logged, blockSize }) => {
    const numBlocks = logged.findValue("gpuBlocks")?.count();
    return numBlocks === undefined ? undefined : numBlocks * blockSize;
  },
  blocksFromExactBytes: ({ logged, layout, numLayers }) => {
    const available = logged.findValue("availableKvBytesExact")?.number();
    if (!layout || available === undefined) return undefined;
    return countBlocks(bytes(available), layout, numLayers);
  },
};

/** Digits after the point to which a figure was recorded; counts are exact. */
const NUM_DIGITS: Readonly<Record<string, number>> = {
  relErr: 5,
  concNew: 4,
  concOld: 4,
  availPredictedGiB: 3,
  availErrGiB: 3,
};

const CASE_KEYS = new Set(
  (
    "id source vllmVersion model gpu gpuStated tensorParallel pipelineParallel gpuMemoryUtilization totalGpuGiB " +
    "weightsGiB nonTorchGiB peakActivationGiB availableKvGiB kvCacheDtype arch blockSize logged note derived check"
  ).split(" "),
);
const ARCH_KEYS = new Set("layers kvHeads headDim kvDtypeBytes confidence".split(" "));

/** @returns the number of figures compared. */
export function replayLogCase(record: Field, check: Comparison): number {
  check.noteUnread("cases[].", record.keys(), CASE_KEYS);
  const one = readCase(record, check);
  const derived = compareFigures(record, { check, one, place: "derived", figures: DERIVED });
  return derived + compareFigures(record, { check, one, place: "check", figures: CHECK });
}

interface FigureCheck {
  readonly check: Comparison;
  readonly one: LogCase;
  readonly place: "derived" | "check";
  readonly figures: Readonly<Record<string, Figure>>;
}

function compareFigures(record: Field, { check, one, place, figures }: FigureCheck): number {
  const expected = record.findValue(place);
  if (!expected) return 0;
  check.noteUnread(`${place}.`, expected.keys(), new Set(Object.keys(figures)));
  let numCompared = 0;
  for (const [name, figure] of Object.entries(figures)) {
    const field = expected.findValue(name);
    const got = field && figure(one);
    if (!field || got === undefined) continue;
    check.step = numCompared;
    if (typeof got === "boolean") check.same(`${place}.${name}`, field.value, got);
    else {
      const tolerance = 0.5001 * 10 ** -(NUM_DIGITS[name] ?? 9);
      check.near(`${place}.${name}`, { expected: field.number(), got }, tolerance);
    }
    numCompared += 1;
  }
  return numCompared;
}

function readCase(record: Field, check: Comparison): LogCase {
  const [arch, logged] = [record.get("arch"), record.get("logged")];
  const blockSize = record.get("blockSize").count(1);
  const numLayers =
    (arch.findValue("layers")?.count() ?? 0) /
    (record.findValue("pipelineParallel")?.count(1) ?? 1);
  const tokens = logged.findValue("kvTokens")?.count();
  const numKvHeads = arch.findValue("kvHeads")?.count() ?? 0;
  return {
    record,
    logged,
    blockSize,
    numLayers,
    numKvHeads,
    layout: findLayout(record, { check, blockSize, numLayers, numKvHeads }),
    numBlocks: logged.findValue("gpuBlocks")?.count() ?? (tokens && tokens / blockSize),
  };
}

interface LayoutContext {
  readonly check: Comparison;
  readonly blockSize: number;
  readonly numLayers: number;
  readonly numKvHeads: number;
}

function findLayout(record: Field, context: LayoutContext): CacheLayout | undefined {
  const { check, blockSize, numLayers, numKvHeads } = context;
  const arch = record.get("arch");
  const headWidth = arch.findValue("headDim")?.count() ?? 0;
  if (numLayers * numKvHeads * headWidth === 0) return undefined;
  const unknown = arch.keys().filter((key) => !ARCH_KEYS.has(key));
  if (unknown.length > 0 || !Number.isInteger(numLayers)) {
    const reason = unknown.length > 0 ? unknown.join(", ") : `${numLayers} layers a stage`;
    check.remarks.push(`${check.trace}: its blocks are not computed (arch: ${reason}).`);
    return undefined;
  }
  try {
    return cacheLayout({
      shape: { numLayers, numKvHeads, headWidth },
      ranks: record.get("tensorParallel").count(1),
      blockSize,
      kv: arch.get("kvDtypeBytes").number() === 1 ? "fp8" : "bf16",
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    check.remarks.push(`${check.trace}: ${error.message}`);
    return undefined;
  }
}

function findGib(record: Field, field: string): Bytes | undefined {
  const value = record.findValue(field)?.number();
  return value === undefined ? undefined : bytes(value * GIBI);
}

function blocksAt({ record, layout, numLayers }: LogCase, changeGiB: number): number | undefined {
  const available = record.findValue("availableKvGiB")?.number();
  if (!layout || available === undefined) return undefined;
  return countBlocks(bytes((available + changeGiB) * GIBI), layout, numLayers);
}

function concurrency({ logged, numBlocks, blockSize }: LogCase): number | undefined {
  const maxModelLen = logged.findValue("maxModelLen")?.count(1);
  if (maxModelLen === undefined || numBlocks === undefined) return undefined;
  return numBlocks / blocksPerRequest(maxModelLen, blockSize);
}

function cpuBlocks({ logged, layout }: LogCase): number | undefined {
  const swapSpace = findGib(logged, "swapSpaceGiB");
  return layout && swapSpace !== undefined ? countCpuBlocks(swapSpace, layout) : undefined;
}

/** Undefined where the case names a part of the memory that is not known here. */
function memoryLeft(record: Field): number | undefined {
  if (record.keys().some((key) => key.endsWith("GiB") && !CASE_KEYS.has(key))) return undefined;
  const figure = (field: string): number => record.findValue(field)?.number() ?? NaN;
  const left =
    figure("gpuMemoryUtilization") * figure("totalGpuGiB") -
    figure("weightsGiB") -
    figure("nonTorchGiB") -
    figure("peakActivationGiB");
  return Number.isNaN(left) ? undefined : left;
}
