// The clock as Chrome hands it out, in steps of 65,536 ns, from Dawn itself: the step is found in what was sampled, and
// the verdict allows for it.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seconds } from "../../src/core/units/units.ts";
import { createClock } from "../../src/experiments/clock.ts";
import type { KernelRecord } from "../../src/experiments/kernel-record.ts";
import { parseKernelRecord } from "../../src/experiments/kernel-record-schema.ts";
import { timeKernels, type KernelArm } from "../../src/experiments/time-kernels.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { WebGpuBackend } from "../../src/gpu/webgpu-backend.ts";
import { EngineCore } from "../../src/model/engine-core.ts";
import { createNodeGpu } from "../../tools/dawn.ts";

const STEP = 65_536;

const engines: EngineCore[] = [];
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
});

function readArm(id: string, numTurns: number): KernelArm {
  return {
    id,
    arm: id,
    label: id,
    footprintBytes: 2 ** 20,
    work: {
      kernel: "ladder/read",
      sizes: { numVectors: 65_536, numTurns },
      numRows: 16_384,
      lengths: { data: 4 * 65_536, sums: 16_384 },
    },
  };
}

/** Reading against reading eight times as much, in few and short rounds. */
async function measureOn(hasCoarseTimestamps: boolean): Promise<KernelRecord> {
  const gpu = createNodeGpu({ hasCoarseTimestamps, hasDirtyWorkgroupMemory: true });
  const engine = new EngineCore(async () => {
    const opened = await openDevice(gpu);
    if (opened.kind === "absent") return opened;
    return { kind: "ready", backend: new WebGpuBackend(opened) };
  });
  engines.push(engine);
  const device = await engine.open({ backend: "webgpu" });
  const few = { warmUp: seconds(0), minRounds: 6, maxRounds: 6 };
  return timeKernels(
    engine,
    {
      experiment: "coarse-clock",
      claim: "Reading eight times as much takes longer.",
      parameters: {},
      arms: [readArm("eight", 32), readArm("one", 4)],
      line: 1,
      choosePair: ([baseline, contender]) => ({
        baseline: baseline!,
        contender: contender!,
        baselineUnits: 1,
        contenderUnits: 1,
        words: { baseline: "eight reads", contender: "one", per: "a dispatch" },
      }),
      notes: [],
    },
    { device, clock: createClock(), curveSettings: few, pairSettings: few },
  );
}

/** Lengths of the samples by the device's clock, in nanoseconds. */
function lengthsOf({ series }: KernelRecord): number[] {
  return series.flatMap(({ samples }) =>
    samples.flatMap(({ deviceSeconds, numRepeats }) =>
      deviceSeconds === undefined ? [] : [Math.round(deviceSeconds * numRepeats * 1e9)],
    ),
  );
}

describe("timestamps that Dawn rounds as Chrome does", () => {
  let record: KernelRecord;
  beforeAll(async () => {
    record = await measureOn(true);
  });

  test("every reading is a whole number of steps, and so is the step that the record names", () => {
    const lengths = lengthsOf(record);
    expect(lengths.length).toBeGreaterThanOrEqual(12);
    expect(lengths.filter((length) => length % STEP !== 0)).toEqual([]);
    const { clock, quantumSeconds } = record.comparison.method;
    expect(clock).toBe("timestamp-query");
    expect(Math.round(quantumSeconds! * 1e9) % STEP).toBe(0);
  });

  test("the verdict allows for a step of each arm, and the record follows from its samples", () => {
    const { resolution, method } = record.comparison;
    // A step of at least 65,536 ns on either side, over the longest sample of either.
    const longest = Math.max(...lengthsOf(record)) / 1e9;
    expect(resolution).toBeGreaterThanOrEqual((2 * method.quantumSeconds!) / longest - 1e-12);
    expect(parseKernelRecord(JSON.parse(JSON.stringify(record)))).toEqual({ ok: true, record });
  });
});

test("without the rounding the readings fall between the steps", async () => {
  const record = await measureOn(false);
  expect(lengthsOf(record).some((length) => length % STEP !== 0)).toBe(true);
  expect(record.comparison.method.quantumSeconds! * 1e9).toBeLessThan(STEP);
});
