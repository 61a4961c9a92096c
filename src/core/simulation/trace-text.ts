// Traces as people have them: the site's JSON, JSON with a list of columns and rows, or CSV with a heading. What is none
// of these is left to the reader of scenarios.
import { parseTrace, type Trace } from "./trace.ts";

/** Characters of a trace; a scenario with it in must have room for them. */
export const MAX_TRACE_CHARACTERS = 3_900_000;
const MAX_ROWS = 1_000_000;
const MAX_CELL = 64;

/** Headings of published traces, without case, blanks and underscores. */
const COLUMNS = {
  arrival: ["tms", "timestamp", "arrivalms", "arrivedat"],
  prompt: ["inputtokens", "contexttokens", "prompttokens", "inputlength"],
  output: ["outputtokens", "generatedtokens", "outputlength"],
} as const;

/**
 * A trace from the text of a file; undefined if the text is no trace at all.
 *
 * @throws RangeError with a sentence, if it is one with a mistake.
 */
export function findTraceText(text: string): Trace | undefined {
  const start = text.trimStart();
  const isJson = start.startsWith("{");
  if (!isJson && !hasHeading(start)) return undefined;
  if (text.length > MAX_TRACE_CHARACTERS) {
    if (isJson) return undefined;
    throw new RangeError(
      `A trace has at most ${MAX_TRACE_CHARACTERS} characters; this one has ${text.length}.`,
    );
  }
  return isJson ? findJsonTrace(text) : parseTrace(traceOfCsv(start));
}

function findJsonTrace(text: string): Trace | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(json) || Object.hasOwn(json, "schema")) return undefined;
  if (Object.hasOwn(json, "gapsMs")) return parseTrace(json);
  const { columns, rows } = json;
  if (!Array.isArray(columns) || !Array.isArray(rows)) return undefined;
  return parseTrace(traceOfRows(json, columns, rows));
}

function traceOfRows(
  about: Readonly<Record<string, unknown>>,
  columns: readonly unknown[],
  rows: readonly unknown[],
): object {
  const places = placesOf(columns.map(String), "columns");
  const runs = columns.indexOf("hashIdRuns");
  const { source, licence, attribution, changes, totalRowsInSource, blockSize } = about;
  return {
    source,
    licence,
    attribution,
    changes,
    numRowsInSource: totalRowsInSource,
    gapsMs: gapsOf(rows.map((row) => cellOf(row, places.arrival))),
    promptTokens: rows.map((row) => cellOf(row, places.prompt)),
    outputTokens: rows.map((row) => cellOf(row, places.output)),
    ...(runs >= 0 && {
      hashBlockSize: blockSize,
      hashIdRuns: rows.map((row) => {
        const pairs = cellOf(row, runs);
        return Array.isArray(pairs) ? pairs.flat() : pairs;
      }),
    }),
  };
}

function cellOf(row: unknown, place: number): unknown {
  return Array.isArray(row) ? row[place] : row;
}

/** The first line names the columns; a comma parts them. */
function traceOfCsv(text: string): object {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const [heading = "", ...rows] = lines;
  const names = heading.split(",");
  const places = placesOf(names, "first line");
  if (rows.length === 0 || rows.length > MAX_ROWS) {
    throw new RangeError(`A trace has 1 to ${MAX_ROWS} lines after its heading.`);
  }
  const cells = rows.map((row) => row.split(","));
  const numbers = (place: number, name: string) =>
    cells.map((row, index) => {
      const cell = (row[place] ?? "").trim();
      const number = Number(cell);
      if (cell !== "" && Number.isFinite(number)) return number;
      throw new RangeError(
        `The trace's ${name} must be a number; in line ${index + 2} it is "${cell.slice(0, MAX_CELL)}".`,
      );
    });
  return {
    gapsMs: gapsOf(cells.map((row, index) => arrivalOf(row[places.arrival] ?? "", index + 2))),
    promptTokens: numbers(places.prompt, names[places.prompt] ?? ""),
    outputTokens: numbers(places.output, names[places.output] ?? ""),
  };
}

const DATE = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:?\d\d)?$/;

/** Milliseconds, or a date, which is read as UTC where it names no zone. */
function arrivalOf(cell: string, line: number): number {
  const text = cell.trim();
  const zone = /Z|[+-]\d\d:?\d\d$/.test(text) ? "" : "Z";
  const value = DATE.test(text)
    ? Date.parse(text.replace(" ", "T").replace(/(\.\d{3})\d+/, "$1") + zone)
    : Number(text);
  if (text !== "" && Number.isFinite(value)) return value;
  throw new RangeError(
    `The trace's arrival must be milliseconds or a date; in line ${line} it is "${text.slice(0, MAX_CELL)}".`,
  );
}

/** Whole milliseconds after the row before; the first row is the start. */
function gapsOf(arrivals: readonly unknown[]): unknown[] {
  let before: number | undefined;
  return arrivals.map((arrival, row) => {
    if (typeof arrival !== "number" || !Number.isFinite(arrival)) return arrival;
    const now = Math.round(arrival);
    const gap = now - (before ?? now);
    if (gap < 0) throw new RangeError(`A trace's arrivals must ascend; row ${row + 1} goes back.`);
    before = now;
    return gap;
  });
}

function placesOf(names: readonly string[], where: string): Record<keyof typeof COLUMNS, number> {
  const plain = names.map(plainName);
  const place = (known: readonly string[], example: string): number => {
    const found = plain.findIndex((name) => known.includes(name));
    if (found >= 0) return found;
    throw new RangeError(`The trace's ${where} must name a column ${example}.`);
  };
  return {
    arrival: place(COLUMNS.arrival, "t_ms or TIMESTAMP"),
    prompt: place(COLUMNS.prompt, "input_tokens or ContextTokens"),
    output: place(COLUMNS.output, "output_tokens or GeneratedTokens"),
  };
}

function hasHeading(text: string): boolean {
  const [first = ""] = text.slice(0, 1000).split("\n");
  const known: readonly string[] = Object.values(COLUMNS).flat();
  return first.includes(",") && first.split(",").some((name) => known.includes(plainName(name)));
}

function plainName(name: string): string {
  return name.replace(/[\s_"]/g, "").toLowerCase();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
