import { expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  fakeContext,
} from "../../tests/experiments/fake-engine.ts";
import { plainDefaults } from "./parameters.ts";
import { experiments, findExperiment } from "./registry.ts";
import { parseRecord } from "./record-schema.ts";

test("the claims of the chapters and the sweeps of kernels have an experiment each", () => {
  expect(
    experiments.map(({ id }) => id).toSorted((one, other) => one.localeCompare(other)),
  ).toEqual([
    "batch",
    "cache",
    "fusion",
    "fusion-pairs",
    "kernel-steps",
    "ladder",
    "linear-batch",
    "matmul-size",
    "paging",
    "prefill-decode",
    "wave-staircase",
  ]);
  expect(findExperiment("cache")?.id).toBe("cache");
  expect(findExperiment("no such")).toBeUndefined();
});

/** A planted device: 20 µs a dispatch, 1 µs a row, 5 % more for paging. */
const stepTime = ({
  path,
  batch,
  position,
}: Parameters<Parameters<typeof createFakeEngine>[0]["stepTime"]>[0]) =>
  (20e-6 * (path.fusion ? 32 : 92) + 1e-6 * (path.cache ? batch : batch * (position + 1))) *
  (path.kvLayout === "paged" ? 1.05 : 1);

test.each([
  // (640 + 256) µs against 641 µs.
  ["cache", { kind: "clear", faster: "contender", claim: "supported" }, 896 / 641],
  // 641 µs a token against (640 + 16) / 16.
  ["batch", { kind: "clear", faster: "contender", claim: "supported" }, 641 / 41],
  // (1840 + 1) µs against 641.
  ["fusion", { kind: "clear", faster: "contender", claim: "supported" }, 1841 / 641],
  // 641 µs against (640 + 256), by the planted count of rows: far less than 255 times as long.
  ["prefill-decode", { kind: "clear", faster: "baseline", claim: "supported" }, 641 / 896],
  ["paging", { kind: "clear", faster: "baseline", claim: "supported" }, 1 / 1.05],
])("the %s experiment finds what was planted, in a valid record", async (id, verdict, ratio) => {
  const clock = createFakeClock();
  const experiment = findExperiment(id)!;
  const engine = createFakeEngine({ clock, stepTime });
  const values = { ...plainDefaults(experiment.parameters), curve: true };
  const record = await experiment.run(engine, values, fakeContext(clock));
  expect(record.verdict).toMatchObject(verdict);
  expect(record.comparison.ratio!.median).toBeCloseTo(ratio, 2);
  const curve = "curve" in record ? record.curve : undefined;
  expect(curve?.fits.length).toBeGreaterThan(0);
  expect(curve?.fits.every((fit) => fit.against === curve.against)).toBe(true);
  expect(parseRecord(JSON.parse(JSON.stringify(record)))).toEqual({ ok: true, record });
});

test("every experiment refuses values outside its parameters, naming the parameter", async () => {
  for (const experiment of experiments) {
    const clock = createFakeClock();
    const engine = createFakeEngine({ clock, stepTime });
    const values = plainDefaults(experiment.parameters);
    for (const [name, parameter] of Object.entries(experiment.parameters)) {
      const wrong = parameter.kind === "number" ? parameter.max + 1 : "neither";
      await expect(
        experiment.run(engine, { ...values, [name]: wrong }, fakeContext(clock)),
      ).rejects.toThrow(`${name}: expected`);
    }
    expect(engine.requests).toEqual([]);
  }
});
