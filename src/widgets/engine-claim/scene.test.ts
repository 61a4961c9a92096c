import { expect, test } from "vitest";
import golden from "../../../tests/golden/vllm_log_cases.json" with { type: "json" };
import { CASES } from "./cases.ts";
import { makeTable, openPrediction, readClaim, writeAnswer } from "./scene.ts";

test("every case of the golden file that prints memory and blocks is here, with its numbers", () => {
  const withBoth = golden.cases.filter(
    ({ availableKvGiB, logged }) =>
      availableKvGiB !== undefined &&
      (logged.gpuBlocks !== undefined || logged.kvTokens !== undefined),
  );
  expect(CASES.map(({ id }) => id)).toEqual(withBoth.map(({ id }) => id));
  for (const one of CASES) {
    const { arch, logged, ...other } = withBoth.find(({ id }) => id === one.id)!;
    expect(one.shape).toEqual({
      numLayers: arch.layers,
      numKvHeads: arch.kvHeads,
      headWidth: arch.headDim,
    });
    expect(one.loggedBlocks).toBe(logged.gpuBlocks ?? logged.kvTokens! / other.blockSize);
    expect(one.availableGiB).toBe(other.availableKvGiB);
    expect(one.ranks).toBe(other.tensorParallel);
    expect(one.loggedConcurrency).toBe(logged.maxConcurrency);
  }
});

test("3.81 GiB are 1950 blocks of 2 MiB, and 1952 within the rounding of the log", () => {
  // 3.81 · 1024 MiB / 2 MiB = 1950.7; 3.805 gives 1948, 3.815 gives 1953.
  const one = readClaim().cases.find(({ id }) => id === "llama31-8b-3090-20k")!;
  expect([one.predictedBlocks, ...one.range]).toEqual([1950, 1948, 1953]);
  expect(one.isWithin).toBe(true);
  // 1952 / 1250 blocks of 20,000 tokens.
  expect(one.concurrency).toBeCloseTo(1.5616, 4);
  expect(openPrediction(one).substitution).toMatch(/3\.81 GiB \/ 2\.00\sMiB = 1,950/);
});

test("all ten logs agree with the division", () => {
  const claim = readClaim();
  expect([claim.cases.length, claim.numWithin]).toEqual([10, 10]);
  expect(claim.numConcurrencyRight).toBe(claim.numConcurrency);
});

test("of what the weights leave, steps and the rest take a part", () => {
  // RTX 3090: 23.58 · 0.9 − 14.9888 = 6.2332 GiB, of which 3.81 are cache: 38.9 % are not.
  const [least, most] = readClaim().otherShare;
  expect(most).toBeGreaterThanOrEqual(0.388);
  expect(least).toBeGreaterThan(0);
});

test("a prediction is answered, and one that was skipped is not", () => {
  const claim = readClaim();
  expect(writeAnswer("all", claim)).toBe("You predicted all ten; that is it: 10 of 10.");
  expect(writeAnswer("few", claim)).toContain("it is not");
  expect(writeAnswer(undefined, claim)).toBeUndefined();
});

test("before the prediction the table has no predicted blocks", () => {
  expect(makeTable(readClaim(), false).columns).toHaveLength(3);
  expect(makeTable(readClaim(), true).columns).toHaveLength(6);
});
