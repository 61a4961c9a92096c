import { expect, test } from "vitest";
import { LAST_STEP } from "./parameters.ts";
import { createScene, describeScene, makeTable, PARTS, shareOf } from "./scene.ts";
import { createTimelines, drawRequests, type Frame } from "./timeline.ts";

const VALUES = { reservation: "orca-max", blockSize: "4", slots: 1024, trace: 1, step: 80 };
const RESERVATIONS = ["orca-max", "orca-pow2", "orca-oracle", "static"];

function slotsOf({ pieces }: Frame, kind: string): number {
  return pieces().reduce((sum, piece) => sum + (piece.kind === kind ? piece.size : 0), 0);
}

test("what is drawn adds up to what the schedulers count", () => {
  for (const reservation of RESERVATIONS) {
    for (const blockSize of [2, 16]) {
      const { reserved, paged } = createTimelines({ reservation, blockSize, slots: 768, trace: 7 });
      expect([reserved.length, paged.length]).toEqual([LAST_STEP, LAST_STEP]);
      const kinds = ["stored", "reserved", "internal", "external"] as const;
      const wrong = [...reserved, ...paged].filter(
        (frame, index) =>
          index % 7 === 0 && kinds.some((kind) => slotsOf(frame, kind) !== frame.use[kind]),
      );
      expect(wrong).toEqual([]);
    }
  }
});

test("no slot is drawn twice, none outside of the memory", () => {
  const { reserved, paged } = createTimelines({ ...VALUES, blockSize: 4 });
  for (const { pieces } of [...reserved, ...paged]) {
    const all = pieces();
    const ends = all.map(({ start, size }) => start + size);
    const isApart = all.every(({ start }, index) => start >= (ends[index - 1] ?? 0));
    expect([isApart, (ends.at(-1) ?? 0) <= 1024]).toEqual([true, true]);
  }
});

test("1,024 slots hold four regions of 256, whatever the requests need", () => {
  // All four are taken once four requests have come.
  const { frame } = createScene(VALUES).reserved;
  expect(frame.numRunning).toBe(4);
  expect(frame.use.free + frame.use.external).toBe(0);
});

test("paging wastes less than one block for each request that runs", () => {
  for (const blockSize of [2, 4, 16, 64]) {
    const { paged } = createTimelines({ ...VALUES, blockSize });
    const wasteful = paged.filter(
      ({ use, numRunning }) =>
        use.internal > numRunning * (blockSize - 1) || use.reserved + use.external > 0,
    );
    expect(wasteful).toEqual([]);
  }
});

test("a request's blocks lie apart once others have come and gone", () => {
  const { paged } = createScene(VALUES);
  const runs = new Map<number, number>();
  for (const { request, kind } of paged.frame.pieces()) {
    if (request !== undefined && kind === "stored") runs.set(request, (runs.get(request) ?? 0) + 1);
  }
  expect(Math.max(...runs.values())).toBeGreaterThan(1);
});

test("the same seed gives the same requests, another seed others", () => {
  expect(drawRequests(3)).toEqual(drawRequests(3));
  expect(drawRequests(3)).not.toEqual(drawRequests(4));
});

test("more of the memory holds tokens with paging, and more requests are answered", () => {
  const { reserved, paged } = createScene({ ...VALUES, step: LAST_STEP });
  expect(shareOf(paged.frame, "stored")).toBeGreaterThan(2 * shareOf(reserved.frame, "stored"));
  expect(paged.frame.numAnswered).toBeGreaterThan(2 * reserved.frame.numAnswered);
});

test("the table has a row for every part, and they sum to the memory", () => {
  const { rows } = makeTable(createScene(VALUES));
  const parts = rows.slice(0, PARTS.length);
  for (const column of [1, 2]) {
    expect(parts.reduce((sum, row) => sum + Number(row[column]), 0)).toBe(1024);
  }
});

test("the description names both and the step", () => {
  const text = describeScene(createScene({ ...VALUES, reservation: "static", step: 1 }));
  expect(text).toMatch(/^Step 1: Static batching fills .*; vLLM fills /);
});
