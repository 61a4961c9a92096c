import { beforeAll, expect, test } from "vitest";
import { plantClassmate, plantMachine, toFile } from "./planted-gpus.ts";
import type { Machine } from "./scene.ts";
import { addMachines, MAX_OTHERS, readFiles, runIdOf, type SharedFile } from "./shared-files.ts";

let planted: Machine;
beforeAll(async () => {
  planted = await plantMachine();
});

function fileOf(name: string, text: string, size = text.length): SharedFile {
  return { name, size, text: () => Promise.resolve(text) };
}

function deskFile(n: number, label = `Desk ${n}`): SharedFile {
  return fileOf(`desk-${n}.json`, toFile({ ...plantClassmate(planted, n), label }));
}

const NOBODY = { own: undefined, others: [] };

test("good files are taken though bad ones lie among them, and each of those is named", async () => {
  const series = planted.ladder.series.map((one, index) =>
    index > 0 || one.duration === undefined
      ? one
      : { ...one, duration: { ...one.duration, median: 1, high: 2 } },
  );
  const edited = { ...planted, ladder: { ...planted.ladder, series } };
  const read = await readFiles([
    deskFile(1),
    fileOf("essay.json", "Dear teacher"),
    fileOf("notebook.json", `{"schema": "memory-bound/notebook@1"}`),
    fileOf("edited.json", toFile(edited)),
    fileOf("film.json", "", 3 * 2 ** 30),
    { name: "gone.json", size: 1, text: () => Promise.reject(new Error("moved")) },
    deskFile(2),
  ]);
  const { others, problems } = addMachines(NOBODY, read);
  expect(others.map(({ label }) => label)).toEqual(["Desk 1", "Desk 2"]);
  expect(problems).toEqual([
    "essay.json: The file is not JSON.",
    expect.stringMatching(/^notebook\.json: This file shares no GPU: its schema is not/),
    expect.stringMatching(/^edited\.json: ladder: .* not the median of its samples/),
    "film.json: It holds 3.00\u00a0GiB; no more than 20.0\u00a0MiB are read.",
    "gone.json: It could not be read; choose it again.",
  ]);
});

test("a run counts once, whatever its file is called, and the reader's own is no other machine", async () => {
  const first = addMachines(NOBODY, await readFiles([deskFile(1)]));
  const again = { ...deskFile(1, "Desk one"), name: "desk-1 (1).json" };
  const own = { ...planted, label: "planted GPU, this device" };
  const read = await readFiles([again, fileOf("mine.json", toFile(planted))]);
  const { others, problems } = addMachines({ own, others: first.others }, read);
  expect(others).toEqual(first.others);
  expect(problems).toEqual([
    "desk-1 (1).json: It is the same run as Desk 1, which is here already.",
    "mine.json: It is the run of planted GPU, this device, which is drawn already.",
  ]);
});

test("machines of one name are numbered", async () => {
  const read = await readFiles([1, 2, 3].map((n) => deskFile(n, "Iris Xe")));
  const { others } = addMachines(NOBODY, read);
  expect(others.map(({ label }) => label)).toEqual(["Iris Xe", "Iris Xe (2)", "Iris Xe (3)"]);
  expect(new Set(others.map(({ id }) => id)).size).toBe(3);
});

test("two laptops that began in the same millisecond are two", () => {
  const { ladder } = planted;
  const neighbour = { ...ladder, wallSeconds: ladder.wallSeconds + 0.001 };
  expect(runIdOf(neighbour)).not.toBe(runIdOf(ladder));
});

test("what goes beyond the limit is named", () => {
  const read = Array.from({ length: MAX_OTHERS + 1 }, (_, n) => {
    const machine = plantClassmate(planted, n + 1);
    return { name: `desk-${n + 1}.json`, machine: { ...machine, id: runIdOf(machine.ladder) } };
  });
  const { others, problems } = addMachines(NOBODY, read);
  expect(others).toHaveLength(40);
  expect(problems).toEqual([
    "desk-41.json: There is no room: 40 machines are here, and no more are drawn. Take some away first.",
  ]);
});
