import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseRecordJson } from "../src/experiments/record-schema.ts";
import { parseIndex } from "../src/experiments/recorded.ts";
import { createFakeClock, createFakeEngine } from "../tests/experiments/fake-engine.ts";
import { main } from "./bench.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "bench-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs the bench on a planted engine: half a millisecond a step, ten times that without the cache. */
async function bench(...args: string[]) {
  const clock = createFakeClock();
  const engine = createFakeEngine({ clock, stepTime: ({ path }) => (path.cache ? 5e-4 : 5e-3) });
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

test("a missing model folder is named, and the engine is closed", async () => {
  await expect(bench("--model", join(folder, "none"))).rejects.toThrow("There is no folder");
});
