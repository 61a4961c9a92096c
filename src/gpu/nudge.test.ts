import { expect, test } from "vitest";
import { needsNudges, nudge } from "./nudge.ts";

test("Firefox is nudged, and no other browser", () => {
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
  const chrome =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
  expect(needsNudges(firefox)).toBe(true);
  expect(needsNudges(chrome)).toBe(false);
  expect(needsNudges("Node.js/22")).toBe(false);
});

/** A queue that looks at its work only when something is submitted, and finds it done the third time. */
function createLazyQueue(settle: (resolve: (value: string) => void, fail: () => void) => void) {
  let numSubmitted = 0;
  let look: (() => void) | undefined;
  const answer = new Promise<string>((resolve, reject) => {
    look = () => settle(resolve, () => reject(new Error("The device was lost.")));
  });
  const submit = (): undefined => {
    if (++numSubmitted === 3) look?.();
  };
  return { answer, queue: { submit }, numSubmitted: () => numSubmitted };
}

async function rest(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 10));
}

test("empty submissions go on until the answer is there, and then end", async () => {
  const { answer, queue, numSubmitted } = createLazyQueue((resolve) => resolve("done"));
  expect(await nudge(answer, queue)).toBe("done");
  expect(numSubmitted()).toBe(3);
  await rest();
  expect(numSubmitted()).toBe(3);
});

test("they end with an error, too", async () => {
  const { answer, queue, numSubmitted } = createLazyQueue((_resolve, fail) => fail());
  await expect(nudge(answer, queue)).rejects.toThrow("The device was lost.");
  await rest();
  expect(numSubmitted()).toBe(3);
});
