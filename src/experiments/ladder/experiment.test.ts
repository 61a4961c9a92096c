import { expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  FAKE_DEVICE,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import { MEBI } from "../../core/units/units.ts";
import { EngineError, type KernelTimingRequest } from "../../model/engine.ts";
import { parseGpuFile, parseKernelRecord } from "../kernel-record-schema.ts";
import { memoryRoof, readRoofs } from "../roofs.ts";
import ladder from "./experiment.ts";

const LAUNCH_SECONDS = 4e-6;

/** 800 GB/s from working sets up to 16 MiB, 200 GB/s beyond, four reads at a time a quarter faster; 5 TFLOP/s. */
function plantedTime({ kernel, sizes, numRows, repeat }: KernelTimingRequest): number {
  if (repeat === "submission") return 150e-6;
  if (kernel === "ladder/launch") return LAUNCH_SECONDS;
  if (kernel.startsWith("micro/fma")) {
    const numChains = kernel.endsWith("vec4") ? 32 : 8;
    return LAUNCH_SECONDS + (2 * numChains * sizes["numSteps"]! * numRows) / 5e12;
  }
  const turns = sizes["numTurns"]!;
  const isCached = sizes["numVectors"]! * 16 <= 16 * MEBI;
  const rate = (isCached ? 800e9 : 200e9) * (kernel.endsWith("four") ? 1 : 0.8);
  return LAUNCH_SECONDS + (16 * turns * numRows) / rate;
}

async function runPlanted(change: Partial<Parameters<typeof fakeContext>[1]> = {}) {
  const clock = createFakeClock();
  const engine = createFakeEngine({ clock, stepTime: () => 1, kernelTime: plantedTime });
  const record = await ladder.run(engine, { largest: "256" }, fakeContext(clock, change));
  return { record, engine };
}

test("the planted rates come back: the best reader of each working set, memory's being the last", async () => {
  const { record, engine } = await runPlanted();
  const roofs = readRoofs(record);
  expect(roofs.rungs.map(({ footprintBytes }) => footprintBytes / MEBI)).toEqual([
    1, 2, 4, 8, 16, 32, 64, 128, 256,
  ]);
  // A launch of 4 µs takes some of the 2 ms of a dispatch: within 3 % of what was planted.
  expect(roofs.rungs[0]!.rate.median / 800e9).toBeCloseTo(1, 1);
  expect(roofs.rungs[0]!.series.kernel.id).toBe("ladder/read-four");
  expect(memoryRoof(roofs)!.median / 200e9).toBeCloseTo(1, 1);
  expect(roofs.arithmetic!.median / 5e12).toBeCloseTo(1, 1);
  expect(roofs.launch!.median).toBeCloseTo(LAUNCH_SECONDS, 8);
  expect(roofs.roundTrip!.median).toBeCloseTo(150e-6, 8);
  expect(engine.numEnded).toBeGreaterThan(0);
});

test("a byte from 256 MiB takes four times as long as one from 1 MiB, in a valid record", async () => {
  const { record } = await runPlanted();
  expect(record.comparison.ratio!.median).toBeCloseTo(4, 1);
  expect(record.verdict).toMatchObject({ kind: "clear", faster: "contender", claim: "supported" });
  expect(record.verdict.sentence).toMatch(
    /^On this device reading a byte takes \d\.\d\d× as long with a working set of 256 MiB as with one of 1 MiB/,
  );
  expect(parseKernelRecord(JSON.parse(JSON.stringify(record)))).toEqual({ ok: true, record });
});

test("no dispatch is asked for that would take longer than 50 ms, on a device a hundred times slower", async () => {
  const clock = createFakeClock();
  const times: number[] = [];
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernelTime: (request) => {
      const time = 100 * plantedTime(request);
      times.push(time);
      return time;
    },
  });
  const record = await ladder.run(engine, { largest: "512" }, fakeContext(clock));
  expect(Math.max(...times)).toBeLessThan(0.05);
  expect(record.notes[0]).toMatch(/^Working sets up to \d+ MiB were read, not 512\.$/);
});

test("where the largest array is refused, half of it is read", async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernelTime: (request) => {
      if ((request.lengths["data"] ?? 0) * 4 > 128 * MEBI) {
        throw new EngineError("out-of-memory", "This timing needs one array of 256 MiB.");
      }
      return plantedTime(request);
    },
  });
  const record = await ladder.run(engine, { largest: "256" }, fakeContext(clock));
  expect(record.notes[0]).toBe("Working sets up to 128 MiB were read, not 256.");
});

test("a software adapter is said to be one, and reads up to 64 MiB", async () => {
  const { record } = await runPlanted({ device: { ...FAKE_DEVICE, isSoftware: true } });
  expect(record.notes.join(" ")).toMatch(/up to 64 MiB.*these times stand for no GPU/);
  expect(readRoofs(record).isSoftware).toBe(true);
});

test("stopping frees the arrays", async () => {
  const clock = createFakeClock();
  const controller = new AbortController();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernelTime: (request, call) => {
      if (call === 40) controller.abort(new Error("Stopped."));
      return plantedTime(request);
    },
  });
  const context = fakeContext(clock, { signal: controller.signal });
  await expect(ladder.run(engine, { largest: "256" }, context)).rejects.toThrow("Stopped.");
  expect(engine.kernelRequests.length).toBeLessThan(45);
  expect(engine.numEnded).toBeGreaterThan(0);
});

function problemsOf(value: unknown): string {
  const parsed = parseGpuFile(typeof value === "string" ? value : JSON.stringify(value));
  return parsed.ok ? "" : parsed.problems.join(" ");
}

test("a shared file is read back, and one that was tampered with is refused with a sentence", async () => {
  const { record } = await runPlanted();
  const file = { schema: "memory-bound/gpu@1", label: "Desk by the window", ladder: record };
  expect(parseGpuFile(JSON.stringify(file))).toMatchObject({
    ok: true,
    file: { label: "Desk by the window" },
  });
  const [first, ...rest] = record.series;
  const faster = { ...first!, duration: { ...first!.duration!, median: 1e-9, low: 1e-9 } };
  expect(problemsOf({ ...file, ladder: { ...record, series: [faster, ...rest] } })).toMatch(
    /its time is not the median of its samples/,
  );
  expect(problemsOf({ ...file, ladder: { ...record, experiment: "cache" } })).toMatch(
    /record of "cache", not of ladder/,
  );
  expect(problemsOf({ ...file, label: "" })).toMatch(/This file shares no GPU/);
  expect(problemsOf({ schema: "memory-bound/record@1" })).toMatch(/This file shares no GPU/);
  expect(problemsOf("{")).toBe("The file is not JSON.");
  expect(problemsOf({ ...file, ladder: { ...record, series: [] } })).toMatch(/^ladder: /);
});
