// Times steps of an engine: two arms in pairs for a verdict, many arms for a curve, and makes the record of both.
// Every experiment and the lab go through here, so a time means the same everywhere.
import type { Engine, Path, StepPlan, StepTiming } from "../model/engine.ts";
import { describeDevice, describeMethod, describePlan, describeSamples } from "./describe.ts";
import type { RunContext } from "./experiment.ts";
import { findRatios, findResolution, fitSeries, judgeComparison } from "./figures.ts";
import { notePieces, writeNotes } from "./notes.ts";
import type { PlainValues } from "./parameters.ts";
import { CURVE_PROTOCOL, measure, PAIR_PROTOCOL, type ProtocolSettings } from "./protocol.ts";
import {
  RECORD_SCHEMA,
  type Comparison,
  type Curve,
  type ExperimentRecord,
  type Method,
  type RecordedSample,
  type Series,
} from "./record.ts";
import type { VerdictWords } from "./verdict.ts";

/** One kind of step to time. */
export interface Arm {
  /** For example "cache-on"; the arms of a comparison differ in it, those of a curve may share it. */
  readonly arm: string;
  readonly label: string;
  readonly path: Path;
  readonly batch: number;
  readonly position: number;
}

export interface ComparisonPlan {
  readonly experiment: string;
  readonly claim: string;
  readonly parameters: PlainValues;
  readonly baseline: Arm;
  readonly contender: Arm;
  /** The claim holds where baseline's time a token over contender's is above this line. */
  readonly line: number;
  readonly words: VerdictWords;
  readonly curve?: { readonly against: Curve["against"]; readonly arms: readonly Arm[] };
  /** Sentences on how the plan differs from what was asked, for the record. */
  readonly notes?: readonly string[];
}

/**
 * Runs a plan: the pairs first, then the curve if there is one.
 *
 * @throws EngineError, or the signal's reason when cancelled.
 */
export async function runComparison(
  engine: Engine,
  plan: ComparisonPlan,
  context: RunContext,
): Promise<ExperimentRecord> {
  const startedAt = context.startedAt ?? new Date();
  const start = context.clock.now();
  const { comparison, cuts } = await comparePair(engine, plan, context);
  const measured = await measureCurve(engine, plan, { context, finished: comparison });
  const curve = measured?.curve;
  return {
    schema: RECORD_SCHEMA,
    experiment: plan.experiment,
    claim: plan.claim,
    parameters: plan.parameters,
    model: describeModel(context),
    device: describeDevice(context),
    startedAt: startedAt.toISOString(),
    wallSeconds: context.clock.now() - start,
    comparison,
    verdict: judgeComparison(comparison, plan.words),
    ...(curve === undefined ? {} : { curve }),
    notes: [
      ...(plan.notes ?? []),
      ...new Set([...cuts, ...(measured?.cuts ?? [])]),
      ...writeNotes({ comparison, curve, device: context.device }),
    ],
  };
}

async function comparePair(
  engine: Engine,
  plan: ComparisonPlan,
  context: RunContext,
): Promise<{ comparison: Comparison; cuts: string[] }> {
  const { baseline, contender, line } = plan;
  const settings = { ...PAIR_PROTOCOL, ...context.pairSettings };
  const span = plan.curve === undefined ? 1 : 0.5;
  const { series, method, cuts } = await timeArms(engine, [baseline, contender], {
    settings,
    context,
    report: (fraction) =>
      context.onProgress?.({
        fraction: fraction * span,
        stage: `comparing ${baseline.label} with ${contender.label}`,
        series: [],
      }),
  });
  const [first, second] = series;
  if (first === undefined || second === undefined) {
    throw new Error("A comparison of two arms gave fewer than two series.");
  }
  const comparison = {
    method,
    baseline: first,
    contender: second,
    baselineTokens: baseline.batch,
    contenderTokens: contender.batch,
    ...findRatios(first, second, method),
    resolution: findResolution(first, method) + findResolution(second, method),
    line,
  };
  return { comparison, cuts };
}

interface CurveContext {
  readonly context: RunContext;
  readonly finished: Comparison;
}

async function measureCurve(
  engine: Engine,
  plan: ComparisonPlan,
  { context, finished }: CurveContext,
): Promise<{ curve: Curve; cuts: string[] } | undefined> {
  if (plan.curve === undefined) return undefined;
  const { against, arms } = plan.curve;
  const { series, method, cuts } = await timeArms(engine, arms, {
    settings: { ...CURVE_PROTOCOL, ...context.curveSettings },
    context,
    report: (fraction) =>
      context.onProgress?.({
        fraction: 0.5 + fraction / 2,
        stage: `measuring ${arms.length} points of the curve`,
        series: [finished.baseline, finished.contender],
      }),
  });
  return { curve: { against, method, series, fits: fitSeries(series, against) }, cuts };
}

interface TimingContext {
  readonly settings: ProtocolSettings;
  readonly context: RunContext;
  readonly report: (fraction: number) => void;
}

/** Measures the arms against each other in one measurement. */
async function timeArms(
  engine: Engine,
  arms: readonly Arm[],
  { settings, context, report }: TimingContext,
): Promise<{ series: Series[]; method: Method; cuts: string[] }> {
  const latest = new Map<number, StepTiming>();
  const seed = context.seed ?? 1;
  const measurement = await measure({
    arms: arms.map(({ path, batch, position }, index) => async () => {
      const { sampleDuration } = settings;
      const request = { path, batch, position, sampleDuration };
      const timing = await engine.timeStep(request, context.signal);
      latest.set(index, timing);
      return timing;
    }),
    settings,
    seed,
    clock: context.clock,
    deviceClock: context.device.clock,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    onProgress: report,
  });
  const series = arms.map((arm, index) =>
    describeSeries(arm, {
      plan: latest.get(index)?.plan,
      samples: measurement.samples[index] ?? [],
      clock: measurement.clock,
      seed,
    }),
  );
  return {
    series,
    method: describeMethod(measurement, { series, settings, seed }),
    cuts: notePieces(
      arms.map(({ label, batch, position, path }, index) => ({
        label: `${label}, ${batch} × position ${position}`,
        // Without a cache a step computes every position, and goes in passes of fewer rows as a rule.
        numRows: path.cache ? batch : 0,
        pieces: latest.get(index)?.pieces,
      })),
    ),
  };
}

interface SeriesFindings {
  readonly plan: StepPlan | undefined;
  readonly samples: readonly RecordedSample[];
  readonly clock: Method["clock"];
  readonly seed: number;
}

function describeSeries(arm: Arm, { plan, samples, clock, seed }: SeriesFindings): Series {
  if (plan === undefined) throw new Error(`No step of ${arm.label} was timed.`);
  const { cache, fusion, kvLayout } = arm.path;
  const { batch, position } = arm;
  return {
    id: `${arm.arm}@${position}x${batch}`,
    arm: arm.arm,
    label: arm.label,
    step: { cache, fusion, kvLayout, batch, position },
    plan: describePlan(plan),
    ...describeSamples(samples, clock, seed),
  };
}

function describeModel({ model }: RunContext): ExperimentRecord["model"] {
  return {
    name: model.name,
    numParameters: model.numParameters,
    weightBytes: model.weightBytes,
    contextLength: model.contextLength,
    numLayers: model.shape.numLayers,
    width: model.shape.width,
  };
}
