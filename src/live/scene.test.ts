// Points, roofs and sentences of a planted device: 100 GB/s at every size, 2 TFLOP/s, 1 µs a launch.
import { beforeAll, expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  FAKE_DEVICE,
  fakeContext,
} from "../../tests/experiments/fake-engine.ts";
import ladder from "../experiments/ladder/experiment.ts";
import linearBatch from "../experiments/linear-batch/experiment.ts";
import prefillDecode from "../experiments/prefill-decode/experiment.ts";
import type { KernelTimingRequest } from "../model/engine.ts";
import {
  createScene,
  decades,
  describeScene,
  makeTable,
  sayBounds,
  sayGrowth,
  sayTimes,
  sharedBound,
  timeSeries,
  type Run,
  type Subject,
} from "./scene.ts";

function plantedTime({ kernel, sizes, numRows, repeat }: KernelTimingRequest): number {
  if (repeat === "submission") return 100e-6;
  if (kernel === "ladder/launch") return 1e-6;
  const turns = sizes["numTurns"] ?? sizes["numSteps"] ?? 0;
  if (kernel.startsWith("ladder/read")) return (16 * turns * numRows) / 100e9;
  if (kernel.startsWith("micro/fma")) {
    return (2 * (kernel.endsWith("vec4") ? 32 : 8) * turns * numRows) / 2e12;
  }
  const [inputs, outputs] = [sizes["inputWidth"]!, sizes["outputWidth"]!];
  const moved = 4 * (numRows * inputs + inputs * outputs + numRows * outputs);
  return 1.25 * Math.max(moved / 100e9, (2 * numRows * inputs * outputs) / 2e12);
}

async function runLinear(isSoftware: boolean): Promise<Run> {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: ["linear/vec4"],
    kernelTime: plantedTime,
  });
  const context = fakeContext(clock, { device: { ...FAKE_DEVICE, isSoftware } });
  return {
    ladder: await ladder.run(engine, { largest: "64" }, context),
    record: await linearBatch.run(engine, { largestBatch: "128" }, context),
  };
}

const SUBJECT: Subject = {
  what: "The layer",
  x: { label: "Rows", kind: "log", name: "rows", format: String, say: (rows) => `${rows} rows` },
  arms: [{ arm: "linear", label: "linear layer" }],
  xOf: ({ plan }) => plan.numRows,
  modelled: [],
  published: [],
};

let run: Run;
let software: Run;
beforeAll(async () => {
  [run, software] = [await runLinear(false), await runLinear(true)];
});

test("points lie at a fifth below the roof, and each side of the ridge gets its word", () => {
  const scene = createScene(SUBJECT, run);
  const [{ points } = { points: [] }] = scene.arms;
  expect(points.map(({ x }) => x)).toEqual([1, 2, 4, 8, 16, 32, 64, 128]);
  // One row: 8.39 MFLOP in 1.25 · 16.80 MB / 100 GB/s = 210 µs: 40 GFLOP/s at 0.4994 FLOP/B.
  expect(points[0]!.intensity).toBeCloseTo(0.4994, 4);
  expect(points[0]!.rate.median / 1e9).toBeCloseTo(39.9, 0);
  expect(points[0]!.kernel).toBe("linear/vec4");
  // The ridge is at 20 FLOP/B: 32 rows have 15.4, 64 have 29.7.
  expect(points.map(({ verdict }) => verdict.kind)).toEqual([
    ...Array.from({ length: 6 }, () => "memory"),
    "compute",
    "compute",
  ]);
  expect(scene.roof!.bandwidth.median / 1e9).toBeCloseTo(100, -1);
  expect(sharedBound(scene)).toBeUndefined();
  expect(sayBounds("The layer", points.slice(5))).toBe(
    "The layer: at 32 rows memory bound; at 64 rows and 128 rows compute bound.",
  );
  expect(sayBounds("The layer", points)).toBe(
    "The layer: at 1 rows to 32 rows memory bound; at 64 rows and 128 rows compute bound.",
  );
  expect(timeSeries(scene)[0]!.points).toHaveLength(8);
  expect(makeTable(scene).rows[0]!.at(-1)).toBe("memory bound");
});

test("a point timed by the device’s clock is shown with the wall clock’s median beside it", () => {
  const [point] = createScene(SUBJECT, run).arms[0]!.points;
  // The planted wall clock says the true time; the device's steps by 1 ns in some 12 ms.
  expect(sayTimes(point!)).toMatch(
    /^210\u00a0µs \(210\u00a0µs to 210\u00a0µs\), by the wall clock 210\u00a0µs$/,
  );
  expect(sayTimes({ ...point!, wallDuration: undefined })).not.toContain("wall clock");
});

test("a software adapter has points and no roof, and of none it can be told", () => {
  const scene = createScene(SUBJECT, software);
  expect(scene.roof).toBeUndefined();
  expect(scene.arms[0]!.points.length).toBeGreaterThanOrEqual(4);
  expect(describeScene(SUBJECT, scene)).toContain("at no point can it be told what binds it");
  expect(sharedBound(scene)).toBeUndefined();
});

test("without a ladder nothing is called bound", () => {
  const scene = createScene(SUBJECT, { ...run, ladder: undefined });
  expect(scene.roof).toBeUndefined();
  expect(scene.arms[0]!.points.every(({ verdict }) => verdict.kind === "unknown")).toBe(true);
});

test("the growth is said with its interval", () => {
  expect(sayGrowth(SUBJECT, run.record)[0]).toMatch(
    /^Growth of linear layer: time goes as the rows to the power of 0\.\d\d \(95 % interval −?\d\.\d\d to \d\.\d\d\)/,
  );
});

test("steps of a model are points by the length of the text, their launches counted", async () => {
  const clock = createFakeClock();
  // 32 dispatches of 1 µs each and little more.
  const engine = createFakeEngine({
    clock,
    stepTime: () => 40e-6,
    kernelTime: plantedTime,
  });
  const record = await prefillDecode.run(engine, { prompt: 128, curve: true }, fakeContext(clock));
  const subject: Subject = {
    ...SUBJECT,
    arms: [
      { arm: "prefill", label: "prefill" },
      { arm: "decode", label: "decode" },
    ],
    xOf: ({ step }) => step!.position,
  };
  const scene = createScene(subject, { record, ladder: run.ladder });
  expect(scene.arms.map(({ points }) => points.map(({ x }) => x))).toEqual([
    [8, 16, 32, 64, 128],
    [8, 16, 32, 64, 128],
  ]);
  // The planted plan moves 5.2 MB: 52 µs at 100 GB/s are more than 32 launches.
  expect(scene.arms[1]!.points[0]!.verdict.kind).toBe("memory");
});

test("axes are whole decades", () => {
  expect(decades([3e9, 4.2e11])).toEqual({ min: 1e9, max: 1e12 });
});

test("an axis of decades has a length, though all values are the same power of ten", () => {
  expect(decades([1, 1])).toEqual({ min: 1, max: 10 });
});
