import * as fc from "fast-check";
import { expect, test } from "vitest";
import { estimateMedianRatio } from "../core/statistics/estimate.ts";
import { createRandom } from "../core/statistics/random.ts";
import { usablePairs } from "./protocol.ts";
import type { RecordedSample } from "./record.ts";
import { judge, NO_DIFFERENCE, TOO_CLOSE, type Evidence } from "./verdict.ts";

const words = { baseline: "cache off", contender: "cache on", per: "a token" };

function evidence(
  baseline: readonly number[],
  contender: readonly number[],
  change: Partial<Evidence> = {},
): Evidence {
  return {
    ratio: estimateMedianRatio(baseline, contender, 1),
    wallRatio: undefined,
    resolution: 0,
    line: 1,
    words,
    ...change,
  };
}

/** Times about `middle`, each off by up to `noise` of it. */
function planted(middle: number, noise: number, seed: number, numPairs = 15): number[] {
  const random = createRandom(seed);
  return Array.from({ length: numPairs }, () => middle * (1 + noise * (2 * random() - 1)));
}

test("ten times as long, with 2 % of noise, is clear", () => {
  const verdict = judge(evidence(planted(10, 0.02, 1), planted(1, 0.02, 2)));
  expect(verdict).toMatchObject({ kind: "clear", faster: "contender", claim: "supported" });
  expect(verdict.sentence).toMatch(
    /^On this device a token takes (9\.\d+|10\.\d)× as long with cache off as with cache on \(95 % interval /,
  );
});

test("the slower contender is named as the slower one, by a factor above 1, and the claim falls", () => {
  const verdict = judge(evidence(planted(1, 0.02, 1), planted(2, 0.02, 2)));
  expect(verdict).toMatchObject({ kind: "clear", faster: "baseline", claim: "refuted" });
  expect(verdict.sentence).toMatch(
    /takes (1\.9\d|2\.0\d)× as long with cache on as with cache off/,
  );
});

test("equal times straddle 1, whatever the noise", () => {
  for (const noise of [0.01, 0.1, 0.5]) {
    const verdict = judge(evidence(planted(1, noise, 3), planted(1, noise, 4)));
    expect(verdict.kind).toBe("no-difference");
    expect(verdict.faster).toBeUndefined();
    expect(verdict.claim).toBe("undecided");
    expect(verdict.sentence.toLowerCase()).toContain(NO_DIFFERENCE);
  }
});

test("equal times are called different in at most one set of twenty, which is what 95 % means", () => {
  const random = createRandom(1);
  const times = () => Array.from({ length: 15 }, () => 1 + 0.1 * random());
  const verdicts = Array.from({ length: 600 }, () => judge(evidence(times(), times())));
  const numClear = verdicts.filter(({ kind }) => kind === "clear").length;
  // The interval of 15 pairs holds for 96.5 %. Binomial(600, 0.035): mean 21, standard deviation 4.5.
  expect(numClear).toBeGreaterThan(7);
  expect(numClear).toBeLessThan(35);
});

test("a 2 % gain drowns in 60 % of noise", () => {
  const verdicts = [1, 2, 3, 4, 5, 6, 7, 8].map((set) =>
    judge(evidence(planted(1.02, 0.6, 20 + set), planted(1, 0.6, 40 + set))),
  );
  const drowned = verdicts.filter(({ kind }) => kind === "no-difference");
  expect(drowned.length).toBeGreaterThanOrEqual(6);
  for (const { sentence } of drowned) {
    expect(sentence).toMatch(
      /^No measurable difference on this device between cache off and cache on: the ratio is \d\.\d\d× \(95 % interval 0\.\d\d to [1-9]\.\d\d, 15 pairs\)\.$/,
    );
  }
});

test("a 1 % gain that rests on one step of the clock is no measurable difference", () => {
  // Readings of 150 and 151 steps of 65,536 ns, every one the same: the samples alone look certain.
  const quantum = 65_536;
  const baseline = Array.from({ length: 15 }, () => 151 * quantum);
  const contender = Array.from({ length: 15 }, () => 150 * quantum);
  expect(judge(evidence(baseline, contender)).sentence).toBe(
    "On this device a token takes 1.01× as long with cache off as with cache on (95 % interval 1.01 to 1.01, 15 pairs).",
  );
  // 1.00667, a 0.0133th either way: 0.9935 to 1.0200.
  const resolution = 1 / 151 + 1 / 150;
  expect(judge(evidence(baseline, contender, { resolution })).sentence).toBe(
    "No measurable difference on this device between cache off and cache on: the ratio is 1.01× (95 % interval 0.99 to 1.02, 15 pairs).",
  );
});

test("a gain of three steps of the clock in 150 outweighs what the clock can hide", () => {
  const baseline = Array.from({ length: 15 }, () => 153);
  const contender = Array.from({ length: 15 }, () => 150);
  // 1.02, a 0.0132th either way: 1.0067 to 1.0335.
  const resolution = 1 / 153 + 1 / 150;
  expect(judge(evidence(baseline, contender, { resolution })).sentence).toBe(
    "On this device a token takes 1.02× as long with cache off as with cache on (95 % interval 1.01 to 1.03, 15 pairs).",
  );
});

function plantedSample(time: number): RecordedSample {
  return time < 0
    ? { numRepeats: 1, deviceSeconds: time, dropped: "negative" }
    : { numRepeats: 1, deviceSeconds: time };
}

function judgePlanted(numNegative: number) {
  const [slow, fast] = [planted(2, 0.02, 5), planted(1, 0.02, 6)];
  const baseline = slow.map((time, i) => plantedSample(i < numNegative ? -time : time));
  const pairs = usablePairs(
    baseline,
    fast.map((time) => plantedSample(time)),
    "timestamp-query",
  );
  const ratio = estimateMedianRatio(
    pairs.map(([time]) => time),
    pairs.map(([, time]) => time),
    1,
  );
  return judge(evidence([1], [1], { ratio }));
}

test("negative readings take their pairs with them, and the rest decides", () => {
  expect(judgePlanted(7)).toMatchObject({ kind: "clear", faster: "contender" });
  expect(judgePlanted(7).sentence).toContain("8 pairs, fewer than the 15 asked for");
  expect(judgePlanted(11)).toMatchObject({ kind: "too-close", claim: "undecided" });
  expect(judgePlanted(11).sentence).toContain("4 usable pairs");
});

test("five pairs are too few, however clear they look", () => {
  const verdict = judge(evidence(planted(10, 0.01, 1, 5), planted(1, 0.01, 2, 5)));
  expect(verdict).toMatchObject({ kind: "too-close", claim: "undecided" });
  expect(verdict.sentence.toLowerCase()).toContain(TOO_CLOSE);
  expect(verdict.sentence).toContain("5 usable pairs");
});

test("without a single usable pair there is nothing to call", () => {
  const verdict = judge(evidence([1], [1], { ratio: undefined }));
  expect(verdict.kind).toBe("too-close");
  expect(verdict.sentence).toContain("no pair of samples could be used");
});

test("clocks that name different winners leave it open", () => {
  const wallRatio = estimateMedianRatio(planted(1, 0.01, 8), planted(2, 0.01, 9), 1);
  const verdict = judge(evidence(planted(2, 0.01, 1), planted(1, 0.01, 2), { wallRatio }));
  expect(verdict.kind).toBe("too-close");
  expect(verdict.sentence).toContain("disagree on which is faster");
});

test("clocks that differ only in how much leave the verdict clear", () => {
  const wallRatio = estimateMedianRatio(planted(1.3, 0.01, 8), planted(1, 0.01, 9), 1);
  expect(judge(evidence(planted(2, 0.01, 1), planted(1, 0.01, 2), { wallRatio })).kind).toBe(
    "clear",
  );
});

const tenthSlower = { line: 1 / 1.1 };

test("5 % slower keeps a claim of at most a tenth", () => {
  const verdict = judge(evidence(planted(1, 0.005, 1), planted(1.05, 0.005, 2), tenthSlower));
  expect(verdict).toMatchObject({ kind: "clear", faster: "baseline", claim: "supported" });
});

test("30 % slower breaks it", () => {
  const verdict = judge(evidence(planted(1, 0.005, 1), planted(1.3, 0.005, 2), tenthSlower));
  expect(verdict).toMatchObject({ kind: "clear", faster: "baseline", claim: "refuted" });
});

test("10 % slower, give or take 3 %, is too close to call", () => {
  const verdict = judge(evidence(planted(1, 0.03, 1), planted(1.1, 0.03, 2), tenthSlower));
  expect(verdict).toMatchObject({ kind: "too-close", claim: "undecided" });
  expect(verdict.sentence).toContain("the claim asks for");
});

test("equal times keep it, with no measurable difference", () => {
  const verdict = judge(evidence(planted(1, 0.005, 1), planted(1, 0.005, 2), tenthSlower));
  expect(verdict).toMatchObject({ kind: "no-difference", claim: "supported" });
});

test("a clear verdict never comes from an interval that contains 1, nor a claim from one that contains the line", () => {
  const ratio = fc
    .tuple(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.nat(3000), fc.nat(3000))
    .map(([median, below, above]) => ({
      median,
      low: median / (1 + below / 1000),
      high: median * (1 + above / 1000),
      numSamples: 15,
      confidence: 0.95,
    }));
  const line = fc.double({ min: 0.2, max: 3, noNaN: true });
  const resolution = fc.double({ min: 0, max: 0.2, noNaN: true });
  fc.assert(
    fc.property(ratio, line, resolution, (found, drawn, step) => {
      const verdict = judge(evidence([1], [1], { ratio: found, line: drawn, resolution: step }));
      const holds = (value: number) => found.low <= value && value <= found.high;
      if (verdict.kind === "clear") expect(holds(1)).toBe(false);
      if (holds(1)) expect(verdict.kind).toBe("no-difference");
      if (verdict.claim !== "undecided") expect(holds(drawn)).toBe(false);
      expect(verdict.faster === undefined).toBe(verdict.kind !== "clear");
    }),
    { numRuns: 2000 },
  );
});
