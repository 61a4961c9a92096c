// Many machines at once: in order of how fast they read, with their ranges and medians in sentences and a table. Pure.
import { quantile } from "../../core/statistics/quantiles.ts";
import { memoryRoof, type Bracket } from "../../experiments/roofs.ts";
import type { DataTable } from "../../figure/widget.ts";
import { BOUND_WORDS } from "../../live/scene.ts";
import {
  formatBandwidth,
  formatNumber,
  formatSeconds,
  formatSi,
  type MaybeNumber,
} from "../../ui/format.ts";
import { createScene, formatSet, type Machine, type MachineScene } from "./scene.ts";

/** The palette has six places, one of them the reader's: with more files than this, a class is drawn. */
export const MOST_IN_FULL = 5;

/** Whether so many others are drawn as a class. */
export function isClass(others: readonly Machine[]): boolean {
  return others.length > MOST_IN_FULL;
}

/** One GPU of a class; what could not be timed is absent. */
export interface ClassMember {
  readonly id: string;
  readonly label: string;
  readonly scene: MachineScene;
  readonly isOwn: boolean;
  /** 1 reads fastest; absent where reading was not timed. */
  readonly place: number | undefined;
  /** Bytes a second, from the largest working set. */
  readonly read: Bracket | undefined;
  /** FLOP a second. */
  readonly multiplyAdd: Bracket | undefined;
  /** FLOP a byte. */
  readonly ridge: number | undefined;
  /** Seconds of a dispatch. */
  readonly launch: Bracket | undefined;
  readonly largestSet: number | undefined;
  readonly isWallTimed: boolean;
  /** What binds the linear layer of one row. */
  readonly layer: keyof typeof BOUND_WORDS | "untimed";
}

export interface ClassScene {
  /** From the fastest reader to the slowest; then those whose reading was not timed. */
  readonly members: readonly ClassMember[];
  /** Software adapters: their times stand for no GPU. */
  readonly software: readonly MachineScene[];
}

function memberOf(scene: MachineScene, own: Machine | undefined): Omit<ClassMember, "place"> {
  const { machine, roofs, points } = scene;
  const read = memoryRoof(roofs);
  const multiplyAdd = roofs.arithmetic;
  return {
    id: machine.id,
    label: machine.label,
    scene,
    isOwn: machine === own,
    read,
    multiplyAdd,
    ridge:
      read === undefined || multiplyAdd === undefined
        ? undefined
        : multiplyAdd.median / read.median,
    launch: roofs.launch,
    largestSet: roofs.rungs.at(-1)?.footprintBytes,
    isWallTimed: machine.ladder.comparison.method.clock === "wall",
    layer: points.find(({ batch }) => batch === 1)?.verdict.kind ?? "untimed",
  };
}

/** @param own - the reader's own machine, where it was measured. */
export function createClassScene(own: Machine | undefined, others: readonly Machine[]): ClassScene {
  const scenes = createScene([...(own === undefined ? [] : [own]), ...others]);
  return {
    members: scenes
      .filter(({ roofs }) => !roofs.isSoftware)
      .map((scene) => memberOf(scene, own))
      .toSorted((one, other) => (other.read?.median ?? 0) - (one.read?.median ?? 0))
      .map((member, index) => ({
        ...member,
        place: member.read === undefined ? undefined : index + 1,
      })),
    software: scenes.filter(({ roofs }) => roofs.isSoftware),
  };
}

interface Spread {
  readonly low: number;
  readonly median: number;
  readonly high: number;
  readonly count: number;
}

type Figure = (member: ClassMember) => number | undefined;

/** Lowest, median and highest of those that have the figure. */
export function spreadOf(members: readonly ClassMember[], figure: Figure): Spread | undefined {
  const values = members.flatMap((member) => figure(member) ?? []);
  if (values.length === 0) return undefined;
  const [low, median, high] = [0, 0.5, 1].map((fraction) => quantile(values, fraction));
  if (low === undefined || median === undefined || high === undefined) return undefined;
  return { low, median, high, count: values.length };
}

