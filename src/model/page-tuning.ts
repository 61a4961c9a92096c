// Keeps the measured choice of kernels in the browser. Without storage (private modes) it is measured at each visit.
import { createStore, get, set, values } from "idb-keyval";
import { findNewestTuning, type KeptTuning } from "./kept-tuning.ts";
import type { TuningStore } from "./tuning.ts";

/** Opened at the first use, once. */
const database = createStore("memory-bound-tuning", "tables");

export const pageTuningStore: TuningStore = {
  async read(key) {
    try {
      return await get<unknown>(key, database);
    } catch {
      return undefined;
    }
  },
  async write(key, value) {
    try {
      // Where storage is forbidden, opening it throws at once and rejects nothing.
      await set(key, value, database);
    } catch {
      // It is measured again at the next visit.
    }
  },
};

/** The table of the model that was tuned last in this browser. Never rejects. */
export async function readNewestTuning(): Promise<KeptTuning | undefined> {
  try {
    return findNewestTuning(await values<unknown>(database));
  } catch {
    return undefined;
  }
}
