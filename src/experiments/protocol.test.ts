import { expect, test } from "vitest";
import { createRandom } from "../core/statistics/random.ts";
import { seconds } from "../core/units/units.ts";
import { createFakeClock, type FakeClock } from "../../tests/experiments/fake-engine.ts";
import {
  findCrossCheckRatio,
  measure,
  measurePair,
  PAIR_PROTOCOL,
  usablePairs,
  type MeasurementRequest,
  type Reading,
  type TakeSample,
} from "./protocol.ts";

/** Says `durationMs` a repeat after letting 20 repeats' worth of time pass. */
function arm(clock: FakeClock, durationMs: (call: number) => number): TakeSample {
  let call = 0;
  return () => {
    const value = durationMs(call++) / 1000;
    clock.advance(0.02);
    const reading: Reading = {
      numRepeats: 10,
      deviceDuration: seconds(value),
      wallDuration: seconds(value * 1.02),
    };
    return Promise.resolve(reading);
  };
}

/** The same arm on a device whose clock says nothing. */
function withoutTimestamps(take: TakeSample): TakeSample {
  return async () => ({ ...(await take()), deviceDuration: undefined });
}

const failing: TakeSample = () => Promise.reject(new Error("The device was lost."));

function request(
  clock: FakeClock,
  arms: readonly TakeSample[],
  change: Partial<MeasurementRequest> = {},
): MeasurementRequest {
  return {
    arms,
    settings: PAIR_PROTOCOL,
    seed: 1,
    clock,
    deviceClock: "timestamp-query",
    ...change,
  };
}

test("at least 300 ms of real work come before the first sample that counts", async () => {
  const clock = createFakeClock();
  const done = await measure(request(clock, [arm(clock, () => 1), arm(clock, () => 2)]));
  expect(done.warmUpDuration).toBeGreaterThanOrEqual(0.3);
  // 20 ms a sample: 15, or 16 where fifteen sums of 0.02 fall short of 0.3 by rounding.
  expect(done.numWarmUpSamples).toBeGreaterThanOrEqual(15);
  expect(done.numWarmUpSamples).toBeLessThanOrEqual(16);
});

test("a narrow interval stops at 15 pairs, a wide one goes on to 25", async () => {
  const clock = createFakeClock();
  const narrow = await measure(request(clock, [arm(clock, () => 1), arm(clock, () => 2)]));
  expect(narrow).toMatchObject({ numRounds: 15, stoppedBy: "enough" });
  const random = createRandom(4);
  const noisy = () => 1 + 0.9 * random();
  const wide = await measure(request(clock, [arm(clock, noisy), arm(clock, noisy)]));
  expect(wide).toMatchObject({ numRounds: 25, stoppedBy: "enough" });
});

test("every round runs every arm once, in an order that the seed decides and that changes", async () => {
  const clock = createFakeClock();
  const run = (seed: number) =>
    measure(request(clock, [arm(clock, () => 1), arm(clock, () => 2)], { seed }));
  const { order } = await run(5);
  for (const round of order) expect(new Set(round)).toEqual(new Set([0, 1]));
  expect(new Set(order.map(String)).size).toBe(2);
  expect((await run(5)).order).toEqual(order);
  expect((await run(6)).order).not.toEqual(order);
});

test("the arms are called in the order that the record names", async () => {
  const clock = createFakeClock();
  const calls: number[] = [];
  const arms = [0, 1].map((index) => {
    const take = arm(clock, () => 1 + index);
    return () => {
      calls.push(index);
      return take();
    };
  });
  const { order, numWarmUpSamples } = await measure(request(clock, arms));
  expect(calls.slice(numWarmUpSamples)).toEqual(order.flat());
});

test("negative, zero, absent and impossible readings are kept, dropped and named", async () => {
  const clock = createFakeClock();
  // After the warm-up (15 samples, 8 of arm 0) come four bad ones. 10 repeats of 5 ms do not fit in 20 ms.
  const bad: Readonly<Record<number, number>> = { 8: -1, 9: 0, 10: Number.NaN, 11: 5 };
  const done = await measure(
    request(clock, [arm(clock, (call) => bad[call] ?? 1), arm(clock, () => 1)]),
  );
  const dropped = done.samples[0]!.map((sample) => sample.dropped);
  expect(dropped.slice(0, 5)).toEqual(["negative", "zero", "no-reading", "reset", undefined]);
  expect(done.samples[0]![0]!.deviceSeconds).toBe(-0.001);
  expect(done.samples[0]![2]).not.toHaveProperty("deviceSeconds");
  // The four rounds are made up for.
  expect(done.numRounds).toBe(15);
  expect(done.samples[0]).toHaveLength(19);
  expect(usablePairs(done.samples[0]!, done.samples[1]!, done.clock)).toHaveLength(15);
});

