// What a record of the paging experiment says: the time of a token with a block table and without, and what the table
// adds to the bytes. Pure.
import { findModel } from "../../core/catalog/models/models.ts";
import type { Estimate } from "../../core/statistics/estimate.ts";
import type { ExperimentRecord, Method, Series } from "../../experiments/record.ts";
import type { DataTable } from "../../figure/widget.ts";
import {
  formatBytes,
  formatCount,
  formatInterval,
  formatNumber,
  formatPercent,
  formatSeconds,
} from "../../ui/format.ts";
import type { Stat } from "../../ui/parts.tsx";
import { costOf, writeCost } from "./prediction.ts";

/** Tokens of a block of our engine. */
const BLOCK_SIZE = 16;
/** A table entry is a 32-bit number. */
const ENTRY_BYTES = 4;

/** What a step reads from block tables in each layer: an entry a block, and one to find where the new token goes. */
export interface TableReads {
  readonly entries: number;
  readonly bytes: number;
}

/** @param position - tokens in the text before the step. */
export function tableReads(position: number, batch: number): TableReads {
  const model = findModel("stories-1m");
  if (model === undefined) throw new Error("The catalogue holds no story model.");
  const blocks = Math.ceil((position + 1) / BLOCK_SIZE);
  const entries = model.shape.numLayers * batch * (blocks + 1);
  return { entries, bytes: entries * ENTRY_BYTES };
}

/** Before anything was measured, from the shape of the model. */
export function modelledStats(position: number, batch: number): Stat[] {
  const { entries, bytes } = tableReads(position, batch);
  const blocks = Math.ceil((position + 1) / BLOCK_SIZE);
  return [
    {
      label: "Blocks of a sequence",
      value: formatCount(blocks),
      detail: `of ${BLOCK_SIZE} tokens, at ${formatCount(position + 1)} tokens`,
    },
    {
      label: "Table entries a step",
      value: formatCount(entries),
      detail: `${formatBytes(bytes)}: in each layer, one a block and one for the new token`,
    },
  ];
}

export function writeStats({ comparison }: ExperimentRecord): Stat[] {
  const { baseline, contender, ratio } = comparison;
  const more = contender.plan.bytesRead - baseline.plan.bytesRead;
  const cost = ratio === undefined ? undefined : costOf(ratio);
  return [
    {
      label: "Time of a token, paged",
      value: cost === undefined ? "—" : writeCost(cost.median),
      detail: cost === undefined ? "no usable pair" : `95 %: ${writeInterval(cost)}`,
    },
    {
      label: "Read in a step",
      value: formatBytes(contender.plan.bytesRead),
      detail: `${formatBytes(more)} of it tables: ${formatPercent(more / contender.plan.bytesRead, 1)}`,
    },
    {
      label: "Dispatches a step",
      value: `${formatCount(baseline.plan.numDispatches)} → ${formatCount(contender.plan.numDispatches)}`,
      detail: "contiguous → paged",
    },
  ];
}

function writeInterval({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${writeCost(low)} to ${writeCost(high)}`;
}

function writeTime({ label, duration }: Series): string {
  return duration === undefined ? `${label}: no usable sample` : `${label}: ${median(duration)}`;
}

function median({ median: middle, low, high }: Estimate): string {
  return `${formatSeconds(middle)} (${formatInterval(low, high, formatSeconds)})`;
}

export function writeTimes({ comparison }: ExperimentRecord): string {
  return `One token took, with ${writeTime(comparison.baseline)}; with ${writeTime(comparison.contender)}. In brackets: 95 % interval of the median.`;
}

export function describeMethod({ clock, quantumSeconds, numRounds }: Method): string {
  const by = clock === "wall" ? "slopes of the wall clock" : "the device's timestamps";
  const step =
    quantumSeconds === undefined ? "" : `, in steps of ${formatSeconds(quantumSeconds, 2)}`;
  return `Timed by ${by}${step}; ${formatNumber(numRounds, 1)} pairs in random order.`;
}

export function describeOrigin({ device, model }: ExperimentRecord): string {
  const kind = device.isSoftware ? "software, no GPU" : "hardware";
  return `Device: ${device.name} (${kind}). Model: ${model.name}, ${formatCount(model.numParameters)} parameters.`;
}

function tableRow({ label, duration, plan }: Series): (string | number)[] {
  return [
    label,
    formatSeconds(duration?.median),
    formatInterval(duration?.low, duration?.high, formatSeconds),
    duration?.numSamples ?? 0,
    plan.bytesRead,
    plan.numDispatches,
  ];
}

/** Both arms, a row each. */
export function makeTable(record: ExperimentRecord): DataTable {
  const { baseline, contender } = record.comparison;
  const { position, batch } = contender.step;
  return {
    caption: `Token ${position + 1} of ${batch === 1 ? "one sequence" : `${batch} sequences`}, ${record.device.name}, ${record.startedAt.slice(0, 10)}`,
    columns: [
      "Keys and values in",
      "Median",
      "95 % interval",
      "Samples",
      "Bytes read",
      "Dispatches",
    ],
    rows: [tableRow(baseline), tableRow(contender)],
  };
}
