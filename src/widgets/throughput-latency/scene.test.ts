import { expect, test } from "vitest";
import {
  describeSettings,
  describeSweep,
  findBest,
  findKnee,
  latencyOf,
  makeRules,
  makeSeries,
  makeTable,
  MODELLED_SWEEP,
} from "./scene.ts";
import type { SweepPoint } from "./sweep.ts";

function point(tokensPerSecond: number, seconds: number, goodput = 1): SweepPoint {
  const latency = { mean: seconds, p99: 2 * seconds };
  return {
    rate: tokensPerSecond / 100,
    numRequests: 10,
    tokensPerSecond,
    timePerOutputToken: latency,
    timeToFirstToken: latency,
    goodput,
  };
}

const TPOT = latencyOf("tpot-mean");

test("the knee has the most throughput for its latency", () => {
  // 100 / 0.01 = 10,000; 1000 / 0.02 = 50,000; 1200 / 0.04 = 30,000.
  const points = [point(100, 0.01), point(1000, 0.02), point(1200, 0.04)];
  expect(findKnee(points, TPOT)).toBe(points[1]);
});

test("a run without a latency is no knee, and no run has none", () => {
  expect(findKnee([point(100, Number.NaN)], TPOT)).toBeUndefined();
  expect(findKnee([], TPOT)).toBeUndefined();
});

test("the best goodput is not at the highest rate once requests wait too long", () => {
  const points = [point(100, 0.01, 1), point(1000, 0.02, 9), point(1200, 0.04, 3)];
  expect(findBest(points)).toBe(points[1]);
});

test("a token each 190 ms is the reading speed, so an objective of 190 ms draws one line", () => {
  // 238 · 1.33 / 60 = 5.2757 tokens a second, 0.18955 s each.
  const { values } = MODELLED_SWEEP;
  const [line, ...others] = makeRules(TPOT, { ...values, perToken: 190 });
  expect(line?.value).toBeCloseTo(0.18955, 5);
  expect(others).toEqual([]);
  expect(makeRules(TPOT, { ...values, perToken: 50 })).toHaveLength(2);
});

test("a first token has no reading speed, only its objective", () => {
  const rules = makeRules(latencyOf("ttft-p99"), { ...MODELLED_SWEEP.values, firstToken: 500 });
  expect(rules.map(({ value }) => value)).toEqual([0.5]);
});

function mostOf(policy: string): number {
  const points = MODELLED_SWEEP.curves.find((curve) => curve.policy === policy)?.points ?? [];
  return points
    .filter(({ timeToFirstToken }) => timeToFirstToken.mean < 1)
    .reduce((most, { tokensPerSecond }) => Math.max(most, tokensPerSecond), 0);
}

test("on the sweep that ships, vLLM V1 gives more than static batching before its first tokens are late", () => {
  expect(mostOf("vllm-v1")).toBeGreaterThan(10 * mostOf("static"));
});

test("settings that were not simulated are not described by curves of others", () => {
  const { values } = MODELLED_SWEEP;
  expect(describeSettings(values, TPOT)).toBe(describeSweep(MODELLED_SWEEP, TPOT));
  expect(describeSettings({ ...values, prompt: 512 }, TPOT)).toContain("prompts of 512");
  expect(describeSettings({ ...values, prompt: 512 }, TPOT)).not.toContain("knee");
});

test("each scheduler has a curve and a knee, a row a run, and a sentence", () => {
  const series = makeSeries(MODELLED_SWEEP, TPOT);
  expect(series.map(({ id }) => id)).toEqual(["static", "vllm-v1", "knee"]);
  expect(series.at(-1)?.points).toHaveLength(2);
  const { columns, rows } = makeTable(MODELLED_SWEEP);
  expect(rows).toHaveLength(26);
  expect(rows.every((row) => row.length === columns.length)).toBe(true);
  expect(describeSweep(MODELLED_SWEEP, TPOT)).toContain("vLLM V1 gives at most");
});
