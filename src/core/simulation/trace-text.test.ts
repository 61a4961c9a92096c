import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { traceJson, parseTrace } from "./trace.ts";
import { findTraceText, MAX_TRACE_CHARACTERS } from "./trace-text.ts";

const AZURE = `TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:17:03.9799600,4808,10
2023-11-16 18:17:04.0319600,3180,8
`;

/** The form of the traces that the site's own were made from. */
const ROWS = {
  source: "somewhere",
  licence: "CC0",
  blockSize: 512,
  columns: ["t_ms", "input_tokens", "output_tokens", "hashIdRuns"],
  totalRowsInSource: 12,
  rows: [
    [0, 1200, 5, [[0, 3]]],
    [
      30,
      700,
      6,
      [
        [0, 1],
        [9, 1],
      ],
    ],
  ],
};

test("a CSV with dates keeps the milliseconds between them", () => {
  const trace = findTraceText(AZURE)!;
  expect([...trace.arrivalsMs]).toEqual([0, 52]);
  expect([...trace.promptTokens]).toEqual([4808, 3180]);
  expect([...trace.outputTokens]).toEqual([10, 8]);
});

test("a CSV with milliseconds, quoted headings and Windows line ends is read alike", () => {
  const trace = findTraceText('"t_ms","input_tokens","output_tokens"\r\n5,10,1\r\n9,11,2\r\n')!;
  expect([...trace.arrivalsMs]).toEqual([0, 4]);
});

test("columns and rows of JSON are read, shared prefixes included", () => {
  const trace = findTraceText(JSON.stringify(ROWS))!;
  expect([...trace.arrivalsMs]).toEqual([0, 30]);
  expect(trace).toMatchObject({ source: "somewhere", licence: "CC0", numRowsInSource: 12 });
  expect(trace.prefixes).toEqual({
    blockSize: 512,
    runs: [
      [0, 3],
      [0, 1, 9, 1],
    ],
  });
});

test("the site's own form is read, and written and read again it is the same", () => {
  const trace = findTraceText(JSON.stringify(ROWS))!;
  expect(findTraceText(JSON.stringify(traceJson(trace)))).toEqual(trace);
  expect(parseTrace(traceJson(trace))).toEqual(trace);
});

describe("what is no trace is left to the reader of scenarios", () => {
  test.each(["", "noise", "{", "[]", "{}", '{"schema":"memory-bound/scenario"}', '{"rows":[]}'])(
    "%s",
    (text) => expect(findTraceText(text)).toBeUndefined(),
  );
});

describe("a trace with a mistake gets a sentence", () => {
  test.each<[string, string, RegExp]>([
    [
      "a missing column",
      "TIMESTAMP,ContextTokens\n1,2\n",
      /first line must name a column output_tokens/,
    ],
    [
      "no rows",
      "TIMESTAMP,ContextTokens,GeneratedTokens\n",
      /1 to 1000000 lines after its heading/,
    ],
    [
      "a word for a number",
      AZURE.replace("3180", "many"),
      /ContextTokens must be .* line 3 it is "many"/,
    ],
    [
      "a word for a time",
      AZURE.replace("2023-11-16 18:17:04", "later"),
      /arrival must be .* line 3/,
    ],
    [
      "a time that goes back",
      AZURE.replace("18:17:04", "18:17:02"),
      /must ascend; row 2 goes back/,
    ],
    ["no tokens", AZURE.replace("3180", "0"), /"promptTokens" must hold whole numbers from 1/],
    ["half a token", AZURE.replace("3180", "1.5"), /"promptTokens" must hold whole/],
    ["rows of text", JSON.stringify({ ...ROWS, rows: ["a"] }), /"gapsMs" must hold whole numbers/],
    ["no rows of JSON", JSON.stringify({ ...ROWS, rows: [] }), /"gapsMs" must be a list of 1 to/],
    [
      "other columns",
      JSON.stringify({ ...ROWS, columns: ["a"] }),
      /columns must name a column t_ms/,
    ],
    ["runs of text", JSON.stringify({ ...ROWS, rows: [[0, 1, 1, "x"]] }), /"hashIdRuns" must hold/],
    ["no block size", JSON.stringify({ ...ROWS, blockSize: undefined }), /"hashBlockSize"/],
    [
      "too much",
      `t_ms,input_tokens,output_tokens\n${"1,1,1\n".repeat(MAX_TRACE_CHARACTERS / 6)}`,
      /at most 3900000 characters/,
    ],
  ])("%s", (_, text, sentence) => {
    expect(() => findTraceText(text)).toThrow(RangeError);
    expect(() => findTraceText(text)).toThrow(sentence);
  });

  test("whatever stands in the cells, the answer is a trace, nothing, or a RangeError", () => {
    const cell = fc.oneof(fc.string(), fc.integer().map(String), fc.constant("__proto__"));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell)), (rows) => {
        const text = ["t_ms,input_tokens,output_tokens", ...rows.map((row) => row.join(","))];
        try {
          const trace = findTraceText(text.join("\n"));
          expect(trace === undefined || trace.arrivalsMs.length > 0).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
