// The figures as files: JSON, CSV and Markdown. Pure.
import {
  evaluationToCsv,
  evaluationToJson,
  evaluationToMarkdown,
} from "../../core/serving/report.ts";
import type { Evaluation } from "../../core/serving/evaluate.ts";
import type { ExportFormat } from "./exports.tsx";

/** @param asked - what the reader chose, where `evaluation` is of what would fit instead. */
export function exportFormats(evaluation: Evaluation, asked?: Evaluation): readonly ExportFormat[] {
  return [
    {
      name: "JSON",
      extension: "json",
      type: "application/json",
      make: () => `${evaluationToJson(evaluation, asked)}\n`,
    },
    {
      name: "CSV",
      extension: "csv",
      type: "text/csv",
      make: () => evaluationToCsv(evaluation, asked),
    },
    {
      name: "Markdown",
      extension: "md",
      type: "text/markdown",
      make: () => evaluationToMarkdown(evaluation, asked),
    },
  ];
}
