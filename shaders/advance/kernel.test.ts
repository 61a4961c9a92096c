import { expect, test } from "vitest";
import { expectGpuEqualsTwin, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomInteger, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  NUM_SHAPES,
  randomSize,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { advanceStep } from "./kernel.ts";

function advanceCase(random: () => number, capacity: number, numSequences: number) {
  const integers = (length: number, high: number) =>
    Uint32Array.from({ length }, () => randomInteger(random, 0, high));
  return {
    nextTokens: integers(numSequences, 9),
    stopTokens: Uint32Array.from([2, 3, 8, 5]), // two stop tokens; the 5 after them is none
    tokens: integers(numSequences * capacity, 9),
    decodeRows: integers(2 * numSequences, 9),
    lengths: integers(numSequences, capacity),
    finished: integers(numSequences, 1),
    lastRows: integers(numSequences, 50),
  };
}

test("the step equals its twin, with a cache and without", async () => {
  const random = seededRandom(19);
  for (let round = 0; round < 12; round++) {
    const capacity = randomInteger(random, 1, 6);
    const numSequences = [1, 64, 65][round] ?? randomInteger(random, 1, 130);
    const sizes = { capacity, numSequences, isRecompute: round % 2 };
    const pass = { numRows: numSequences, firstRow: 0, numContextTokens: numSequences };
    await expectGpuEqualsTwin(
      advanceStep,
      sizes,
      pass,
      advanceCase(random, capacity, numSequences),
      0,
    );
  }
});

test("the step equals its twin over random batches and capacities", async () => {
  const random = seededRandom(20);
  const cases = Array.from({ length: NUM_SHAPES }, (_, index) => {
    const [capacity, numSequences] = [randomSize(random, 40), randomSize(random, 130)];
    return {
      sizes: { capacity, numSequences, isRecompute: index % 2 },
      pass: { numRows: numSequences, firstRow: 0, numContextTokens: numSequences },
      arrays: advanceCase(random, capacity, numSequences),
    };
  });
  expectSeveralWorkgroups(advanceStep, cases, "x");
  await expectTwinOverShapes(advanceStep, cases, 0);
});

/** Four sequences with room for three tokens: a live one, one that stops, one that fills up, one that ended. */
const FOUR = {
  nextTokens: Uint32Array.from([5, 2, 6, 7]),
  stopTokens: Uint32Array.from([1, 2, 5]), // one stop token, 2; the 5 lies beyond the count
  tokens: Uint32Array.from([1, 0, 0, 1, 0, 0, 1, 1, 0, 1, 2, 0]),
  decodeRows: Uint32Array.from([0, 0, 1, 0, 2, 1, 3, 1]),
  lengths: Uint32Array.from([1, 1, 2, 2]),
  finished: Uint32Array.from([0, 0, 0, 1]),
  lastRows: Uint32Array.from([40, 41, 42, 43]),
};
const FOUR_PASS = { numRows: 4, firstRow: 0, numContextTokens: 4 };

test("a token is appended to each live sequence, and a stop token or a full one ends it", () => {
  const sizes = { capacity: 3, numSequences: 4, isRecompute: 0 };
  const after = runTwin(advanceStep, sizes, FOUR_PASS, FOUR);
  expect([...after.tokens]).toEqual([1, 5, 0, 1, 2, 0, 1, 1, 6, 1, 2, 0]);
  expect([...after.lengths]).toEqual([2, 2, 3, 2]);
  expect([...after.finished]).toEqual([0, 1, 1, 1]);
  expect([...after.decodeRows]).toEqual([0, 1, 1, 1, 2, 2, 3, 1]);
  expect([...after.lastRows]).toEqual([0, 1, 2, 3]);
});

test("without a cache the last row is that of the last position, position by position", () => {
  const sizes = { capacity: 3, numSequences: 4, isRecompute: 1 };
  const after = runTwin(advanceStep, sizes, FOUR_PASS, FOUR);
  // Row = position · 4 + sequence: 1·4 + 0, 1·4 + 1, 2·4 + 2; the sequence that ended keeps its own.
  expect([...after.lastRows]).toEqual([4, 5, 10, 43]);
});

test("once every sequence has ended, a step changes nothing", () => {
  const sizes = { capacity: 3, numSequences: 4, isRecompute: 1 };
  const ended = { ...FOUR, finished: Uint32Array.from([1, 1, 1, 1]) };
  expect(runTwin(advanceStep, sizes, FOUR_PASS, ended)).toEqual(ended);
});

test("a step touches a few words of each sequence", () => {
  const cost = advanceStep.cost({ capacity: 3, numSequences: 4, isRecompute: 0 }, FOUR_PASS);
  // Read: token, length, flag of 4 sequences and the stop count. Written: token, length, two row words, lastRow.
  expect(cost).toEqual({ flops: 0, bytesRead: 52, bytesWritten: 80 });
});
