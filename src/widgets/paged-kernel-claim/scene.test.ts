import { expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import pagingExperiment from "../../experiments/paging/experiment.ts";
import { costOf, PREDICTION, writePrediction } from "./prediction.ts";
import { makeTable, modelledStats, tableReads, writeStats, writeTimes } from "./scene.ts";

// A planted device: 1 ms in one stretch of memory; paged as said.
async function plantedRecord(paged: number) {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: ({ path }) => (path.kvLayout === "paged" ? paged : 0.001),
  });
  const values = { position: 15, batch: 1, fusion: true, curve: false };
  return pagingExperiment.run(engine, values, fakeContext(clock));
}

const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");
const ratio = (median: number, low: number, high: number) => ({
  median,
  low,
  high,
  numSamples: 15,
  confidence: 0.95,
});

test("256 tokens lie in 16 blocks, and six layers read 102 entries of 4 bytes", () => {
  // 16 to read and one to write, in each layer.
  expect(tableReads(255, 1)).toEqual({ entries: 102, bytes: 408 });
  expect(tableReads(256, 2).entries).toBe(6 * 2 * 18);
  expect(modelledStats(255, 1)[0]?.value).toBe("16");
});

test("a ratio below 1 is a cost: contiguous over paged 0.8 makes a token a quarter longer", () => {
  const cost = costOf(ratio(0.8, 0.5, 1));
  expect(cost.median).toBeCloseTo(0.25, 10);
  expect([cost.low, cost.high]).toEqual([0, 1]);
});

test("a planted cost of 5 % is found and said", async () => {
  const record = await plantedRecord(0.00105);
  expect(plain(writeStats(record)[0]?.value)).toMatch(/^5(\.0)? % more$/);
  expect(record.verdict.claim).toBe("supported");
  expect(plain(writeTimes(record))).toContain("a contiguous KV cache: 1.00 ms");
});

test("a planted cost of 50 % refutes the claim", async () => {
  expect((await plantedRecord(0.0015)).verdict.claim).toBe("refuted");
});

test("the prediction stands beside the measured cost, and says where the interval goes", () => {
  expect(PREDICTION.options.map(({ value }) => value)).toEqual([
    "under-2",
    "2-10",
    "10-25",
    "over-25",
  ]);
  // 1 / 0.95 − 1 = 5.3 %; the interval is 4.2 to 6.4 %.
  expect(plain(writePrediction("2-10", ratio(0.95, 0.94, 0.96)))).toBe(
    "You predicted 2 to 10 %; measured: 5.3 % more.",
  );
  expect(writePrediction("2-10", ratio(0.95, 0.9, 0.96))).toContain("leaves the range");
  expect(writePrediction("under-2", ratio(0.95, 0.9, 1.02))).toContain("reaches into the range");
  expect(writePrediction("under-2", ratio(1.05, 1.04, 1.06))).toContain("less.");
  expect(writePrediction(undefined, ratio(1, 1, 1))).toBeUndefined();
});

test("the table has a row an arm", async () => {
  const { rows, columns } = makeTable(await plantedRecord(0.001));
  expect(rows.map(([label]) => label)).toEqual(["a contiguous KV cache", "a paged KV cache"]);
  expect(rows.every((row) => row.length === columns.length)).toBe(true);
});
