// Cuts work into submissions that do not hold the device for long. What fits is sent as it is; what does not is cut
// between two dispatches at the moment it is sent, when the most is known of the device's pace.
import { seconds, type Seconds } from "../core/units/units.ts";
import {
  operationsOf,
  type ArrayData,
  type Backend,
  type PassPart,
  type Readback,
} from "../gpu/backend.ts";
import type { Pass } from "../gpu/kernel.ts";
import { EngineError } from "./engine.ts";
import { busyTime, SUBMISSION_TARGET, workloadOf, type Pace, type Workload } from "./pace.ts";

/** Asked between two submissions: whether to stop. */
export type Interrupted = () => boolean;

export const neverInterrupted: Interrupted = () => false;

/** Parts that are timed as one pass. */
export interface Unit {
  readonly label: string;
  readonly parts: readonly PassPart[];
  readonly load: Workload;
  /** Of a run: with this unit a step is complete. */
  readonly endsStep: boolean;
}

/** Units that one submission holds at most: each takes up to two of the backend's 256 uniform slots. */
const MAX_UNITS_PER_SUBMISSION = 100;

export function unitOf(label: string, parts: readonly PassPart[], endsStep = false): Unit {
  return { label, parts, load: workloadOf(parts), endsStep };
}

/** How a unit that is too long may be cut. */
export interface Cutting {
  /**
   * Rows of one dispatch may go in several: for kernels timed by themselves, whose results nobody reads. A run's
   * activations count rows from the beginning of a pass, so there it would compute the wrong ones.
   */
  readonly cutsRows: boolean;
}

const BETWEEN_DISPATCHES: Cutting = { cutsRows: false };

/**
 * Takes from the front of a queue what the next submission should hold: units up to the target, or the beginning of a
 * unit that alone is longer. What is left of that one stays in the queue.
 */
export function takeSubmission(
  queue: Unit[],
  pace: Pace,
  cutting: Cutting = BETWEEN_DISPATCHES,
): Unit[] {
  const taken: Unit[] = [];
  let estimated = 0;
  for (let unit = queue[0]; unit !== undefined; unit = queue[0]) {
    estimated += pace.estimate(unit.load);
    const isFull = taken.length >= MAX_UNITS_PER_SUBMISSION;
    if (taken.length > 0 && (isFull || estimated > SUBMISSION_TARGET)) break;
    queue.shift();
    if (taken.length > 0 || !pace.isTooLong(unit.load)) {
      taken.push(unit);
      continue;
    }
    const [first, rest] = cutUnit(unit, pace, cutting);
    if (rest) queue.unshift(rest);
    return [first];
  }
  return taken;
}

/** As many dispatches as fit, at least one, and the rest of the unit. */
function cutUnit(unit: Unit, pace: Pace, { cutsRows }: Cutting): [Unit, Unit | undefined] {
  const singles = unit.parts.flatMap(singlesOf);
  let count = 0;
  let estimated = 0;
  for (const single of singles) {
    estimated += pace.estimate(workloadOf([single]));
    if (count > 0 && estimated > SUBMISSION_TARGET) break;
    count++;
  }
  const [first, ...others] = singles;
  if (count === 1 && cutsRows && first) {
    const [fitting, remaining] = cutRows(first, pace);
    return split(unit, [fitting], [...remaining, ...others]);
  }
  return split(unit, singles.slice(0, count), singles.slice(count));
}

/** Each dispatch of a part as a part of its own. */
function singlesOf(part: PassPart): PassPart[] {
  const start = part.range?.[0] ?? 0;
  return operationsOf(part).map((_, index) => ({
    ...part,
    range: [start + index, start + index + 1],
  }));
}

function cutRows(single: PassPart, pace: Pace): [PassPart, PassPart[]] {
  const { pass } = single;
  const numRows = pace.rowsWithin(pass.numRows, (count) =>
    workloadOf([{ ...single, pass: rowsOf(pass, 0, count) }]),
  );
  if (numRows === pass.numRows) return [single, []];
  const rest = rowsOf(pass, numRows, pass.numRows - numRows);
  return [{ ...single, pass: rowsOf(pass, 0, numRows) }, [{ ...single, pass: rest }]];
}

/** Some rows of a pass; their share of the context is taken to be like their share of the rows. */
export function rowsOf(pass: Pass, first: number, count: number): Pass {
  return {
    numRows: count,
    firstRow: pass.firstRow + first,
    numContextTokens: Math.round((pass.numContextTokens * count) / pass.numRows),
  };
}

