import { expect, test } from "vitest";
import {
  createFakeClock,
  createFakeEngine,
  fakeContext,
} from "../../../tests/experiments/fake-engine.ts";
import { EngineError, type KernelTimingRequest } from "../../model/engine.ts";
import { parseKernelRecord } from "../kernel-record-schema.ts";
import matmulSize from "./experiment.ts";

const KERNELS = ["linear/naive", "linear/octet", "ladder/read"];

function engineWith(kernelTime: (request: KernelTimingRequest) => number) {
  const clock = createFakeClock();
  const engine = createFakeEngine({ clock, stepTime: () => 1, kernels: KERNELS, kernelTime });
  return { clock, engine };
}

test("N³ comes back as the exponent of a device without launches, by the faster kernel", async () => {
  // 2 N³ FLOP at 4 TFLOP/s, and at 1 by the naive one.
  const { clock, engine } = engineWith(
    ({ kernel, numRows }) => (2 * numRows ** 3) / (kernel === "linear/octet" ? 4e12 : 1e12),
  );
  const record = await matmulSize.run(engine, { largest: "2048" }, fakeContext(clock));
  expect(record.series.map(({ plan }) => plan.numRows)).toEqual([
    32, 64, 128, 256, 512, 1024, 2048,
  ]);
  expect(new Set(record.series.map(({ kernel }) => kernel.id))).toEqual(new Set(["linear/octet"]));
  expect(record.fits[0]).toMatchObject({ against: "size", numPoints: 7 });
  expect(record.fits[0]!.exponent.value).toBeCloseTo(3, 2);
  // Every multiply-add takes as long, whatever N.
  expect(record.verdict.kind).toBe("no-difference");
  expect(parseKernelRecord(JSON.parse(JSON.stringify(record)))).toEqual({ ok: true, record });
});

test("with a launch of 20 µs a multiply-add is dearer in a small product", async () => {
  const { clock, engine } = engineWith(({ numRows }) => 20e-6 + (2 * numRows ** 3) / 4e12);
  const record = await matmulSize.run(engine, { largest: "2048" }, fakeContext(clock));
  expect(record.verdict).toMatchObject({ kind: "clear", faster: "contender", claim: "supported" });
  expect(record.fits[0]!.exponent.value).toBeLessThan(2.5);
});

test("no dispatch is begun that would take longer than 50 ms", async () => {
  const times: number[] = [];
  const { clock, engine } = engineWith(({ numRows }) => {
    times.push((2 * numRows ** 3) / 2e10);
    return times.at(-1)!;
  });
  const record = await matmulSize.run(engine, { largest: "2048" }, fakeContext(clock));
  // 512³ takes 13 ms, 1024³ 107.
  expect(Math.max(...times)).toBeLessThan(0.05);
  expect(record.notes[0]).toMatch(/^The sweep ends at N = 512: /);
});

test("where large arrays are refused, smaller products are measured and it is said", async () => {
  const { clock, engine } = engineWith((request) => {
    if (request.numRows > 512) throw new EngineError("out-of-memory", "Too large.");
    return 1e-6 + (2 * request.numRows ** 3) / 4e12;
  });
  const record = await matmulSize.run(engine, { largest: "2048" }, fakeContext(clock));
  expect(record.notes[0]).toMatch(/^N up to 512 was measured, not 2048/);
});
