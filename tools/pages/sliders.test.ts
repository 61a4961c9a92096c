import { expect, test } from "vitest";
import { findMoves } from "./sliders.ts";

const event = (name: string, ts: number, dur: number, more = {}) => ({
  name,
  ph: "X",
  pid: 1,
  tid: 1,
  ts,
  dur,
  args: {},
  ...more,
});

test("a move lasts from its input to the end of the next commit of the same thread", () => {
  const input = { args: { data: { type: "input" } } };
  const moves = findMoves([
    event("EventDispatch", 1000, 2000, { ...input, tdur: 1500 }),
    event("FunctionCall", 1100, 1800),
    event("Commit", 1500, 100, { tid: 2 }),
    event("Layout", 3500, 1000),
    event("Commit", 5000, 500),
    event("EventDispatch", 9000, 100, input),
  ]);
  // 1000 µs to 5500 µs; the thread worked 1500 + 1000 + 500 µs. The last input has no commit.
  expect(moves).toEqual([{ wallMs: 4.5, threadMs: 3 }]);
});
