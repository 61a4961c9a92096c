// The benchmark's table, for a terminal.
import type { Estimate } from "../../src/core/statistics/estimate.ts";
import { GIGA, KILO } from "../../src/core/units/units.ts";
import type { Roofs } from "../../src/experiments/roofs.ts";
import { formatShare, sayRoofs, sharesOf } from "../bench-roofs.ts";
import type { ArmReport, WorkReport } from "./contest.ts";
import type { PeersRecord } from "./peers-record.ts";

const TITLE = [
  "",
  "ms a repeat (95 %)",
  "GFLOP/s",
  "of the roof",
  "its time over ours (95 %)",
  "asked for",
  "way",
];

export function formatPeers(record: PeersRecord): string {
  const { device, host, machine, createdAt, works, roofs } = record;
  const kind = device.isSoftware ? "a software adapter" : "hardware";
  const heading = `${device.name}, ${kind} · ${host} · ${machine} · ${createdAt}`;
  const said = `roofs: ${sayRoofs(roofs)}`;
  return [`${heading}\n${said}`, ...works.map((work) => formatWork(work, roofs))].join("\n\n");
}

/** The README's table: a row a work, our time, and how much longer each other took. */
export function formatMarkdown(records: readonly PeersRecord[]): string {
  const names = records[0]?.works[0]?.arms.map(({ name }) => name) ?? [];
  const rows = records.flatMap(({ host, works }) =>
    works.map(({ title, arms }) => [`${title}, ${host}`, ...arms.map(formatCell)]),
  );
  const lines = [["what", ...names], ["what", ...names].map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function formatCell({ duration, ratio, refusal = "", difference }: ArmReport): string {
  if (duration === undefined && difference !== undefined) return "another output";
  if (duration === undefined) return refusal.startsWith("not asked") ? "–" : "does not run there";
  if (ratio === undefined) return `${(duration.median * KILO).toPrecision(3)} ms`;
  return formatEstimate(ratio, (value) => `${value.toPrecision(3)}×`);
}

function formatWork(work: WorkReport, roofs: Roofs | undefined): string {
  const rows = work.arms.map((arm) => formatArm(work, arm, roofs));
  const table = [TITLE, ...rows].map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(column === 0 ? 30 : 27))
      .join("")
      .trimEnd(),
  );
  const verdicts = work.arms.flatMap(({ verdict }) => (verdict ? [verdict.sentence] : []));
  return [work.title, ...table, ...verdicts].join("\n");
}

/** A work's share of the roof that asks for the longer time: of a matrix and a vector reading, of a large product FMA. */
function formatRoof(
  { flops, bytes }: WorkReport,
  seconds: number,
  roofs: Roofs | undefined,
): string {
  if (roofs === undefined || bytes === undefined) return "–";
  const { read, arithmetic } = sharesOf({ flops, bytes, footprintBytes: bytes, seconds }, roofs);
  if (read === undefined || arithmetic === undefined) return "–";
  return read > arithmetic ? `${formatShare(read)} (read)` : `${formatShare(arithmetic)} (FMA)`;
}

function formatArm(work: WorkReport, arm: ArmReport, roofs: Roofs | undefined): string[] {
  const { name, way = "", refusal, duration, ratio } = arm;
  if (duration === undefined) return [name, `not timed: ${refusal ?? "no usable sample"}`];
  return [
    name,
    formatEstimate(duration, (value) => (value * KILO).toPrecision(3)),
    (work.flops / duration.median / GIGA).toPrecision(3),
    formatRoof(work, duration.median, roofs),
    ratio === undefined ? "" : formatEstimate(ratio, (value) => `${value.toPrecision(3)}×`),
    formatTarget(arm),
    way,
  ];
}

const ANSWERS = { supported: "yes", refuted: "no", undecided: "cannot tell" } as const;

function formatTarget({ target, verdict }: ArmReport): string {
  if (target === undefined || verdict === undefined) return "";
  return `≥ ${target}×: ${ANSWERS[verdict.claim]}`;
}

function formatEstimate(
  { median, low, high }: Estimate,
  format: (value: number) => string,
): string {
  return `${format(median)} (${format(low)} to ${format(high)})`;
}
