// What the two block managers have in common for a picture: what an operation did, and how memory looks after it.
import type { Operation, PromptStart } from "./program.ts";

/** Tokens a block, small enough to draw each. */
export const BLOCK_SIZE = 4;
/** Blocks that can be handed out. */
export const NUM_BLOCKS = 8;
/** Tokens that prompts with the common start begin with: two whole blocks. */
export const COMMON_TOKENS = 8;
/** Drawn at once. */
export const MAX_SEQUENCES = 6;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

export interface SequenceState {
  readonly name: string;
  readonly numTokens: number;
  /** Logical block → physical block. */
  readonly blockTable: readonly number[];
}

export interface BlockState {
  readonly id: number;
  /** `cached`: free, and its tokens can still be hit. `null`: never handed out. */
  readonly role: "used" | "free" | "cached" | "null";
  readonly refCount: number;
  /** Names of the tokens it holds, in order; none where nobody can read them. */
  readonly tokens: readonly string[];
}

export interface Snapshot {
  /** Those that run. */
  readonly sequences: readonly SequenceState[];
  readonly blocks: readonly BlockState[];
  /** In the order in which they will be handed out. */
  readonly free: readonly number[];
}

/** What a block went through in a step, in a word or two. */
export type BlockMarks = Readonly<Record<number, string>>;

export interface Outcome {
  readonly isRefused: boolean;
  /** What happened, or why nothing did. */
  readonly sentence: string;
  readonly marks: BlockMarks;
}

export interface Machine {
  /** Does the operation or refuses it; refused, it changes nothing. */
  apply(operation: Operation): Outcome;
  snapshot(): Snapshot;
}

export function refuse(why: string): Outcome {
  return { isRefused: true, sentence: `Refused: ${why}`, marks: {} };
}

export function done(sentence: string, marks: BlockMarks): Outcome {
  return { isRefused: false, sentence, marks };
}

/** The same word for several blocks. */
export function mark(blocks: readonly number[], word: string): BlockMarks {
  return Object.fromEntries(blocks.map((block) => [block, word]));
}

/** The sequences of a machine by their letters, which are given once each. */
export class Roster<Sequence> {
  readonly #running = new Map<string, Sequence>();
  #numNamed = 0;

  entries(): readonly (readonly [name: string, sequence: Sequence])[] {
    return [...this.#running];
  }

  /** The letter of the next sequence, or why there can be none. */
  nextName():
    { readonly name: string; readonly problem?: undefined } | { readonly problem: string } {
    const name = LETTERS[this.#numNamed];
    if (name === undefined) {
      return { problem: "all 26 letters have been given to sequences; start again." };
    }
    if (this.#running.size >= MAX_SEQUENCES) {
      return { problem: `${MAX_SEQUENCES} sequences are drawn at most; end one first.` };
    }
    return { name };
  }

  add(name: string, sequence: Sequence): void {
    this.#running.set(name, sequence);
    this.#numNamed += 1;
  }

  find(name: string): Sequence | undefined {
    return this.#running.get(name);
  }

  remove(name: string): void {
    this.#running.delete(name);
  }

  /** Why a letter names no sequence. */
  missing(name: string): Outcome {
    const hasEnded = LETTERS.indexOf(name) < this.#numNamed;
    return refuse(hasEnded ? `${name} has ended.` : `there is no sequence ${name}.`);
  }
}

/** Position counts from 1; the common start is the same tokens in every prompt. */
export function nameToken(name: string, position: number, start: PromptStart): string {
  return start === "common" && position <= COMMON_TOKENS ? `s${position}` : `${name}${position}`;
}

/** "block 7", "blocks 7 and 6", "blocks 7, 6 and 5". */
export function writeBlocks(blocks: readonly number[]): string {
  return `${blocks.length === 1 ? "block" : "blocks"} ${joinWords(blocks.map(String))}`;
}

export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

export function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

export function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
