// What the picture shows: shapes for a budget of parameters, the one that is looked at, and the plain choice it is held
// against. Pure.
import { findGpu, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { designShape, type DesignedShape, type ShapeProposal } from "../../core/shapes/design.ts";
import { checkShape, type ShapeCheck } from "../../core/shapes/rules.ts";
import type { DataTable } from "../../figure/widget.ts";
import { formatCount, formatNumber, formatPercent, formatSeconds } from "../../ui/format.ts";

export interface DesignerValues {
  /** In billions. */
  readonly budget: number;
  readonly rows: number;
  readonly hardware: string;
  readonly vocabulary: string;
  readonly ranks: string;
  /** 1 is the best. */
  readonly proposal: number;
}

/** A rule, as the proposal and as the plain choice meet it. */
export interface RulePair {
  readonly id: string;
  readonly rule: string;
  readonly proposed: ShapeCheck;
  readonly plain: ShapeCheck;
}

export interface Design {
  readonly proposals: readonly ShapeProposal[];
  /** 0-based. */
  readonly chosen: number;
  readonly shape: ShapeProposal;
  readonly rules: readonly RulePair[];
}

export interface DesignerScene {
  readonly gpu: GpuEntry;
  readonly values: DesignerValues;
  /** Absent where no shape is that small. */
  readonly design: Design | undefined;
  /** Why there is none, in a sentence. */
  readonly problem: string | undefined;
}

interface Found {
  readonly key: string;
  readonly proposals: readonly ShapeProposal[];
  readonly problem?: string;
}

/** A search takes some milliseconds, and picture, sentence and table ask for the same one. */
let last: Found | undefined;

function findProposals(values: DesignerValues, gpu: GpuEntry): Found {
  const { budget, rows, vocabulary, ranks } = values;
  const key = [budget, rows, gpu.id, vocabulary, ranks].join(" ");
  if (last?.key === key) return last;
  try {
    const proposals = designShape({
      parameterBudget: budget * 1e9,
      gpu,
      tokens: rows,
      vocabulary: Number(vocabulary),
      ranks: Number(ranks),
    });
    last = { key, proposals };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    last = { key, proposals: [], problem: error.message };
  }
  return last;
}

function pairRules(proposal: ShapeProposal, gpu: GpuEntry, values: DesignerValues): RulePair[] {
  const use = { batch: values.rows, ranks: Number(values.ranks) };
  const plain = checkShape(proposal.naive.shape, gpu, use);
  return checkShape(proposal.shape, gpu, use).flatMap((proposed) => {
    const other = plain.find(({ id }) => id === proposed.id);
    return other === undefined
      ? []
      : [{ id: proposed.id, rule: proposed.rule, proposed, plain: other }];
  });
}

export function createScene(values: DesignerValues): DesignerScene {
  const gpu = findGpu(values.hardware);
  if (gpu === undefined) throw new Error(`The catalogue holds no GPU "${values.hardware}".`);
  const { proposals, problem } = findProposals(values, gpu);
  const chosen = Math.min(values.proposal, proposals.length) - 1;
  const shape = proposals[chosen];
  return {
    gpu,
    values,
    problem,
    design: shape && { proposals, chosen, shape, rules: pairRules(shape, gpu, values) },
  };
}

/** "7.91 billion". */
export function writeParameters(count: number, digits = 3): string {
  return `${formatNumber(count / 1e9, digits)}\u00a0billion`;
}

export function writeShape({ shape }: DesignedShape): string {
  return `${formatCount(shape.numLayers)} layers of width ${formatCount(shape.width)}, ${formatCount(shape.numHeads)} heads, ${formatCount(shape.numKvHeads)} KV heads, a feed-forward width of ${formatCount(shape.hiddenWidth)} and ${formatCount(shape.vocabulary)} entries`;
}

export function describeScene({ gpu, values, design, problem }: DesignerScene): string {
  if (design === undefined) return problem ?? "";
  const { shape } = design;
  const better = shape.gain >= 0 ? "less" : "more";
  return `For ${formatCount(values.rows)} rows a step on an ${gpu.name}, ${writeParameters(shape.parameters)} parameters as ${writeShape(shape)} take ${formatPercent(Math.abs(shape.gain))} ${better} modelled time for each parameter than the plain choice of width ${formatCount(shape.naive.shape.width)}.`;
}

function tableRow(name: string, one: DesignedShape, gain: string): (string | number)[] {
  const { shape } = one;
  return [
    name,
    shape.numLayers,
    shape.width,
    shape.numHeads,
    shape.numKvHeads,
    shape.hiddenWidth,
    shape.vocabulary,
    one.parameters,
    formatSeconds(one.stepSeconds),
    formatPercent(one.utilisation),
    gain,
  ];
}

export function makeTable({ design }: DesignerScene): DataTable {
  return {
    caption: "Proposals, each with the plain choice of as many layers",
    columns: [
      "Shape",
      "Layers",
      "Width",
      "Heads",
      "KV heads",
      "Feed-forward",
      "Vocabulary",
      "Parameters",
      "Step, modelled",
      "Of the peak",
      "Gain",
    ],
    rows: (design?.proposals ?? []).flatMap((proposal, i) => [
      tableRow(String(i + 1), proposal, formatPercent(proposal.gain)),
      tableRow(`plain ${i + 1}`, proposal.naive, ""),
    ]),
  };
}
