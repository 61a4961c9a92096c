import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { traceSource } from "./request-source.ts";
import { parseTrace, TRACES, type Trace } from "./trace.ts";

function shipped(id: string): Trace {
  const { file } = TRACES.find((trace) => trace.id === id)!;
  const path = join(import.meta.dirname, "../../../public/traces", file);
  return parseTrace(JSON.parse(readFileSync(path, "utf8")));
}

const SMALL = { gapsMs: [0, 1000], promptTokens: [40, 40], outputTokens: [5, 6] };

describe("the traces that the site ships", () => {
  test.each([
    ["azure-2023-conversation", 4000, "CC-BY-4.0"],
    ["azure-2023-code", 4000, "CC-BY-4.0"],
    ["mooncake-conversation", 1000, "Apache-2.0"],
  ])("%s has its rows, its licence and who made it", (id, numRows, licence) => {
    const trace = shipped(id);
    expect(trace.arrivalsMs.length).toBe(numRows);
    expect(trace.licence).toBe(licence);
    expect(trace.attribution).toMatch(/Azure|Mooncake/);
    expect(trace.changes).toContain(`first ${numRows}`);
    expect(trace.source).toMatch(/^https:\/\/github\.com/);
  });

  test("the first and third requests of the conversation trace are those of the published file", () => {
    const { arrivalsMs, promptTokens, outputTokens } = shipped("azure-2023-conversation");
    expect([arrivalsMs[0], promptTokens[0], outputTokens[0]]).toEqual([0, 374, 44]);
    // Times are added up again from gaps.
    expect([arrivalsMs[2], promptTokens[2], outputTokens[2]]).toEqual([4542, 879, 55]);
  });

  test("with a cache that never forgets, 21.2 % of Mooncake's blocks are hits", () => {
    const trace = shipped("mooncake-conversation");
    const seen = new Set<number>();
    let [numBlocks, numHits] = [0, 0];
    for (const runs of trace.prefixes!.runs) {
      for (let pair = 0; pair < runs.length; pair += 2) {
        for (let id = runs[pair]!; id < runs[pair]! + runs[pair + 1]!; id++) {
          numBlocks += 1;
          numHits += seen.has(id) ? 1 : 0;
          seen.add(id);
        }
      }
    }
    // Counted from the published rows by another program: 0.2121.
    expect(numHits / numBlocks).toBeCloseTo(0.2121, 4);
  });
});

function requestsOf(trace: Trace, numRequests: number, rateScale = 1, blockSize = 16) {
  const next = traceSource({ trace, numRequests, rateScale, blockSize });
  return Array.from({ length: numRequests }, () => next()!);
}

describe("replaying a trace", () => {
  test("twice as fast is half the time between requests", () => {
    expect(requestsOf(parseTrace(SMALL), 2, 2)[1]).toMatchObject({
      arrival: 0.5,
      numPromptTokens: 40,
      numOutputTokens: 6,
    });
  });

  test("beyond its end it starts again, one mean gap later", () => {
    expect(requestsOf(parseTrace(SMALL), 4).map(({ arrival }) => arrival)).toEqual([0, 1, 2, 3]);
  });

  test("equal ids are equal blocks, but the repeated trace and the outputs share nothing", () => {
    const trace = parseTrace({
      ...SMALL,
      hashBlockSize: 32,
      hashIdRuns: [
        [7, 2],
        [7, 1, 20, 1],
      ],
    });
    const [first, second, again] = requestsOf(trace, 3).map(({ content }) => content!);
    // 40 tokens fill two blocks of 16; both lie in id 7.
    expect([0, 1].map((block) => second!.chainOf(block))).toEqual(
      [0, 1].map((block) => first!.chainOf(block)),
    );
    expect(second!.chainOf(2)).not.toBe(first!.chainOf(2));
    expect(again!.chainOf(0)).not.toBe(first!.chainOf(0));
  });

  test("a block size that does not divide the trace's is refused", () => {
    const trace = parseTrace({ ...SMALL, hashBlockSize: 512, hashIdRuns: [[], []] });
    expect(() => requestsOf(trace, 1, 1, 48)).toThrow(/"blockSize" must divide the 512 tokens/);
  });
});

test.each<[string, unknown, RegExp]>([
  ["a list", [], /^A trace must be a JSON object/],
  ["no gaps", { ...SMALL, gapsMs: undefined }, /^"gapsMs" must be a list/],
  ["a negative gap", { ...SMALL, gapsMs: [0, -1] }, /^"gapsMs" .* number 2 is not/],
  ["half a token", { ...SMALL, promptTokens: [1, 0.5] }, /^"promptTokens" .* number 2 is not/],
  ["text for a number", { ...SMALL, outputTokens: [1, "2"] }, /^"outputTokens" .* number 2/],
  ["a column too short", { ...SMALL, outputTokens: [1] }, /^"outputTokens" must have as many/],
  ["runs without a block size", { ...SMALL, hashIdRuns: [[], []] }, /^"hashBlockSize"/],
  ["an odd run", { ...SMALL, hashBlockSize: 16, hashIdRuns: [[1], []] }, /list 1 does not/],
  ["a run for ever", { ...SMALL, hashBlockSize: 16, hashIdRuns: [[], [0, 1e9]] }, /list 2 does/],
  ["a licence that is no text", { ...SMALL, licence: 4 }, /^"licence" must be text/],
])("a trace with %s is refused by the field's name", (_, json, message) => {
  expect(() => parseTrace(json)).toThrow(message);
});
