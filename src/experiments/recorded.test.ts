import { expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  FAKE_DEVICE,
  fakeContext,
} from "../../tests/experiments/fake-engine.ts";
import pagingExperiment from "./paging/experiment.ts";
import { parseAnyRecord } from "./kernel-record-schema.ts";
import matmulSize from "./matmul-size/experiment.ts";
import { loadRecordedRuns, parseIndex, RECORDED_SCHEMA } from "./recorded.ts";

async function plantRun(isSoftware: boolean, startedAt: string): Promise<string> {
  const clock = createFakeClock();
  const record = await pagingExperiment.run(
    createFakeEngine({ clock, stepTime: () => 1e-4 }),
    { position: 255, batch: 1, fusion: true, curve: false },
    fakeContext(clock, {
      device: { ...FAKE_DEVICE, isSoftware, name: isSoftware ? "software" : "hardware" },
      startedAt: new Date(startedAt),
    }),
  );
  return JSON.stringify(record);
}

function indexOf(...files: string[]): string {
  return JSON.stringify({
    schema: RECORDED_SCHEMA,
    runs: files.map((file) => ({ file, experiment: "paging" })),
  });
}

/** A server with these files and no other. */
function serve(files: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const fetchFile = (url: string) => {
    asked.push(url);
    const text = files[url];
    return Promise.resolve(new Response(text ?? "", { status: text === undefined ? 404 : 200 }));
  };
  return { asked, fetchFile };
}

test("runs on hardware come before runs on software, and newer before older", async () => {
  const { fetchFile, asked } = serve({
    "https://host/base/recorded/index.json": indexOf("a.json", "b.json", "c.json"),
    "https://host/base/recorded/a.json": await plantRun(true, "2026-11-22T00:00:00Z"),
    "https://host/base/recorded/b.json": await plantRun(false, "2026-11-20T00:00:00Z"),
    "https://host/base/recorded/c.json": await plantRun(false, "2026-11-21T00:00:00Z"),
  });
  const { records, problems } = await loadRecordedRuns({
    base: "https://host/base",
    experiment: "paging",
    fetchFile,
  });
  expect(problems).toEqual([]);
  expect(records.map(({ device, startedAt }) => [device.name, startedAt.slice(0, 10)])).toEqual([
    ["hardware", "2026-11-21"],
    ["hardware", "2026-11-20"],
    ["software", "2026-11-22"],
  ]);
  expect(asked).toHaveLength(4);
});

test("files of other experiments are not asked for", async () => {
  const { fetchFile, asked } = serve({ "/recorded/index.json": indexOf("a.json") });
  const { records } = await loadRecordedRuns({ base: "/", experiment: "cache", fetchFile });
  expect(records).toEqual([]);
  expect(asked).toEqual(["/recorded/index.json"]);
});

test("a bad or missing file is a problem in a sentence, and the good ones are still shown", async () => {
  const { fetchFile } = serve({
    "/recorded/index.json": indexOf("good.json", "bad.json", "gone.json"),
    "/recorded/good.json": await plantRun(false, "2026-11-20T00:00:00Z"),
    "/recorded/bad.json": '{"schema": "other"}',
  });
  const { records, problems } = await loadRecordedRuns({
    base: "/",
    experiment: "paging",
    fetchFile,
  });
  expect(records).toHaveLength(1);
  expect(problems).toEqual([
    "bad.json: This is not a record that can be read: its schema is other, not memory-bound/record@1.",
    "/recorded/gone.json could not be read (status 404).",
  ]);
});

test("without a list, or without a network, there are no runs and nothing is thrown", async () => {
  const request = { base: "/", experiment: "paging" };
  const missing = await loadRecordedRuns({ ...request, ...serve({}) });
  expect(missing).toEqual({
    records: [],
    problems: ["/recorded/index.json could not be read (status 404)."],
  });
  const offline = await loadRecordedRuns({
    ...request,
    fetchFile: () => Promise.reject(new TypeError("offline")),
  });
  expect(offline.problems).toEqual(["/recorded/index.json could not be read."]);
  const page = await loadRecordedRuns({
    ...request,
    ...serve({ "/recorded/index.json": "<!doctype html>" }),
  });
  expect(page.problems).toEqual(["The list of recorded runs is not valid."]);
});

test("a name that leaves the folder makes the list invalid", () => {
  expect(parseIndex(indexOf("fine.name-1.json"))).toBeDefined();
  for (const file of ["../x.json", "https://x.json", "/x.json", "a/b.json", ".json", "x.js"]) {
    expect(parseIndex(indexOf(file)), file).toBeUndefined();
  }
});

test("a record of kernels is a recorded run like any other", async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: ["linear/vec4"],
    kernelTime: ({ numRows }) => 1e-6 * numRows,
  });
  const record = await matmulSize.run(engine, { largest: "512" }, fakeContext(clock));
  const { fetchFile } = serve({
    "https://host/recorded/index.json": JSON.stringify({
      schema: RECORDED_SCHEMA,
      runs: [{ file: "a.json", experiment: "matmul-size" }],
    }),
    "https://host/recorded/a.json": JSON.stringify(record),
  });
  const request = { base: "https://host/", experiment: "matmul-size", fetchFile };
  expect(await loadRecordedRuns(request)).toEqual({ records: [record], problems: [] });
});

test("every run that the site ships is valid, its figures worked out again from its samples", () => {
  const files = import.meta.glob<unknown>("../../public/recorded/*.*.json", {
    eager: true,
    import: "default",
  });
  expect(Object.keys(files).length).toBeGreaterThan(0);
  for (const [file, value] of Object.entries(files)) {
    const parsed = parseAnyRecord(value);
    expect(parsed.ok ? [] : parsed.problems, file).toEqual([]);
  }
});
