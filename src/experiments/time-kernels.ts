// Times kernels by themselves, every arm in every round, and makes the record of it.
import type { Engine, KernelTimingRequest, StepTiming } from "../model/engine.ts";
import { describeDevice, describeMethod, describePlan, describeSamples } from "./describe.ts";
import type { DeviceContext } from "./experiment.ts";
import { findResolution, findUnitRatios, judgeKernels } from "./figures.ts";
import {
  KERNEL_RECORD_SCHEMA,
  type KernelComparison,
  type KernelRecord,
  type KernelSeries,
  type RoundTrip,
} from "./kernel-record.ts";
import { notePieces, writeKernelNotes } from "./notes.ts";
import type { PlainValues } from "./parameters.ts";
import {
  CURVE_PROTOCOL,
  measure,
  measurePair,
  PAIR_PROTOCOL,
  type Measurement,
  type MeasurementRequest,
  type ProtocolSettings,
} from "./protocol.ts";
import type { Method, RecordedFit } from "./record.ts";
import { seconds } from "../core/units/units.ts";

/** One kernel at one size. */
export interface KernelArm {
  readonly id: string;
  /** Arms of the same name are points of one curve. */
  readonly arm: string;
  readonly label: string;
  readonly work: Omit<KernelTimingRequest, "sampleDuration" | "repeat">;
  readonly footprintBytes: number;
}

/** Which two series are compared, found when all are measured. */
export interface ChosenPair {
  readonly baseline: KernelSeries;
  readonly contender: KernelSeries;
  readonly baselineUnits: number;
  readonly contenderUnits: number;
  readonly words: KernelComparison["words"];
}

export interface KernelPlan {
  readonly experiment: string;
  readonly claim: string;
  readonly parameters: PlainValues;
  readonly arms: readonly KernelArm[];
  /** Timed as submissions, after the rest. */
  readonly roundTrip?: KernelArm;
  /** The claim holds where baseline's time a unit over contender's is above this line. */
  readonly line: number;
  choosePair(series: readonly KernelSeries[]): ChosenPair;
  fit?(series: readonly KernelSeries[]): readonly RecordedFit[];
  /** Sentences on how the plan differs from what was asked, for the record. */
  readonly notes: readonly string[];
}

/** Seven rounds of all arms: an interval of 95 % for each, and some seconds for twenty arms. */
export const KERNEL_PROTOCOL: ProtocolSettings = {
  ...CURVE_PROTOCOL,
  warmUp: seconds(0.3),
  budget: seconds(8),
  fewestRounds: 6,
};

/** Of the whole run: where all arms are done, and where the pair is; the round trips are last. */
const ARMS_SHARE = 0.8;
const PAIR_SHARE = 0.92;

/**
 * Runs a plan, and frees what it took.
 *
 * @throws EngineError, or the signal's reason when cancelled.
 */
export async function timeKernels(
  engine: Engine,
  plan: KernelPlan,
  context: DeviceContext,
): Promise<KernelRecord> {
  const startedAt = context.startedAt ?? new Date();
  const start = context.clock.now();
  try {
    const { series, comparison, notes } = await compareArms(engine, plan, context);
    const roundTrip = await timeRoundTrip(engine, plan, context);
    return {
      schema: KERNEL_RECORD_SCHEMA,
      experiment: plan.experiment,
      claim: plan.claim,
      parameters: plan.parameters,
      device: describeDevice(context),
      startedAt: startedAt.toISOString(),
      wallSeconds: context.clock.now() - start,
      series,
      comparison,
      verdict: judgeKernels(comparison),
      ...(roundTrip === undefined ? {} : { roundTrip }),
      fits: plan.fit?.(series) ?? [],
      notes: [...plan.notes, ...notes],
    };
  } finally {
    await engine.endKernels();
  }
}

/** All arms, then more of the two that are compared. */
async function compareArms(engine: Engine, plan: KernelPlan, context: DeviceContext) {
  const { arms } = plan;
  const report = createReport(context, [0, ARMS_SHARE], `timing ${arms.length} kernels`);
  const all = await timeArms(engine, arms, { context, repeat: "dispatch", report });
  const chosen = plan.choosePair(describeArms(arms, all));
  const taken = await takePairs(all, arms, { chosen, context });
  const series = describeArms(arms, taken);
  const comparison = compare(plan, chosen, { series, method: methodOf(taken, series) });
  const pair = series.filter(({ id }) => [comparison.baseline, comparison.contender].includes(id));
  const { method } = comparison;
  return {
    series,
    comparison,
    notes: [
      ...notePieces(
        arms.map(({ label, work }, index) => ({
          label,
          numRows: work.numRows,
          pieces: taken.latest.get(index)?.pieces,
        })),
      ),
      ...writeKernelNotes({
        all: all.measurement,
        numRoundsAsked: all.request.settings.minRounds,
        method,
        series,
        pair,
        device: context.device,
      }),
    ],
  };
}

