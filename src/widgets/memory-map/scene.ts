// What the picture says at one step: both memories, their parts in slots, and how many requests each serves. Pure.
import type { DataTable } from "../../figure/widget.ts";
import { formatCount, formatPercent } from "../../ui/format.ts";
import { LAST_STEP } from "./parameters.ts";
import { createTimelines, type Frame, type Setting, type Timelines } from "./timeline.ts";

export interface MapValues {
  readonly reservation: string;
  readonly blockSize: string;
  readonly slots: number;
  readonly trace: number;
  readonly step: number;
}

export interface Panel {
  readonly id: "reserved" | "paged";
  /** How memory is given out, in a few words. */
  readonly name: string;
  readonly frame: Frame;
  /** Slots between two lines in the picture; undefined where memory is not cut. */
  readonly blockSize: number | undefined;
}

export interface MapScene {
  readonly step: number;
  readonly slots: number;
  readonly reserved: Panel;
  readonly paged: Panel;
  /** Requests that have come by this step. */
  readonly numArrived: number;
}

/** A part of memory, in the order of the picture and the table. */
export interface Part {
  readonly id: "stored" | "reserved" | "internal" | "external" | "free";
  readonly label: string;
}

export const PARTS: readonly Part[] = [
  { id: "stored", label: "holds a token" },
  { id: "reserved", label: "reserved, used later" },
  { id: "internal", label: "given out, never used" },
  { id: "external", label: "lost between regions" },
  { id: "free", label: "free" },
];

const NAMES: ReadonlyMap<string, string> = new Map([
  ["orca-max", "Orca (Max)"],
  ["orca-pow2", "Orca (Pow2)"],
  ["orca-oracle", "Orca (Oracle)"],
  ["static", "Static batching"],
]);

/** Of the last setting: a move of the step slider must not serve all requests again. */
let last: { readonly key: string; readonly timelines: Timelines } | undefined;

function timelinesOf(setting: Setting): Timelines {
  const key = JSON.stringify(setting);
  if (last?.key !== key) last = { key, timelines: createTimelines(setting) };
  return last.timelines;
}

function frameAt(frames: readonly Frame[], step: number): Frame {
  const frame = frames[Math.min(LAST_STEP, Math.max(1, Math.round(step))) - 1];
  if (frame === undefined) throw new Error(`There is no step ${step}.`);
  return frame;
}

export function createScene(values: MapValues): MapScene {
  const { reservation, slots, trace, step } = values;
  const blockSize = Number(values.blockSize);
  const { requests, reserved, paged } = timelinesOf({ reservation, blockSize, slots, trace });
  return {
    step,
    slots,
    numArrived: requests.filter(({ arrival }) => arrival <= step - 1).length,
    reserved: {
      id: "reserved",
      name: NAMES.get(reservation) ?? reservation,
      frame: frameAt(reserved, step),
      blockSize: undefined,
    },
    paged: { id: "paged", name: "vLLM", frame: frameAt(paged, step), blockSize },
  };
}

export function shareOf({ use }: Frame, part: Part["id"]): number {
  return use[part] / use.capacity;
}

function describePanel({ name, frame }: Panel): string {
  return `${name} fills ${formatPercent(shareOf(frame, "stored"))} of its memory with tokens of ${countOf(frame.numRunning, "request")} while ${formatCount(frame.numWaiting)} wait, and has answered ${formatCount(frame.numAnswered)}`;
}

export function describeScene({ step, reserved, paged }: MapScene): string {
  return `Step ${formatCount(step)}: ${describePanel(reserved)}; ${describePanel(paged)}.`;
}

export function countOf(count: number, thing: string): string {
  return `${formatCount(count)} ${thing}${count === 1 ? "" : "s"}`;
}

/** The parts of both memories, in slots, and what they serve. */
export function makeTable({ step, slots, reserved, paged }: MapScene): DataTable {
  const panels = [reserved, paged];
  const row = (label: string, read: (frame: Frame) => number) => [
    label,
    ...panels.map(({ frame }) => read(frame)),
  ];
  return {
    caption: `${formatCount(slots)} slots at step ${formatCount(step)}`,
    columns: ["Slots", ...panels.map(({ name }) => name)],
    rows: [
      ...PARTS.map(({ id, label }) => row(label, ({ use }) => use[id])),
      row("requests running", ({ numRunning }) => numRunning),
      row("requests waiting", ({ numWaiting }) => numWaiting),
      row("requests answered", ({ numAnswered }) => numAnswered),
      row("times preempted", ({ numPreemptions }) => numPreemptions),
    ],
  };
}
