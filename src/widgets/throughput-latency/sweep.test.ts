import { expect, test } from "vitest";
import { parseScenarioText } from "../../core/simulation/scenario.ts";
import { createSimulation } from "../../core/simulation/scenario-simulation.ts";
import { parameters } from "./parameters.ts";
import { gatherSweep, isSweepOf, planSweep, pointOf, ratesOf, type SweepValues } from "./sweep.ts";

const DEFAULTS: SweepValues = {
  policies: parameters.policies.default,
  model: parameters.model.default,
  hardware: parameters.hardware.default,
  prompt: parameters.prompt.default,
  output: parameters.output.default,
  period: parameters.period.default,
  firstToken: parameters.firstToken.default,
  perToken: parameters.perToken.default,
};

test("rates rise, and the last ones are above what the server sustains", () => {
  const rates = ratesOf(DEFAULTS);
  expect(rates).toEqual(rates.toSorted((a, b) => a - b));
  // Fractions 0.02 and 1.4 of one rate, rounded to two digits.
  expect(rates.at(-1)! / rates[0]!).toBeCloseTo(70, -1);
});

test("every scheduler gets the same requests and the same cache", () => {
  const scenarios = planSweep({ ...DEFAULTS, policies: "four" }).map(({ scenario }) =>
    parseScenarioText(scenario),
  );
  expect(new Set(scenarios.map(({ numBlocks }) => numBlocks)).size).toBe(1);
  expect(new Set(scenarios.map(({ policy }) => policy.id))).toEqual(
    new Set(["static", "orca-max", "vllm-v0", "vllm-v1"]),
  );
  const requestsOf = (id: string) =>
    scenarios.filter(({ policy }) => policy.id === id).map(({ requests }) => requests);
  expect(requestsOf("static")).toEqual(requestsOf("vllm-v1"));
});

test("requests arrive for the asked time: 60 s at 10 a second are 600", () => {
  const rates = ratesOf(DEFAULTS);
  const runs = planSweep(DEFAULTS);
  for (const [index, { scenario }] of runs.slice(0, rates.length).entries()) {
    const { requests } = parseScenarioText(scenario);
    expect(requests).toMatchObject({ numRequests: Math.round(rates[index]! * 60) });
  }
});

test("a change of the objective is another sweep, the order of the fields is not", () => {
  const sweep = { values: DEFAULTS, curves: [] };
  expect(isSweepOf(sweep, { ...DEFAULTS })).toBe(true);
  expect(isSweepOf(sweep, { ...DEFAULTS, perToken: 50 })).toBe(false);
});

// The figure opens with this file. A changed simulator or fit changes it: `npx vitest run -u <this file>` renews it.
test(
  "the sweep that the page ships is the one that the simulator gives",
  { timeout: 120_000 },
  async () => {
    const runs = planSweep(DEFAULTS);
    const points = runs.map(({ rate, scenario }) =>
      pointOf(rate, createSimulation(parseScenarioText(scenario)).finish()),
    );
    const sweep = gatherSweep(DEFAULTS, runs, points);
    await expect(`${JSON.stringify(sweep, undefined, 2)}\n`).toMatchFileSnapshot(
      "modelled-sweep.json",
    );
  },
);