function split(
  unit: Unit,
  first: readonly PassPart[],
  rest: readonly PassPart[],
): [Unit, Unit | undefined] {
  if (rest.length === 0) return [unit, undefined];
  return [
    unitOf(unit.label, joined(first)),
    { ...unitOf(unit.label, joined(rest)), endsStep: unit.endsStep },
  ];
}

/** Dispatches that follow each other in the same program, over the same rows, as one part again. */
function joined(singles: readonly PassPart[]): PassPart[] {
  const parts: PassPart[] = [];
  for (const single of singles) {
    const last = parts.at(-1);
    const follows =
      last?.range !== undefined &&
      last.program === single.program &&
      last.pass === single.pass &&
      last.range[1] === single.range?.[0];
    if (follows && last?.range && single.range) {
      parts[parts.length - 1] = { ...last, range: [last.range[0], single.range[1]] };
    } else parts.push(single);
  }
  return parts;
}

export interface PacedHost {
  readonly backend: Backend;
  readonly pace: Pace;
}

export interface PiecesRequest {
  readonly units: readonly Unit[];
  /** Read when the last piece is through. */
  readonly readbacks?: readonly Readback[];
  readonly cutting?: Cutting;
  readonly isInterrupted?: Interrupted;
}

export interface PiecesResult {
  /** Of all submissions together. */
  readonly wallTime: Seconds;
  /** Of all passes together; undefined where the clock failed for one. */
  readonly deviceDuration: Seconds | undefined;
  readonly passDurations: readonly (Seconds | undefined)[];
  readonly data: readonly ArrayData[];
  readonly numSubmissions: number;
  /** The most rows that one dispatch had. */
  readonly numRows: number;
}

/**
 * Runs units in order, in as many submissions as they need.
 *
 * @throws EngineError ("cancelled") between two of them, where that is asked.
 */
export async function runInPieces(
  { backend, pace }: PacedHost,
  { units, readbacks = [], cutting, isInterrupted = neverInterrupted }: PiecesRequest,
): Promise<PiecesResult> {
  const queue = [...units];
  const passDurations: (Seconds | undefined)[] = [];
  let data: readonly ArrayData[] = [];
  let [wall, numSubmissions, numRows] = [0, 0, 0];
  while (queue.length > 0) {
    throwIfInterrupted(isInterrupted);
    const taken = takeSubmission(queue, pace, cutting);
    const result = await backend.run({
      passes: taken,
      readbacks: queue.length === 0 ? readbacks : [],
    });
    pace.learn(
      taken.flatMap(({ load }) => load),
      busyTime(result),
    );
    passDurations.push(...result.passDurations);
    ({ data } = result);
    wall += result.wallTime;
    numSubmissions++;
    for (const { pass } of taken.flatMap(({ parts }) => parts)) {
      numRows = Math.max(numRows, pass.numRows);
    }
    await letMessagesIn(backend);
  }
  return {
    wallTime: seconds(wall),
    deviceDuration: sumDurations(passDurations),
    passDurations,
    data,
    numSubmissions,
    numRows,
  };
}

export function throwIfInterrupted(isInterrupted: Interrupted): void {
  if (isInterrupted()) throw cancelled();
}

function cancelled(): EngineError {
  return new EngineError("cancelled", "The work was cancelled before it was done.");
}

/** How often it is asked, while kernels compile, whether to stop. */
const ASK_EVERY_MS = 20;

/**
 * Waits for compilation, which takes a software adapter seconds and cannot be stopped: it goes on without anyone.
 *
 * @throws EngineError ("cancelled") while it waits, where that is asked.
 */
export async function compiled<Result>(
  work: Promise<Result>,
  isInterrupted: Interrupted,
): Promise<Result> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (isInterrupted()) reject(cancelled());
    }, ASK_EVERY_MS);
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    clearInterval(timer);
  }
}

/** The CPU never waits, and a wish to stop arrives as a message: gives it a turn. */
export async function letMessagesIn({ kind }: Backend): Promise<void> {
  if (kind !== "cpu") return;
  await new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

export function sumDurations(durations: readonly (Seconds | undefined)[]): Seconds | undefined {
  let sum = 0;
  for (const duration of durations) {
    if (duration === undefined) return undefined;
    sum += duration;
  }
  return seconds(sum);
}