const readOf: Figure = ({ read }) => read?.median;
const multiplyAddOf: Figure = ({ multiplyAdd }) => multiplyAdd?.median;
const ridgeOf: Figure = ({ ridge }) => ridge;
const launchOf: Figure = ({ launch }) => launch?.median;

const formatFlopRate = (value: MaybeNumber) => formatSi(value, "FLOP/s");
const formatRidge = (value: MaybeNumber) => `${formatNumber(value)}\u00a0FLOP/B`;

/** "memory read 21.0 GB/s to 340 GB/s, median 68.0 GB/s"; says of how many where not all have the figure. */
function saySpread(
  what: string,
  { members, figure }: { readonly members: readonly ClassMember[]; readonly figure: Figure },
  format: (value: MaybeNumber) => string,
): string[] {
  const spread = spreadOf(members, figure);
  if (spread === undefined) return [];
  const { low, median, high, count } = spread;
  const of = count === members.length ? "" : ` (of ${count})`;
  if (low === high) return [`${what} ${format(low)}${of}`];
  return [`${what} ${format(low)} to ${format(high)}, median ${format(median)}${of}`];
}

function sayCount(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}

/** How many machines there are, and the range and the median of each figure. */
export function sayRange({ members, software }: ClassScene): string {
  if (members.length === 0) {
    return `No GPU: all ${software.length} machines are software adapters, which have no roofs.`;
  }
  const parts = [
    ...saySpread("memory read", { members, figure: readOf }, formatBandwidth),
    ...saySpread("multiply-adds", { members, figure: multiplyAddOf }, formatFlopRate),
    ...saySpread("ridge", { members, figure: ridgeOf }, formatRidge),
    ...saySpread("a dispatch", { members, figure: launchOf }, formatSeconds),
  ];
  return `${sayCount(members.length, "machine", "machines")}: ${parts.length === 0 ? "nothing was timed" : parts.join("; ")}.`;
}

const LAYER_WORDS = { ...BOUND_WORDS, untimed: "not timed" } as const;

export function sayLayerBound({ layer }: Pick<ClassMember, "layer">): string {
  return LAYER_WORDS[layer];
}

/** What binds the layer of one row, by how many machines. */
function sayLayers(members: readonly ClassMember[]): string {
  const kinds = ["memory", "compute", "overhead", "unknown", "untimed"] as const;
  const counts = kinds.flatMap((kind) => {
    const count = members.filter(({ layer }) => layer === kind).length;
    return count === 0 ? [] : [`${LAYER_WORDS[kind]} on ${count}`];
  });
  return `The linear layer of one row: ${counts.join(", ")}.`;
}

/** What else is to be known of the class, a sentence each. */
export function sayParticulars({ members, software }: ClassScene): readonly string[] {
  const own = members.find(({ isOwn }) => isOwn);
  const numWallTimed = members.filter(({ isWallTimed }) => isWallTimed).length;
  const sets = spreadOf(members, ({ largestSet }) => largestSet);
  return [
    ...(members.length === 0 ? [] : [sayLayers(members)]),
    ...(own?.place === undefined
      ? []
      : [`This device is number ${own.place} of ${members.length} by reading.`]),
    ...(numWallTimed === 0
      ? []
      : [`Timed by slopes of the wall clock, without a device clock: ${numWallTimed}.`]),
    ...(sets === undefined || sets.low === sets.high
      ? []
      : [
          `The largest working set is not the same everywhere (${formatSet(sets.low)} to ${formatSet(sets.high)}): where it fits in a cache, its rate is the cache’s.`,
        ]),
    ...(software.length === 0
      ? []
      : [
          `Listed apart: ${sayCount(software.length, "software adapter", "software adapters")}, which ${software.length === 1 ? "stands" : "stand"} for no GPU.`,
        ]),
  ];
}

export function describeClass(scene: ClassScene): string {
  return [sayRange(scene), ...sayParticulars(scene)].join(" ");
}

