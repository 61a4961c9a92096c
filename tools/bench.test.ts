import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KernelRecord } from "../src/experiments/kernel-record.ts";
import { parseRecordJson } from "../src/experiments/record-schema.ts";
import { parseIndex } from "../src/experiments/recorded.ts";
import type { KernelTimingRequest } from "../src/model/engine.ts";
import { createFakeClock, createFakeEngine } from "../tests/experiments/fake-engine.ts";
import { GPUS } from "../src/core/catalog/gpus/gpus.ts";
import { MODELS } from "../src/core/catalog/models/models.ts";
import type { EvaluationTimes } from "./bench-calculator.ts";
import { main } from "./bench.ts";

const LINEAR = ["--quick", "--only", "linear-batch", "--set", "largestBatch=64"];

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Memory gives 100 GB/s, arithmetic 64 FLOPs in 6.4 ns; the layer takes twice as long as reading its weights would. */
function timePlanted({ kernel, sizes, numRows }: KernelTimingRequest): number {
  if (kernel === "ladder/launch") return 5e-6;
  if (/^(linear|rms-norm|norm-gate-up)/.test(kernel)) return (2 * 4 * 1024 * 4096) / 100e9;
  const turns = sizes["numTurns"] ?? sizes["numSteps"] ?? 0;
  return (numRows * turns * (kernel.startsWith("ladder/") ? 16 : 640)) / 100e9;
}

/** Runs the bench on a planted engine: half a millisecond a step, ten times that without the cache. */
async function bench(...args: string[]) {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: ({ path }) => (path.cache ? 5e-4 : 5e-3),
    kernels: ["linear/naive", "rms-norm/thread", "norm-gate-up/thread"],
    kernelTime: timePlanted,
  });
  let numOpened = 0;
  let numClosed = 0;
  const printed: string[] = [];
  const told: string[] = [];
  function close(): Promise<void> {
    numClosed++;
    return Promise.resolve();
  }
  const status = await main(args, {
    clock,
    openEngine: () => {
      numOpened++;
      return Promise.resolve({ ...engine, close });
    },
    print: (text) => printed.push(text),
    tell: (line) => told.push(line),
  });
  return {
    status,
    output: printed.join("\n"),
    told,
    requests: engine.requests,
    numOpened,
    numClosed,
  };
}

test("every line of the table names the device and says whether it is hardware", async () => {
  const { status, output, numOpened, numClosed } = await bench("--only", "cache,paging");
  expect(status).toBe(0);
  expect([numOpened, numClosed]).toEqual([1, 1]);
  const lines = output.split("\n").filter((line) => line !== "");
  expect(lines.length).toBeGreaterThan(15);
  for (const line of lines) expect(line).toMatch(/^\[hardware: planted device\] /);
  expect(output).toContain("takes 10.0× as long with cache off as with cache on");
});

test("each kernel says how much of the device's own roofs it reaches, from the ladder of the same run", async () => {
  const { output, told } = await bench(...LINEAR);
  expect(told).toContain("ladder: the roofs that the kernels are held against");
  expect(output).toContain("roofs · read 100 GB/s");
  const row = output.split("\n").find((line) => line.includes("1 row · linear/naive"))!;
  // 4 · (1,024 + 1,024 · 4,096 + 4,096) bytes against twice the time of the weights' 4 · 1,024 · 4,096: 50.06 %.
  // 2 · 1,024 · 4,096 FLOPs in 336 µs are 25 GFLOP/s, two and a half times the planted 10.
  expect(row).toMatch(
    /, 50\.1 % of read roof \(50\.1 % at its own footprint\), 250 % of FMA roof$/,
  );
});

test("the ladder stands apart in the JSON where it was not asked for, and comes first where it was", async () => {
  const alone = JSON.parse((await bench("--json", ...LINEAR)).output);
  expect(alone.records).toHaveLength(1);
  expect(alone.ladder.experiment).toBe("ladder");
  const both = JSON.parse(
    (await bench("--json", "--quick", "--only", "linear-batch,ladder")).output,
  );
  expect(both.records.map((one: { experiment: string }) => one.experiment)).toEqual([
    "ladder",
    "linear-batch",
  ]);
  expect(both).not.toHaveProperty("ladder");
});

