// Checks figures of public start-up logs against the capacity formula: what was derived from a case, and whether what was
// logged lies where the formula puts it. A case counts as a trace, a figure as a step.
import { blocksPerRequest, countBlocks, countCpuBlocks } from "../../serving/kv-capacity.ts";
import { bytes, GIBI, type Bytes } from "../../units/units.ts";
import type { Comparison } from "./divergence.ts";
import type { Field } from "./field.ts";
import { readLogLayout, type LogLayout } from "./log-layout.ts";

/** Logs print GiB, and concurrency, to two digits. */
const ROUNDING = 0.005;
const FLOAT_ERROR = 1e-9;

interface LogCase extends LogLayout {
  readonly record: Field;
  readonly logged: Field;
  /** As logged, or from the logged tokens. */
  readonly numBlocks: number | undefined;
}

/** A figure of the record: undefined where the case does not determine it. */
type Figure = (one: LogCase) => number | boolean | undefined;

const DERIVED: Readonly<Record<string, Figure>> = {
  kvHeadsPerGpu: ({ record, layout, numKvHeads }) =>
    layout && numKvHeads && Math.max(1, numKvHeads / record.get("tensorParallel").count(1)),
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
  cpuOk: (one) => {
    const [got, expected] = [cpuBlocks(one), one.logged.findValue("cpuBlocks")?.count()];
    return got === undefined || expected === undefined ? undefined : got === expected;
  },
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
    "weightsGiB nonTorchGiB peakActivationGiB availableKvGiB kvCacheDtype arch blockSize logged note derived check type"
  ).split(" "),
);
const LOGGED_KEYS = new Set(
  "gpuBlocks kvTokens maxModelLen maxConcurrency cpuBlocks swapSpaceGiB availableKvBytesExact".split(
    " ",
  ),
);
/** The memory that one request needs has no fixed name: `neededOk` and whatever else says "needed". */
const NEEDED = /needed/i;

/** @returns the number of figures compared. */
export function replayLogCase(record: Field, check: Comparison): number {
  check.noteUnread("cases[].", record.keys(), CASE_KEYS);
  const one = readCase(record);
  const loggedKeys = one.logged.keys().filter((key) => !NEEDED.test(key));
  check.noteUnread("cases[].logged.", loggedKeys, LOGGED_KEYS);
  const missed: string[] = [];
  let numCompared = 0;
  for (const [place, figures] of Object.entries({ derived: DERIVED, check: CHECK })) {
    for (const [name, field] of record.findValue(place)?.entries() ?? []) {
      if (field.value === null) continue;
      check.step = numCompared;
      if (isSame(field, figureOf(figures, name, field)(one), { check, place, name })) {
        numCompared += 1;
      } else missed.push(`${place}.${name}`);
    }
  }
  for (const figure of missed) check.unread.add(figure);
  if (missed.length > 0) {
    const reason = one.problem ?? "the case does not give what they are computed from";
    check.remarks.push(`${check.trace}: ${missed.join(", ")} not compared: ${reason}.`);
  }
  return numCompared;
}

/** How the figure of a name is computed; one of an unknown name never is. */
function figureOf(
  figures: Readonly<Record<string, Figure>>,
  name: string,
  { value }: Field,
): Figure {
  const known = Object.hasOwn(figures, name) ? figures[name] : undefined;
  if (known) return known;
  if (figures !== CHECK || !NEEDED.test(name)) return () => undefined;
  return typeof value === "boolean" ? isNeededAsLogged : neededGiB;
}

interface FigurePlace {
  readonly check: Comparison;
  readonly place: string;
  readonly name: string;
}

/**
 * Whether there was anything to compare.
 *
 * @throws DivergenceFound if it differs.
 */
function isSame(
  field: Field,
  got: number | boolean | undefined,
  { check, place, name }: FigurePlace,
): boolean {
  if (got === undefined) return false;
  if (typeof got === "boolean") check.same(`${place}.${name}`, field.value, got);
  else {
    const rounding = NEEDED.test(name) ? 2 : (NUM_DIGITS[name] ?? 9);
    const tolerance = 0.5001 * 10 ** -rounding;
    check.near(`${place}.${name}`, { expected: field.number(), got }, tolerance);
  }
  return true;
}

function readCase(record: Field): LogCase {
  const logged = record.get("logged");
  const layout = readLogLayout(record);
  const tokens = logged.findValue("kvTokens")?.count();
  return {
    ...layout,
    record,
    logged,
    numBlocks: logged.findValue("gpuBlocks")?.count() ?? (tokens && tokens / layout.blockSize),
  };
}

/**
 * GiB that one request of the longest length takes, as vLLM's refusal prints it: of one tensor-parallel GPU, but of all
 * pipeline stages together.
 *
 * @see https://github.com/vllm-project/vllm/issues/34076: 262,144 tokens of 48 layers are 24.0 GiB, over two stages
 */
function neededGiB({ record, logged, ...one }: LogCase): number | undefined {
  const { layout, blockSize, numStages } = one;
  const maxModelLen = logged.findValue("maxModelLen")?.count(1);
  // A part of the case that is not known here may be what makes the layers differ.
  const isWhole = record.keys().every((key) => CASE_KEYS.has(key) || key.endsWith("GiB"));
  if (!layout || maxModelLen === undefined || !isWhole) return undefined;
  return (blocksPerRequest(maxModelLen, blockSize) * layout.blockBytes * numStages) / GIBI;
}

/** Whether it is the figure that was logged; of several, which is meant is not known. */
function isNeededAsLogged(one: LogCase): boolean | undefined {
  const got = neededGiB(one);
  const printed = [one.logged, one.record].flatMap((place) =>
    place.entries().filter(([key, { value }]) => NEEDED.test(key) && typeof value === "number"),
  );
  const [first] = printed;
  if (got === undefined || first === undefined || printed.length > 1) return undefined;
  return Math.abs(got - first[1].number()) <= ROUNDING + FLOAT_ERROR;
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
