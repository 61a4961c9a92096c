import { expect, test } from "vitest";
import { parseScenarioText } from "../../core/simulation/scenario.ts";
import { createSimulation } from "../../core/simulation/scenario-simulation.ts";
import { PAPER_ROWS } from "./paper.ts";
import {
  gainOver,
  largestDifference,
  makeTable,
  openGain,
  paperTable,
  PREDICTION,
  readEvidence,
  readOutcome,
  scenarioText,
  shareBars,
  writeAnswer,
  writeDetails,
  writeVerdict,
} from "./scene.ts";

const VALUES = { requests: 2000, trace: 1 };
const plain = (text: string) => text.replaceAll("\u00a0", " ");

const evidence = readEvidence(
  VALUES,
  PAPER_ROWS.map((row) =>
    readOutcome(
      row,
      createSimulation(parseScenarioText(scenarioText(row.policy, VALUES))).finish(),
    ),
  ),
);

test("the printed parts of each bar sum to 100 %, as far as all are printed", () => {
  for (const { stored, reserved = 0, internal = 0, other } of PAPER_ROWS) {
    if (other !== undefined) expect(stored + reserved + internal + other).toBeCloseTo(1, 2);
  }
});

test("the text of a scenario names policy, requests and seed", () => {
  const scenario = parseScenarioText(scenarioText(PAPER_ROWS[0]!.policy, { ...VALUES, trace: 7 }));
  expect([scenario.policy.id, scenario.seed, scenario.requests]).toMatchObject([
    "orca-max",
    7,
    { numRequests: 2000 },
  ]);
});

test("simulated shares are within five points of the printed ones", () => {
  // Orca (Pow2) is the farthest: what its allocator loses depends on the lengths most.
  expect(largestDifference(evidence.outcomes)).toBeLessThan(0.05);
});

test("a step with more requests takes longer, so requests gain less than tokens", () => {
  const { most, paging } = evidence;
  expect(paging.stepSeconds).toBeGreaterThan(most.stepSeconds);
  expect(gainOver(evidence, most)).toBeLessThan(paging.memory.stored / most.memory.stored);
  expect(gainOver(evidence, most)).toBeGreaterThan(1.5);
});

test("seven requests of 2,048 slots fit into 15,696", () => {
  expect(evidence.most.numRunning).toBeGreaterThan(6.5);
  expect(evidence.most.numRunning).toBeLessThanOrEqual(7);
});

test("the verdict says what was simulated, and the details what the paper measured", () => {
  expect(writeVerdict(evidence)).toContain(openGain(evidence).text);
  expect(plain(writeDetails(evidence).join(" "))).toContain("2.7 to 8 times");
});

test("a gain without a gain is said", () => {
  const { most } = evidence;
  expect(writeVerdict({ ...evidence, paging: most })).toContain("no more requests");
});

test("the prediction's ranges meet, and a skipped one says nothing", () => {
  expect(PREDICTION.options).toHaveLength(4);
  // 96.3 / 20.4
  expect(PREDICTION.question).toContain("4.7 times as many tokens");
  expect(writeAnswer("2-4", 2.7)).toContain("that is it");
  expect(writeAnswer("over-4", 2.7)).toContain("it is not");
  expect(writeAnswer(undefined, 2.7)).toBeUndefined();
});

test("the table before the run holds only what is printed", () => {
  expect(paperTable().rows.map((row) => plain(String(row[1])))).toEqual([
    "20.4 %",
    "26.8 %",
    "38.2 %",
    "96.3 %",
  ]);
  const { columns, rows } = makeTable(evidence);
  expect(rows).toHaveLength(8);
  expect(rows.every((row) => row.length === columns.length)).toBe(true);
  expect(shareBars(evidence.outcomes)).toHaveLength(8);
});