test("--json prints one object that holds a valid record of each experiment", async () => {
  const { output, told } = await bench("--json", "--quick", "--only", "batch,cache,fusion,paging");
  const result: { schema: string; records: { experiment: string }[] } = JSON.parse(output);
  expect(result.schema).toBe("memory-bound/bench@1");
  expect(result.records.map(({ experiment }) => experiment)).toEqual([
    "batch",
    "cache",
    "fusion",
    "paging",
  ]);
  for (const record of result.records) {
    expect(parseRecordJson(JSON.stringify(record))).toMatchObject({ ok: true });
  }
  expect(told[0]).toBe("hardware: planted device · stories-1m, 1.3 M parameters");
});

test("--out writes a record an experiment and keeps the list that the page reads", async () => {
  await bench("--only", "cache", "--no-curve", "--out", folder);
  await bench("--only", "fusion", "--no-curve", "--out", folder);
  await bench("--only", "cache", "--no-curve", "--out", folder);
  const files = ["cache.planted-device.stories-1m.json", "fusion.planted-device.stories-1m.json"];
  expect((await readdir(folder)).toSorted((one, other) => one.localeCompare(other))).toEqual([
    ...files,
    "index.json",
  ]);
  const index = parseIndex(await readFile(join(folder, "index.json"), "utf8"));
  expect(index?.runs.map(({ file }) => file)).toEqual(files);
  for (const file of files) {
    const parsed = parseRecordJson(await readFile(join(folder, file), "utf8"));
    expect(parsed).toMatchObject({ ok: true, record: { model: { name: "stories-1m" } } });
  }
});

test("each pair of kernels is recorded in a file of its own, or the one that is set", async () => {
  await bench("--only", "fusion-pairs", "--quick", "--out", folder);
  const files = [
    "fusion-pairs.gate-up.planted-device.json",
    "fusion-pairs.relu.planted-device.json",
  ];
  const index = parseIndex(await readFile(join(folder, "index.json"), "utf8"));
  expect(index?.runs.map(({ file }) => file)).toEqual(files);
  const pairs = await Promise.all(
    files.map(async (file) => {
      const record: KernelRecord = JSON.parse(await readFile(join(folder, file), "utf8"));
      return record.parameters["pair"];
    }),
  );
  expect(pairs).toEqual(["gate-up", "relu"]);
  const set = ["--quick", "--json", "--only", "fusion-pairs", "--set", "pair=gate-up"];
  const { records }: { records: KernelRecord[] } = JSON.parse((await bench(...set)).output);
  expect(records.map(({ parameters }) => parameters["pair"])).toEqual(["gate-up"]);
});

test("--set changes the parameters that an experiment has", async () => {
  const { requests } = await bench("--only", "fusion", "--set", "position=32,batch=4,curve=off");
  expect(requests.every(({ position, batch }) => position === 32 && batch === 4)).toBe(true);
});

test.each([
  [["--only", "speed"], 'there is no "speed", but batch, cache, '],
  [["--set", "wings=2"], 'no chosen experiment has a parameter "wings"'],
  [["--set", "position=far"], '--set position takes a number; got "far"'],
  [["--backend", "abacus"], "--backend takes webgpu, cpu or auto"],
  [["--seed", "one"], "--seed takes a number"],
  [["--fast"], "Unknown option '--fast'"],
])("%j is refused with a sentence, and nothing is opened", async (args, sentence) => {
  const { status, output, numOpened } = await bench(...args);
  expect(status).toBe(2);
  expect(output).toContain(sentence);
  expect(output).toContain("npm run bench --");
  expect(numOpened).toBe(0);
});

test("the calculator is timed without an engine, over every model and GPU", async () => {
  const { status, output, numOpened } = await bench("--only", "calculator", "--quick", "--json");
  expect([status, numOpened]).toEqual([0, 0]);
  const result: { speeds: EvaluationTimes[] } = JSON.parse(output);
  const [times] = result.speeds;
  expect(times!.numEvaluations).toBe(MODELS.length * GPUS.length * 2 * 3);
  expect(times!.numFitting).toBeGreaterThan(times!.numEvaluations / 4);
  expect(times!.medianS).toBeGreaterThan(0);
  expect(times!.p99S).toBeGreaterThanOrEqual(times!.medianS);
  expect(times!.longestMedianS).toBeGreaterThanOrEqual(times!.p99OfMediansS);
});

test("a missing model folder is named, and the engine is closed", async () => {
  await expect(bench("--model", join(folder, "none"))).rejects.toThrow("There is no folder");
});
