import { expect, test } from "vitest";
import { readRoofs } from "../src/experiments/roofs.ts";
import {
  FAKE_DEVICE,
  createFakeClock,
  createFakeEngine,
} from "../tests/experiments/fake-engine.ts";
import { PLANTED_ROOFS } from "./bench-planted-roofs.ts";
import { NO_ROOF, runLadder, sayRoofs, sayShares, sharesOf } from "./bench-roofs.ts";

test("a kernel's shares by hand", () => {
  // A matrix–vector product of 64 MB in 0.8 ms: 80 GB/s of 100, 32 MFLOP / 0.8 ms = 40 GFLOP/s of 10,000.
  const work = { flops: 32e6, bytes: 64e6, footprintBytes: 2 ** 28, seconds: 0.8e-3 };
  const { read, ownRead, arithmetic } = sharesOf(work, PLANTED_ROOFS);
  expect(read).toBeCloseTo(0.8, 9);
  expect(ownRead).toBeCloseTo(0.8, 9);
  expect(arithmetic).toBeCloseTo(0.004, 9);
});

test("a working set that a cache holds may pass memory's roof, and is held against its own too", () => {
  // 16 MiB is half way from 1 to 256 on a logarithmic scale: 200 GB/s, between 400 and 100. 150 MB in 1 ms.
  const work = { flops: 0, bytes: 150e6, footprintBytes: 2 ** 24, seconds: 1e-3 };
  expect(sayShares(work, PLANTED_ROOFS)).toBe(
    "150 % of read roof (75.0 % at its own footprint), 0.00 % of FMA roof",
  );
});

test("the roofs stand in a line, with their intervals and the working set", () => {
  expect(sayRoofs(PLANTED_ROOFS)).toBe(
    "read 100 GB/s (95 % 80.0 to 125) from 256 MiB, FMA 1.00e+4 GFLOP/s (95 % 8.00e+3 to 1.25e+4)",
  );
});

test("a software adapter has no roof", () => {
  const work = { flops: 1, bytes: 1, footprintBytes: 1, seconds: 1 };
  expect(sayRoofs(undefined)).toBe(NO_ROOF);
  expect(sayShares(work, undefined)).toBe("– of read roof, – of FMA roof");
});

test("a planted device's ladder is read as it was planted", async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine({
    clock,
    stepTime: () => 1,
    // A turn of a thread reads 16 bytes in 0.16 ns, or multiplies and adds for 6.4 ns.
    kernelTime: ({ kernel, sizes, numRows }) => {
      if (kernel === "ladder/launch") return 5e-6;
      const turns = sizes["numTurns"] ?? sizes["numSteps"] ?? 0;
      return (numRows * turns * (kernel.startsWith("ladder/") ? 16 : 640)) / 1e11;
    },
  });
  const roofs = readRoofs(await runLadder(engine, { device: FAKE_DEVICE, clock }));
  expect(roofs.rungs.at(-1)!.rate.median / 100e9).toBeCloseTo(1, 3);
  // 64 FLOPs, by the kernel of vectors, in 6.4 ns.
  expect(roofs.arithmetic!.median / 10e9).toBeCloseTo(1, 3);
});
