import { expect, test } from "vitest";
import { makeTable, readClaim, RIGHT_ANSWER, writeAnswer, writeMillis } from "./scene.ts";

const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");

test("128 tokens take 0.0745 ms and 136 take 0.132 ms", () => {
  const { from, to, slower } = readClaim();
  expect([writeMillis(from.seconds), writeMillis(to.seconds)]).toEqual(["0.0745 ms", "0.132 ms"]);
  // 0.132 / 0.0745 = 1.7718.
  expect(slower).toBeCloseTo(0.7718, 4);
});

test("the prediction is judged by the measurement", () => {
  const { slower } = readClaim();
  expect(plain(writeAnswer(RIGHT_ANSWER, slower))).toContain("measured 77 % longer");
  expect(writeAnswer("6", slower)).toContain("it is not");
  expect(writeAnswer(undefined, slower)).toBeUndefined();
});

test("before the prediction the table ends at 128 tokens", () => {
  expect(makeTable(readClaim(), 128).rows.at(-1)?.[0]).toBe(128);
  expect(makeTable(readClaim(), Infinity).rows.at(-1)?.[0]).toBe(384);
});
