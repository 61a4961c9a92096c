// Traces of real requests: when each came, how long its prompt and its output were. Reads the files of public/traces.
import { fieldsOf, findField, nameField, wholeField, type Fields } from "../catalog/fields.ts";

export interface Trace {
  readonly name: string;
  /** Where the full trace is. */
  readonly source: string;
  readonly licence: string;
  readonly attribution: string;
  /** What was changed on the way here. */
  readonly changes: string;
  readonly numRowsInSource: number;
  /** Milliseconds after the first request, ascending. */
  readonly arrivalsMs: Float64Array;
  readonly promptTokens: Int32Array;
  readonly outputTokens: Int32Array;
  /** What the prompts share; absent where the trace does not say. */
  readonly prefixes?: TracePrefixes;
}

export interface TracePrefixes {
  /** Tokens that each id stands for. */
  readonly blockSize: number;
  /** For each request, runs of consecutive ids: first, count, first, count, … Equal ids mean equal prefixes. */
  readonly runs: readonly (readonly number[])[];
}

/** A trace that the site serves. */
export interface ShippedTrace {
  readonly id: string;
  readonly name: string;
  /** File under `public/traces`. */
  readonly file: string;
}

export const TRACES: readonly ShippedTrace[] = [
  {
    id: "azure-2023-conversation",
    name: "Azure 2023, conversation",
    file: "azure-2023-conversation.json",
  },
  { id: "azure-2023-code", name: "Azure 2023, code", file: "azure-2023-code.json" },
  {
    id: "mooncake-conversation",
    name: "Mooncake, conversation",
    file: "mooncake-conversation.json",
  },
];

/** Above any trace that a page would load, and any request that a model would take. */
const MAX_ROWS = 1_000_000;
const MAX_GAP_MS = 1e9;
const MAX_TOKENS = 10_000_000;
const MAX_BLOCK_ID = 1e9;

/**
 * A trace from parsed JSON: `gapsMs`, `promptTokens` and `outputTokens` are lists of one length, gaps being times since
 * the request before; `hashIdRuns` with `hashBlockSize` if prompts share prefixes.
 *
 * @throws RangeError naming the field and what it may be.
 */
export function parseTrace(json: unknown): Trace {
  const fields = fieldsOf(json, "A trace");
  const gaps = listField(fields, "gapsMs", { min: 0, max: MAX_GAP_MS });
  const promptTokens = listField(fields, "promptTokens", { min: 1, max: MAX_TOKENS });
  const outputTokens = listField(fields, "outputTokens", { min: 1, max: MAX_TOKENS });
  for (const [name, list] of Object.entries({ promptTokens, outputTokens })) {
    if (list.length !== gaps.length) {
      throw new RangeError(
        `"${name}" must have as many numbers as "gapsMs", ${gaps.length}; it has ${list.length}.`,
      );
    }
  }
  const arrivalsMs = Float64Array.from(gaps);
  for (let row = 1; row < arrivalsMs.length; row++) {
    arrivalsMs[row] = (arrivalsMs[row - 1] ?? 0) + (arrivalsMs[row] ?? 0);
  }
  const prefixes = findPrefixes(fields, gaps.length);
  return {
    name: nameField(fields, ["name"], "your trace"),
    source: textField(fields, "source"),
    licence: textField(fields, "licence"),
    attribution: textField(fields, "attribution"),
    changes: textField(fields, "changes"),
    numRowsInSource: wholeField(fields, "numRowsInSource", {
      min: 1,
      max: 1e9,
      fallback: gaps.length,
    }),
    arrivalsMs,
    promptTokens: Int32Array.from(promptTokens),
    outputTokens: Int32Array.from(outputTokens),
    ...(prefixes && { prefixes }),
  };
}

/** What {@link parseTrace} reads; reading it gives the same trace. */
export function traceJson({ arrivalsMs, promptTokens, outputTokens, prefixes, ...about }: Trace) {
  return {
    ...about,
    gapsMs: Array.from(arrivalsMs, (arrival, row) => arrival - (arrivalsMs[row - 1] ?? 0)),
    promptTokens: Array.from(promptTokens),
    outputTokens: Array.from(outputTokens),
    ...(prefixes && { hashBlockSize: prefixes.blockSize, hashIdRuns: prefixes.runs }),
  };
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

function listField(fields: Fields, name: string, { min, max }: Bounds): readonly number[] {
  const list = findField(fields, name);
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_ROWS) {
    throw new RangeError(`"${name}" must be a list of 1 to ${MAX_ROWS} numbers.`);
  }
  const wrong = list.findIndex((value) => !isWhole(value, { min, max }));
  if (wrong >= 0) {
    throw new RangeError(
      `"${name}" must hold whole numbers from ${min} to ${max}; number ${wrong + 1} is not.`,
    );
  }
  return list;
}

function isWhole(value: unknown, { min, max }: Bounds): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

const MAX_TEXT = 600;

function textField(fields: Fields, name: string): string {
  const text = findField(fields, name) ?? "";
  if (typeof text === "string") return text.slice(0, MAX_TEXT);
  throw new RangeError(`"${name}" must be text.`);
}

function findPrefixes(fields: Fields, numRows: number): TracePrefixes | undefined {
  const runs = findField(fields, "hashIdRuns");
  if (runs === undefined) return undefined;
  const blockSize = wholeField(fields, "hashBlockSize", { min: 1, max: 1_000_000 });
  if (!Array.isArray(runs) || runs.length !== numRows) {
    throw new RangeError(`"hashIdRuns" must be a list with one list for each of ${numRows} rows.`);
  }
  const wrong = runs.findIndex((run) => !isRun(run));
  if (wrong >= 0) {
    throw new RangeError(
      `"hashIdRuns" must hold lists of first ids and counts, from 0 to ${MAX_BLOCK_ID}; list ${wrong + 1} does not.`,
    );
  }
  return { blockSize, runs };
}

/** Pairs of a first id and a count; no more ids than the longest request could have. */
function isRun(run: unknown): run is readonly number[] {
  if (!Array.isArray(run) || run.length % 2 !== 0) return false;
  let numIds = 0;
  for (const [index, value] of run.entries()) {
    if (!isWhole(value, { min: 0, max: MAX_BLOCK_ID })) return false;
    if (index % 2 === 1) numIds += value;
  }
  return numIds <= MAX_TOKENS;
}
