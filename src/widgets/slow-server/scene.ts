// What the page shows for a text: the causes it gives away, and of one of them the change, the memory before and after
// it, and the figures. Pure; the simulator's part is put in when it comes.
import { findGpu } from "../../core/catalog/gpus/gpus.ts";
import { findModel } from "../../core/catalog/models/models.ts";
import { findAnswer, type Answer } from "../../core/diagnosis/answers.ts";
import { changedLine, diagnose, type Diagnosis } from "../../core/diagnosis/diagnosis.ts";
import { EXAMPLES, type Example } from "../../core/diagnosis/examples.ts";
import type { Finding, Weight } from "../../core/diagnosis/finding.ts";
import { writeChange } from "../../core/diagnosis/serve-command.ts";
import { reportFigures, type Figure, type Runs } from "../../core/diagnosis/trial.ts";
import type { Deployment } from "../../core/serving/deployment.ts";
import { memoryParts } from "../../core/serving/memory.ts";
import type { SimulationReport } from "../../core/simulation/statistics.ts";
import type { DataTable } from "../../figure/widget.ts";
import {
  formatBinaryBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatRate,
  formatSeconds,
  NO_NUMBER,
} from "../../ui/format.ts";
import { AS_SAID, type SlowServerValues } from "./parameters.ts";

export interface QueuePoint {
  /** Seconds. */
  readonly x: number;
  /** Requests that wait. */
  readonly y: number;
}

/** What the simulator found, small enough to be kept in a file. */
export interface RunPicture {
  readonly figures: readonly Figure[];
  readonly before: readonly QueuePoint[];
  readonly after: readonly QueuePoint[];
}

/** Tells one run from another: changes that differ may start from the same scenario. */
export function runKey({ before, after, tells }: Runs): string {
  return [before, after, ...tells].join("\n");
}

export interface CauseScene {
  readonly finding: Finding;
  readonly answer: Answer;
  /** "--max-num-seqs 64". */
  readonly changes: readonly string[];
  /** The reader's line with the changes in it. */
  readonly line: string;
}

export interface SlowServerScene {
  readonly diagnosis: Diagnosis;
  readonly causes: readonly CauseScene[];
}

export function getExample({ example }: SlowServerValues): Example {
  const found = EXAMPLES.find(({ id }) => id === example) ?? EXAMPLES[0];
  if (found === undefined) throw new Error("There are no examples.");
  return found;
}

/** @param text - what the reader pasted; the example's own if undefined. */
export function createScene(values: SlowServerValues, text?: string): SlowServerScene {
  const example = getExample(values);
  const model = findModel(values.model === AS_SAID ? example.model : values.model);
  const gpu = findGpu(values.hardware === AS_SAID ? example.gpu : values.hardware);
  if (model === undefined || gpu === undefined) {
    throw new Error(`The catalogue lacks ${values.model} or ${values.hardware}.`);
  }
  const diagnosis = diagnose(text ?? example.text, { model, gpu });
  const causes = diagnosis.findings.flatMap((finding) => {
    const answer = findAnswer(finding.id);
    if (answer === undefined) return [];
    const changes = finding.changes.map(writeChange);
    return [{ finding, answer, changes, line: changedLine(diagnosis.seen, finding) }];
  });
  return { diagnosis, causes };
}

/** For what the figures are counted, and what of it the text did not say. */
export function writeSubject({ seen }: Diagnosis): string {
  const { deployment, isModelNamed, isGpuNamed } = seen;
  const { model, gpu, numGpus } = deployment;
  const missing = [...(isModelNamed ? [] : ["model"]), ...(isGpuNamed ? [] : ["GPU"])];
  const counted = `Counted for ${model.name} on ${formatCount(numGpus)} × ${gpu.name}.`;
  return missing.length === 0
    ? counted
    : `${counted} The text does not name the ${missing.join(" or the ")}: choose yours above.`;
}

