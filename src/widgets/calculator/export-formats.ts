// The figures as files: JSON, CSV and Markdown. Pure.
import {
  evaluationToCsv,
  evaluationToJson,
  evaluationToMarkdown,
} from "../../core/serving/report.ts";
import type { Evaluation } from "../../core/serving/evaluate.ts";
import type { ExportFormat } from "./exports.tsx";

export function exportFormats(evaluation: Evaluation): readonly ExportFormat[] {
  return [
    {
      name: "JSON",
      extension: "json",
      type: "application/json",
      make: () => `${evaluationToJson(evaluation)}\n`,
    },
    { name: "CSV", extension: "csv", type: "text/csv", make: () => evaluationToCsv(evaluation) },
    {
      name: "Markdown",
      extension: "md",
      type: "text/markdown",
      make: () => evaluationToMarkdown(evaluation),
    },
  ];
}
