// What a record says beside its verdict, in sentences: where the protocol could not be kept, and on what machine.
import type { DeviceReport, StepTiming } from "../model/engine.ts";
import type { Comparison, Curve, DropReason, Method, Series, TimedSeries } from "./record.ts";
import { sayTime } from "./say-time.ts";

/** Below this a sample is short against the clock's step: 65,536 ns are 0.7 % of it. */
const SHORTEST_SAMPLE_SECONDS = 0.01;

const DROP_WORDS: Readonly<Record<DropReason, string>> = {
  "no-reading": "without a reading",
  negative: "negative",
  zero: "zero",
  reset: "longer than the call around them",
  hidden: "taken while the page was hidden",
};

interface Findings {
  readonly comparison: Comparison;
  readonly curve: Curve | undefined;
  readonly device: DeviceReport;
}

export function writeNotes({ comparison, curve, device }: Findings): string[] {
  const { method, baseline, contender } = comparison;
  const series = [baseline, contender, ...(curve?.series ?? [])];
  const notes = [
    noteSoftware(device),
    device.notice,
    noteClock(method, device),
    noteRounds(method, "pairs"),
    curve === undefined ? undefined : noteRounds(curve.method, "rounds of the curve"),
    noteCrossCheck(method, [baseline, contender]),
    noteShortSamples([baseline, contender], method),
    noteDrops(series),
  ];
  return notes.filter((note) => note !== undefined);
}

interface KernelFindings {
  /** Of the rounds of all kernels. */
  readonly all: Pick<Method, "numRounds" | "stoppedBy">;
  readonly numRoundsAsked: number;
  /** Of the pair, those rounds included. */
  readonly method: Method;
  readonly series: readonly TimedSeries[];
  /** The two of them that the verdict compares. */
  readonly pair: readonly TimedSeries[];
  readonly device: DeviceReport;
}

/** Of kernels that were timed by themselves: all in some rounds, and two of them in more. */
export function writeKernelNotes(findings: KernelFindings): string[] {
  const { all, numRoundsAsked, method, series, pair, device } = findings;
  const notes = [
    noteSoftware(device),
    device.notice,
    noteClock(method, device),
    noteRounds({ ...all, numRoundsAsked }, "rounds"),
    pair.length < 2 ? undefined : noteRounds(method, "pairs"),
    noteCrossCheck(method, pair),
    noteDrops(series),
  ];
  return notes.filter((note) => note !== undefined);
}

/** Of one series: how a repeat of it was cut, in its last sample; undefined where it was not. */
export interface SeriesPieces {
  readonly label: string;
  readonly numRows: number;
  readonly pieces: StepTiming["pieces"];
}

/** A record's note holds 2,000 characters. */
const SERIES_A_NOTE = 20;

/** On the series whose repeats were too long for one submission, as few sentences as hold them; none where there is none. */
export function notePieces(series: readonly SeriesPieces[]): string[] {
  const cut = series.flatMap(({ label, numRows, pieces }) => {
    if (pieces === undefined) return [];
    const rows = pieces.numRows < numRows ? ` of at most ${sayRows(pieces.numRows)}` : "";
    return [`${label} in ${pieces.count}${rows}`];
  });
  const numNotes = Math.ceil(cut.length / SERIES_A_NOTE);
  return Array.from({ length: numNotes }, (_, i) => {
    const some = cut.slice(i * SERIES_A_NOTE, (i + 1) * SERIES_A_NOTE);
    return `Timed in pieces, one after another, whose times are added, so that no submission holds this device for 100 ms: ${some.join("; ")}.`;
  });
}

function sayRows(numRows: number): string {
  return numRows === 1 ? "1 row" : `${numRows} rows`;
}

function noteSoftware({ isSoftware, name }: DeviceReport): string | undefined {
  return isSoftware ? `Measured on software (${name}): these times stand for no GPU.` : undefined;
}

function noteClock(method: Method, device: DeviceReport): string | undefined {
  if (method.clock === "timestamp-query") return undefined;
  return device.clock === "wall"
    ? "The device offers no timestamps: times are slopes of the wall clock."
    : "The device's timestamps could not be used: times are slopes of the wall clock.";
}

function noteRounds(
  method: Pick<Method, "numRounds" | "numRoundsAsked" | "stoppedBy">,
  what: string,
): string | undefined {
  const { numRounds, numRoundsAsked, stoppedBy } = method;
  if (numRounds >= numRoundsAsked) return undefined;
  const cause =
    stoppedBy === "budget" ? "the time allowed was spent" : "too many samples were dropped";
  return `${numRounds} of ${numRoundsAsked} ${what} were taken: ${cause}.`;
}

function noteCrossCheck(method: Method, pair: readonly TimedSeries[]): string | undefined {
  const { crossCheckRatio, isCrossChecked } = method;
  if (crossCheckRatio === undefined || isCrossChecked !== false) return undefined;
  const apart = `Wall-clock time is ${crossCheckRatio.toFixed(2)} times device time, more than 15 % apart.`;
  return [apart, sayBothClocks(pair), "The verdict rests on device time."]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

/** The median of each series by either clock, in a sentence; "" where no sample counts. */
function sayBothClocks(pair: readonly TimedSeries[]): string {
  const parts = pair.flatMap(({ label, duration, wallDuration }) =>
    duration === undefined || wallDuration === undefined
      ? []
      : [`${label} ${sayTime(duration.median)} and ${sayTime(wallDuration.median)}`],
  );
  return parts.length === 0
    ? ""
    : `Medians by the device’s clock and by the wall clock: ${parts.join("; ")}.`;
}

function noteShortSamples(series: readonly Series[], method: Method): string | undefined {
  const lengths = series.flatMap(({ samples, duration }) =>
    duration === undefined ? [] : samples.map(({ numRepeats }) => numRepeats * duration.median),
  );
  const shortest = Math.min(...lengths);
  if (!(shortest < SHORTEST_SAMPLE_SECONDS * 0.5)) return undefined;
  return (
    `Some samples lasted about ${inMilliseconds(shortest)}, less than the ` +
    `${inMilliseconds(method.sampleSeconds)} asked for; the clock's step weighs more on them.`
  );
}

function inMilliseconds(seconds: number): string {
  return `${(seconds * 1e3).toFixed(1)} ms`;
}

function noteDrops(series: readonly TimedSeries[]): string | undefined {
  const totals = new Map<DropReason, number>();
  for (const { samples } of series) {
    for (const { dropped } of samples) {
      if (dropped !== undefined) totals.set(dropped, (totals.get(dropped) ?? 0) + 1);
    }
  }
  if (totals.size === 0) return undefined;
  const parts = [...totals].map(([reason, count]) => `${count} ${DROP_WORDS[reason]}`);
  return `Samples that count for nothing: ${parts.join(", ")}.`;
}
