// Records of kernels from outside, checked like those of a model's steps; and the file in which a reader shares what
// their device can do.
import * as v from "valibot";
import { median } from "../core/statistics/quantiles.ts";
import { findUnitRatios, judgeKernels } from "./figures.ts";
import { KERNEL_RECORD_SCHEMA, type AnyRecord, type KernelRecord } from "./kernel-record.ts";
import { countedSeconds, type Method } from "./record.ts";
import {
  describeIssue,
  fail,
  findSeriesContradictions,
  isClose,
  parseRecord,
  readJson,
  recordParts,
  shorten,
} from "./record-schema.ts";

const { name, count, positiveCount, notNegative, finite, text } = recordParts;

const series = v.object({
  ...recordParts.timedSeries,
  kernel: v.object({
    id: name,
    sizes: v.record(name, finite),
    numRows: positiveCount,
    next: v.exactOptional(v.pipe(v.array(name), v.maxLength(20))),
  }),
  footprintBytes: notNegative,
});

const kernelRecordSchema = v.object({
  ...recordParts.surroundings,
  schema: v.literal(KERNEL_RECORD_SCHEMA),
  series: v.pipe(v.array(series), v.minLength(1), v.maxLength(recordParts.maxSeries)),
  comparison: v.object({
    ...recordParts.ratios,
    baseline: name,
    contender: name,
    baselineUnits: v.pipe(count, v.minValue(1)),
    contenderUnits: v.pipe(count, v.minValue(1)),
    words: v.object({ baseline: name, contender: name, per: name }),
  }),
  roundTrip: v.exactOptional(v.object({ method: recordParts.method, series })),
  fits: recordParts.fits,
}) satisfies v.GenericSchema<unknown, KernelRecord>;

interface Failed {
  readonly ok: false;
  readonly problems: readonly string[];
}

/** A record of kernels from a value of any kind. Fields that the schema does not name are left out. */
export function parseKernelRecord(
  value: unknown,
): { readonly ok: true; readonly record: KernelRecord } | Failed {
  const parsed = v.safeParse(kernelRecordSchema, value);
  if (!parsed.success) return fail(parsed.issues.map(describeIssue));
  const contradictions = findContradictions(parsed.output);
  return contradictions.length > 0 ? fail(contradictions) : { ok: true, record: parsed.output };
}

/** A record of either kind. */
export function parseAnyRecord(
  value: unknown,
): { readonly ok: true; readonly record: AnyRecord } | Failed {
  const isOfKernels =
    typeof value === "object" &&
    value !== null &&
    "schema" in value &&
    value.schema === KERNEL_RECORD_SCHEMA;
  return isOfKernels ? parseKernelRecord(value) : parseRecord(value);
}

/** The same from a file. */
export function parseAnyRecordJson(json: string): ReturnType<typeof parseAnyRecord> {
  const read = readJson(json);
  return read.ok ? parseAnyRecord(read.value) : read;
}

/** Where a record's figures do not follow from its own samples. */
function findContradictions(record: KernelRecord): string[] {
  const { comparison, roundTrip } = record;
  const ids = record.series.map(({ id }) => id);
  return [
    ...(new Set(ids).size === ids.length ? [] : ["series: two have the same id."]),
    ...record.series.flatMap((one) => findTimeContradictions(one, comparison.method)),
    ...(roundTrip === undefined ? [] : findTimeContradictions(roundTrip.series, roundTrip.method)),
    ...findVerdictContradictions(record),
  ];
}

function findTimeContradictions(
  one: KernelRecord["series"][number],
  { clock }: Pick<Method, "clock">,
): string[] {
  const times = countedSeconds(one, clock);
  const found = times.length === 0 ? undefined : median(times);
  return [
    ...findSeriesContradictions(one),
    ...(isClose(found, one.duration?.median)
      ? []
      : [`${shorten(one.id)}: its time is not the median of its samples.`]),
  ];
}

/** Works the ratio and the verdict out again, from the samples, with the record's own seed. */
function findVerdictContradictions({ series: all, comparison, verdict }: KernelRecord): string[] {
  const find = (id: string) => all.find((one) => one.id === id);
  const [baseline, contender] = [find(comparison.baseline), find(comparison.contender)];
  if (baseline === undefined || contender === undefined) {
    return ["comparison: it names a series that is not there."];
  }
  const again = findUnitRatios(
    { series: baseline, numUnits: comparison.baselineUnits },
    { series: contender, numUnits: comparison.contenderUnits },
    comparison.method,
  );
  if (!isClose(again.ratio?.median, comparison.ratio?.median)) {
    return [
      `comparison.ratio: the samples give ${again.ratio?.median ?? "none"}, the record says ` +
        `${comparison.ratio?.median ?? "none"}.`,
    ];
  }
  const { kind, faster, claim } = judgeKernels({ ...comparison, ...again });
  const isSame = kind === verdict.kind && faster === verdict.faster && claim === verdict.claim;
  return isSame ? [] : [`verdict: the samples give "${kind}" and a claim that is ${claim}.`];
}

export const GPU_FILE_SCHEMA = "memory-bound/gpu@1";

/** What a reader's device can do, to be laid beside others': its ladder and, where it was run, the linear layer. */
export interface GpuFile {
  readonly schema: typeof GPU_FILE_SCHEMA;
  /** What its owner calls it; else the device's name stands for it. */
  readonly label: string;
  readonly ladder: KernelRecord;
  readonly linear?: KernelRecord;
}

const gpuFileSchema = v.object({
  schema: v.literal(GPU_FILE_SCHEMA),
  label: v.pipe(text, v.minLength(1), v.maxLength(60)),
  ladder: v.unknown(),
  linear: v.exactOptional(v.unknown()),
});

/** @returns the file, or sentences on what is wrong with it. */
export function parseGpuFile(json: string): { readonly ok: true; readonly file: GpuFile } | Failed {
  const read = readJson(json);
  if (!read.ok) return read;
  const parsed = v.safeParse(gpuFileSchema, read.value);
  if (!parsed.success) {
    return fail([
      `This file shares no GPU: its schema is not ${GPU_FILE_SCHEMA}, or it has no label. Choose one that this page made.`,
    ]);
  }
  const { schema, label } = parsed.output;
  const ladder = parsePart(parsed.output.ladder, "ladder");
  if (!ladder.ok) return ladder;
  if (parsed.output.linear === undefined) {
    return { ok: true, file: { schema, label, ladder: ladder.record } };
  }
  const linear = parsePart(parsed.output.linear, "linear-batch");
  if (!linear.ok) return linear;
  return { ok: true, file: { schema, label, ladder: ladder.record, linear: linear.record } };
}

function parsePart(value: unknown, experiment: string): ReturnType<typeof parseKernelRecord> {
  const parsed = parseKernelRecord(value);
  if (!parsed.ok) return fail(parsed.problems.map((problem) => `${experiment}: ${problem}`));
  if (parsed.record.experiment === experiment) return parsed;
  return fail([
    `It holds a record of "${shorten(parsed.record.experiment)}", not of ${experiment}.`,
  ]);
}
