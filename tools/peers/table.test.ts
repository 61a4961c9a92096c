import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseRecords } from "./peers-record.ts";
import { formatMarkdown, formatPeers } from "./table.ts";

const read = (...path: string[]) => readFile(join(import.meta.dirname, ...path), "utf8");

/** Cells without their padding. */
const cellsOf = (line: string) => line.split("|").map((cell) => cell.trim());

test("the README's table against the peers is the recorded one", async () => {
  const records = parseRecords(await read("recorded.json"));
  const readme = (await read("..", "..", "README.md")).split("\n").map(cellsOf);
  const lines = formatMarkdown(records).split("\n");
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines.filter((one) => !one.includes("---"))) {
    expect(readme).toContainEqual(cellsOf(line));
  }
});

test("the terminal's table names the adapter, says whether it is software, and holds every verdict", async () => {
  const records = parseRecords(await read("recorded.json"));
  for (const record of records) {
    const text = formatPeers(record);
    const kind = record.device.isSoftware ? "a software adapter" : "hardware";
    expect(text).toContain(`${record.device.name}, ${kind} · ${record.host}`);
    const verdicts = record.works.flatMap(({ arms }) =>
      arms.flatMap(({ verdict }) => verdict ?? []),
    );
    expect(verdicts.length).toBeGreaterThan(0);
    for (const { sentence } of verdicts) expect(text).toContain(sentence);
  }
});