/** One machine's figures in a line. */
export function sayMember({ label, read, multiplyAdd, ridge, launch }: ClassMember): string {
  return `${label}: reads ${formatBandwidth(read?.median)}, multiplies and adds ${formatFlopRate(multiplyAdd?.median)}, ridge ${formatRidge(ridge)}, a dispatch ${formatSeconds(launch?.median)}.`;
}

/** Every working set that some machine read, from the smallest up. */
export function workingSets(scenes: readonly MachineScene[]): readonly number[] {
  const sets = scenes.flatMap(({ roofs }) =>
    roofs.rungs.map(({ footprintBytes }) => footprintBytes),
  );
  return [...new Set(sets)].toSorted((one, other) => one - other);
}

type Cell = string | number;

const bracketCells = (bracket: Bracket | undefined): Cell[] =>
  bracket === undefined ? ["", "", ""] : [bracket.median, bracket.low, bracket.high];

function rungCells({ roofs }: MachineScene, sets: readonly number[]): Cell[] {
  return sets.map(
    (set) => roofs.rungs.find(({ footprintBytes }) => footprintBytes === set)?.rate.median ?? "",
  );
}

function memberRow(member: ClassMember, sets: readonly number[]): Cell[] {
  return [
    member.label,
    "GPU",
    member.isWallTimed ? "wall" : "device",
    formatSet(member.largestSet),
    ...bracketCells(member.read),
    ...bracketCells(member.multiplyAdd),
    member.ridge ?? "",
    ...bracketCells(member.launch),
    sayLayerBound(member),
    ...rungCells(member.scene, sets),
  ];
}

function softwareRow(scene: MachineScene, sets: readonly number[]): Cell[] {
  const { machine, roofs } = scene;
  return [
    machine.label,
    "software, no roof",
    machine.ladder.comparison.method.clock === "wall" ? "wall" : "device",
    formatSet(roofs.rungs.at(-1)?.footprintBytes),
    ...bracketCells(memoryRoof(roofs)),
    ...bracketCells(roofs.arithmetic),
    "",
    ...bracketCells(roofs.launch),
    "",
    ...rungCells(scene, sets),
  ];
}

/** Lowest, median or highest of each figure; the intervals are single machines' and stay empty. */
function spreadRow(
  name: string,
  which: "low" | "median" | "high",
  { members, sets }: { readonly members: readonly ClassMember[]; readonly sets: readonly number[] },
): Cell[] {
  const cell = (figure: Figure) => spreadOf(members, figure)?.[which] ?? "";
  return [
    name,
    "all GPUs",
    "",
    "",
    cell(readOf),
    "",
    "",
    cell(multiplyAddOf),
    "",
    "",
    cell(ridgeOf),
    cell(launchOf),
    "",
    "",
    "",
    ...sets.map((set) =>
      cell(
        ({ scene }) =>
          scene.roofs.rungs.find(({ footprintBytes }) => footprintBytes === set)?.rate.median,
      ),
    ),
  ];
}

/** A row for each machine, and the range and the median of all GPUs below. */
export function makeClassTable({ members, software }: ClassScene): DataTable {
  const sets = workingSets([...members.map(({ scene }) => scene), ...software]);
  return {
    caption: `${sayRange({ members, software })} Rows in order of the reading rate; every rate in full under its working set.`,
    columns: [
      "Machine",
      "Kind",
      "Clock",
      "Largest set",
      "Reads it (B/s)",
      "Reads, low",
      "Reads, high",
      "Multiply-adds (FLOP/s)",
      "Multiply-adds, low",
      "Multiply-adds, high",
      "Ridge (FLOP/B)",
      "Dispatch (s)",
      "Dispatch, low",
      "Dispatch, high",
      "Linear layer, 1 row",
      ...sets.map((set) => `Reads ${formatSet(set)} (B/s)`),
    ],
    rows: [
      ...members.map((member) => memberRow(member, sets)),
      ...software.map((scene) => softwareRow(scene, sets)),
      ...(members.length === 0
        ? []
        : [
            spreadRow("Lowest", "low", { members, sets }),
            spreadRow("Median", "median", { members, sets }),
            spreadRow("Highest", "high", { members, sets }),
          ]),
    ],
  };
}
