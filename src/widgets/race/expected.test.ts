import { expect, test } from "vitest";
import { countRows, describeRows, expectRace } from "./expected.ts";
import { OPENINGS } from "./parameters.ts";
import { openRowsWithCache, openRowsWithoutCache } from "./opened.ts";
import { createLane } from "./scene.ts";

const request = { opening: "lily", text: "", length: 160 };

test("rows of a story: the prompt once and a row a token with the cache, all of it again without", () => {
  const lane = createLane("on", { numPromptTokens: 3, numWanted: 4 });
  // With: 3 + 1 + 1 + 1. Without: 3 + 4 + 5 + 6.
  expect(countRows({ ...lane, tokens: [7, 7, 7, 7] })).toEqual({ on: 6, off: 18 });
  expect(countRows(lane)).toEqual({ on: 0, off: 0 });
});

test("the default story of 160 tokens takes 86 times the rows without the cache", () => {
  // 14 tokens of prompt: 14 + 159, and 14 + 15 + … + 173 = 160 · (14 + 173) / 2.
  expect(describeRows(expectRace(request).lanes.on)).toBe(
    "These 160 tokens take 173 rows with the cache, a row being one token that goes through all layers, and 14,960 without it: 86.5× as many.",
  );
});

test("the numbers open into the same sums", () => {
  const lane = expectRace(request).lanes.on;
  expect(openRowsWithCache(lane).substitution).toBe("14 + (160 − 1) = 173");
  expect(openRowsWithoutCache(lane).substitution).toBe("160 · 14 + 160 · (160 − 1) / 2 = 14,960");
});

test("before a race the words and rows are there, and no times", () => {
  const { lanes, texts } = expectRace(request);
  expect(texts.on).toMatch(/^ She loved to play outside in the sunshine\./);
  expect(texts.off).toBe(texts.on);
  expect(lanes.on.tokens).toHaveLength(160);
  expect(lanes.off.plans?.last.numRows).toBe(173);
  for (const { clocks } of [lanes.on, lanes.off]) expect(clocks).toEqual([]);
});

test("a shorter story is a beginning of the longer one", () => {
  for (const { value } of OPENINGS) {
    const short = expectRace({ ...request, opening: value, length: 32 });
    const long = expectRace({ ...request, opening: value });
    expect(short.lanes.on.tokens).toEqual(long.lanes.on.tokens.slice(0, 32));
    expect(long.texts.on.startsWith(short.texts.on)).toBe(true);
  }
});

test("an opening of the reader's own has no known words", () => {
  const { isKnown, texts, prompt } = expectRace({ ...request, opening: "own", text: "The cat" });
  expect({ isKnown, texts, prompt }).toEqual({
    isKnown: false,
    texts: { on: "", off: "" },
    prompt: "The cat",
  });
});
