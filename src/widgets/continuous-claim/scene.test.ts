import { expect, test } from "vitest";
import { azureScenario, describeReplays, REPLAY_COLUMNS, REPLAYED, replayRow } from "./azure.ts";
import { parseScenarioText } from "../../core/simulation/scenario.ts";
import { createSimulation } from "../../core/simulation/scenario-simulation.ts";
import { parseTrace } from "../../core/simulation/trace.ts";
import { runComparison } from "./run.ts";
import {
  compare,
  makeTable,
  NUM_SEEDS,
  openRatio,
  runPair,
  writeAnswer,
  writeDetails,
  writeVerdict,
  type Arm,
  type ClaimValues,
  type Pair,
} from "./scene.ts";

const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");
const VALUES: ClaimValues = { rate: 1, spread: 1, seats: 16 };

const arm = (wait: number): Arm => ({ wait, gap: 0.01, outputTokensPerSecond: 200 });

/** Planted waits, in seconds, one for each seed. */
function plant(waiting: (seed: number) => number, joining: (seed: number) => number): Pair[] {
  return Array.from({ length: 20 }, (_, index) => ({
    seed: index + 1,
    waiting: arm(waiting(index + 1)),
    joining: arm(joining(index + 1)),
  }));
}

test("three seconds against thirty milliseconds are a hundred times", () => {
  const comparison = compare(
    VALUES,
    plant(
      () => 3,
      () => 0.03,
    ),
  );
  expect(comparison.ratio.median).toBeCloseTo(100, 9);
  expect(plain(writeVerdict(comparison))).toContain("3.00 s against 30.0 ms, 100× as long");
  expect(writeAnswer("over-40", comparison)).toContain("that is it");
  expect(writeAnswer("2-10", comparison)).toContain("it is not");
  expect(writeAnswer(undefined, comparison)).toBeUndefined();
  const elsewhere = { ...comparison, values: { ...VALUES, rate: 4 } };
  expect(writeAnswer("over-40", elsewhere)).toContain("These settings are others");
});

test("an interval around one gives no winner", () => {
  const comparison = compare(
    VALUES,
    plant(
      (seed) => (seed % 2 === 0 ? 1.5 : 0.7),
      () => 1,
    ),
  );
  expect(writeVerdict(comparison)).toContain("Too close to call over 20 draws");
});

test("a shorter wait under static batching would be said as well", () => {
  expect(
    writeVerdict(
      compare(
        VALUES,
        plant(
          () => 0.5,
          () => 1,
        ),
      ),
    ),
  ).toContain("the shorter wait");
});

test("in every draw short requests wait longer for a batch to end than for a step to end", () => {
  for (const seed of [1, 2, 3]) {
    const { waiting, joining } = runPair(VALUES, seed);
    expect(waiting.wait).toBeGreaterThan(joining.wait);
    // What it costs: a newcomer's prompt holds up a running answer.
    expect(joining.gap).toBeGreaterThan(waiting.gap);
  }
});

test("a wider spread of lengths makes the wait for the batch longer", () => {
  const even = runPair({ ...VALUES, spread: 0 }, 1);
  const wide = runPair({ ...VALUES, spread: 2 }, 1);
  expect(wide.waiting.wait).toBeGreaterThan(even.waiting.wait);
});

test("slices give what one run gives, and a stop is heard", async () => {
  const values = { ...VALUES, rate: 4, seats: 4 };
  const context = { signal: new AbortController().signal, onProgress: () => undefined };
  const { pairs } = await runComparison(values, context);
  expect(pairs).toHaveLength(NUM_SEEDS);
  expect(pairs[0]).toEqual(runPair(values, 1));
  const stopped = { ...context, signal: AbortSignal.abort(new Error("Stopped.")) };
  await expect(runComparison(values, stopped)).rejects.toThrow("Stopped.");
}, 60_000);

test("table, details and opened number hold the same ratio", () => {
  const comparison = compare(
    VALUES,
    plant(
      (seed) => seed,
      () => 0.5,
    ),
  );
  const table = makeTable(comparison);
  expect(table.rows).toHaveLength(20);
  expect(table.rows.every((row) => row.length === table.columns.length)).toBe(true);
  expect(openRatio(comparison).inputs).toHaveLength(20);
  // Seeds 1 to 20 over 0.5: the median is 10.5 / 0.5.
  expect(openRatio(comparison).text).toBe("21×");
  expect(writeDetails(comparison)).toHaveLength(4);
});

test("the scenarios of the replay are read, and serve a short trace under every policy", () => {
  const trace = parseTrace({
    gapsMs: [0, 10, 500],
    promptTokens: [100, 3000, 50],
    outputTokens: [5, 2, 9],
  });
  for (const policy of REPLAYED) {
    const scenario = parseScenarioText(azureScenario(policy, 0.25));
    expect([scenario.policy.id, scenario.deployment.maxModelLen]).toEqual([policy.id, 16_384]);
    const requests = { ...scenario.requests, numRequests: 3 };
    const report = createSimulation(
      { ...scenario, requests },
      {
        trace,
      },
    ).finish();
    expect([report.numFinished, report.numRefused]).toEqual([3, 0]);
    expect(replayRow({ name: policy.name, speed: 0.25, report })).toHaveLength(
      REPLAY_COLUMNS.length,
    );
    expect(describeReplays([{ name: policy.name, speed: 0.25, report }])).toContain(policy.name);
  }
});
