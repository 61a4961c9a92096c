// Records from outside: a file that a reader imports, a run recorded elsewhere. Anything may be in them, so each
// field is checked, every fault is said in a sentence, and the verdict must follow from the samples.
import * as v from "valibot";
import { countDrops, findRatios, judgeComparison } from "./figures.ts";
import {
  DROP_REASONS,
  RECORD_SCHEMA,
  type Comparison,
  type Curve,
  type ExperimentRecord,
  type TimedSeries,
} from "./record.ts";

export type ParsedRecord =
  | { readonly ok: true; readonly record: ExperimentRecord }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Longest file that is read: some 50 times a record with a full curve. */
const MAX_TEXT_LENGTH = 5_000_000;
const MAX_PROBLEMS = 20;
const MAX_SAMPLES = 2000;
const MAX_SERIES = 1000;

const text = v.pipe(v.string(), v.maxLength(2000));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const finite = v.pipe(v.number(), v.finite());
const notNegative = v.pipe(finite, v.minValue(0));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const positiveCount = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const clock = v.picklist(["timestamp-query", "wall"]);
const against = v.picklist(["position", "batch"]);

const estimate = v.pipe(
  v.object({
    median: finite,
    low: finite,
    high: finite,
    numSamples: positiveCount,
    confidence: v.pipe(finite, v.minValue(0), v.maxValue(1)),
  }),
  v.check(
    ({ low, median, high }) => low <= median && median <= high,
    "the median lies outside its own interval.",
  ),
);

const coefficient = v.pipe(
  v.object({ value: finite, low: finite, high: finite }),
  v.check(
    ({ low, value, high }) => low <= value && value <= high,
    "the value lies outside its own interval.",
  ),
);

const sample = v.object({
  numRepeats: positiveCount,
  deviceSeconds: v.exactOptional(finite),
  wallSeconds: v.exactOptional(finite),
  dropped: v.exactOptional(v.picklist(DROP_REASONS)),
});

const step = v.object({
  cache: v.boolean(),
  fusion: v.boolean(),
  kvLayout: v.picklist(["contiguous", "paged"]),
  batch: positiveCount,
  position: count,
});

const plan = v.object({
  numDispatches: count,
  flops: notNegative,
  bytesRead: notNegative,
  bytesWritten: notNegative,
  numRows: count,
});

/** The fields of every series, whatever was timed. */
const timedSeries = {
  id: name,
  arm: name,
  label: name,
  plan,
  samples: v.pipe(v.array(sample), v.maxLength(MAX_SAMPLES)),
  numDropped: v.object({
    "no-reading": v.exactOptional(positiveCount),
    negative: v.exactOptional(positiveCount),
    zero: v.exactOptional(positiveCount),
    reset: v.exactOptional(positiveCount),
    hidden: v.exactOptional(positiveCount),
  }),
  duration: v.exactOptional(estimate),
  wallDuration: v.exactOptional(estimate),
};

const series = v.object({ ...timedSeries, step });

const method = v.object({
  clock,
  quantumSeconds: v.exactOptional(notNegative),
  crossCheckRatio: v.exactOptional(finite),
  isCrossChecked: v.exactOptional(v.boolean()),
  warmUpSeconds: notNegative,
  numWarmUpSamples: count,
  sampleSeconds: notNegative,
  seed: finite,
  order: v.pipe(v.array(v.pipe(v.array(name), v.maxLength(MAX_SERIES))), v.maxLength(MAX_SAMPLES)),
  numRounds: count,
  numRoundsAsked: count,
  stoppedBy: v.picklist(["enough", "budget", "drops"]),
});

/** What two compared arms come to, whatever they are. */
const ratios = {
  method,
  ratio: v.exactOptional(estimate),
  wallRatio: v.exactOptional(estimate),
  resolution: notNegative,
  line: v.pipe(finite, v.gtValue(0)),
};

