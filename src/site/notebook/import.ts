// A notebook file from outside: every record in it is checked, and what is refused is said.
import { parseAnyRecord } from "../../experiments/kernel-record-schema.ts";
import { readPages, type KeptRun, type Pages } from "../../notebook/store.ts";

export interface Imported {
  readonly pages: Pages;
  /** Sentences for the reader. */
  readonly problems: readonly string[];
}

const NOTHING: Pages = { runs: [], predictions: [] };

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function readNotebookFile(text: string): Imported {
  const value = parseJson(text);
  if (value === undefined) {
    return {
      pages: NOTHING,
      problems: ["This file is not JSON. Choose one that a notebook exported."],
    };
  }
  const { runs, predictions } = readPages(value);
  if (runs.length + predictions.length === 0) {
    return { pages: NOTHING, problems: ["This file holds no runs and no predictions."] };
  }
  const good: KeptRun[] = [];
  const problems: string[] = [];
  for (const run of runs) {
    const parsed = parseAnyRecord(run.record);
    if (parsed.ok) good.push({ ...run, record: parsed.record });
    else
      problems.push(
        `The run kept at ${run.keptAt.slice(0, 40)} was left out: ${parsed.problems[0] ?? "it is damaged"}`,
      );
  }
  return { pages: { runs: good, predictions }, problems };
}