const WEIGHTS: Readonly<Record<Weight, string>> = {
  3: "it does not start, or falls over",
  2: "slow for this",
  1: "worth a change",
  0: "worth knowing",
};

export function writeWeight(weight: Weight): string {
  return WEIGHTS[weight];
}

export interface MemoryLayer {
  readonly id: "weights" | "work" | "cache" | "rest";
  readonly letter: string;
  readonly label: string;
  readonly bytes: number;
}

/** One GPU's memory, from the left of its bar. */
export function memoryLayers(deployment: Deployment): readonly MemoryLayer[] {
  const parts = memoryParts(deployment);
  const cache = Math.max(0, parts.available);
  const work = parts.activations + parts.other + parts.cudaGraphs;
  const held = parts.weights + work + cache;
  return [
    { id: "weights", letter: "W", label: "weights", bytes: parts.weights },
    { id: "work", letter: "S", label: "largest step, graphs, the rest", bytes: work },
    { id: "cache", letter: "K", label: "KV cache", bytes: cache },
    {
      id: "rest",
      letter: "–",
      label: "left to others",
      bytes: Math.max(0, parts.total - held),
    },
  ];
}

export function formatFigure({ unit }: Figure, value: number): string {
  if (!Number.isFinite(value)) return NO_NUMBER;
  switch (unit) {
    case "bytes":
      return formatBinaryBytes(value);
    case "count":
      return formatCount(Math.round(value));
    case "ratio":
      return `${formatNumber(value, 3)}×`;
    case "seconds":
      return formatSeconds(value);
    case "rate":
      return formatRate(value, "tokens/s");
    case "share":
      return formatPercent(value, 3);
    default:
      return value > 0 ? "yes" : "no";
  }
}

/** Points that are drawn of a timeline. */
const MOST_POINTS = 40;

/** Means of neighbouring intervals, so that the area under the line stays. */
function thin(report: SimulationReport): readonly QueuePoint[] {
  const { timeline } = report.memory;
  const group = Math.ceil(timeline.length / MOST_POINTS);
  const points: QueuePoint[] = [];
  for (let start = 0; start < timeline.length; start += group) {
    const slice = timeline.slice(start, start + group);
    const [first] = slice;
    if (first === undefined) break;
    const waiting = slice.reduce((sum, { numWaiting }) => sum + numWaiting, 0) / slice.length;
    points.push({ x: rounded(first.time), y: rounded(waiting) });
  }
  return [...points, { x: rounded(report.duration), y: 0 }];
}

/** Six digits: what is drawn, and the same on every machine. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

export function makeRunPicture(
  { tells }: Pick<Runs, "tells">,
  before: SimulationReport,
  after: SimulationReport,
): RunPicture {
  return {
    figures: reportFigures(tells, before, after).map((figure) => ({
      ...figure,
      before: rounded(figure.before),
      after: rounded(figure.after),
    })),
    before: thin(before),
    after: thin(after),
  };
}

export function describeScene({ causes, diagnosis }: SlowServerScene): string {
  const [first] = causes;
  if (first === undefined) {
    return diagnosis.seen.isAnything
      ? "The text gives no cause away."
      : "Nothing of vLLM was found in the text.";
  }
  const { finding, changes } = first;
  const count =
    causes.length === 1 ? "One cause" : `${formatCount(causes.length)} causes, first of all`;
  const change = changes.length === 0 ? "Nothing to change." : `Change: ${changes.join(" ")}.`;
  return `${count}: ${finding.told} ${finding.cause} ${change}`;
}

export function makeTable(cause: CauseScene | undefined, run: RunPicture | undefined): DataTable {
  const figures = [...(cause?.finding.figures ?? []), ...(run?.figures ?? [])];
  const change = cause === undefined ? "" : `: ${cause.changes.join(" ")}`;
  return {
    caption: `Before and after the change${change}`,
    columns: ["Figure", "Before", "After"],
    rows: figures.map((figure) => [
      figure.label,
      formatFigure(figure, figure.before),
      formatFigure(figure, figure.after),
    ]),
  };
}
