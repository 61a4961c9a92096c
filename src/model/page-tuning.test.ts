import { expect, test } from "vitest";
import { pageTuningStore, readNewestTuning } from "./page-tuning.ts";

test("where there is no storage nothing is kept, and nothing fails", async () => {
  expect("indexedDB" in globalThis).toBe(false);
  await expect(pageTuningStore.write("key", 1)).resolves.toBeUndefined();
  await expect(pageTuningStore.read("key")).resolves.toBeUndefined();
  await expect(readNewestTuning()).resolves.toBeUndefined();
});
