// Planted clocks: which are believed, and what the engine passes on of those that are not.
import { expect, test } from "vitest";
import { createPacedBackend, type MadeUpDevice } from "../../tests/engine/paced-backend.ts";
import { seconds } from "../core/units/units.ts";
import { isClockPlausible, isClockSound } from "./clock-check.ts";
import { EngineCore } from "./engine-core.ts";
import { Pace } from "./pace.ts";
import { neverInterrupted } from "./submissions.ts";

/** A GPU of 1 TFLOP/s. */
const DEVICE: MadeUpDevice = { speed: () => 1e12, isSoftware: false, computes: false };

/** In milliseconds. */
function reading(device: number | undefined, wall: number) {
  const deviceDuration = device === undefined ? undefined : seconds(device / 1e3);
  return { deviceDuration, wallDuration: seconds(wall / 1e3) };
}

test("clocks that differ by a third are believed, by three times not", () => {
  expect(isClockPlausible([reading(1, 1.33)])).toBe(true);
  expect(isClockPlausible([reading(1, 0.75)])).toBe(true);
  expect(isClockPlausible([reading(1, 3)])).toBe(false);
  expect(isClockPlausible([reading(3, 1)])).toBe(false);
});

test("one stalled sample of five decides nothing, and neither do readings that are no times", () => {
  const good = [reading(1, 1), reading(1, 1.1), reading(1, 0.9), reading(1, 1)];
  expect(isClockPlausible([...good, reading(1, 20)])).toBe(true);
  expect(isClockPlausible([reading(undefined, 1), reading(-1, 1), reading(1, 0)])).toBe(true);
});

test("where every answer comes 100 ms late, the wall clock shows nothing of the other", () => {
  expect(isClockPlausible([reading(2, 102), reading(2, 103)])).toBe(true);
});

test.each([
  // Ticks passed off as nanoseconds: 52.08 ns on some of Intel's GPUs, 41.67 ns on Apple's.
  ["52 times too small", { clockRate: 1 / 52.08 }, false],
  ["42 times too small", { clockRate: 1 / 41.67 }, false],
  ["a thousand times too large", { clockRate: 1000 }, false],
  ["right", {}, true],
  ["right, where each answer comes 10 ms late", { latency: seconds(0.01) }, true],
  ["right, on a GPU of 20 GFLOP/s", { speed: () => 20e9 }, true],
  ["never looked at, on a software adapter", { isSoftware: true, clockRate: 1 / 52.08 }, true],
  ["absent", { clock: "wall" }, true],
] as const)("a clock that is %s", async (_name, change, isSound) => {
  const device: MadeUpDevice = { ...DEVICE, ...change };
  const backend = createPacedBackend(device);
  const pace = new Pace(device.isSoftware, device.clock !== "wall");
  expect(await isClockSound({ backend, pace }, neverInterrupted)).toBe(isSound);
  // Nothing is left on the device, and what decided was no string of short dispatches.
  expect(backend.numLiveArrays).toBe(0);
  const last = backend.log.at(-1);
  if (last !== undefined) {
    const numRepeats = last.passes[0]!.parts.length;
    expect(last.busy / numRepeats).toBeGreaterThanOrEqual(0.002);
  }
});

const REQUEST = {
  kernel: "ladder/read",
  sizes: { numVectors: 65_536, numTurns: 4 },
  numRows: 16_384,
  lengths: { data: 4 * 65_536, sums: 16_384 },
  sampleDuration: seconds(0.005),
  repeat: "dispatch",
} as const;

async function timeOn(device: MadeUpDevice) {
  const backend = createPacedBackend(device);
  const engine = new EngineCore(() => Promise.resolve({ kind: "ready", backend }));
  await engine.open({ backend: "webgpu" });
  const first = await engine.timeKernel(REQUEST);
  const numSubmissions = backend.log.length;
  await engine.timeKernel(REQUEST);
  const numAgain = backend.log.length - numSubmissions;
  await engine.close();
  return { first, numAgain };
}

test("the engine passes on a sound clock's time, and of another the wall clock's alone", async () => {
  const sound = await timeOn(DEVICE);
  expect(sound.first.deviceDuration! / sound.first.wallDuration).toBeCloseTo(1, 6);
  const ticks = await timeOn({ ...DEVICE, clockRate: 1 / 52.08 });
  expect(ticks.first.deviceDuration).toBeUndefined();
  expect(ticks.first.wallDuration).toBeCloseTo(sound.first.wallDuration, 9);
  // R repeats and 2R: the clock is looked at once for a device, not for each sample.
  expect(sound.numAgain).toBe(2);
  expect(ticks.numAgain).toBe(2);
});
