// What is planned for one submission, on devices of made-up speeds: nothing here depends on this machine's.
import { beforeAll, describe, expect, test } from "vitest";
import {
  createPacedBackend,
  numDispatches,
  type MadeUpDevice,
  type PacedBackend,
} from "../../tests/engine/paced-backend.ts";
import { modelFolder } from "../../tools/model-files.ts";
import { seconds } from "../core/units/units.ts";
import { chooserOf, tuneKernels } from "./autotune.ts";
import { parseConfig, type ModelConfig } from "./config.ts";
import { uploadModel, type DeviceModel } from "./device-model.ts";
import type { KernelTimingRequest, Path, Sampling, StepResult } from "./engine.ts";
import { getFile, openFolder } from "./folder.ts";
import { KernelBench } from "./kernel-bench.ts";
import { DEFAULT_CHOICE, KERNEL_FAMILIES } from "./kernel-choice.ts";
import { Pace } from "./pace.ts";
import { RunSession } from "./run-session.ts";
import { profileStep, StepTimer } from "./step-timing.ts";
import { openWeights, type Weights } from "./weights.ts";

/** What a submission is promised to stay below, and what a timing's longer one is planned for at most. */
const PROMISE = 0.1;
const TARGET = 0.05;
const DOUBLE = 0.08;
/** Durations are sums of many parts. */
const ROUNDING = 1e-9;

let config: ModelConfig;
let weights: Weights;
beforeAll(async () => {
  const folder = openFolder(await modelFolder("public/models/stories-draft"));
  config = parseConfig(await (await getFile(folder, "config.json")).text());
  weights = await openWeights(folder);
});

/** A step of 32 sequences is 0.15 s on it, of which the head, the longest dispatch, takes 43 ms. */
const SLOW: MadeUpDevice = { speed: () => 0.1e9, isSoftware: true, computes: true };
const FAST: MadeUpDevice = { ...SLOW, speed: () => 1e13, isSoftware: false };

interface Opened {
  readonly backend: PacedBackend;
  readonly model: DeviceModel;
  readonly pace: Pace;
}

async function open(device: MadeUpDevice): Promise<Opened> {
  const backend = createPacedBackend(device);
  const model = await uploadModel(backend, config, weights, () => {});
  const pace = new Pace(device.isSoftware, device.clock !== "wall");
  return { backend, model, pace };
}

interface SessionOptions {
  readonly batch: number;
  readonly path?: Partial<Path>;
  readonly sampling?: Sampling;
}

const NUM_PROMPT_TOKENS = 5;

function sessionOf(host: Opened, { batch, path, sampling = { kind: "greedy" } }: SessionOptions) {
  const sequences = Array.from({ length: batch }, (_, sequence) =>
    Array.from({ length: NUM_PROMPT_TOKENS }, (__, index) => (37 * sequence + 11 * index) % 1024),
  );
  return new RunSession(
    { ...host, choose: () => DEFAULT_CHOICE },
    {
      sequences,
      isFinished: sequences.map(() => false),
      path: { cache: true, fusion: true, kvLayout: "contiguous", ...path },
      sampling,
      stopTokens: [],
      capacity: 64,
      maxRows: Math.max(batch, 48),
    },
  );
}

async function tokensOf(device: MadeUpDevice, options: SessionOptions, numSteps: number) {
  const host = await open(device);
  const session = sessionOf(host, options);
  await session.advance(numSteps, []);
  return { tokens: session.tokens, log: host.backend.log };
}

const PATHS: readonly [string, SessionOptions][] = [
  ["decoding, 32 sequences", { batch: 32 }],
  ["decoding, unfused and paged", { batch: 24, path: { fusion: false, kvLayout: "paged" } }],
  ["without a cache, 16 sequences", { batch: 16, path: { cache: false } }],
  [
    "sampling",
    { batch: 32, sampling: { kind: "sample", temperature: 1, topK: 40, topP: 0.9, seed: 3 } },
  ],
];

