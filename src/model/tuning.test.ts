import { describe, expect, test } from "vitest";
import { CpuBackend } from "../gpu/cpu-backend.ts";
import { LINEAR_VARIANTS } from "../../shaders/linear/kernel.ts";
import type { TuningHost } from "./autotune.ts";
import { findNewestTuning } from "./kept-tuning.ts";
import { DEFAULT_CHOICE } from "./kernel-choice.ts";
import { Pace } from "./pace.ts";
import { TuningBook } from "./tuning.ts";

const OTHER = LINEAR_VARIANTS.find(({ id }) => id !== DEFAULT_CHOICE.linear.id)!;

/** The CPU backend measures nothing, so a table can only have been read. */
function hostOf(): TuningHost {
  const model: TuningHost["model"] = JSON.parse('{ "config": { "shape": { "width": 64 } } }');
  return { backend: new CpuBackend(), model, pace: new Pace(true) };
}

function tableOf(chosen: string) {
  const variants = [{ kernel: chosen, duration: 1e-5 }];
  return [{ family: "linear", numRows: 1, chosen, variants }];
}

const NOW = { at: Date.now(), device: "planted" };

function open(value: unknown) {
  const store = { read: async () => value, write: async () => {} };
  return new TuningBook(store).open(hostOf());
}

describe("a kept choice of kernels", () => {
  test("is used for the rows that it was measured for", async () => {
    const { table, choose } = await open({ ...NOW, table: tableOf(OTHER.id) });
    expect(table).toHaveLength(1);
    expect(choose(1).linear.id).toBe(OTHER.id);
    expect(choose(48).linear.id).toBe(DEFAULT_CHOICE.linear.id);
  });

  test.each([
    ["older than a day", { ...NOW, at: NOW.at - 25 * 3_600_000, table: tableOf(OTHER.id) }],
    ["of a kernel that there is no more", { ...NOW, table: tableOf("linear/gone") }],
    ["of another make", { ...NOW, table: [{ family: "linear", numRows: "1" }] }],
    ["absent", undefined],
  ])("%s is measured again", async (_, value) => {
    const { table, choose } = await open(value);
    expect(table).toEqual([]);
    expect(choose(1)).toBe(DEFAULT_CHOICE);
  });

  test("is of one device with its features", async () => {
    const keys: string[] = [];
    const store = {
      read: async (key: string) => void keys.push(key),
      write: async () => {},
    };
    const host = hostOf();
    const features = new Set<GPUFeatureName>(["subgroups"]);
    const backend = Object.assign(new CpuBackend(), { features });
    await new TuningBook(store).open(host);
    await new TuningBook(store).open({ ...host, backend });
    await new TuningBook(store).open(host);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[2]).toBe(keys[0]);
  });
});

test("of several kept tables the newest that can be read counts", () => {
  const table = tableOf(OTHER.id);
  const older = { at: NOW.at - 1000, device: "older", table };
  const newer = { at: NOW.at, device: "newer", table };
  expect(findNewestTuning([older, newer, { at: NOW.at + 1 }, undefined])?.device).toBe("newer");
  expect(findNewestTuning([{ ...NOW, at: NOW.at - 25 * 3_600_000, table }])).toBeUndefined();
});
