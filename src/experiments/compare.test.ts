import { expect, test } from "vitest";
import { createRandom } from "../core/statistics/random.ts";
import { seconds } from "../core/units/units.ts";
import {
  createFakeClock,
  createFakeEngine,
  FAKE_DEVICE,
  fakeContext,
  type FakeOptions,
} from "../../tests/experiments/fake-engine.ts";
import { DEFAULT_PATH } from "../model/engine.ts";
import { runComparison, type ComparisonPlan } from "./compare.ts";
import { quickSettings, type Progress, type RunContext } from "./experiment.ts";

const plan: ComparisonPlan = {
  experiment: "lab",
  claim: "Fused kernels are faster.",
  parameters: {},
  baseline: {
    arm: "a",
    label: "unfused",
    path: { ...DEFAULT_PATH, fusion: false },
    batch: 1,
    position: 64,
  },
  contender: { arm: "b", label: "fused", path: DEFAULT_PATH, batch: 1, position: 64 },
  line: 1,
  words: { baseline: "unfused kernels", contender: "fused kernels", per: "a token" },
};

/** 100 µs a step; unfused takes `factor` times that. */
function compare(
  factor: number,
  options: Partial<FakeOptions> = {},
  change: Partial<RunContext> = {},
) {
  const clock = options.clock ?? createFakeClock();
  const random = createRandom(8);
  const engine = createFakeEngine({
    clock,
    stepTime: ({ path }) => 1e-4 * (path.fusion ? 1 : factor) * (1 + 0.01 * (random() - 0.5)),
    ...options,
  });
  return runComparison(engine, plan, fakeContext(clock, change));
}

test("a clock of 65,536 ns is found, and a difference below its step is not called", async () => {
  // Samples of 20 ms: 305 steps of the clock; 0.2 % is less than one of them.
  const record = await compare(1.002, {
    quantum: 65_536,
    stepTime: ({ path }) => 1e-4 * (path.fusion ? 1 : 1.002),
  });
  const { method, resolution } = record.comparison;
  expect(method.quantumSeconds! * 1e9).toBeGreaterThanOrEqual(65_535.9);
  expect((method.quantumSeconds! * 1e9) / 65_536).toBeCloseTo(
    Math.round((method.quantumSeconds! * 1e9) / 65_536),
    6,
  );
  expect(resolution).toBeGreaterThan(2 / 310);
  expect(record.verdict.kind).toBe("no-difference");
});

test("the same clock does not hide a difference of a tenth", async () => {
  const record = await compare(1.1, { quantum: 65_536 });
  expect(record.verdict).toMatchObject({ kind: "clear", faster: "contender", claim: "supported" });
});

test("wall time 30 % above device time is noted with both figures kept", async () => {
  const record = await compare(2, {
    distort: (timing) => ({ ...timing, wallDuration: seconds(timing.wallDuration * 1.3) }),
  });
  expect(record.comparison.method.crossCheckRatio).toBeCloseTo(1.3, 2);
  expect(record.comparison.method.isCrossChecked).toBe(false);
  expect(record.comparison.baseline.wallDuration!.median).toBeGreaterThan(
    record.comparison.baseline.duration!.median * 1.25,
  );
  // 100 µs fused and 200 µs unfused, give or take half a hundredth, by the device's clock.
  expect(record.notes.join(" ")).toMatch(
    /Wall-clock time is 1\.30 times device time, more than 15 % apart\. Medians by the device’s clock and by the wall clock: unfused (199|200|201) µs and (259|260|261) µs; fused (99\.\d|100) µs and (129|130|131) µs\. The verdict rests on device time\./,
  );
});

test("wall time 10 % above device time passes the cross-check", async () => {
  const record = await compare(2, {
    distort: (timing) => ({ ...timing, wallDuration: seconds(timing.wallDuration * 1.1) }),
  });
  expect(record.comparison.method.isCrossChecked).toBe(true);
  expect(record.notes).toEqual([]);
});

test("a device without timestamps is timed by the wall clock, and the record says so", async () => {
  const record = await compare(
    2,
    { distort: (timing) => ({ ...timing, deviceDuration: undefined }) },
    { device: { ...FAKE_DEVICE, clock: "wall" } },
  );
  expect(record.comparison.method.clock).toBe("wall");
  expect(record.comparison).not.toHaveProperty("wallRatio");
  expect(record.verdict.kind).toBe("clear");
  expect(record.notes).toEqual([
    "The device offers no timestamps: times are slopes of the wall clock.",
  ]);
});

