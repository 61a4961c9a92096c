import { beforeAll, expect, test } from "vitest";
import {
  createLaddersPlot,
  createScatterPlot,
  findLadderAt,
  findPointAt,
  placeLabels,
  placeMembers,
  ridgeLine,
  ridgeLines,
} from "./class-plot.ts";
import { createClassScene, type ClassMember } from "./class-scene.ts";
import { plantClassmate, plantMachine } from "./planted-gpus.ts";

const SIZE = { width: 440, height: 400 };

let members: readonly ClassMember[];
beforeAll(async () => {
  const planted = await plantMachine();
  // 15, 105 and 305 GB/s at 2 TFLOP/s.
  members = createClassScene(
    undefined,
    [1, 10, 30].map((n) => plantClassmate(planted, n)),
  ).members;
});

test("machines of equal arithmetic lie at one height, the faster reader further right", () => {
  const placed = placeMembers(createScatterPlot(members, SIZE), members);
  expect(new Set(placed.map(({ y }) => y)).size).toBe(1);
  expect(placed.map(({ member }) => member.label)).toEqual(["Desk 30", "Desk 10", "Desk 1"]);
  expect(placed[0]!.x).toBeGreaterThan(placed[1]!.x);
  expect(placed[1]!.x).toBeGreaterThan(placed[2]!.x);
});

test("a machine lies on the line of its own ridge", () => {
  const plot = createScatterPlot(members, SIZE);
  // Desk 10: 2000 / 105 = 19.05 FLOP/B.
  const line = ridgeLine(plot, 2000 / 105)!;
  const { x, y } = placeMembers(plot, members)[1]!;
  const { from, to } = line;
  const onLine = from.y + ((to.y - from.y) * (x - from.x)) / (to.x - from.x);
  expect(Math.abs(onLine - y)).toBeLessThan(0.5);
});

test("lines of equal ridge stand at 1, 2 and 5 times the powers of ten, as far as they cross the scatter", () => {
  // Across: 15 / 1.35 to 305 · 1.35 GB/s, up: 2 / 1.35 to 2 · 1.35 TFLOP/s. Ridges of the corners: 1481 / 412 = 3.6
  // and 2700 / 11.1 = 243; 5 and 200 would only cut a corner.
  const lines = ridgeLines(createScatterPlot(members, SIZE));
  expect(lines.map(({ ridge }) => ridge)).toEqual([10, 20, 50, 100]);
  expect(ridgeLine(createScatterPlot(members, SIZE), 3000)).toBeUndefined();
});

test("a pointer finds the nearest point within reach, and the nearest ladder", () => {
  const scatter = createScatterPlot(members, SIZE);
  const { x, y } = placeMembers(scatter, members)[1]!;
  expect(findPointAt(scatter, members, { x: x + 5, y: y - 5 })).toBe("file-10");
  expect(findPointAt(scatter, members, { x, y: y - 60 })).toBeUndefined();
  const ladders = createLaddersPlot(members, SIZE);
  // Flat at 305 GB/s; between 1 and 2 MiB there is no rung, only the line.
  const between = { x: ladders.toX(1.4 * 2 ** 20), y: ladders.toY(305e9) + 4 };
  expect(findLadderAt(ladders, members, between)).toBe("file-30");
  expect(findLadderAt(ladders, members, { ...between, x: ladders.right + 60 })).toBeUndefined();
});

const ask = (id: string, x: number, y: number, isNeeded = false) => ({
  id,
  x,
  y,
  texts: ["Desk 12", "12"],
  charWidth: 6,
  isNeeded,
});

test("a label goes to the next free side, and is left out where there is none", () => {
  const frame = { left: 0, top: 0, width: 100, height: 100 };
  // A lone label stands 8 px to the right of its point.
  expect(placeLabels([ask("a", 50, 50)], [{ x: 50, y: 50 }], frame)).toMatchObject([{ x: 58 }]);
  // At the right edge it goes to the left, as far away; 7 · 6 = 42 px wide.
  expect(placeLabels([ask("a", 95, 50)], [{ x: 95, y: 50 }], frame)).toMatchObject([
    { x: 87, anchor: "end", text: "Desk 12" },
  ]);
  // With 38 px on either side and no room above or below, only the short text fits.
  const narrow = { left: 12, top: 40, width: 76, height: 20 };
  expect(placeLabels([ask("a", 50, 50)], [{ x: 50, y: 50 }], narrow)).toMatchObject([
    { x: 58, text: "12" },
  ]);
  const crowd = Array.from({ length: 400 }, (_, index) => ({
    x: 5 * (index % 20),
    y: 5 * Math.floor(index / 20),
  }));
  expect(placeLabels([ask("a", 50, 50)], crowd, frame)).toEqual([]);
  expect(placeLabels([ask("a", 50, 50, true)], crowd, frame)).toHaveLength(1);
});
