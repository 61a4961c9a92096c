import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findGpu, GPUS } from "../catalog/gpus/gpus.ts";
import { bytes, GIGA, MEBI, seconds } from "../units/units.ts";
import { allReduceTime, bytesOverLink } from "./all-reduce.ts";
import { findLink, findLinkBetween, findNvlink, findNodeCaveat, LINKS } from "./links.ts";

const link = (id: string) => findLink(id)!;
const gpu = (id: string) => findGpu(id)!;

test("a ring sends each byte almost twice", () => {
  // 2·(8 − 1)/8 of 1000 bytes.
  expect(bytesOverLink(bytes(1000), 8)).toBe(1750);
  expect(bytesOverLink(bytes(1000), 2)).toBe(1000);
});

test("time is latency plus bytes over bandwidth", () => {
  const slow = { ...link("pcie-4"), latency: seconds(10e-6) };
  const exact = 10e-6 + (1.5 * MEBI) / slow.busBandwidthPerDirection;
  expect(allReduceTime(bytes(MEBI), 4, slow)).toBeCloseTo(exact, 15);
});

test("one GPU exchanges nothing", () => {
  expect(allReduceTime(bytes(MEBI), 1, link("nvlink-3"))).toBe(0);
});

test("no link is fitted above its datasheet", () => {
  for (const { busBandwidthPerDirection, peakPerDirection } of LINKS) {
    expect(busBandwidthPerDirection).toBeLessThan(peakPerDirection);
  }
});

test("NVLink 3 is 300 GB/s in each direction, and PCIe 4.0 x16 is 31.5", () => {
  expect(link("nvlink-3").peakPerDirection).toBe(300 * GIGA);
  expect(link("pcie-4").peakPerDirection / GIGA).toBeCloseTo(31.5, 1);
});

test("64 MiB over eight A100s takes as long as measured, 0.675 ms, within a tenth or so", () => {
  const time = allReduceTime(bytes(64 * MEBI), 8, link("nvlink-3"));
  expect(time * 1000).toBeGreaterThan(0.675 * 0.85);
  expect(time * 1000).toBeLessThan(0.675 * 1.15);
});

test("a link that was not measured says where its figures come from", () => {
  for (const { isMeasured, note } of LINKS) {
    expect(note).toMatch(isMeasured ? /^Fitted to \d+ all-reduce times/ : /^Not measured: /);
  }
});

test("PCIe was measured among four cards, and says that more are extrapolated", () => {
  for (const id of ["pcie-4", "pcie-5"]) expect(link(id).note).toMatch(/Beyond 4 GPUs/);
});

test("cards with a bridge have NVLink in pairs only", () => {
  expect(findNvlink(gpu("a100-80gb-pcie"), 2)?.id).toBe("nvlink-3-bridge");
  expect(findNvlink(gpu("a100-80gb-pcie"), 4)).toBeUndefined();
  expect(findLinkBetween(gpu("a100-80gb-pcie"), 4)?.id).toBe("pcie-4");
});

test("each GPU takes the fastest link that it has", () => {
  const links = ["v100-sxm2-32gb", "a100-80gb-sxm", "h100-sxm", "b200-sxm", "l4", "t4"].map(
    (id) => findLinkBetween(gpu(id), 8)?.id,
  );
  expect(links).toEqual(["nvlink-2", "nvlink-3", "nvlink-4", "nvlink-5", "pcie-4", "pcie-3"]);
});

test("an NVLink of the reader's own takes the share of the peak that a measured one reaches", () => {
  const own = { ...gpu("h100-sxm"), nvlinkPerDirection: link("nvlink-4").peakPerDirection };
  expect(findNvlink(own, 8)?.id).toBe("nvlink-4");
  const half = { ...own, nvlinkPerDirection: link("nvlink-2").peakPerDirection };
  expect(findNvlink({ ...half, id: "own" }, 8)?.id).toBe("nvlink-2");
});

test("between all GPUs of the catalogue but those without slot there is a link", () => {
  const without = GPUS.filter((one) => findLinkBetween(one, 8) === undefined);
  for (const { pcieGeneration, nvlinkPerDirection } of without) {
    expect([pcieGeneration, nvlinkPerDirection]).toEqual([undefined, undefined]);
  }
});

test("beyond eight GPUs the network between nodes is named", () => {
  expect(findNodeCaveat(8)).toBeUndefined();
  expect(findNodeCaveat(16)).toMatch(/several nodes/);
});

test("what the sentence says of two nodes of A100s is what was measured there", () => {
  const { allReduce } = JSON.parse(
    readFileSync(new URL("../../../tests/golden/network.json", import.meta.url), "utf8"),
  );
  const rows = allReduce.find(
    ({ fabric, workers }: Record<string, unknown>) => fabric === "a100_dgx" && workers === 16,
  );
  const timesOf = (size: number) => {
    const measured = rows.medianMs[rows.bytes.indexOf(size)];
    return [measured, measured / 1000 / allReduceTime(bytes(size), 16, link("nvlink-3"))];
  };
  const [small, smallRatio] = timesOf(264_192);
  const [large, largeRatio] = timesOf(64 * MEBI);
  expect([small.toFixed(2), large.toFixed(1)]).toEqual(["0.20", "7.2"]);
  expect([smallRatio.toFixed(1), largeRatio.toFixed(0)]).toEqual(["4.5", "9"]);
  expect(findNodeCaveat(16)).toContain("took 0.20 ms for 264 kB and 7.2 ms for 64 MiB");
  expect(findNodeCaveat(16)).toContain("4.5 and 9 times");
});

test.each([0, -1, 1.5, Number.NaN, Infinity, 5000])("%s GPUs are refused", (ranks) => {
  expect(() => allReduceTime(bytes(1), ranks, link("pcie-4"))).toThrow(RangeError);
});

test.each([-1, Number.NaN, Infinity])("an array of %s bytes is refused", (size) => {
  expect(() => allReduceTime(bytes(size), 2, link("pcie-4"))).toThrow(RangeError);
});
