// The notebook as a file: JSON to keep and bring back, CSV for a spreadsheet, Markdown for a report.
import type { KeptRun, Pages } from "./store.ts";

export const NOTEBOOK_SCHEMA = "memory-bound/notebook@1";

/** Everything, samples included; reads back with `readPages`. */
export function toJson({ runs, predictions }: Pages): string {
  return `${JSON.stringify({ schema: NOTEBOOK_SCHEMA, runs, predictions }, undefined, 1)}\n`;
}

/** Kernels timed by themselves belong to no model. */
function modelName(record: KeptRun["record"]): string {
  return "model" in record ? record.model.name : "";
}

const COLUMNS = [
  "kept at",
  "experiment",
  "claim",
  "verdict",
  "ratio",
  "ratio low",
  "ratio high",
  "pairs",
  "device",
  "software",
  "clock",
  "model",
  "parameters",
] as const;

function rowOf({ keptAt, record }: KeptRun): (string | number)[] {
  const { comparison, verdict, device } = record;
  const { ratio, method } = comparison;
  return [
    keptAt,
    record.experiment,
    record.claim,
    verdict.sentence,
    ratio?.median ?? "",
    ratio?.low ?? "",
    ratio?.high ?? "",
    method.numRounds,
    device.name,
    device.isSoftware ? "yes" : "no",
    method.clock,
    modelName(record),
    Object.entries(record.parameters)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(" "),
  ];
}

/** A spreadsheet takes a cell that begins with one of these for a formula. */
const FORMULA = /^[=+\-@\t]/;

function csvCell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line a run; RFC 4180. */
export function toCsv({ runs }: Pages): string {
  return [COLUMNS, ...runs.map(rowOf)].map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}

/** Nothing in a cell may end it or start a tag. */
function markdownCell(text: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;")
    .replaceAll(/[\r\n]+/g, " ");
}

function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, columns.map(() => "---"), ...rows.map((row) => row.map(markdownCell))];
  return lines.map((row) => `| ${row.join(" | ")} |\n`).join("");
}

export function toMarkdown({ runs, predictions }: Pages): string {
  const runRows = runs.map(({ keptAt, record }) => [
    keptAt.slice(0, 10),
    record.claim,
    record.verdict.sentence,
    record.device.name + (record.device.isSoftware ? " (software)" : ""),
    modelName(record),
  ]);
  const guesses = predictions.map(({ madeAt, question, label }) => [
    madeAt.slice(0, 10),
    question,
    label,
  ]);
  return `# My Memory Bound notebook

## Runs

${markdownTable(["date", "claim", "verdict", "device", "model"], runRows)}
## Predictions

${markdownTable(["date", "question", "prediction"], guesses)}`;
}
