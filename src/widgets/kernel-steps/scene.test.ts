import { expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import { defaultValues } from "../../figure/codec.ts";
import { findTimedKernel, timedKernelIds } from "../../model/timed-kernels.ts";
import { parameters } from "./parameters.ts";
import type { KernelRecord } from "../../experiments/kernel-record.ts";
import { measureSteps, readRun } from "../../experiments/kernel-steps/measure.ts";
import {
  alternativesOf,
  costOf,
  getSized,
  mainKernels,
} from "../../experiments/kernel-steps/sized.ts";
import { FAMILIES, isFamily } from "../../experiments/kernel-steps/steps.ts";
import { BATCHES, SIZE_IDS, workOf } from "../../experiments/kernel-steps/work.ts";
import {
  createScene,
  describeScene,
  evaluate,
  formulasOf,
  makeTable,
  openBytes,
  openFlops,
  openIntensity,
  sayLadder,
  sayRun,
  type StepsValues,
} from "./scene.ts";

const DEFAULTS: StepsValues = {
  family: "product",
  size: "large",
  batch: "16",
  product: "naive",
  vector: "naive",
  rows: "naive",
  reading: "own-run",
  arithmetic: "scalar",
  launch: "empty",
  relu: "apart",
  normLinear: "apart",
  qkv: "apart",
  gateUp: "apart",
  decode: "serial",
  prefill: "serial",
};
const valuesOf = (change: Partial<StepsValues> = {}): StepsValues => ({ ...DEFAULTS, ...change });

const EVERYWHERE = Object.keys(FAMILIES)
  .filter(isFamily)
  .flatMap((family) =>
    FAMILIES[family].steps.flatMap((step) =>
      SIZE_IDS.flatMap((size) =>
        (family === "rows" ? BATCHES : (["16"] as const)).map((batch) => ({
          step,
          choice: { family, size, batch },
          name: `${family} ${step.id} ${size} ${batch}`,
        })),
      ),
    ),
  );

test.each(EVERYWHERE)("the formulas of $name are its kernels' own costs", ({ step, choice }) => {
  const work = workOf(choice);
  const cost = costOf(mainKernels(step), work);
  const formulas = formulasOf(step, work);
  expect(evaluate(formulas.flops, work.letters)).toBeCloseTo(cost.flops, 3);
  expect(evaluate(formulas.read, work.letters)).toBeCloseTo(cost.bytesRead, 3);
  expect(evaluate(formulas.written, work.letters)).toBeCloseTo(cost.bytesWritten, 3);
});

test.each(EVERYWHERE)(
  "every array and every alternative of $name has its size",
  ({ step, choice }) => {
    const work = workOf(choice);
    for (const [place, names] of step.kernels.entries()) {
      for (const kernel of alternativesOf(names)) {
        const { arrays = {}, sizes } = work.stage(kernel, place);
        // The engine renames arrays only for the kernels that follow the first.
        if (place === 0) expect(arrays).toEqual({});
        const sized = getSized(kernel, place, work);
        for (const name of Object.keys(sized.bindings)) {
          const length = work.lengths[arrays[name] ?? name] ?? 0;
          expect(length, `${kernel} ${name}`).toBeGreaterThan(0);
          // 128 MiB, the most that every WebGPU device binds.
          expect(4 * length).toBeLessThanOrEqual(2 ** 27);
          const table = findTimedKernel(kernel)?.tables(sizes, work.numRows)[name];
          if (table !== undefined) expect(table.length).toBe(length);
        }
        const groups = sized.workgroups({
          numRows: work.numRows,
          firstRow: 0,
          numContextTokens: 0,
        });
        expect(Math.max(...groups)).toBeLessThanOrEqual(65_535);
      }
    }
  },
);

test("the first step of each family is the default", () => {
  expect(defaultValues(parameters)).toEqual(DEFAULTS);
});

test("a product of 1,024³ by hand", () => {
  const { selected, work, steps } = createScene(valuesOf());
  // 2 · 1,024³ FLOPs; three matrices of 4 MiB.
  expect(selected.cost.flops).toBe(2_147_483_648);
  expect(openFlops(selected, work)).toMatchObject({
    formula: "2 · R · I · O",
    substitution: "2 · 1,024 · 1,024 · 1,024 = 2.15\u00a0GFLOP",
  });
  expect(openBytes(selected, work).text).toBe("12.6\u00a0MB");
  // N / 6 FLOP a byte.
  expect(openIntensity(selected).text).toBe("171 FLOP/B");
  expect(new Set(steps.map(({ intensity }) => intensity)).size).toBe(1);
});

test("fusing ReLU into a linear layer saves the output twice", () => {
  const { steps, work } = createScene(valuesOf({ family: "relu", size: "small" }));
  const [apart, fused] = steps.map(({ cost }) => cost.bytesRead + cost.bytesWritten);
  expect(apart! - fused!).toBe(2 * 4 * work.lengths["output"]!);
});

test("the address's step is shown, and one of another family changes nothing", () => {
  const scene = createScene(valuesOf({ product: "quad", vector: "strip" }));
  expect(scene.selected.position).toBe(4);
  expect(scene.selected.stages[0]!.source).toContain("4 rows by 4 outputs in each thread");
  expect(describeScene(scene)).toContain("Step 4 of 8, 4 × 4 outputs in registers");
});

test("every kernel of a ladder is there to be read", () => {
  for (const { step, choice } of EVERYWHERE) {
    const { family } = choice;
    const scene = createScene(valuesOf({ family, [family]: step.id }));
    for (const { source } of scene.selected.stages) expect(source).toContain("fn main");
  }
});

test("before a run the table has the work and no times", () => {
  const { rows, columns } = makeTable(createScene(valuesOf({ family: "relu" })));
  expect(rows).toHaveLength(2);
  expect(rows[0]![columns.indexOf("Kernels")]).toBe("linear/vec4 + relu/in-place");
  expect(rows[0]![columns.indexOf("Time (s)")]).toBe("");
});

test("a planted run: each step against the one before that ran, and the whole ladder", async () => {
  const clock = createFakeClock();
  const times: Record<string, number> = {
    "linear/naive": 8e-3,
    "linear/vec4": 4e-3,
    "linear/strip": 5e-3,
  };
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: timedKernelIds({ features: new Set(), isSoftware: true }),
    // A little jitter, or the clock would seem to step by whole samples.
    kernelTime: ({ kernel }, call) => (times[kernel] ?? 1e-3) * (1 + 1e-4 * (call % 7)),
  });
  const context = fakeContext(clock);
  const found = await measureSteps(
    engine,
    { family: "vector", size: "small", batch: "16" },
    { ...context, device: { ...context.device, isSoftware: true } },
  );
  expect(Object.keys(found.leftOut)).toEqual(["cooperative", "subgroup"]);
  expect(found.leftOut["cooperative"]).toContain("waits at barriers");
  expect(engine.numEnded).toBeGreaterThan(0);
  const values = valuesOf({ family: "vector", size: "small", vector: "strip" });
  const scene = createScene(values, { ...found, roofs: undefined });
  const [naive, vec4, strip, cooperative] = scene.steps;
  expect(naive!.timed!.versus).toBeUndefined();
  expect(vec4!.timed!.versus!.ratio!.median).toBeCloseTo(2, 2);
  expect(strip!.timed!.versus!.sentence).toMatch(/1\.25× as long with “Eight outputs a thread”/);
  expect(cooperative!.timed).toBeUndefined();
  expect(sayLadder(scene)).toMatch(
    /2\.00× as long with “One thread, one output” as with “Four numbers a load”/,
  );
  expect(strip!.timed!.bound).toMatch(/software adapter/);
  // The run belongs to the size that was asked for.
  expect(
    createScene({ ...values, size: "large" }, { ...found, roofs: undefined }).measured,
  ).toBeUndefined();
});

