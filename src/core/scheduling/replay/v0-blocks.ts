// Replays single calls of the block manager of vLLM v0.2.7, all sequences being samples of one request.
import { V0Blocks, type V0Block, type V0Sequence } from "../../paging/v0-blocks.ts";
import { recordOf, type Comparison } from "./divergence.ts";
import { MalformedRecording, MAX_ALLOCATED, type Field } from "./field.ts";

const OP_KEYS = new Set(
  "op seq parent child promptLen out st copyOnWrite numMapped freeGpu freeCpu tab".split(" "),
);

interface BlocksReplay {
  readonly check: Comparison;
  readonly blocks: V0Blocks;
  readonly sequences: Map<number, V0Sequence>;
  /** Some recordings only ask; each prompt that may start is then given its blocks. */
  readonly allocatesOnAsking: boolean;
}

const SCENARIO_KEYS = new Set("id label type source why cfg ops".split(" "));
const CFG_KEYS = new Set(
  "blockSize numGpuBlocks numCpuBlocks watermark watermarkBlocks slidingWindow".split(" "),
);

/** @returns the number of ops. */
export function replayV0Blocks(scenario: Field, check: Comparison): number {
  check.noteUnread("", scenario.keys(), SCENARIO_KEYS);
  const cfg = scenario.get("cfg");
  check.noteUnread("cfg.", cfg.keys(), CFG_KEYS);
  const numGpuBlocks = cfg.get("numGpuBlocks").count(1, MAX_ALLOCATED);
  const watermark = cfg.findValue("watermark")?.number() ?? 0;
  const ops = scenario.get("ops").list();
  const replay: BlocksReplay = {
    check,
    blocks: new V0Blocks({
      blockSize: cfg.get("blockSize").count(1),
      numGpuBlocks,
      numCpuBlocks: cfg.get("numCpuBlocks").count(0, MAX_ALLOCATED),
      watermarkBlocks: Math.floor(watermark * numGpuBlocks),
      slidingWindow: cfg.findValue("slidingWindow")?.count(1),
    }),
    sequences: new Map(),
    allocatesOnAsking: ops.every((op) => !op.get("op").text().startsWith("allocate")),
  };
  compareWatermark(cfg, replay.blocks, check);
  for (const [index, op] of ops.entries()) {
    check.step = index;
    check.noteUnread("ops[].", op.keys(), OP_KEYS);
    runOp(replay, op);
    compareBlocks(replay, op);
  }
  return ops.length;
}

/** What the engine made of `watermark`, a share of the blocks. */
export function compareWatermark(cfg: Field, blocks: V0Blocks, check: Comparison): void {
  const expected = cfg.findValue("watermarkBlocks");
  if (expected) {
    check.same("cfg.watermarkBlocks", expected.value, blocks.config.watermarkBlocks);
  }
}

function runOp(replay: BlocksReplay, op: Field): void {
  const { blocks, check, sequences } = replay;
  const all = [...sequences.values()];
  const run: Readonly<Record<string, () => void>> = {
    can_allocate: () => ask(replay, op),
    allocate: () => allocate(replay, op, op.get("seq").count()),
    "allocate+fork": () => {
      allocate(replay, op, op.get("seq").count());
      fork(replay, op);
    },
    fork: () => fork(replay, op),
    can_append_slot: () => check.same("out", op.find("out")?.value, blocks.canAppend(all.length)),
    append_slot: () => append(replay, op),
    can_swap_out: () => check.same("out", op.find("out")?.value, blocks.canSwapOut(all)),
    can_swap_in: () => check.same("out", op.find("out")?.value, blocks.canSwapIn(all)),
    swap_out: () => check.same("numMapped", op.find("numMapped")?.value, blocks.swap(all, "cpu")),
    swap_in: () => check.same("numMapped", op.find("numMapped")?.value, blocks.swap(all, "gpu")),
    free: () => {
      const sequence = getSequence(replay, op, "seq");
      blocks.free(sequence);
      sequences.delete(sequence.id);
    },
  };
  const name = op.get("op").text();
  if (!Object.hasOwn(run, name)) {
    throw new MalformedRecording(
      `${op.path}.op is ${name}, which the block manager of v0 has not.`,
    );
  }
  run[name]?.();
}

function ask(replay: BlocksReplay, op: Field): void {
  const numTokens = op.get("promptLen").count(1, MAX_ALLOCATED);
  const admission = replay.blocks.canAllocate(numTokens);
  replay.check.same("out", op.find("out")?.value, admission.toUpperCase());
  if (replay.allocatesOnAsking && admission === "ok") allocate(replay, op, replay.sequences.size);
}

function allocate({ blocks, sequences }: BlocksReplay, op: Field, id: number): void {
  const sequence: V0Sequence = {
    id,
    numTokens: op.get("promptLen").count(1, MAX_ALLOCATED),
    blockTable: [],
  };
  sequences.set(id, sequence);
  blocks.allocate(sequence);
}

function fork(replay: BlocksReplay, op: Field): void {
  const parent = getSequence(replay, op, op.has("seq") ? "seq" : "parent");
  const child = { id: op.get("child").count(), numTokens: parent.numTokens, blockTable: [] };
  replay.sequences.set(child.id, child);
  replay.blocks.fork(parent, child);
}

/** The next token is written where the table says; what was copied first is given by two block numbers. */
function append(replay: BlocksReplay, op: Field): void {
  const sequence = getSequence(replay, op, "seq");
  sequence.numTokens += 1;
  const copy = replay.blocks.append(sequence);
  const expected = op.find("copyOnWrite")?.value ?? null;
  if (typeof expected === "boolean") {
    replay.check.same("copyOnWrite", expected, copy !== undefined);
    return;
  }
  const numbers = expected === null ? null : blockNumbers(expected);
  replay.check.same("copyOnWrite", numbers, copy ? [copy.from.id, copy.to.id] : null);
}

/** [3, 1], ["gpu3", "gpu1"] and { from: 3, to: 1 } all say 3 and 1. */
function blockNumbers(value: unknown): number[] {
  return [...JSON.stringify(value).matchAll(/\d+/g)].map(([digits]) => Number(digits));
}

function getSequence({ sequences }: BlocksReplay, op: Field, key: string): V0Sequence {
  const id = op.get(key).count();
  const sequence = sequences.get(id);
  if (!sequence)
    throw new MalformedRecording(`${op.path} names sequence ${id}, which has no blocks.`);
  return sequence;
}

/** The whole state under `st`, or some figures beside the op. */
function compareBlocks({ check, blocks, sequences }: BlocksReplay, op: Field): void {
  const state = op.find("st") ?? op;
  const held = [...sequences.values()];
  const perSequence = (value: (block: V0Block) => unknown): object =>
    recordOf(held.map(({ id, blockTable }) => [String(id), blockTable.map(value)] as const));
  const prefix = op.has("st") ? "st." : "";
  const compare = (field: string, got: () => unknown): void => {
    const expected = state.find(field);
    if (expected) check.same(`${prefix}${field}`, expected.value, got());
  };
  compare("freeGpu", () => blocks.numFree("gpu"));
  compare("freeCpu", () => blocks.numFree("cpu"));
  compare("ref", () => perSequence(({ refCount }) => refCount));
  compare("tab", () =>
    Array.isArray(state.get("tab").value)
      ? held.flatMap(({ blockTable }) => blockTable.map(({ id }) => id))
      : perSequence(({ device, id }) => `${device}${id}`),
  );
}
