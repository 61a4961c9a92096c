// What is drawn of a block table report: who holds each block of the pool, and how far it is filled. Pure.
import type { DataTable } from "../../figure/widget.ts";
import type { BlockTablesReport, SequenceBlocks } from "../../model/engine.ts";
import { EMPTY_POOL, PROMPTS } from "./prompts.ts";

/** The engine's tables at one moment of a run, and what the requests say by then. */
export interface Moment {
  readonly report: BlockTablesReport;
  /** Of each request, its prompt included. */
  readonly texts: readonly string[];
  /** The device that holds the tables. */
  readonly device: string;
  /** Tokens that each request got beside its prompt. */
  readonly numGenerated: number;
  readonly isFinished: boolean;
  /** A sentence from the engine: no WebGPU here, or a device that was lost and replaced. */
  readonly notice?: string | undefined;
}

/** One block as a sequence holds it: the i-th of its table. */
export interface HeldBlock {
  readonly id: number;
  readonly sequence: number;
  /** Slots whose keys and values are there. */
  readonly numFilled: number;
  /** Slots of tokens whose keys and values the next step computes. */
  readonly numAwaited: number;
}

export interface RequestScene {
  readonly name: string;
  readonly numTokens: number;
  readonly numComputedTokens: number;
  /** In the order of the table. */
  readonly blocks: readonly HeldBlock[];
  /** Slots of its blocks that no token has. */
  readonly numEmpty: number;
  readonly text: string;
}

export interface Scene {
  readonly blockSize: number;
  readonly requests: readonly RequestScene[];
  /** By block id; undefined where nobody holds it. */
  readonly pool: readonly (HeldBlock | undefined)[];
  readonly numFree: number;
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value));
}

function heldBlocks(
  { blockIds, numTokens, numComputedTokens }: SequenceBlocks,
  sequence: number,
  blockSize: number,
): HeldBlock[] {
  return blockIds.map((id, index) => {
    const first = index * blockSize;
    const numFilled = clamp(numComputedTokens - first, blockSize);
    return { id, sequence, numFilled, numAwaited: clamp(numTokens - first, blockSize) - numFilled };
  });
}

/** @param moment - absent: the pool before a run, in which nobody holds a block. */
export function createScene(moment: Moment | undefined): Scene {
  const { blockSize, numBlocks, sequences } = moment?.report ?? { ...EMPTY_POOL, sequences: [] };
  const requests = sequences.map((held, sequence): RequestScene => {
    const { numTokens, numComputedTokens, blockIds } = held;
    return {
      name: PROMPTS[sequence]?.name ?? String(sequence + 1),
      numTokens,
      numComputedTokens,
      blocks: heldBlocks(held, sequence, blockSize),
      numEmpty: blockIds.length * blockSize - numTokens,
      text: moment?.texts[sequence] ?? "",
    };
  });
  const byId = new Map(requests.flatMap(({ blocks }) => blocks.map((block) => [block.id, block])));
  return {
    blockSize,
    requests,
    pool: Array.from({ length: numBlocks }, (_, id) => byId.get(id)),
    numFree: moment?.report.numFreeBlocks ?? numBlocks,
  };
}

export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

export const NO_RUN = `Nothing runs yet, and all ${EMPTY_POOL.numBlocks} blocks of ${EMPTY_POOL.blockSize} tokens are free. Press Run: the engine of this page then serves ${PROMPTS.length} requests from them.`;

/** Of the figure as a whole, whatever it shows. */
export const DESCRIPTION = `${PROMPTS.length} requests of different lengths, served at once by the engine of this page from a pool of ${EMPTY_POOL.numBlocks} blocks of ${EMPTY_POOL.blockSize} tokens. Before a run all blocks are free; from then on the table has each request’s blocks as the device holds them.`;

export function describeScene({ requests, pool, numFree }: Scene): string {
  if (requests.length === 0) return NO_RUN;
  const held = requests.map(
    ({ name, numTokens, blocks }) =>
      `${name} has ${count(numTokens, "token")} in ${count(blocks.length, "block")} (${blocks.map(({ id }) => id).join(", ")})`,
  );
  return `${held.join("; ")}; ${numFree} of ${pool.length} blocks are free.`;
}

/**
 * A row a request.
 *
 * @param stride - tokens that a step gives each request.
 */
export function makeTable(
  { requests, blockSize, pool, numFree }: Scene,
  stride: string,
): DataTable {
  return {
    caption:
      requests.length === 0
        ? `Nothing has run yet: ${count(pool.length, "block")} of ${blockSize} tokens are free`
        : `Block tables as the device holds them, followed ${count(Number(stride), "token")} a step: blocks of ${blockSize} tokens, ${numFree} of ${pool.length} free`,
    columns: [
      "Request",
      "Tokens",
      "Keys and values stored",
      "Blocks",
      "Block table",
      "Empty slots",
      "Text so far",
    ],
    rows: requests.map(({ name, numTokens, numComputedTokens, blocks, numEmpty, text }) => [
      name,
      numTokens,
      numComputedTokens,
      blocks.length,
      blocks.map(({ id }) => id).join(" "),
      numEmpty,
      text,
    ]),
  };
}