function createReport(
  { onProgress }: DeviceContext,
  [from, to]: readonly [number, number],
  stage: string,
): (fraction: number) => void {
  return (fraction) => onProgress?.({ fraction: from + (to - from) * fraction, stage, series: [] });
}

/** @param found - with the samples of every round, those of the pair alone included. */
function compare(
  plan: KernelPlan,
  { baselineUnits, contenderUnits, words, ...chosen }: ChosenPair,
  found: { readonly series: readonly KernelSeries[]; readonly method: Method },
): KernelComparison {
  const { series, method } = found;
  const again = (one: KernelSeries) => series.find(({ id }) => id === one.id) ?? one;
  const [baseline, contender] = [again(chosen.baseline), again(chosen.contender)];
  return {
    method,
    baseline: baseline.id,
    contender: contender.id,
    baselineUnits,
    contenderUnits,
    words,
    ...findUnitRatios(
      { series: baseline, numUnits: baselineUnits },
      { series: contender, numUnits: contenderUnits },
      method,
    ),
    resolution: findResolution(baseline, method) + findResolution(contender, method),
    line: plan.line,
  };
}

interface TimingContext {
  readonly context: DeviceContext;
  readonly repeat: KernelTimingRequest["repeat"];
  readonly report: (fraction: number) => void;
}

/** What was asked, what came of it, and by arm the latest answer of the engine. */
interface Timed {
  readonly request: MeasurementRequest;
  readonly measurement: Measurement;
  readonly latest: ReadonlyMap<number, StepTiming>;
}

async function timeArms(
  engine: Engine,
  arms: readonly KernelArm[],
  { context, repeat, report }: TimingContext,
): Promise<Timed> {
  const settings = { ...KERNEL_PROTOCOL, ...context.curveSettings };
  const latest = new Map<number, StepTiming>();
  const request: MeasurementRequest = {
    arms: arms.map(({ work }, index) => async () => {
      const { sampleDuration } = settings;
      const timing = await engine.timeKernel({ ...work, sampleDuration, repeat }, context.signal);
      latest.set(index, timing);
      return timing;
    }),
    settings,
    seed: context.seed ?? 1,
    clock: context.clock,
    deviceClock: repeat === "submission" ? "wall" : context.device.clock,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    onProgress: report,
  };
  return { request, measurement: await measure(request), latest };
}

/** More of the two that are compared; nothing more where only one arm was reached. */
async function takePairs(
  timed: Timed,
  arms: readonly KernelArm[],
  { chosen, context }: { readonly chosen: ChosenPair; readonly context: DeviceContext },
): Promise<Timed> {
  const placeOf = ({ id }: KernelSeries) => arms.findIndex((arm) => arm.id === id);
  const pair = [placeOf(chosen.baseline), placeOf(chosen.contender)] as const;
  if (pair[0] === pair[1]) return timed;
  const { baseline, contender } = chosen.words;
  const { minRounds, maxRounds } = { ...PAIR_PROTOCOL, ...context.pairSettings };
  const request: MeasurementRequest = {
    ...timed.request,
    // As many pairs as any verdict asks for, of the same samples.
    settings: { ...timed.request.settings, minRounds, maxRounds },
    onProgress: createReport(
      context,
      [ARMS_SHARE, PAIR_SHARE],
      `comparing ${baseline} with ${contender}`,
    ),
  };
  const measurement = await measurePair(request, timed.measurement, pair);
  return { request, measurement, latest: timed.latest };
}

function describeArms(
  arms: readonly KernelArm[],
  { request: { seed }, measurement: { samples, clock }, latest }: Timed,
): KernelSeries[] {
  return arms.map(({ id, arm, label, work, footprintBytes }, index): KernelSeries => {
    const plan = latest.get(index)?.plan;
    if (plan === undefined) throw new Error(`${label} was not timed.`);
    const { kernel, sizes, numRows, next } = work;
    return {
      id,
      arm,
      label,
      kernel: {
        id: kernel,
        sizes,
        numRows,
        ...(next === undefined ? {} : { next: next.map((stage) => stage.kernel) }),
      },
      footprintBytes,
      plan: describePlan(plan),
      ...describeSamples(samples[index] ?? [], clock, seed),
    };
  });
}

function methodOf(
  { request: { settings, seed }, measurement }: Timed,
  series: readonly KernelSeries[],
): Method {
  return describeMethod(measurement, { series, settings, seed });
}

async function timeRoundTrip(
  engine: Engine,
  { roundTrip }: KernelPlan,
  context: DeviceContext,
): Promise<RoundTrip | undefined> {
  if (roundTrip === undefined) return undefined;
  const report = createReport(context, [PAIR_SHARE, 1], "timing submissions");
  const timed = await timeArms(engine, [roundTrip], { context, repeat: "submission", report });
  const [series] = describeArms([roundTrip], timed);
  return series && { method: methodOf(timed, [series]), series };
}