const comparison = v.object({
  ...ratios,
  baseline: series,
  contender: series,
  baselineTokens: positiveCount,
  contenderTokens: positiveCount,
});

const fit = v.object({
  arm: name,
  label: name,
  against: v.picklist(["position", "batch", "size", "bytes"]),
  numPoints: positiveCount,
  exponent: coefficient,
  line: v.object({ intercept: coefficient, slope: coefficient }),
});

/** What every record says of its run. */
const surroundings = {
  experiment: name,
  claim: text,
  parameters: v.record(name, v.union([finite, text, v.boolean()])),
  device: v.object({
    backend: v.picklist(["webgpu", "cpu"]),
    name,
    isSoftware: v.boolean(),
    clock,
    memoryBudgetBytes: notNegative,
    notice: v.exactOptional(text),
    host: v.exactOptional(text),
  }),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  wallSeconds: notNegative,
  verdict: v.object({
    kind: v.picklist(["clear", "no-difference", "too-close"]),
    faster: v.exactOptional(v.picklist(["baseline", "contender"])),
    claim: v.picklist(["supported", "refuted", "undecided"]),
    sentence: text,
  }),
  notes: v.pipe(v.array(text), v.maxLength(100)),
};

const recordSchema = v.object({
  ...surroundings,
  schema: v.literal(RECORD_SCHEMA),
  model: v.object({
    name,
    numParameters: count,
    weightBytes: notNegative,
    contextLength: count,
    numLayers: count,
    width: count,
  }),
  comparison,
  curve: v.exactOptional(
    v.object({
      against,
      method,
      series: v.pipe(v.array(series), v.maxLength(MAX_SERIES)),
      fits: v.pipe(v.array(fit), v.maxLength(MAX_SERIES)),
    }),
  ),
}) satisfies v.GenericSchema<unknown, ExperimentRecord>;

/** For the record of kernels, which shares these parts. */
export const recordParts = {
  text,
  name,
  finite,
  count,
  positiveCount,
  notNegative,
  timedSeries,
  method,
  ratios,
  surroundings,
  fits: v.pipe(v.array(fit), v.maxLength(MAX_SERIES)),
  maxSeries: MAX_SERIES,
} as const;

/** A record from the text of a file. */
export function parseRecordJson(json: string): ParsedRecord {
  const read = readJson(json);
  return read.ok ? parseRecord(read.value) : read;
}

interface Failed {
  readonly ok: false;
  readonly problems: readonly string[];
}

/** The value that a file of records holds. */
export function readJson(json: string): { readonly ok: true; readonly value: unknown } | Failed {
  if (json.length > MAX_TEXT_LENGTH) {
    return fail([`The file is too long for a record: more than ${MAX_TEXT_LENGTH} characters.`]);
  }
  try {
    return { ok: true, value: JSON.parse(json) as unknown };
  } catch {
    return fail(["The file is not JSON."]);
  }
}

/** A record from a value of any kind. Fields that the schema does not name are left out. */
export function parseRecord(value: unknown): ParsedRecord {
  if (typeof value !== "object" || value === null || !("schema" in value)) {
    return fail(["This is not a record of Memory Bound: it names no schema."]);
  }
  if (value.schema !== RECORD_SCHEMA) {
    const found = shorten(String(value.schema));
    return fail([
      `This is not a record that can be read: its schema is ${found}, not ${RECORD_SCHEMA}.`,
    ]);
  }
  const parsed = v.safeParse(recordSchema, value);
  if (!parsed.success) return fail(parsed.issues.map(describeIssue));
  const contradictions = findContradictions(parsed.output);
  return contradictions.length > 0 ? fail(contradictions) : { ok: true, record: parsed.output };
}

