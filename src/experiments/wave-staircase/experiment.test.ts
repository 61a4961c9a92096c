import { expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  FAKE_DEVICE,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import { createRandom } from "../../core/statistics/random.ts";
import { parseKernelRecord } from "../kernel-record-schema.ts";
import waveStaircase, { readSteps } from "./experiment.ts";

async function run(time: (tiles: number) => number, isSoftware = false) {
  const clock = createFakeClock();
  const random = createRandom(5);
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: ["linear/blocked", "linear/quad"],
    kernelTime: ({ sizes }) => time(sizes["outputWidth"]! / 64) * (1 + 0.02 * random()),
  });
  const context = fakeContext(clock, { device: { ...FAKE_DEVICE, isSoftware } });
  return waveStaircase.run(engine, { tiles: "192" }, context);
}

test("planted waves of 40 tiles are found, in a valid record", async () => {
  const record = await run((tiles) => 10e-6 + 30e-6 * Math.ceil(tiles / 40));
  expect(record.series.length).toBe(48);
  expect(readSteps(record)).toMatchObject({ kind: "steps", period: 40 });
  expect(record.notes[0]).toMatch(/^Steps of about 40 tiles, each (29|30|31)(\.\d)? µs high/);
  expect(record.verdict).toMatchObject({ kind: "clear", claim: "supported" });
  expect(record.fits[0]).toMatchObject({ against: "size", numPoints: 48 });
  expect(parseKernelRecord(JSON.parse(JSON.stringify(record)))).toEqual({ ok: true, record });
});

test("times in proportion have no steps, and it says that it cannot tell any", async () => {
  const record = await run((tiles) => 5e-6 * tiles, true);
  expect(record.notes[0]).toMatch(/^No steps can be told on this device: /);
  expect(record.notes.join(" ")).toContain("up to 48 tiles");
});
