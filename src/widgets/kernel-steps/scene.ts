// From the reader's choice, and a run if there is one, to everything that the figure shows. Pure.
import { arithmeticIntensity, bytesMoved, type Cost } from "../../core/cost/cost.ts";
import { scaleEstimate, type Estimate } from "../../core/statistics/estimate.ts";
import { LONGEST_DISPATCH_TEXT } from "../../experiments/choose-kernel.ts";
import { findResolution, findUnitRatios, judgeComparison } from "../../experiments/figures.ts";
import type { KernelSeries } from "../../experiments/kernel-record.ts";
import type { Formula, Letter, Work } from "../../experiments/kernel-steps/family-work.ts";
import { unitsOf, type StepsRun } from "../../experiments/kernel-steps/measure.ts";
import { costOf, getSized, mainKernels } from "../../experiments/kernel-steps/sized.ts";
import {
  FAMILIES,
  isFamily,
  type Family,
  type FamilyId,
  type Step,
} from "../../experiments/kernel-steps/steps.ts";
import {
  BATCHES,
  SIZE_IDS,
  workOf,
  type Choice,
  type SizeId,
} from "../../experiments/kernel-steps/work.ts";
import { judgeBound, type Roofs } from "../../experiments/roofs.ts";
import type { DataTable, Values } from "../../figure/widget.ts";
import {
  formatBytes,
  formatCount,
  formatInterval,
  formatNumber,
  formatRatio,
  formatSeconds,
  formatSi,
} from "../../ui/format.ts";
import type { OpenedNumber } from "../../ui/opened.tsx";
import type { parameters } from "./parameters.ts";

export type StepsValues = Values<typeof parameters>;

/** A run, and what else the page knows of it. */
export interface Measured extends StepsRun {
  /** Of hardware; a software adapter has none. */
  readonly roofs: Roofs | undefined;
  /** The day of a run that was recorded elsewhere; absent for one on this device. */
  readonly recordedOn?: string;
}

export interface StageScene {
  readonly kernel: string;
  readonly source: string;
}

/** What a run says of one step. */
interface TimedStep {
  readonly duration: Estimate;
  /** Times the step before takes this one's time, both for the same work; absent for the first that ran. */
  readonly versus?: {
    readonly position: number;
    readonly ratio: Estimate | undefined;
    readonly sentence: string;
  };
  /** What binds it, in a sentence. */
  readonly bound: string;
  readonly kernels: readonly string[];
}

export interface StepScene {
  readonly step: Step;
  /** From 1. */
  readonly position: number;
  readonly stages: readonly StageScene[];
  readonly cost: Cost;
  readonly intensity: number;
  readonly timed: TimedStep | undefined;
  readonly leftOut: string | undefined;
}

export interface StepsScene {
  readonly family: Family;
  readonly familyId: FamilyId;
  readonly size: SizeId;
  readonly work: Work;
  readonly steps: readonly StepScene[];
  readonly selected: StepScene;
  readonly measured: Measured | undefined;
}

function findFamily(values: StepsValues): FamilyId {
  return isFamily(values.family) ? values.family : "product";
}

export function findChoice(values: StepsValues): Choice {
  return {
    family: findFamily(values),
    size: SIZE_IDS.find((id) => id === values.size) ?? "large",
    batch: BATCHES.find((batch) => batch === values.batch) ?? "16",
  };
}

/** Choices of the same key compute the same. */
export function keyOf({ family, size, batch }: Choice): string {
  if (family === "launch") return family;
  return family === "rows" ? `${family} ${size} ${batch}` : `${family} ${size}`;
}

/** A recorded run stands in for every size and batch of its family, at its own. */
function belongsTo(run: Measured, choice: Choice): boolean {
  if (run.recordedOn !== undefined) return run.family === choice.family;
  return keyOf({ ...run, size: run.asked }) === keyOf(choice);
}