test("a size that would hold the device is exchanged for a smaller one", async () => {
  const clock = createFakeClock();
  // 10⁻⁹ s a multiply-add: 2 ms at 128³, 134 ms at 512³.
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: timedKernelIds({ features: new Set(), isSoftware: false }),
    kernelTime: ({ numRows }) => 1e-9 * numRows ** 3,
  });
  const found = await measureSteps(
    engine,
    { family: "product", size: "largest", batch: "16" },
    fakeContext(clock),
  );
  expect(found.size).toBe("small");
  expect(engine.kernelRequests.every(({ numRows }) => numRows === 128)).toBe(true);
  expect(found.leftOut["half"]).toContain("needs shader-f16");
});

test("a small batch has the rows that the reader chose, and its weights do not grow with them", () => {
  const costs = BATCHES.map((batch) => createScene(valuesOf({ family: "rows", batch })).selected);
  // 4,096 × 4,096 weights: 2 · B · 2²⁴ FLOPs; 4 bytes of 2²⁴ weights, and of B rows in and out.
  expect(costs.map(({ cost }) => cost.flops)).toEqual([2, 4, 8, 16].map((b) => b * 2 ** 25));
  expect(costs.map(({ cost }) => cost.bytesRead)).toEqual(
    [2, 4, 8, 16].map((b) => 2 ** 26 + b * 2 ** 14),
  );
});

