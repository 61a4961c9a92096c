import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PLANTED_ROOFS } from "../bench-planted-roofs.ts";
import { NO_ROOF } from "../bench-roofs.ts";
import type { WorkReport } from "./contest.ts";
import { parseRecords, PEERS_SCHEMA } from "./peers-record.ts";
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

test("with roofs each time says which it is held against, and how much of it is reached", () => {
  const duration = { median: 1e-3, low: 1e-3, high: 1e-3, numSamples: 7, confidence: 0.95 };
  const work = (flops: number, bytes: number): WorkReport => ({
    id: "planted",
    title: "planted",
    flops,
    bytes,
    arms: [{ id: "ours", name: "this engine", samples: [], duration }],
  });
  const text = formatPeers({
    schema: PEERS_SCHEMA,
    createdAt: "2026-11-23T00:00:00.000Z",
    device: { name: "planted", isSoftware: false },
    host: "Node",
    machine: "none",
    tolerance: 1e-4,
    roofs: PLANTED_ROOFS,
    // A matrix and a vector: 80 MB of 100 and 40 MFLOP in a millisecond; a product: 3 MB and 4 GFLOP of 10.
    works: [work(40e6, 80e6), work(4e9, 3e6)],
  });
  expect(text).toContain("80.0 % (read)");
  expect(text).toContain("40.0 % (FMA)");
});

test("a table from a software adapter has no share of a roof, and says why once", async () => {
  const [record] = parseRecords(await read("recorded.json"));
  const text = formatPeers(record!);
  expect(text.split(NO_ROOF)).toHaveLength(2);
  expect(text).not.toContain("% (");
});
