// Times kernels by themselves, every arm in every round, and makes the record of it.
import type { Engine, KernelTimingRequest, StepTiming } from "../model/engine.ts";
import { describeDevice, describeMethod, describePlan, describeSamples } from "./describe.ts";
import type { DeviceContext } from "./experiment.ts";
import { findResolution, findUnitRatios, judgeComparison } from "./figures.ts";
import {
  KERNEL_RECORD_SCHEMA,
  type KernelComparison,
  type KernelRecord,
  type KernelSeries,
  type RoundTrip,
} from "./kernel-record.ts";
import { notePieces, writeKernelNotes } from "./notes.ts";
import type { PlainValues } from "./parameters.ts";
import { CURVE_PROTOCOL, measure, type ProtocolSettings } from "./protocol.ts";
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

/** Of the whole run, before the round trips. */
const ARMS_SHARE = 0.92;

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
    const { series, method, cuts } = await timeArms(engine, plan.arms, {
      context,
      repeat: "dispatch",
      report: (fraction) =>
        context.onProgress?.({
          fraction: fraction * ARMS_SHARE,
          stage: `timing ${plan.arms.length} kernels`,
          series: [],
        }),
    });
    const roundTrip = await timeRoundTrip(engine, plan, context);
    const comparison = compare(plan, series, method);
    const pair = series.filter(({ id }) =>
      [comparison.baseline, comparison.contender].includes(id),
    );
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
      verdict: judgeComparison(comparison, comparison.words),
      ...(roundTrip === undefined ? {} : { roundTrip }),
      fits: plan.fit?.(series) ?? [],
      notes: [
        ...plan.notes,
        ...cuts,
        ...writeKernelNotes({ method, series, pair, device: context.device }),
      ],
    };
  } finally {
    await engine.endKernels();
  }
}

function compare(
  plan: KernelPlan,
  series: readonly KernelSeries[],
  method: Method,
): KernelComparison {
  const { baseline, contender, baselineUnits, contenderUnits, words } = plan.choosePair(series);
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

async function timeArms(
  engine: Engine,
  arms: readonly KernelArm[],
  { context, repeat, report }: TimingContext,
): Promise<{ series: KernelSeries[]; method: Method; cuts: string[] }> {
  const settings = { ...KERNEL_PROTOCOL, ...context.curveSettings };
  const seed = context.seed ?? 1;
  const latest = new Map<number, StepTiming>();
  const measurement = await measure({
    arms: arms.map(({ work }, index) => async () => {
      const { sampleDuration } = settings;
      const timing = await engine.timeKernel({ ...work, sampleDuration, repeat }, context.signal);
      latest.set(index, timing);
      return timing;
    }),
    settings,
    seed,
    clock: context.clock,
    deviceClock: repeat === "submission" ? "wall" : context.device.clock,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    onProgress: report,
  });
  const series = arms.map(({ id, arm, label, work, footprintBytes }, index): KernelSeries => {
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
      ...describeSamples(measurement.samples[index] ?? [], measurement.clock, seed),
    };
  });
  return {
    series,
    method: describeMethod(measurement, { series, settings, seed }),
    cuts: notePieces(
      arms.map(({ label, work }, index) => ({
        label,
        numRows: work.numRows,
        pieces: latest.get(index)?.pieces,
      })),
    ),
  };
}

async function timeRoundTrip(
  engine: Engine,
  { roundTrip }: KernelPlan,
  context: DeviceContext,
): Promise<RoundTrip | undefined> {
  if (roundTrip === undefined) return undefined;
  const timed = await timeArms(engine, [roundTrip], {
    context,
    repeat: "submission",
    report: (fraction) =>
      context.onProgress?.({
        fraction: ARMS_SHARE + fraction * (1 - ARMS_SHARE),
        stage: "timing submissions",
        series: [],
      }),
  });
  const [series] = timed.series;
  return series && { method: timed.method, series };
}
