// The requests of a scenario file: drawn at random, from a trace, or row by row.
import {
  choiceField,
  findField,
  findPositiveField,
  positiveField,
  wholeField,
  type Fields,
} from "../catalog/fields.ts";
import type {
  LengthSpread,
  RequestExtras,
  SharedPrefix,
  UrgentRequests,
} from "./request-source.ts";
import { nested, numberField, refuseOthers, within } from "./scenario-fields.ts";
import {
  MAX_CV,
  MAX_RATE,
  MAX_REQUESTS,
  MAX_TOKENS,
  type ScenarioRequests,
  type ScenarioRow,
} from "./scenario-types.ts";
import { parseTrace, TRACES, type Trace } from "./trace.ts";

const MAX_ROWS = 100_000;
const MAX_ARRIVAL_MS = 1e12;
const MAX_SAMPLES = 1000;
const MAX_PRIORITY = 1_000_000;

/** @throws RangeError with a sentence that names the field. */
export function requestsOf(fields: Fields): ScenarioRequests {
  const kind = choiceField(fields, "kind", ["synthetic", "trace", "rows"], "synthetic");
  if (kind === "rows") {
    refuseOthers(fields, ["kind", "rows"]);
    return { kind, rows: rowsOf(findField(fields, "rows")) };
  }
  if (kind === "trace") {
    refuseOthers(fields, ["kind", "trace", "numRequests", "rateScale", ...EXTRA_FIELDS]);
    const trace = traceOf(fields);
    const fallback = typeof trace === "string" ? undefined : trace.arrivalsMs.length;
    const limits = { min: 1, max: MAX_REQUESTS, ...(fallback !== undefined && { fallback }) };
    return {
      kind,
      trace,
      numRequests: wholeField(fields, "numRequests", limits),
      rateScale: findPositiveField(fields, "rateScale", MAX_RATE) ?? 1,
      ...extrasOf(fields),
    };
  }
  const numRequests = wholeField(fields, "numRequests", { min: 1, max: MAX_REQUESTS });
  refuseOthers(fields, SYNTHETIC_FIELDS);
  const prefix = findField(fields, "sharedPrefix");
  return {
    kind,
    numRequests,
    ratePerS: positiveField(fields, "ratePerS", MAX_RATE),
    arrivalCv: numberField(fields, "arrivalCv", { max: MAX_CV, fallback: 1 }),
    prompt: within("prompt", () => lengthsOf(nested(fields, "prompt"))),
    output: within("output", () => lengthsOf(nested(fields, "output"))),
    ...(prefix !== undefined && {
      sharedPrefix: within("sharedPrefix", () => prefixOf(nested(fields, "sharedPrefix"))),
    }),
    ...extrasOf(fields),
  };
}

/** A name, or the whole trace in its place. */
function traceOf(fields: Fields): string | Trace {
  const value = findField(fields, "trace");
  if (typeof value === "object" && value !== null) return within("trace", () => parseTrace(value));
  const ids = TRACES.map(({ id }) => id);
  const [first = ""] = ids;
  return choiceField(fields, "trace", ids, first);
}

const EXTRA_FIELDS = ["urgent", "samples"];

function extrasOf(fields: Fields): RequestExtras {
  const has = (name: string) => findField(fields, name) !== undefined;
  return {
    ...(has("urgent") && {
      urgent: within("urgent", () => urgentOf(nested(fields, "urgent"))),
    }),
    ...(has("samples") && {
      samples: wholeField(fields, "samples", { min: 1, max: MAX_SAMPLES }),
    }),
  };
}

function urgentOf(fields: Fields): UrgentRequests {
  refuseOthers(fields, ["share", "priority"]);
  return {
    share: numberField(fields, "share", { max: 1, fallback: 0 }),
    priority: wholeField(fields, "priority", {
      min: -MAX_PRIORITY,
      max: MAX_PRIORITY,
      fallback: -1,
    }),
  };
}

const SYNTHETIC_FIELDS = [
  "kind",
  "numRequests",
  "ratePerS",
  "arrivalCv",
  "prompt",
  "output",
  "sharedPrefix",
  ...EXTRA_FIELDS,
];

function prefixOf(fields: Fields): SharedPrefix {
  refuseOthers(fields, ["tokens", "share", "count"]);
  return {
    tokens: wholeField(fields, "tokens", { min: 1, max: MAX_TOKENS }),
    share: numberField(fields, "share", { max: 1, fallback: 1 }),
    count: wholeField(fields, "count", { min: 1, max: MAX_PREFIXES, fallback: 1 }),
  };
}

const MAX_PREFIXES = 1_000_000;

function lengthsOf(fields: Fields): LengthSpread {
  refuseOthers(fields, ["mean", "cv", "max"]);
  const mean = positiveField(fields, "mean", MAX_TOKENS);
  const max = wholeField(fields, "max", { min: 1, max: MAX_TOKENS, fallback: MAX_TOKENS });
  if (mean < 1 || mean > max) {
    throw new RangeError(`"mean" must lie between 1 and "max", ${max}; got ${mean}.`);
  }
  return { mean, cv: numberField(fields, "cv", { max: MAX_CV, fallback: 1 }), max };
}

const ROW_COLUMNS =
  "[arrival in ms, prompt tokens, output tokens], and if wanted priority and samples after them";

function rowsOf(value: unknown): readonly ScenarioRow[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ROWS) {
    throw new RangeError(`"rows" must be a list of 1 to ${MAX_ROWS} requests.`);
  }
  let before = 0;
  return value.map((row: unknown, index) => {
    const problem = findRowProblem(row, before);
    if (problem !== undefined || !isRow(row)) {
      throw new RangeError(
        `"rows" must hold ${ROW_COLUMNS}, arrivals ascending; row ${index + 1} does not${problem ?? ""}.`,
      );
    }
    [before] = row;
    return row;
  });
}

/** The end of the sentence above; empty where the row as a whole is none. */
function findRowProblem(row: unknown, before: number): string | undefined {
  if (!Array.isArray(row) || row.length < 3 || row.length > 5) return "";
  const [arrivalMs, prompt, output, priority = 0, samples = 1]: unknown[] = row;
  if (typeof arrivalMs !== "number" || !(arrivalMs >= before && arrivalMs <= MAX_ARRIVAL_MS)) {
    return "";
  }
  if (!isLength(prompt) || !isLength(output)) return "";
  if (!isWhole(priority, -MAX_PRIORITY, MAX_PRIORITY)) {
    return `: its priority must be a whole number from ${-MAX_PRIORITY} to ${MAX_PRIORITY}`;
  }
  if (!isWhole(samples, 1, MAX_SAMPLES)) {
    return `: its samples must be a whole number from 1 to ${MAX_SAMPLES}`;
  }
  return undefined;
}

function isRow(row: unknown): row is ScenarioRow {
  return Array.isArray(row) && row.every((value) => typeof value === "number");
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function isLength(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_TOKENS;
}