test("times from software are said to stand for no GPU", async () => {
  const device = { ...FAKE_DEVICE, name: "planted software", isSoftware: true };
  const record = await compare(2, {}, { device });
  expect(record.device.isSoftware).toBe(true);
  expect(record.notes[0]).toBe(
    "Measured on software (planted software): these times stand for no GPU.",
  );
});

test("fewer pairs than asked for are said, with the cause", async () => {
  // A step of 0.5 s takes 1.5 s to sample: 3 s a pair.
  const record = await compare(
    1,
    { stepTime: () => 0.5 },
    { pairSettings: quickSettings(seconds(6)) },
  );
  expect(record.comparison.method.stoppedBy).toBe("budget");
  expect(record.verdict.kind).toBe("too-close");
  expect(record.notes.join(" ")).toContain("of 6 pairs were taken: the time allowed was spent.");
});

test("drops are counted by reason in the series and said in a note", async () => {
  const record = await compare(2, {
    distort: (timing, call) =>
      call % 10 === 9 ? { ...timing, deviceDuration: seconds(-1) } : timing,
  });
  const { baseline, contender } = record.comparison;
  const numNegative = (baseline.numDropped.negative ?? 0) + (contender.numDropped.negative ?? 0);
  expect(numNegative).toBeGreaterThan(0);
  expect(record.notes).toContain(`Samples that count for nothing: ${numNegative} negative.`);
  expect(record.verdict.kind).toBe("clear");
});

test("the ratio of a batch is of times a token, not a step", async () => {
  // A step of 16 sequences takes twice as long as one of 1: 8 times the tokens a second.
  const clock = createFakeClock();
  const engine = createFakeEngine({ clock, stepTime: ({ batch }) => (batch === 1 ? 1e-4 : 2e-4) });
  const arm = (batch: number) => ({ ...plan.contender, arm: `batch-${batch}`, batch });
  const record = await runComparison(
    engine,
    { ...plan, baseline: arm(1), contender: arm(16) },
    fakeContext(clock),
  );
  expect(record.comparison.ratio!.median).toBeCloseTo(8, 3);
  expect(record.comparison.contender.duration!.median).toBeCloseTo(2e-4, 6);
});

test("the plan of each arm, its dispatches and rows, is kept", async () => {
  const { comparison } = await compare(2);
  expect(comparison.baseline.plan.numDispatches).toBe(92);
  expect(comparison.contender.plan).toMatchObject({ numDispatches: 32, numRows: 1 });
});

test("progress runs from the pairs to the curve and ends at 1", async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({ clock, stepTime: () => 1e-4 });
  const seen: Progress[] = [];
  const curve = {
    against: "batch",
    arms: [1, 2, 4].map((batch) => ({ ...plan.contender, batch })),
  } as const;
  const record = await runComparison(
    engine,
    { ...plan, curve },
    fakeContext(clock, { onProgress: (progress) => seen.push(progress) }),
  );
  const fractions = seen.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((one, other) => one - other));
  expect(fractions.at(-1)).toBe(1);
  expect(seen.at(-1)!.series.map(({ id }) => id)).toEqual(["a@64x1", "b@64x1"]);
  expect(record.curve!.series.map(({ id }) => id)).toEqual(["b@64x1", "b@64x2", "b@64x4"]);
});

test("cancelling during the curve leaves no record", async () => {
  const clock = createFakeClock();
  const controller = new AbortController();
  const engine = createFakeEngine({ clock, stepTime: () => 1e-4 });
  const running = runComparison(
    engine,
    { ...plan, curve: { against: "position", arms: [plan.contender] } },
    fakeContext(clock, {
      signal: controller.signal,
      onProgress: ({ fraction }) => {
        if (fraction > 0.6) controller.abort(new Error("cancelled"));
      },
    }),
  );
  await expect(running).rejects.toThrow("cancelled");
});

test("the same seed and the same times give the same record", async () => {
  expect(await compare(1.5)).toEqual(await compare(1.5));
});

test("an error of the engine is passed on as it is", async () => {
  const clock = createFakeClock();
  const engine = {
    ...createFakeEngine({ clock, stepTime: () => 1 }),
    timeStep: () => Promise.reject(new Error("The device was lost.")),
  };
  await expect(runComparison(engine, plan, fakeContext(clock))).rejects.toThrow(
    "The device was lost.",
  );
});