describe.each(PATHS)("%s", (_, options) => {
  test("no submission is planned above the target on a slow device, and the tokens are those of a fast one", async () => {
    const [slow, fast] = [await tokensOf(SLOW, options, 3), await tokensOf(FAST, options, 3)];
    expect(slow.tokens).toEqual(fast.tokens);
    expect(Math.max(...slow.log.map(({ busy }) => busy))).toBeLessThanOrEqual(TARGET + ROUNDING);
    expect(slow.log.length).toBeGreaterThan(5);
  });

  test("a run that is stopped between two submissions goes on with the same tokens", async () => {
    const whole = await tokensOf(SLOW, options, 3);
    const stride = Math.ceil(whole.log.length / 4);
    for (let numBefore = 1; numBefore < whole.log.length; numBefore += stride) {
      const host = await open(SLOW);
      const session = sessionOf(host, options);
      const steps: StepResult[] = [];
      await session.advance(3, steps, () => host.backend.log.length >= numBefore);
      expect(host.backend.log).toHaveLength(numBefore);
      await session.advance(3 - steps.length, []);
      expect(session.tokens).toEqual(whole.tokens);
    }
  }, 120_000);
});

test.each(PATHS.filter(([, { path }]) => path?.cache !== false))(
  "%s where one dispatch for all sequences is too long: some sequences go after others, with the same tokens",
  async (_, options) => {
    const slower: MadeUpDevice = { ...SLOW, speed: () => 15e6 };
    const host = await open(slower);
    const session = sessionOf(host, options);
    // The head of the prefill is one dispatch for all sequences whatever the device.
    await session.advance(1, []);
    const before = host.backend.log.length;
    await session.advance(2, []);
    // Slower than the first guess, so the first piece of a kind may miss the target.
    const longest = Math.max(...host.backend.log.slice(before).map(({ busy }) => busy));
    expect(longest).toBeLessThan(PROMISE);
    expect(session.tokens).toEqual((await tokensOf(FAST, options, 3)).tokens);
  },
);

test("a step that went in pieces is one step, as long as its pieces together", async () => {
  const host = await open(SLOW);
  const session = sessionOf(host, { batch: 64 });
  await session.advance(1, []);
  const before = host.backend.log.length;
  const steps: StepResult[] = [];
  await session.advance(1, steps);
  const pieces = host.backend.log.slice(before);
  expect(pieces.length).toBeGreaterThanOrEqual(3);
  expect(steps).toHaveLength(1);
  const together = pieces.reduce((sum, { busy }) => sum + busy, 0);
  expect(steps[0]!.duration).toBeCloseTo(together, 9);
});

test("a fast device takes a step as one pass of all its dispatches, and many steps in a submission", async () => {
  const { log } = await tokensOf(FAST, { batch: 4 }, 40);
  const passes = log.flatMap((submission) => submission.passes);
  expect(passes.flatMap(({ parts }) => parts).every(({ range }) => range === undefined)).toBe(true);
  // The prefill with the first token, then 39 steps: as many as the first guess allows, and the rest.
  expect(passes).toHaveLength(40);
  expect(log.length).toBeLessThanOrEqual(4);
});

/** Passes of three steps of one sequence that hold less than a step. */
async function numCutPasses(device: MadeUpDevice): Promise<number> {
  const host = await open(device);
  const session = sessionOf(host, { batch: 1 });
  await session.advance(3, []);
  const parts = host.backend.log.flatMap(({ passes }) => passes.flatMap((pass) => pass.parts));
  return parts.filter(({ range }) => range !== undefined).length;
}

test("a GPU's step is not cut before the GPU was seen to be slow, nor on the word of the wall clock", async () => {
  // A step of one sequence is 60 ms.
  const slowGpu: MadeUpDevice = { ...SLOW, speed: () => 10e6, isSoftware: false };
  expect(await numCutPasses(slowGpu)).toBeGreaterThan(0);
  const wallOnly: MadeUpDevice = { ...FAST, clock: "wall", latency: seconds(0.1) };
  expect(await numCutPasses(wallOnly)).toBe(0);
});

