import { expect, test } from "vitest";
import { readServerLog } from "./server-log.ts";

const line = (running: number, waiting: number, usage: number) =>
  `INFO Engine 000: Avg prompt throughput: 1.0 tokens/s, Avg generation throughput: 2.0 tokens/s, Running: ${running} reqs, Waiting: ${waiting} reqs, GPU KV cache usage: ${usage}%, Prefix cache hit rate: 12.5%`;

test("idle minutes do not count, and the fullest minute does", () => {
  const { load } = readServerLog([line(0, 0, 0), line(10, 2, 40), line(20, 8, 90)].join("\n"));
  expect(load).toEqual({
    numLines: 2,
    meanRunning: 15,
    meanWaiting: 5,
    peakUsage: 0.9,
    numPreemptions: 0,
    prefixHitShare: 0.125,
  });
});

test("all lines of a long log count, not only the first", () => {
  const { load } = readServerLog(Array.from({ length: 5000 }, () => line(4, 0, 50)).join("\n"));
  expect(load?.numLines).toBe(5000);
});

test("errors of memory are told apart", () => {
  const { events } = readServerLog(
    "ValueError: Free memory on device cuda:0 (19.77/22.05 GiB) on startup is less than desired GPU memory utilization (0.9, 19.84 GiB).\ntorch.OutOfMemoryError: CUDA out of memory.\nValueError: No available memory for the cache blocks.",
  );
  expect(events).toEqual({
    isOutOfMemory: true,
    occupied: { freeGiB: 19.77, totalGiB: 22.05 },
    hasNothingLeft: true,
    numPreempted: 0,
  });
});