test("a sample during which the page was hidden counts for nothing", async () => {
  const clock = createFakeClock();
  // Hidden until 450 ms after the start. The warm-up takes 16 samples of 20 ms; those that start at 320, 340 … 440 ms
  // are hidden.
  clock.hiddenUntil = clock.now() + 0.45;
  const done = await measure(request(clock, [arm(clock, () => 1), arm(clock, () => 1)]));
  const hidden = done.samples.flat().filter(({ dropped }) => dropped === "hidden");
  expect(hidden).toHaveLength(7);
  expect(done.clock).toBe("timestamp-query");
  expect(done.numRounds).toBe(15);
});

test("a clock that mostly fails is given up for the wall clock", async () => {
  const clock = createFakeClock();
  const arms = [arm(clock, () => 1), arm(clock, () => 2)].map(withoutTimestamps);
  const done = await measure(request(clock, arms));
  expect(done.clock).toBe("wall");
  expect(done.numRounds).toBe(15);
});

test("arms that never give a usable sample end the run after 50 rounds", async () => {
  const clock = createFakeClock();
  const done = await measure(
    request(clock, [arm(clock, () => -1), arm(clock, () => -1)], { deviceClock: "wall" }),
  );
  expect(done).toMatchObject({ numRounds: 0, stoppedBy: "drops" });
  expect(done.order).toHaveLength(50);
});

test("a spent budget ends the run, but not before six pairs", async () => {
  const clock = createFakeClock();
  const settings = { ...PAIR_PROTOCOL, budget: seconds(0.2) };
  // 40 ms a pair: after 5 pairs 200 ms are gone, and the verdict needs one more.
  const done = await measure(
    request(clock, [arm(clock, () => 1), arm(clock, () => 1)], { settings }),
  );
  expect(done).toMatchObject({ numRounds: 6, stoppedBy: "budget" });
});

test("twice the budget ends the run with whatever there is", async () => {
  const clock = createFakeClock();
  const settings = { ...PAIR_PROTOCOL, budget: seconds(0.05) };
  // 40 ms a pair: 100 ms are gone after three.
  const done = await measure(
    request(clock, [arm(clock, () => 1), arm(clock, () => 1)], { settings }),
  );
  expect(done).toMatchObject({ numRounds: 3, stoppedBy: "budget" });
});

test("arms too slow for the budget are not all warmed up", async () => {
  const clock = createFakeClock();
  const settings = { ...PAIR_PROTOCOL, budget: seconds(2), warmUp: seconds(0.05) };
  const arms = Array.from({ length: 40 }, () => arm(clock, () => 1));
  // A quarter of the budget holds 25 samples of 20 ms.
  const done = await measure(request(clock, arms, { settings }));
  expect(done.numWarmUpSamples).toBeGreaterThanOrEqual(25);
  expect(done.numWarmUpSamples).toBeLessThanOrEqual(26);
});

test("cancelling ends it after the sample under way, with the signal's own reason", async () => {
  const clock = createFakeClock();
  const controller = new AbortController();
  let numCalls = 0;
  const stopping = arm(clock, () => {
    if (++numCalls === 20) controller.abort(new Error("The reader pressed Stop."));
    return 1;
  });
  await expect(
    measure(request(clock, [stopping, stopping], { signal: controller.signal })),
  ).rejects.toThrow("The reader pressed Stop.");
  expect(numCalls).toBe(20);
});

test("nothing is run for a signal that is already aborted", async () => {
  const clock = createFakeClock();
  let numCalls = 0;
  const counting = arm(clock, () => ++numCalls);
  const signal = AbortSignal.abort();
  await expect(measure(request(clock, [counting], { signal }))).rejects.toThrow("abort");
  expect(numCalls).toBe(0);
});

