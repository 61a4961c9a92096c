import { expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import batchExperiment from "../../experiments/batch/experiment.ts";
import {
  findSlowdown,
  judgeClaim,
  largestReadable,
  makeSeries,
  makeTable,
  modelledStats,
  pointsOf,
  stepBytes,
  writeStats,
} from "./scene.ts";

const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");

/** A planted device: a step takes a fixed time and a time for each sequence, always. */
async function plantedRecord(step: number, each: number, curve = true) {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: ({ batch }) => step + batch * each,
  });
  const values = { batch: 16, position: 15, kvLayout: "contiguous", largestBatch: 64, curve };
  return batchExperiment.run(engine, values, fakeContext(clock));
}

test("sixteen sequences read the weights once and sixteen caches", () => {
  // The tied story model: 1,312,384 parameters of 4 B; 2 · 6 · 2 · 32 · 4 = 3,072 B a token.
  expect(stepBytes(16, 64)).toEqual({ weights: 5_249_536, caches: 16 * 64 * 3072 });
  expect(plain(modelledStats(16, 64)[0]?.value)).toBe("5.25 MB");
});

test("a step of 10 ms and 1 ms a sequence writes 91 tokens a second alone and 865 in a batch of 64", async () => {
  // 1 / 0.011 = 90.9; 64 / 0.074 = 864.9, 13.5 each.
  const points = pointsOf(await plantedRecord(0.01, 0.001));
  expect(points.map(({ batch }) => batch)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  expect(points[0]?.all.median).toBeCloseTo(90.9, 0);
  expect(points.at(-1)?.all.median).toBeCloseTo(864.9, 0);
  expect(points.at(-1)?.each.median).toBeCloseTo(13.5, 0);
  expect(points.every(({ isOnFrontier }) => isOnFrontier)).toBe(true);
});

test("each reader waits 26/11 as long for a token in the batch of sixteen", async () => {
  // (10 + 16) / (10 + 1)
  expect(findSlowdown(await plantedRecord(0.01, 0.001))?.median).toBeCloseTo(26 / 11, 1);
});

test("the largest batch that keeps up with reading is the last above 5.28 tokens a second each", async () => {
  // 0.1 s + 5 ms a sequence: batch 16 gives 5.56 a second each, batch 32 gives 3.85.
  const record = await plantedRecord(0.1, 0.005);
  expect(largestReadable(pointsOf(record))?.batch).toBe(16);
  expect(judgeClaim(record)).toContain("up to batch 16 every reader");
  expect(writeStats(record).at(-1)?.value).toBe("16");
});

test("where every batch is readable or none is, the judgement says so", async () => {
  expect(judgeClaim(await plantedRecord(0.001, 0.0001))).toContain("even batch 64");
  expect(judgeClaim(await plantedRecord(1, 0.01))).toContain("not even one sequence");
});

test("batches whose intervals overlap are not ranked", async () => {
  const record = await plantedRecord(0.01, 0.001);
  const blurred = {
    ...record,
    curve: {
      ...record.curve!,
      series: record.curve!.series.map((series) => ({
        ...series,
        duration: {
          ...series.duration!,
          low: 0.7 * series.duration!.median,
          high: 1.4 * series.duration!.median,
        },
      })),
    },
  };
  expect(judgeClaim(record)).toContain("the largest batch, 64, gave the most");
  // 64 / 0.074 / 1.4 = 618 at least; batch 32 reaches 32 / 0.042 / 0.7 = 1088, batch 16 879, batch 8 635, batch 4 408.
  expect(judgeClaim(blurred)).toContain(
    "the batches from 8 on gives the most is too close to call",
  );
});

test("without a curve the two arms are the points", async () => {
  const record = await plantedRecord(0.01, 0.001, false);
  expect(pointsOf(record).map(({ batch }) => batch)).toEqual([1, 16]);
  expect(makeSeries(pointsOf(record))).toHaveLength(1);
});

test("a batch that another one beats in both is no part of the frontier", async () => {
  // Time that grows with the square of the batch: two sequences take four times as long.
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: ({ batch }) => 0.01 * batch ** 2,
  });
  const values = { batch: 2, position: 15, kvLayout: "contiguous", largestBatch: 4, curve: true };
  const record = await batchExperiment.run(engine, values, fakeContext(clock));
  const points = pointsOf(record);
  expect(points.map(({ isOnFrontier }) => isOnFrontier)).toEqual([true, false, false]);
  expect(makeSeries(points).map(({ id }) => id)).toEqual(["frontier", "beaten"]);
  expect(judgeClaim(record)).toContain("batch 1 gave the most tokens a second, batch 4 fewer");
});

test("the table has a row for each batch", async () => {
  const { columns, rows } = makeTable(await plantedRecord(0.01, 0.001));
  expect(rows).toHaveLength(7);
  expect(rows.every((row) => row.length === columns.length)).toBe(true);
});