describe("the time of a step", () => {
  test.each([10e6, 0.1e9, 1e9, 10e9])(
    "is sampled without a submission above 80 ms at %d operations a second",
    async (speed) => {
      const host = await open({ ...SLOW, speed: () => speed, computes: false });
      for (const [batch, cache] of [
        [1, true],
        [64, true],
        [4, false],
      ] as const) {
        const timer = new StepTimer(sessionOf(host, { batch, path: { cache } }));
        for (let sample = 0; sample < 4; sample++) {
          // The CPU twins do not run, so every sample is of the same work.
          await timer.sample(seconds(0.02));
        }
      }
      const longest = Math.max(...host.backend.log.map(({ busy }) => busy));
      expect(longest).toBeLessThanOrEqual(DOUBLE + ROUNDING);
    },
  );

  test("says in how many pieces it was taken, and adds them up", async () => {
    const host = await open({ ...SLOW, computes: false });
    const timer = new StepTimer(sessionOf(host, { batch: 64 }));
    await timer.sample(seconds(0.02));
    const before = host.backend.log.length;
    const timing = await timer.sample(seconds(0.02));
    const pieces = host.backend.log.slice(before);
    expect(timing.pieces?.count).toBe(pieces.length);
    const together = pieces.reduce((sum, { busy }) => sum + busy, 0);
    expect(timing.deviceDuration).toBeCloseTo(together, 9);
    expect(timing.numRepeats).toBe(1);
  });

  test("by kernel comes in the same order, in submissions that are short", async () => {
    const host = await open({ ...SLOW, computes: false });
    const session = sessionOf(host, { batch: 16 });
    const timings = await profileStep(session);
    expect(timings.map(({ label }) => label)).toEqual(
      session.decodeOperations().map(({ label }) => label),
    );
    expect(Math.max(...host.backend.log.map(({ busy }) => busy))).toBeLessThanOrEqual(TARGET);
  });

  test("is no longer waited for once it is cancelled", async () => {
    const host = await open({ ...SLOW, computes: false });
    const timer = new StepTimer(sessionOf(host, { batch: 64 }));
    const { log } = host.backend;
    const sample = timer.sample(seconds(0.02), () => log.length >= 2);
    await expect(sample).rejects.toMatchObject({ code: "cancelled" });
    expect(log).toHaveLength(2);
  });
});

function productOf(kernel: string, size: number): KernelTimingRequest {
  return {
    kernel,
    sizes: { inputWidth: size, outputWidth: size, firstWeightRow: 0 },
    numRows: size,
    lengths: { input: size * size, weights: size * size, output: size * size },
    sampleDuration: seconds(0.02),
    repeat: "dispatch",
  };
}

async function sampleAll(device: MadeUpDevice, kernel: string, size: number) {
  const backend = createPacedBackend(device);
  const bench = new KernelBench({ backend, pace: new Pace(device.isSoftware) });
  const samples = [];
  for (let index = 0; index < 4; index++) {
    samples.push(await bench.sample(productOf(kernel, size)));
  }
  return { samples, longest: Math.max(...backend.log.map(({ busy }) => busy)), backend };
}

test("kernels that compile for ever hold up nobody who cancels", async () => {
  const host = await open({ ...SLOW, computes: false });
  const backend = { ...host.backend, prepare: () => new Promise<never>(() => {}) };
  let isInterrupted = false;
  const tuning = tuneKernels({ ...host, backend, isInterrupted: () => isInterrupted });
  isInterrupted = true;
  await expect(tuning).rejects.toMatchObject({ code: "cancelled" });
});