/** Each problem once, and not too many. */
export function fail(problems: readonly string[]): Failed {
  const distinct = [...new Set(problems)];
  const more = distinct.length - MAX_PROBLEMS;
  const shown = distinct.slice(0, MAX_PROBLEMS);
  return { ok: false, problems: more > 0 ? [...shown, `And ${more} more.`] : shown };
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  number: "a number",
  string: "text",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  record: "an object",
  finite: "a finite number",
  safe_integer: "a whole number",
  iso_timestamp: "a date and time such as 2026-11-22T12:00:00.000Z",
};

/** A fault that the schema found, in a sentence. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const place = shorten(v.getDotPath(issue) ?? "the record");
  if (issue.type === "check") return `${place}: ${issue.message}`;
  if (issue.received === "undefined") return `${place} is missing.`;
  const expected = KIND_WORDS[issue.type] ?? describeExpectation(issue);
  return `${place}: expected ${expected}, found ${shorten(issue.received)}.`;
}

function describeExpectation({ type, expected }: v.BaseIssue<unknown>): string {
  switch (type) {
    case "max_length":
      return `a length of at most ${(expected ?? "").replace("<=", "")}`;
    case "min_length":
      return `a length of at least ${(expected ?? "").replace(">=", "")}`;
    case "min_value":
    case "max_value":
    case "gt_value":
      return `a number ${expected ?? ""}`;
    default:
      return expected ?? "something else";
  }
}

export function shorten(found: string): string {
  return found.length > 80 ? `${found.slice(0, 77)}…` : found;
}

/** Where a record's figures do not follow from its own samples. */
function findContradictions(record: ExperimentRecord): string[] {
  const { comparison: compared, curve } = record;
  return [
    ...[compared.baseline, compared.contender].flatMap(findSeriesContradictions),
    ...(curve?.series ?? []).flatMap(findSeriesContradictions),
    ...findPairContradictions(compared),
    ...findVerdictContradictions(record),
    ...findCurveContradictions(curve),
  ];
}

export function findSeriesContradictions({ id, samples, numDropped }: TimedSeries): string[] {
  const counted = countDrops(samples);
  const isEqual = DROP_REASONS.every((reason) => counted[reason] === numDropped[reason]);
  return isEqual ? [] : [`${shorten(id)}: the dropped samples are not as many as it says.`];
}

function findPairContradictions(compared: Comparison): string[] {
  const { baseline, contender, baselineTokens, contenderTokens } = compared;
  const areTokensRight =
    baselineTokens === baseline.step.batch && contenderTokens === contender.step.batch;
  return [
    ...(baseline.samples.length === contender.samples.length
      ? []
      : ["comparison: the two arms have not the same number of samples, so they are no pairs."]),
    ...(areTokensRight
      ? []
      : ["comparison: a step yields one token for each sequence of its batch."]),
  ];
}

function findCurveContradictions(curve: Curve | undefined): string[] {
  const ids = (curve?.series ?? []).map(({ id }) => id);
  return new Set(ids).size === ids.length ? [] : ["curve: two series have the same id."];
}

/** Works the ratio and the verdict out again, from the samples, with the record's own seed. */
function findVerdictContradictions({ comparison: compared, verdict }: ExperimentRecord): string[] {
  const { baseline, contender, method: how, ratio } = compared;
  const again = findRatios(baseline, contender, how);
  if (!isClose(again.ratio?.median, ratio?.median)) {
    return [
      `comparison.ratio: the samples give ${again.ratio?.median ?? "none"}, the record says ` +
        `${ratio?.median ?? "none"}.`,
    ];
  }
  const words = { baseline: baseline.label, contender: contender.label, per: "a token" };
  const { kind, faster, claim } = judgeComparison({ ...compared, ...again }, words);
  const isSame = kind === verdict.kind && faster === verdict.faster && claim === verdict.claim;
  return isSame ? [] : [`verdict: the samples give "${kind}" and a claim that is ${claim}.`];
}

export function isClose(one: number | undefined, other: number | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Math.abs(one - other) <= 1e-9 * Math.abs(one);
}