test("a small batch is timed at the reader's rows, and its run belongs to them", async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: timedKernelIds({ features: new Set(), isSoftware: false }),
    kernelTime: (_request, call) => 1e-3 * (1 + 1e-4 * (call % 7)),
  });
  const choice = { family: "rows", size: "small", batch: "4" } as const;
  const found = await measureSteps(engine, choice, fakeContext(clock));
  expect(new Set(engine.kernelRequests.map(({ numRows }) => numRows))).toEqual(new Set([4]));
  expect(found.record.series.map(({ arm }) => arm)).toEqual([
    "naive",
    "vec4",
    "cooperative",
    "batch",
  ]);
  const run = { ...found, roofs: undefined };
  expect(createScene(valuesOf(choice), run).measured).toBe(run);
  expect(createScene(valuesOf({ ...choice, batch: "8" }), run).measured).toBeUndefined();
});

test("of a dispatch alone only the one that must wait is timed, and the other says why not", async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: timedKernelIds({ features: new Set(), isSoftware: false }),
    kernelTime: (_request, call) => 5e-6 * (1 + 1e-4 * (call % 7)),
  });
  const choice = { family: "launch", size: "large", batch: "16" } as const;
  const found = await measureSteps(engine, choice, fakeContext(clock));
  const scene = createScene(valuesOf({ family: "launch", size: "small" }), {
    ...found,
    roofs: undefined,
  });
  const [empty, counter] = scene.steps;
  expect(empty!.cost.flops + empty!.cost.bytesRead).toBe(0);
  expect(empty!.leftOut).toContain("need not wait");
  expect(counter!.timed!.duration.median).toBeCloseTo(5e-6, 8);
  expect(sayLadder(scene)).toBe("Only “One number, in turn” was timed.");
  expect(found.record.verdict).toEqual({
    kind: "too-close",
    claim: "undecided",
    sentence: "Only “One number, in turn” was timed: nothing is compared.",
  });
});

test("a recorded run stands in at every size, says where it is from, and tells what it left out", async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    kernels: timedKernelIds({ features: new Set(), isSoftware: true }),
    // 10⁻⁹ s a multiply-add: 2 ms at 128³, 134 ms at 512³.
    kernelTime: ({ numRows }, call) => 1e-9 * numRows ** 3 * (1 + 1e-4 * (call % 7)),
  });
  const context = fakeContext(clock, { startedAt: new Date("2026-11-23T12:00:00Z") });
  const choice = { family: "product", size: "large", batch: "16" } as const;
  const device = { ...context.device, isSoftware: true };
  const found = await measureSteps(engine, choice, { ...context, device });
  const read = readRun(JSON.parse(JSON.stringify(found.record)))!;
  expect(read).toMatchObject({ family: "product", size: "small", leftOut: found.leftOut });
  const scene = createScene(valuesOf(), { ...read, roofs: undefined, recordedOn: "2026-11-23" });
  expect(scene.work.shape).toBe("[128 × 128] · [128 × 128], f32");
  expect(scene.steps[1]!.timed!.duration.median).toBeCloseTo(1e-9 * 128 ** 3, 5);
  expect(scene.steps[2]!.leftOut).toContain("waits at barriers");
  expect(makeTable(scene).caption).toMatch(/; Recorded on planted device, 2026-11-23$/);
  expect(sayRun(scene)[0]).toContain("Nothing was timed on the device that you read on.");
  const other = createScene(valuesOf({ family: "vector" }), scene.measured);
  expect(other.measured).toBeUndefined();
});

test("a record of something else is no run of a ladder", () => {
  const record: KernelRecord = JSON.parse('{ "parameters": { "largest": "512" } }');
  expect(readRun(record)).toBeUndefined();
});
