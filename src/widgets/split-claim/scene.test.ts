import { expect, test } from "vitest";
import {
  makeTable,
  measuredShare,
  openShare,
  readClaim,
  writeAnswer,
  writeDetails,
} from "./scene.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

test("405.9 GB of weights need six GPUs of 80 GB by capacity", () => {
  const { weights, leastGpus } = readClaim();
  expect(weights / 1e9).toBeCloseTo(405.9, 1);
  expect(leastGpus).toBe(6);
});

test("most of the all-reduces' time is latency, not bytes", () => {
  // 252 · 2·7/8 · 16 · 16,384 · 2 B = 231 MB over the fitted bandwidth.
  const { nvlink } = readClaim();
  const bytes = 252 * 1.75 * 16 * 16_384 * 2;
  expect(nvlink.sending).toBeCloseTo(bytes / nvlink.link.busBandwidthPerDirection, 9);
  expect(nvlink.latency).toBeGreaterThan(5 * nvlink.sending);
});

test("the share lies between 15 and 40 %, and over PCIe above", () => {
  const { nvlink, pcie } = readClaim();
  expect(writeAnswer("15-40", nvlink.share)).toContain("that is it");
  expect(writeAnswer("under-5", nvlink.share)).toContain("it is not");
  expect(writeAnswer(undefined, nvlink.share)).toBeUndefined();
  expect(pcie.share).toBeGreaterThan(nvlink.share);
});

test("with the time measured at this size the share is smaller, and in the same bin", () => {
  // 252 · 32 µs = 8.06 ms beside some 29 ms of own work.
  const claim = readClaim();
  expect(measuredShare(claim.nvlink)).toBeCloseTo(0.217, 3);
  expect(measuredShare(claim.nvlink)).toBeLessThan(claim.nvlink.share);
  expect(plain(writeDetails(claim).join(" "))).toContain("22 % of the step");
});

test("NVLink 3 is 0.3 TB/s in one direction", () => {
  expect(plain(writeDetails(readClaim()).join(" "))).toContain("300 GB/s in one direction");
});

test("the table gives the answer only when it may", () => {
  const claim = readClaim();
  const share = openShare(claim).text;
  expect(JSON.stringify(makeTable(claim, false))).not.toContain(share);
  expect(JSON.stringify(makeTable(claim, true))).toContain(share);
});