describe("a kernel by itself", () => {
  test.each([64, 128, 256, 512])(
    "is timed in pieces of rows where all rows of a product of %d would take too long",
    async (size) => {
      const device = { ...SLOW, speed: () => 0.3e9, computes: false };
      const { samples, longest } = await sampleAll(device, "linear/naive", size);
      expect(longest).toBeLessThanOrEqual(DOUBLE + ROUNDING);
      // 2 · 512³ FLOPs are 0.9 s: eighteen pieces at least, of 28 rows at most.
      const { pieces, wallDuration } = samples.at(-1)!;
      if (size === 512) {
        expect(pieces!.count).toBeGreaterThanOrEqual(18);
        expect(pieces!.numRows).toBeLessThanOrEqual(28);
        expect(wallDuration).toBeGreaterThan((2 * 512 ** 3) / 0.3e9);
        // Each piece reads the weights again, which weighs little.
        expect(wallDuration).toBeLessThan((1.1 * 2 * 512 ** 3) / 0.3e9);
      } else if (size <= 128) expect(pieces).toBeUndefined();
    },
  );

  test("goes to a GPU as one dispatch, R times and 2R times, from the first time on", async () => {
    const device = { ...FAST, speed: () => 1e12, computes: false };
    const { backend, samples } = await sampleAll(device, "linear/naive", 512);
    // 2 · 512³ at 10¹² FLOP/s are 0.27 ms: one to see how long it takes, then R and 2R.
    const [first, once, twice] = backend.log;
    expect(numDispatches(first!)).toBe(1);
    expect(numDispatches(once!)).toBe(samples[0]!.numRepeats);
    expect(numDispatches(twice!)).toBe(2 * samples[0]!.numRepeats);
    expect(samples.every(({ pieces }) => pieces === undefined)).toBe(true);
  });
});

describe("the choice of kernels", () => {
  test("is made without a long trial on a device of twenty million operations a second", async () => {
    const host = await open({ ...SLOW, speed: () => 20e6, computes: false });
    const tuned = await tuneKernels(host);
    expect(Math.max(...host.backend.log.map(({ busy }) => busy))).toBeLessThan(PROMISE);
    const variants = tuned.flatMap((family) => family.variants);
    expect(variants.some(({ numRowsTimed }) => numRowsTimed !== undefined)).toBe(true);
    expect(chooserOf(tuned)).toBeDefined();
  });

  test("scales what it timed for fewer rows up to all of them, and says for how many", async () => {
    const speed = 20e6;
    const host = await open({ ...SLOW, speed: () => speed, computes: false });
    const tuned = await tuneKernels(host);
    const family = tuned.find((one) => one.family === "normGateUp" && one.numRows === 48)!;
    const timed = family.variants.find(({ kernel }) => kernel === "norm-gate-up/thread")!;
    // Two products of 64 × 192 for each of 48 rows: 2.36 million FLOPs, 118 ms and a little more.
    expect(timed.numRowsTimed).toBeLessThan(48);
    expect(timed.duration).toBeGreaterThan((48 * 4 * 64 * 192) / speed);
    expect(timed.duration).toBeLessThan((1.2 * 48 * 4 * 64 * 192) / speed);
  });

  test("drops a hopeless variant after a trial that is short", async () => {
    const [, slowest] = KERNEL_FAMILIES.linear;
    const host = await open({
      ...SLOW,
      speed: (kernel) => (kernel === slowest!.id ? 5e6 : 5e9),
      computes: false,
    });
    const tuned = await tuneKernels(host);
    expect(Math.max(...host.backend.log.map(({ busy }) => busy))).toBeLessThan(PROMISE);
    for (const { chosen } of tuned) expect(chosen).not.toBe(slowest!.id);
  });

  test("stops between two trials when it is asked to", async () => {
    const host = await open({ ...SLOW, computes: false });
    const { log } = host.backend;
    const tuning = tuneKernels({ ...host, isInterrupted: () => log.length >= 5 });
    await expect(tuning).rejects.toMatchObject({ code: "cancelled" });
    expect(log).toHaveLength(5);
    // Weights are left, and nothing of the measurement.
    const { numLiveArrays } = host.backend;
    expect((await open(SLOW)).backend.numLiveArrays).toBe(numLiveArrays);
  });
});
