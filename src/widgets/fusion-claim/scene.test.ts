import { expect, test } from "vitest";
import { RECORDED } from "./recorded.ts";
import { describeRun, makeTable, savingAt, writeAnswer, writeArms, writeSaving } from "./scene.ts";

const plain = (text: string | undefined) => text?.replaceAll("\u00a0", " ");

test("0.19 % of the bytes at batch 1, 38.1 % at batch 512", () => {
  expect(plain(writeSaving(savingAt(1).bytes))).toBe("0.19 %");
  expect(plain(writeSaving(savingAt(512).bytes))).toBe("38.1 %");
});

test("less time than bytes is saved where the product is compute bound", () => {
  // ReLU 8,388,608 B / 2.039e12 = 4.114 µs; product 13.766 µs: 4.114 / 17.88 = 23.0 %.
  expect(savingAt(512).time).toBeCloseTo(0.23, 3);
  // Memory bound at batch 1: as many percent of the time as of the bytes.
  expect(savingAt(1).time).toBeCloseTo(savingAt(1).bytes, 6);
});

test("the prediction is judged", () => {
  expect(writeAnswer("0-38")).toContain("that is it");
  expect(writeAnswer("38-38")).toContain("it is not");
  expect(writeAnswer(undefined)).toBeUndefined();
});

test("the table gives the answer only when it may", () => {
  expect(makeTable(false).columns).toEqual(["Batch", "Bytes, apart"]);
  expect(makeTable(true).rows.every((row) => row.length === 5)).toBe(true);
});

test("the recorded run says on what it ran", () => {
  expect(RECORDED).toBeDefined();
  const said = writeArms(RECORDED!).join(" ");
  if (RECORDED!.device.isSoftware) expect(said).toContain("stand for none");
  expect(said).toContain("dispatches");
  expect(describeRun(RECORDED!)).toContain(RECORDED!.verdict.sentence);
});
