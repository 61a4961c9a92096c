// The state to draw: the first so many operations of a program, done on a fresh manager. Pure.
import type { DataTable } from "../../figure/widget.ts";
import {
  BLOCK_SIZE,
  countOf,
  NUM_BLOCKS,
  type Machine,
  type Outcome,
  type SequenceState,
  type Snapshot,
} from "./machine.ts";
import {
  nameOperation,
  parseProgram,
  writeOperation,
  type Operation,
  type ParsedProgram,
} from "./program.ts";
import { findTour, type MachineId, type Tour } from "./tours.ts";
import { V0Machine } from "./v0-machine.ts";
import { V1Machine } from "./v1-machine.ts";

export interface BlockTableValues {
  readonly machine: string;
  readonly ops: string;
}

/** Memory after some operations, and what the last of them did. */
export interface Moment {
  readonly snapshot: Snapshot;
  /** Absent before the first operation. */
  readonly outcome: Outcome | undefined;
}

export interface BlockTableScene extends Moment {
  readonly machineId: MachineId;
  readonly program: ParsedProgram;
  readonly tour: Tour | undefined;
}

export const MACHINE_NAMES: Readonly<Record<MachineId, string>> = {
  v0: "vLLM v0",
  v1: "vLLM V1",
};

export function toMachineId(text: string): MachineId {
  return text === "v1" ? "v1" : "v0";
}

export function createMachine(id: MachineId): Machine {
  return id === "v0" ? new V0Machine() : new V1Machine();
}

/** The moment after the first `numDone` operations: a step back is a replay that stops earlier. */
export function momentAt(id: MachineId, operations: readonly Operation[], numDone: number): Moment {
  const machine = createMachine(id);
  let outcome: Outcome | undefined;
  for (const operation of operations.slice(0, numDone)) outcome = machine.apply(operation);
  return { snapshot: machine.snapshot(), outcome };
}

export function createScene({ machine, ops }: BlockTableValues): BlockTableScene {
  const machineId = toMachineId(machine);
  const program = parseProgram(ops);
  return {
    ...momentAt(machineId, program.operations, program.numDone),
    machineId,
    program,
    tour: findTour(machineId, program.operations.map(writeOperation)),
  };
}

/** What the picture's key figures count. */
export interface Usage {
  readonly numFree: number;
  readonly numUsed: number;
  /** Table entries that point at a block. */
  readonly numReferences: number;
  /** Tokens of all sequences, shared ones counted for each. */
  readonly numTokens: number;
  /** Free slots of blocks that are in use. */
  readonly numEmpty: number;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

export function usageOf({ sequences, blocks, free }: Snapshot): Usage {
  const used = blocks.filter(({ role }) => role === "used");
  return {
    numFree: free.length,
    numUsed: used.length,
    numReferences: sum(sequences.map(({ blockTable }) => blockTable.length)),
    numTokens: sum(sequences.map(({ numTokens }) => numTokens)),
    numEmpty: sum(used.map(({ tokens }) => BLOCK_SIZE - tokens.length)),
  };
}

/** A sequence's own tokens, read through its table as a kernel would. */
export function readTokens(
  { blocks }: Snapshot,
  { blockTable, numTokens }: SequenceState,
): string[] {
  const byId = new Map(blocks.map((block) => [block.id, block.tokens]));
  return blockTable.flatMap((id, index) =>
    (byId.get(id) ?? []).slice(0, Math.min(BLOCK_SIZE, numTokens - index * BLOCK_SIZE)),
  );
}

export const NOTHING_YET = "Nothing has been done: all blocks are free.";

export function describeScene({ machineId, program, snapshot, outcome }: BlockTableScene): string {
  const { numUsed, numFree } = usageOf(snapshot);
  const step = `Step ${program.numDone} of ${program.operations.length} on ${MACHINE_NAMES[machineId]}`;
  const happened = outcome?.sentence ?? NOTHING_YET;
  return `${step}. ${happened} In use: ${numUsed} of ${NUM_BLOCKS} blocks; free: ${numFree}; ${countOf(snapshot.sequences.length, "sequence")}.`;
}

function writeTables({ sequences }: Snapshot): string {
  if (sequences.length === 0) return "—";
  return sequences.map(({ name, blockTable }) => `${name}: ${blockTable.join(" ")}`).join("; ");
}

function writeCounts({ blocks }: Snapshot): string {
  const used = blocks.filter(({ refCount }) => refCount > 0);
  return used.map(({ id, refCount }) => `${id}: ${refCount}`).join("; ") || "—";
}

/** The whole history, a row a step. */
export function makeTable({ machineId, program }: BlockTableScene): DataTable {
  const { operations } = program;
  return {
    caption: `Every step on ${MACHINE_NAMES[machineId]}: ${NUM_BLOCKS} blocks of ${BLOCK_SIZE} tokens (simulated)`,
    columns: [
      "Step",
      "Operation",
      "What happened",
      "Block tables",
      "References",
      "Free, next first",
      "Cached and free",
    ],
    rows: [undefined, ...operations].map((operation, step) => {
      const { snapshot, outcome } = momentAt(machineId, operations, step);
      const cached = snapshot.blocks.filter(({ role }) => role === "cached").map(({ id }) => id);
      return [
        step,
        operation === undefined ? "Start" : nameOperation(operation),
        outcome?.sentence ?? NOTHING_YET,
        writeTables(snapshot),
        writeCounts(snapshot),
        snapshot.free.join(" ") || "none",
        cached.join(" ") || "—",
      ];
    }),
  };
}