export function createScene(values: StepsValues, run?: Measured): StepsScene {
  const choice = findChoice(values);
  const { family: familyId, size: asked } = choice;
  const measured = run !== undefined && belongsTo(run, choice) ? run : undefined;
  const size = measured?.size ?? asked;
  const family: Family = FAMILIES[familyId];
  const work = workOf({ ...choice, size, batch: measured?.batch ?? choice.batch });
  const timed = measured === undefined ? new Map<string, TimedStep>() : readRun(family, measured);
  const steps = family.steps.map((step, index): StepScene => {
    const kernels = mainKernels(step);
    const cost = costOf(kernels, work);
    return {
      step,
      position: index + 1,
      stages: kernels.map((kernel, place) => ({
        kernel,
        source: getSized(kernel, place, work).source,
      })),
      cost,
      intensity: arithmeticIntensity(cost),
      timed: timed.get(step.id),
      leftOut: measured?.leftOut[step.id],
    };
  });
  const selected = steps.find(({ step }) => step.id === values[familyId]) ?? steps[0];
  if (selected === undefined) throw new Error(`${family.name} has no steps.`);
  return { family, familyId, size, work, steps, selected, measured };
}

function compareSteps(
  [baseline, contender]: readonly [KernelSeries, KernelSeries],
  { family, record }: Measured,
) {
  const { method } = record.comparison;
  const ratios = findUnitRatios(
    { series: baseline, numUnits: unitsOf(baseline, family) },
    { series: contender, numUnits: unitsOf(contender, family) },
    method,
  );
  const resolution = findResolution(baseline, method) + findResolution(contender, method);
  const words = {
    baseline: `“${baseline.label}”`,
    contender: `“${contender.label}”`,
    per: FAMILIES[family].per,
  };
  return {
    ratio: ratios.ratio,
    sentence: judgeComparison({ ...ratios, resolution, line: 1 }, words).sentence,
  };
}

const NO_ROOF = "A software adapter has no roof: its times stand for no GPU.";

function readRun(family: Family, measured: Measured): Map<string, TimedStep> {
  const { record, roofs } = measured;
  const timed = new Map<string, TimedStep>();
  let before: { readonly series: KernelSeries; readonly position: number } | undefined;
  for (const [index, { id }] of family.steps.entries()) {
    const series = record.series.find(({ arm }) => arm === id);
    if (series?.duration === undefined) continue;
    timed.set(id, {
      duration: series.duration,
      ...(before === undefined
        ? {}
        : {
            versus: {
              position: before.position,
              ...compareSteps([before.series, series], measured),
            },
          }),
      bound: roofs === undefined ? NO_ROOF : judgeBound(series, roofs).sentence,
      kernels: [series.kernel.id, ...(series.kernel.next ?? [])],
    });
    before = { series, position: index + 1 };
  }
  return timed;
}

/** What one repeat of a step multiplies and adds a second, and what it moves. */
export function ratesOf({ cost, timed }: StepScene) {
  return {
    flops: timed === undefined ? undefined : cost.flops / timed.duration.median,
    bytes: timed === undefined ? undefined : bytesMoved(cost) / timed.duration.median,
  };
}

/** By step, the time of a unit of work: of a repeat, or of a multiply-add where steps do unlike numbers of them. */
export function unitTimes({ measured, steps }: StepsScene): readonly (Estimate | undefined)[] {
  return steps.map(({ step, timed }) => {
    const series = measured?.record.series.find(({ arm }) => arm === step.id);
    if (measured === undefined || series === undefined || timed === undefined) return undefined;
    return scaleEstimate(timed.duration, 1 / unitsOf(series, measured.family));
  });
}

/** Position, from 0, of the step whose interval lies below those of all others; undefined where none does. */
export function findFastest(times: readonly (Estimate | undefined)[]): number | undefined {
  const known = times.flatMap((time, index) => (time === undefined ? [] : [{ time, index }]));
  if (known.length < 2) return undefined;
  return known.find(({ time }) =>
    known.every((other) => other.time === time || time.high < other.time.low),
  )?.index;
}

