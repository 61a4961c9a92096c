import { beforeAll, expect, test } from "vitest";
import {
  createClassScene,
  describeClass,
  isClass,
  makeClassTable,
  sayMember,
  sayParticulars,
  sayRange,
  spreadOf,
} from "./class-scene.ts";
import { plantClassmate, plantMachine } from "./planted-gpus.ts";
import type { Machine } from "./scene.ts";

let planted: Machine;
let software: Machine;
let wallTimed: Machine;
/** Desk n reads 5 + 10·n GB/s, does 2 TFLOP/s and launches in n µs. */
let desks: Machine[];
beforeAll(async () => {
  planted = await plantMachine();
  software = { ...(await plantMachine({ isSoftware: true })), id: "software", label: "Old desk" };
  wallTimed = { ...(await plantMachine({ clock: "wall" })), id: "wall", label: "Wall desk" };
  desks = Array.from({ length: 30 }, (_, index) => plantClassmate(planted, index + 1));
});

/** A machine of whose ladder an arm is missing. */
function without(machine: Machine, arm: string): Machine {
  const series = machine.ladder.series.filter((one) => one.arm !== arm);
  return { ...machine, ladder: { ...machine.ladder, series } };
}

test("five others are drawn in full, six are a class", () => {
  expect([5, 6].map((count) => isClass(desks.slice(0, count)))).toEqual([false, true]);
});

test("a class is in order of its reading, the fastest first", () => {
  const { members } = createClassScene(undefined, desks);
  expect(members).toHaveLength(30);
  expect(members.map(({ label }) => label).slice(0, 2)).toEqual(["Desk 30", "Desk 29"]);
  expect(members.at(-1)).toMatchObject({ label: "Desk 1", place: 30 });
});

test("range and median of thirty machines are those of the formula", () => {
  // Desk 1 reads 15 GB/s, desk 30 reads 305; the middle two, 15 and 16, read 155 and 165. Ridges: 2000 / 305 = 6.56,
  // 2000 / 15 = 133, and the mean of 2000 / 155 = 12.90 and 2000 / 165 = 12.12. Launches: 1 to 30 µs, 15.5 between.
  expect(sayRange(createClassScene(undefined, desks)).replaceAll("\u00a0", " ")).toBe(
    "30 machines: memory read 15.0 GB/s to 305 GB/s, median 160 GB/s; multiply-adds 2.00 TFLOP/s; ridge 6.56 FLOP/B to 133 FLOP/B, median 12.5 FLOP/B; a dispatch 1.00 µs to 30.0 µs, median 15.5 µs.",
  );
});

test("the layer of one row is memory bound where reading explains half of its time", () => {
  // It takes 1.25 times what its bytes take at 100 GB/s: at 155 GB/s reading explains 1 / (1.25 · 1.55) = 52 %, at
  // 165 GB/s 48 %. So desks 1 to 15 are memory bound, and of the others it cannot be told.
  expect(sayParticulars(createClassScene(undefined, desks))).toEqual([
    "The linear layer of one row: memory bound on 15, cannot tell on 15.",
  ]);
});

test("the reader's own machine has its place in the class", () => {
  // 100 GB/s: desks 10 to 30 read 105 GB/s and more, which makes 21.
  const scene = createClassScene(planted, desks);
  expect(scene.members.filter(({ isOwn }) => isOwn).map(({ place }) => place)).toEqual([22]);
  expect(describeClass(scene)).toContain("This device is number 22 of 31 by reading.");
});

test("a software adapter is listed apart and counts in no figure", () => {
  const scene = createClassScene(undefined, [...desks, software]);
  expect(scene.members).toHaveLength(30);
  expect(scene.software.map(({ machine }) => machine.label)).toEqual(["Old desk"]);
  expect(sayParticulars(scene)).toContain(
    "Listed apart: 1 software adapter, which stands for no GPU.",
  );
  expect(sayRange(createClassScene(software, [software]))).toBe(
    "No GPU: all 2 machines are software adapters, which have no roofs.",
  );
});

test("a machine of which a part is missing keeps its row and is left out of that figure", () => {
  const [first, second, ...rest] = desks;
  const scene = createClassScene(undefined, [
    without(first!, "read"),
    without(second!, "multiply-add"),
    ...rest,
  ]);
  expect(scene.members).toHaveLength(30);
  // Last, without a place: nothing says how fast it reads.
  expect(scene.members.at(-1)).toMatchObject({
    label: "Desk 1",
    place: undefined,
    layer: "unknown",
  });
  expect(sayRange(scene)).toMatch(
    /^30 machines: memory read 25\.0.*\(of 29\); .*ridge .*\(of 28\);/,
  );
  expect(sayMember(scene.members.at(-1)!)).toMatch(/^Desk 1: reads —, .* ridge —\sFLOP\/B/);
});

test("machines without a device clock and with smaller sets are told apart in words", () => {
  const series = planted.ladder.series.filter(
    ({ footprintBytes }) => footprintBytes <= 32 * 2 ** 20,
  );
  const small = { ...planted, id: "small", ladder: { ...planted.ladder, series } };
  const said = sayParticulars(createClassScene(undefined, [wallTimed, small, planted]));
  expect(said).toContain("Timed by slopes of the wall clock, without a device clock: 1.");
  expect(said.join(" ").replaceAll("\u00a0", " ")).toContain("(32 MiB to 64 MiB)");
});

test("the table holds a row a machine, every rung, and the spread below", () => {
  const { columns, rows } = makeClassTable(createClassScene(undefined, [...desks, software]));
  // 30 GPUs, the software, lowest, median and highest; seven rungs from 1 to 64 MiB.
  expect(rows).toHaveLength(34);
  expect(columns).toHaveLength(15 + 7);
  expect(new Set(rows.map(({ length }) => length))).toEqual(new Set([columns.length]));
  const read = columns.indexOf("Reads it (B/s)");
  const ridge = columns.indexOf("Ridge (FLOP/B)");
  expect(rows.slice(-3).map((row) => [row[0], Math.round(Number(row[read]) / 1e9)])).toEqual([
    ["Lowest", 15],
    ["Median", 160],
    ["Highest", 305],
  ]);
  expect(rows[30]!.slice(0, 2)).toEqual(["Old desk", "software, no roof"]);
  expect(rows[30]![ridge]).toBe("");
});

test("a spread of nothing is nothing", () => {
  expect(spreadOf([], ({ ridge }) => ridge)).toBeUndefined();
});
