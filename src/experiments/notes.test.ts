// Sentences beside a verdict.
import { expect, test } from "vitest";
import { notePieces } from "./notes.ts";

test("series that were cut share a sentence, with the rows of a piece where they are fewer", () => {
  const notes = notePieces([
    { label: "cache off", numRows: 0, pieces: { count: 91, numRows: 3 } },
    { label: "cache on", numRows: 8, pieces: { count: 2, numRows: 1 } },
    { label: "short", numRows: 8, pieces: undefined },
  ]);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/100 ms: cache off in 91; cache on in 2 of at most 1 row\.$/);
});

test("however many were cut, no note is longer than a record takes", () => {
  const label = "x".repeat(60);
  const series = Array.from({ length: 50 }, () => ({
    label,
    numRows: 10_000,
    pieces: { count: 999, numRows: 9999 },
  }));
  const notes = notePieces(series);
  expect(notes).toHaveLength(3);
  for (const note of notes) expect(note.length).toBeLessThanOrEqual(2000);
  expect(notePieces([{ label, numRows: 1, pieces: undefined }])).toEqual([]);
});