/** The first step that ran against that with the shortest time, in a sentence. */
export function sayLadder(scene: StepsScene): string | undefined {
  const { measured, steps } = scene;
  if (measured === undefined) return undefined;
  const ran = unitTimes(scene).flatMap((time, index) => {
    const id = steps[index]?.step.id;
    const series = measured.record.series.find(({ arm }) => arm === id);
    return time === undefined || series === undefined ? [] : [{ series, time: time.median }];
  });
  const first = ran[0];
  const fastest = ran.toSorted((one, other) => one.time - other.time)[0];
  if (first === undefined || fastest === undefined) return "No step could be timed.";
  if (ran.length === 1) return `Only “${first.series.label}” was timed.`;
  if (first === fastest) {
    return `The first step that ran, “${first.series.label}”, has the shortest median here.`;
  }
  const { sentence } = compareSteps([first.series, fastest.series], measured);
  return ran.length === 2 ? sentence : `Up the whole ladder: ${sentence}`;
}

/** Where a run differs from what was asked, and on what it ran. */
export function sayRun({ measured, size, work }: StepsScene): readonly string[] {
  if (measured === undefined) return [];
  return [
    ...(measured.recordedOn === undefined
      ? []
      : [
          `Nothing was timed on the device that you read on. The run shown is one for ${work.shape}, whatever size is chosen.`,
        ]),
    ...(measured.asked === size || measured.family === "launch"
      ? []
      : [
          `Run at a smaller size, ${work.shape}: at the next the steps would hold this device for more than ${LONGEST_DISPATCH_TEXT}, or their arrays do not fit.`,
        ]),
    ...measured.record.notes,
  ];
}

export function evaluate(formula: Formula, letters: Readonly<Record<string, Letter>>): number {
  const valueOf = (factor: number | string) =>
    typeof factor === "number" ? factor : (letters[factor]?.value ?? Number.NaN);
  return formula.reduce(
    (sum, product) => sum + product.reduce<number>((value, one) => value * valueOf(one), 1),
    0,
  );
}

/** A sum of products, each factor as it is to stand there. */
function writeFormula(formula: Formula, say: (factor: number | string) => string): string {
  return formula.length === 0
    ? "0"
    : formula.map((product) => product.map(say).join(" · ")).join(" + ");
}

interface Written {
  readonly formula: string;
  readonly values: string;
  readonly letters: ReadonlySet<string>;
}

function write(formula: Formula, { letters }: Work): Written {
  return {
    formula: writeFormula(formula, String),
    values: writeFormula(formula, (factor) =>
      formatCount(typeof factor === "number" ? factor : letters[factor]?.value),
    ),
    letters: new Set(formula.flat().filter((factor) => typeof factor === "string")),
  };
}

function inputsOf(used: ReadonlySet<string>, { letters }: Work): OpenedNumber["inputs"] {
  return Object.entries(letters)
    .filter(([letter]) => used.has(letter))
    .map(([symbol, { meaning, value }]) => ({ symbol, meaning, value: formatCount(value) }));
}

/** The formulas of all kernels of a step. */
export function formulasOf(step: Step, work: Work): Record<"flops" | "read" | "written", Formula> {
  const stages = mainKernels(step).map((kernel, place) => work.stage(kernel, place));
  return {
    flops: stages.flatMap(({ flops }) => flops),
    read: stages.flatMap(({ read }) => read),
    written: stages.flatMap(({ written }) => written),
  };
}

export function openFlops({ step, cost }: StepScene, work: Work): OpenedNumber {
  const { formula, values, letters } = write(formulasOf(step, work).flops, work);
  const text = formatSi(cost.flops, "FLOP");
  return {
    text,
    title: `Arithmetic of “${step.name}”`,
    formula,
    inputs: inputsOf(letters, work),
    substitution: `${values} = ${text}`,
    note: ["A multiply-add is two FLOPs.", ...(work.note === undefined ? [] : [work.note])].join(
      " ",
    ),
  };
}