test("the page gets a turn every 50 ms or so, never more often", async () => {
  const clock = createFakeClock();
  const start = clock.now();
  await measure(request(clock, [arm(clock, () => 1), arm(clock, () => 1)]));
  const numSlots = (clock.now() - start) / PAIR_PROTOCOL.yieldAfter;
  expect(clock.numPauses).toBeLessThanOrEqual(numSlots);
  // Samples of 20 ms: a turn falls due every third.
  expect(clock.numPauses).toBeGreaterThanOrEqual(Math.floor(numSlots * 0.8));
});

test("progress only grows, and ends at 1", async () => {
  const clock = createFakeClock();
  const fractions: number[] = [];
  await measure(
    request(clock, [arm(clock, () => 1), arm(clock, () => 1)], {
      onProgress: (fraction) => fractions.push(fraction),
    }),
  );
  expect(fractions).toEqual(fractions.toSorted((one, other) => one - other));
  expect(fractions.at(-1)).toBe(1);
});

test("an error of the machine ends the measurement as it is", async () => {
  const clock = createFakeClock();
  await expect(measure(request(clock, [failing]))).rejects.toThrow("The device was lost.");
});

test("the cross-check is the median of wall time over device time, of samples that count", () => {
  const ratio = findCrossCheckRatio([
    [
      { numRepeats: 1, deviceSeconds: 1, wallSeconds: 1.1 },
      { numRepeats: 1, deviceSeconds: 2, wallSeconds: 2.4 },
    ],
    [
      { numRepeats: 1, deviceSeconds: 1, wallSeconds: 1.3 },
      { numRepeats: 1, deviceSeconds: 1, wallSeconds: 9, dropped: "hidden" },
      { numRepeats: 1, wallSeconds: 9 },
    ],
  ]);
  expect(ratio).toBeCloseTo(1.2, 12);
});

const FEW_ROUNDS = { ...PAIR_PROTOCOL, minRounds: 7, maxRounds: 7 };

test("two arms of a curve go on to fifteen pairs, by the clock that was found to work", async () => {
  const clock = createFakeClock();
  const arms = [0.5, 1, 1.5].map((time) => withoutTimestamps(arm(clock, () => time)));
  const curve = await measure(request(clock, arms, { settings: FEW_ROUNDS }));
  const both = await measurePair(request(clock, arms), curve, [2, 0]);
  expect(both.samples.map((own) => own.length)).toEqual([15, 7, 15]);
  expect(both).toMatchObject({ clock: "wall", numRounds: 15, stoppedBy: "enough" });
  expect(both.order.slice(0, 7)).toEqual(curve.order);
  expect(both.order.slice(7).map((round) => new Set(round))).toEqual(
    Array.from({ length: 8 }, () => new Set([0, 2])),
  );
  // 1.5 ms and 0.5 ms, each still with its own arm.
  for (const [third, first] of usablePairs(both.samples[2]!, both.samples[0]!, "wall")) {
    expect(third / first).toBeCloseTo(3, 9);
  }
  const wallSeconds = curve.samples[1]!.map((sample) => sample.wallSeconds);
  expect(both.samples[1]!.map((sample) => sample.wallSeconds)).toEqual(wallSeconds);
});

test("a pair that was sampled often enough already is not sampled again", async () => {
  const clock = createFakeClock();
  const arms = [1, 2].map((time) => arm(clock, () => time));
  const measured = await measure(request(clock, arms));
  expect(await measurePair(request(clock, arms), measured, [0, 1])).toEqual(measured);
});

const wrongOnce = (call: number) => (call === 8 ? -1 : 1);

test("a round of the curve whose sample was dropped is made up for in the pairs", async () => {
  const clock = createFakeClock();
  // After the warm-up (15 samples or 16, 5 or 6 of the first arm) that arm reads nonsense once.
  const arms = [arm(clock, wrongOnce), arm(clock, () => 1), arm(clock, () => 1)];
  const curve = await measure(request(clock, arms, { settings: FEW_ROUNDS }));
  const withIt = await measurePair(request(clock, arms), curve, [0, 1]);
  const without = await measurePair(request(clock, arms), curve, [1, 2]);
  expect(withIt.numRounds).toBe(15);
  expect(withIt.samples[0]!.filter(({ dropped }) => dropped !== undefined)).toHaveLength(1);
  expect(withIt.samples[0]).toHaveLength(16);
  expect(without.samples[1]).toHaveLength(15);
});
