// Kernels timed by themselves: the time is a time, memory comes back, and what makes no sense is refused.
import { afterEach, expect, test } from "vitest";
import { bytes, MEBI, seconds } from "../../src/core/units/units.ts";
import { EngineCore, type OpenedBackend } from "../../src/model/engine-core.ts";
import type { KernelTimingRequest } from "../../src/model/engine.ts";
import { openTestBackend } from "../../tools/node-engine.ts";

const engines: EngineCore[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

async function openEngine(memoryBudget = 64 * MEBI): Promise<EngineCore> {
  const engine = new EngineCore(openTestBackend);
  engines.push(engine);
  await engine.open({ backend: "webgpu", memoryBudget: bytes(memoryBudget) });
  return engine;
}

function readRequest(change: Partial<KernelTimingRequest> = {}): KernelTimingRequest {
  return {
    kernel: "ladder/read",
    sizes: { numVectors: 65_536, numTurns: 4 },
    numRows: 16_384,
    lengths: { data: 4 * 65_536, sums: 16_384 },
    sampleDuration: seconds(0.005),
    repeat: "dispatch",
    ...change,
  };
}

const linearRequest = (numRows: number): KernelTimingRequest => ({
  kernel: "linear/vec4",
  sizes: { inputWidth: 1024, outputWidth: 4096, firstWeightRow: 0 },
  numRows,
  lengths: { input: 64 * 1024, weights: 4096 * 1024, output: 64 * 4096 },
  sampleDuration: seconds(0.005),
  repeat: "dispatch",
});

test("a sample has a time and the kernel's own arithmetic, without a model", async () => {
  const engine = await openEngine();
  await engine.timeKernel(readRequest());
  const { numRepeats, deviceDuration, wallDuration, plan } = await engine.timeKernel(readRequest());
  expect(numRepeats).toBeGreaterThanOrEqual(1);
  expect(Number.isFinite(wallDuration)).toBe(true);
  expect(deviceDuration).toBeGreaterThan(0);
  // 16,384 threads · 4 vectors · 16 B.
  expect(plan).toMatchObject({ numDispatches: 1, bytesRead: 1_048_576, numRows: 16_384 });
});

test("a round trip is timed by the wall clock alone", async () => {
  const engine = await openEngine();
  const lengths = { counter: 1 };
  const sample = await engine.timeKernel(
    readRequest({ kernel: "ladder/launch", sizes: {}, lengths, numRows: 1, repeat: "submission" }),
  );
  expect(sample.deviceDuration).toBeUndefined();
  expect(sample.wallDuration).toBeGreaterThan(0);
});

test("working sets within one array share it, and everything comes back", async () => {
  const engine = await openEngine();
  const before = await engine.memory();
  await engine.timeKernel(readRequest());
  const once = await engine.memory();
  await engine.timeKernel(readRequest({ sizes: { numVectors: 1024, numTurns: 4 } }));
  expect(await engine.memory()).toEqual(once);
  // 1 MiB to read and 64 KiB of sums.
  expect(once.liveBytes - before.liveBytes).toBe(1_048_576 + 65_536);
  await engine.endKernels();
  expect(await engine.memory()).toEqual(before);
});

test("arrays of earlier kernels make room, and what can never fit is refused", async () => {
  const engine = await openEngine(24 * MEBI);
  await engine.timeKernel(readRequest());
  // Weights of 16 MiB, an input of 256 KiB and an output of 1 MiB.
  await engine.timeKernel(linearRequest(1));
  const large = readRequest({ lengths: { data: 8 * MEBI, sums: 16_384 } });
  await expect(engine.timeKernel(large)).rejects.toMatchObject({ code: "out-of-memory" });
});

test("kernels in a row share arrays by name, and their work adds up", async () => {
  const engine = await openEngine();
  const before = await engine.memory();
  const request = readRequest({
    kernel: "linear/vec4",
    sizes: { inputWidth: 64, outputWidth: 128, firstWeightRow: 0 },
    next: [
      { kernel: "relu/in-place", sizes: { width: 128 } },
      {
        kernel: "linear/vec4",
        sizes: { inputWidth: 128, outputWidth: 64, firstWeightRow: 0 },
        arrays: { input: "output", output: "input" },
      },
    ],
    numRows: 2,
    lengths: { input: 2 * 64, weights: 64 * 128, output: 2 * 128 },
  });
  const { plan, wallDuration } = await engine.timeKernel(request);
  expect(Number.isFinite(wallDuration)).toBe(true);
  // Twice 2 · 2 · 64 · 128, and a ReLU over 2 · 128.
  expect(plan).toMatchObject({ numDispatches: 3, flops: 65_792, numRows: 2 });
  // Three arrays of 4-byte numbers, whatever the kernels call them.
  expect((await engine.memory()).liveBytes - before.liveBytes).toBe(4 * (128 + 8192 + 256));
  await expect(
    engine.timeKernel({ ...request, next: [{ kernel: "relu/out-of-place", sizes: {} }] }),
  ).rejects.toThrow('There is no kernel "relu/out-of-place"');
});

test("attention is timed over whole contexts, in one kernel or in three", async () => {
  const engine = await openEngine();
  const sizes = { numHeads: 4, numKvHeads: 2, headWidth: 16, capacity: 64, numSlots: 128 };
  const request = readRequest({
    kernel: "attention/contiguous-serial",
    sizes: { ...sizes, blockSize: 16 },
    numRows: 2,
    lengths: { rows: 4, queries: 128, cache: 8192, attended: 128, scores: 512 },
  });
  const fused = await engine.timeKernel(request);
  // 128 tokens of context · 4 heads · (4 · 16 + 4), and a division for each of 128 outputs.
  expect(fused.plan).toMatchObject({ numDispatches: 1, flops: 34_944, numRows: 2 });
  const apart = await engine.timeKernel({
    ...request,
    kernel: "attention-scores/contiguous",
    next: [
      { kernel: "softmax/thread", sizes },
      { kernel: "attention-values/contiguous", sizes: request.sizes },
    ],
  });
  // 2 · 16 + 1 for a score, 4 for its softmax, 2 · 16 for its value, each 128 · 4 times.
  expect(apart.plan).toMatchObject({ numDispatches: 3, flops: 35_328 });
  const short = { ...request.lengths, rows: 3 };
  await expect(engine.timeKernel({ ...request, lengths: short })).rejects.toThrow(
    '"rows" needs 4 elements; got 3',
  );
});

test("a device that is lost between two samples is replaced", async () => {
  let opened: OpenedBackend | undefined;
  const engine = new EngineCore(async (kind) => {
    opened = await openTestBackend(kind);
    return opened;
  });
  engines.push(engine);
  await engine.open({ backend: "webgpu" });
  await engine.timeKernel(readRequest());
  if (opened?.kind === "ready") opened.backend.close();
  expect((await engine.timeKernel(readRequest())).plan.bytesRead).toBe(1_048_576);
});

test.each([
  [{ kernel: "ladder/write" }, 'There is no kernel "ladder/write"'],
  [{ sizes: { numVectors: 256 } }, "its sizes are not all given"],
  [{ lengths: { data: 1024 } }, 'the length of "sums" is a whole number from 1'],
  [{ numRows: 0.5 }, "the rows are a whole number from 1; got 0.5"],
  [{ numRows: 2 ** 30 }, "workgroups are outside 1 to 65535"],
])("%j is refused with a sentence and allocates nothing", async (change, sentence) => {
  const engine = await openEngine();
  const before = await engine.memory();
  await expect(engine.timeKernel(readRequest(change))).rejects.toThrow(sentence);
  expect((await engine.memory()).numLiveBuffers).toBe(before.numLiveBuffers);
});

test("a software adapter is spared the kernels with barriers, and the CPU twins are not timed", async () => {
  const engine = await openEngine();
  const device = await engine.open({ backend: "webgpu" });
  const ids = await engine.timedKernels();
  expect(ids).toEqual(expect.arrayContaining(["ladder/read", "linear/naive"]));
  expect(ids.includes("linear/tiled")).toBe(!device.isSoftware);
  await engine.open({ backend: "cpu" });
  await expect(engine.timeKernel(readRequest())).rejects.toMatchObject({ code: "no-webgpu" });
});