export function openBytes({ step, cost }: StepScene, work: Work): OpenedNumber {
  const formulas = formulasOf(step, work);
  const [read, written] = [write(formulas.read, work), write(formulas.written, work)];
  const text = formatBytes(bytesMoved(cost));
  return {
    text,
    title: `Bytes of “${step.name}”`,
    formula: `read ${read.formula}; written ${written.formula}`,
    inputs: inputsOf(new Set([...read.letters, ...written.letters]), work),
    substitution: `${read.values} read, ${written.values} written: ${formatBytes(cost.bytesRead)} + ${formatBytes(cost.bytesWritten)} = ${text}`,
    note: work.note,
  };
}

export function openIntensity({ step, cost, intensity }: StepScene): OpenedNumber {
  const text = `${formatNumber(intensity)} FLOP/B`;
  const [flops, moved] = [formatSi(cost.flops, "FLOP"), formatBytes(bytesMoved(cost))];
  return {
    text,
    title: `Arithmetic intensity of “${step.name}”`,
    formula: "FLOPs / bytes",
    inputs: [
      { symbol: "FLOPs", meaning: "of all its kernels", value: flops },
      { symbol: "bytes", meaning: "read and written, each number once a kernel", value: moved },
    ],
    substitution: `${flops} / ${moved} = ${text}`,
  };
}

/** "12.3 ms (12.1 ms to 12.6 ms)". */
export function sayTime({ median, low, high }: Estimate): string {
  return `${formatSeconds(median)} (${formatInterval(low, high, formatSeconds)})`;
}

function sayStep({ step, position, timed, leftOut }: StepScene): string {
  if (timed !== undefined) return `${position}, ${step.name}: ${sayTime(timed.duration)}`;
  return `${position}, ${step.name}: ${leftOut === undefined ? "not timed" : "left out"}`;
}

/** "Measured on a device", or where and when it was recorded. */
export function sayOrigin({ record, recordedOn }: Measured): string {
  const { name } = record.device;
  return recordedOn === undefined ? `Measured on ${name}` : `Recorded on ${name}, ${recordedOn}`;
}

export function describeScene(scene: StepsScene): string {
  const { family, work, selected, steps, measured } = scene;
  const { step, position, cost, intensity } = selected;
  const chosen = `${family.name}, ${work.shape}. Step ${position} of ${steps.length}, ${step.name}: ${formatSi(cost.flops, "FLOP")}, ${formatBytes(bytesMoved(cost))}, ${formatNumber(intensity)} FLOP/B. ${step.idea}`;
  if (measured === undefined) return chosen;
  return `${chosen} ${sayOrigin(measured)}: ${steps.map(sayStep).join("; ")}. ${sayLadder(scene)}`;
}

export function makeTable({ family, work, steps, measured }: StepsScene): DataTable {
  const where = measured === undefined ? "not timed" : sayOrigin(measured);
  return {
    caption: `${family.name}, ${work.shape}; ${where}`,
    columns: [
      "Step",
      "Kernels",
      "FLOPs",
      "Bytes",
      "FLOP/B",
      "Time (s)",
      "Low (s)",
      "High (s)",
      "Before / this",
      "Said of it",
    ],
    rows: steps.map((one) => {
      const { step, position, cost, intensity, timed, leftOut } = one;
      return [
        `${position}. ${step.name}`,
        (timed?.kernels ?? mainKernels(step)).join(" + "),
        cost.flops,
        bytesMoved(cost),
        intensity,
        timed?.duration.median ?? "",
        timed?.duration.low ?? "",
        timed?.duration.high ?? "",
        timed?.versus?.ratio?.median ?? "",
        timed === undefined ? (leftOut ?? "") : timed.bound,
      ];
    }),
  };
}

/** Of the times of the step before and of this one: "2.1×". */
export function sayRatio({ timed }: StepScene): string | undefined {
  if (timed?.versus?.ratio === undefined) return undefined;
  return formatRatio(timed.versus.ratio.median);
}
