// Recorded runs: measured elsewhere, kept beside the page, and shown, labelled, where the reader's machine cannot
// run the experiment itself. `npm run bench -- --out` writes them.
import * as v from "valibot";
import { parseAnyRecordJson } from "./kernel-record-schema.ts";
import type { AnyRecord } from "./kernel-record.ts";

export const RECORDED_SCHEMA = "memory-bound/recorded@1";

/** One file of the folder, named by the experiment it holds. */
export interface RecordedEntry {
  /** A name in the same folder. */
  readonly file: string;
  readonly experiment: string;
}

/** What `recorded/index.json` holds. */
export interface RecordedIndex {
  readonly schema: typeof RECORDED_SCHEMA;
  readonly runs: readonly RecordedEntry[];
}

/** Names that stay inside the folder. */
const FILE_NAME = /^[a-z0-9][a-z0-9.-]{0,120}\.json$/;

const indexSchema = v.object({
  schema: v.literal(RECORDED_SCHEMA),
  runs: v.pipe(
    v.array(
      v.object({
        file: v.pipe(v.string(), v.regex(FILE_NAME)),
        experiment: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
      }),
    ),
    v.maxLength(1000),
  ),
}) satisfies v.GenericSchema<unknown, RecordedIndex>;

export interface RecordedRuns {
  /** Hardware before software, then the newest first. */
  readonly records: readonly AnyRecord[];
  /** Sentences on files that are missing or not valid. */
  readonly problems: readonly string[];
}

export interface RecordedRequest {
  /** URL of the page base, to which `recorded/` is relative. */
  readonly base: string;
  readonly experiment: string;
  /** `fetch` by default. */
  readonly fetchFile?: (url: string) => Promise<Response>;
}

/** Every recorded run of one experiment. Never rejects: what cannot be read is a problem, in a sentence. */
export async function loadRecordedRuns(request: RecordedRequest): Promise<RecordedRuns> {
  const { base, experiment, fetchFile = (url) => fetch(url) } = request;
  const folder = `${base.endsWith("/") ? base : `${base}/`}recorded/`;
  const index = await loadText(`${folder}index.json`, fetchFile);
  if (typeof index !== "string") return { records: [], problems: [index.problem] };
  const parsed = parseIndex(index);
  if (parsed === undefined) {
    return { records: [], problems: ["The list of recorded runs is not valid."] };
  }
  const files = parsed.runs.filter((run) => run.experiment === experiment);
  const loaded = await Promise.all(
    files.map(({ file }) => loadRun(`${folder}${file}`, file, fetchFile)),
  );
  return {
    records: loaded.flatMap(({ record }) => (record === undefined ? [] : [record])).toSorted(byUse),
    problems: loaded.flatMap(({ problems }) => problems),
  };
}

/** @returns undefined where the text is not an index. */
export function parseIndex(json: string): RecordedIndex | undefined {
  try {
    const parsed = v.safeParse(indexSchema, JSON.parse(json));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

type FetchFile = NonNullable<RecordedRequest["fetchFile"]>;

async function loadRun(
  url: string,
  file: string,
  fetchFile: FetchFile,
): Promise<{ readonly record?: AnyRecord; readonly problems: readonly string[] }> {
  const json = await loadText(url, fetchFile);
  if (typeof json !== "string") return { problems: [json.problem] };
  const parsed = parseAnyRecordJson(json);
  return parsed.ok
    ? { record: parsed.record, problems: [] }
    : { problems: parsed.problems.map((problem) => `${file}: ${problem}`) };
}

async function loadText(
  url: string,
  fetchFile: FetchFile,
): Promise<string | { readonly problem: string }> {
  try {
    const response = await fetchFile(url);
    if (response.ok) return await response.text();
    return { problem: `${url} could not be read (status ${response.status}).` };
  } catch {
    return { problem: `${url} could not be read.` };
  }
}

function byUse(one: AnyRecord, other: AnyRecord): number {
  const hardwareFirst = Number(one.device.isSoftware) - Number(other.device.isSoftware);
  return hardwareFirst || Date.parse(other.startedAt) - Date.parse(one.startedAt);
}
