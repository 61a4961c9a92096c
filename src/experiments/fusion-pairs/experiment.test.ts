import { expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import type { KernelTimingRequest } from "../../model/engine.ts";
import { parseKernelRecord } from "../kernel-record-schema.ts";
import fusionPairs from "./experiment.ts";

const KERNELS = [
  "linear/vec4",
  "linear/octet",
  "linear-relu/vec4",
  "relu/in-place",
  "rms-norm/row",
  "rms-norm/thread",
  "swiglu/gate",
  "norm-gate-up/thread",
  "norm-gate-up/octet",
];

async function run(pair: string, kernelTime: (request: KernelTimingRequest) => number) {
  const clock = createFakeClock();
  const engine = createFakeEngine({ clock, stepTime: () => 1, kernels: KERNELS, kernelTime });
  const record = await fusionPairs.run(engine, { pair, largestBatch: "64" }, fakeContext(clock));
  return { record, engine };
}

test("Linear and ReLU apart are timed in one go, and the launch that fusing saves is found", async () => {
  // 30 µs a dispatch, and 1 µs a row for each.
  const { record, engine } = await run(
    "relu",
    ({ numRows, next = [] }) => (1 + next.length) * (30e-6 + 1e-6 * numRows),
  );
  const apart = record.series.filter(({ arm }) => arm === "apart");
  expect(apart.map(({ plan }) => plan.numRows)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  expect(apart[0]!.kernel).toMatchObject({ id: "linear/vec4", next: ["relu/in-place"] });
  expect(apart[0]!.plan.numDispatches).toBe(2);
  expect(record.comparison.ratio!.median).toBeCloseTo(2, 2);
  expect(record.verdict).toMatchObject({ kind: "clear", faster: "contender", claim: "supported" });
  expect(record.fits.map(({ arm }) => arm)).toEqual(["apart", "fused"]);
  expect(parseKernelRecord(JSON.parse(JSON.stringify(record)))).toEqual({ ok: true, record });
  expect(engine.numEnded).toBeGreaterThan(0);
});

test("norm, gate and up: the fastest way of each form, on arrays that follow each other", async () => {
  const { record, engine } = await run("gate-up", ({ kernel, next = [] }) => {
    const isSlow = kernel.endsWith("thread");
    return (isSlow ? 200e-6 : 50e-6) + 25e-6 * next.length;
  });
  // 50 µs + 3 · 25 against 50.
  expect(record.comparison.ratio!.median).toBeCloseTo(2.5, 2);
  const [apart, fused] = [record.series[0]!, record.series.at(-1)!];
  expect([apart.kernel.id, ...apart.kernel.next!].join(" ")).toMatch(
    /^rms-norm\/row linear\/\w+ linear\/\w+ swiglu\/gate$/,
  );
  expect(fused.kernel.id).toBe("norm-gate-up/octet");
  const chain = engine.kernelRequests.find(({ next }) => next?.length === 3)!;
  expect(chain.next!.map(({ arrays }) => arrays)).toEqual([
    { input: "normed", output: "gate" },
    { input: "normed", output: "up" },
    undefined,
  ]);
});

test("a fused kernel that is slower refutes the claim", async () => {
  const { record } = await run("relu", ({ next }) => (next === undefined ? 300e-6 : 200e-6));
  expect(record.verdict).toMatchObject({ kind: "clear", faster: "baseline", claim: "refuted" });
});
