// What is done to the blocks, as a compact text for the address: "n6.fA*aA.xB" is four operations, the first two done.

/** Where the tokens of a prompt come from. */
export type PromptStart = "own" | "common";

export type Operation =
  | { readonly kind: "admit"; readonly numTokens: number; readonly start: PromptStart }
  | {
      readonly kind: "append" | "fork" | "end";
      /** Letter of the sequence. */
      readonly name: string;
    };

export interface Program {
  readonly operations: readonly Operation[];
  /** How many of them have been done. */
  readonly numDone: number;
}

export interface ParsedProgram extends Program {
  /** A sentence about the first part of the text that is no operation; all before it stands. */
  readonly problem?: string;
}

export const MAX_PROMPT = 16;
export const MAX_OPERATIONS = 60;
/** Of the text of the longest program. */
export const MAX_CHARACTERS = MAX_OPERATIONS * 4;

const CURSOR = "*";
const WORDS = {
  a: "append",
  f: "fork",
  x: "end",
} as const;

function letterOf(kind: "append" | "fork" | "end"): string {
  return { append: "a", fork: "f", end: "x" }[kind];
}

export function writeOperation(operation: Operation): string {
  if (operation.kind !== "admit") return letterOf(operation.kind) + operation.name;
  return `${operation.start === "own" ? "n" : "s"}${operation.numTokens}`;
}

/** The text of a program; without a mark all of it is done. */
export function writeProgram({ operations, numDone }: Program): string {
  const texts = operations.map(writeOperation);
  const done = texts.slice(0, numDone).join(".");
  if (numDone >= texts.length) return done;
  return `${done}${CURSOR}${texts.slice(numDone).join(".")}`;
}

function isVerb(letter: string): letter is keyof typeof WORDS {
  return Object.hasOwn(WORDS, letter);
}

function findOperation(text: string): Operation | undefined {
  const admit = /^([ns])(\d{1,2})$/.exec(text);
  if (admit) {
    const numTokens = Number(admit[2]);
    if (numTokens < 1 || numTokens > MAX_PROMPT) return undefined;
    return { kind: "admit", numTokens, start: admit[1] === "n" ? "own" : "common" };
  }
  const [, verb = "", name = ""] = /^([afx])([A-Z])$/.exec(text) ?? [];
  return isVerb(verb) ? { kind: WORDS[verb], name } : undefined;
}

/** How much of a text that is wrong is repeated to the reader. */
const MAX_QUOTED = 12;

function quote(text: string): string {
  return text.length > MAX_QUOTED ? `“${text.slice(0, MAX_QUOTED)}…”` : `“${text}”`;
}

/** Reads the text of a program as far as it can be read. */
export function parseProgram(text: string): ParsedProgram {
  const operations: Operation[] = [];
  const marks = text.split(CURSOR);
  const [done = "", ...rest] = marks;
  const parts = marks.map((half) => (half === "" ? [] : half.split(".")));
  const numDone = done === "" ? 0 : done.split(".").length;
  const end = (problem?: string): ParsedProgram => ({
    operations,
    numDone: rest.length === 0 ? operations.length : Math.min(numDone, operations.length),
    ...(problem !== undefined && { problem }),
  });
  if (rest.length > 1) return end("A program has one mark * at most, before the next operation.");
  for (const part of parts.flat()) {
    const operation = findOperation(part);
    const place = operations.length + 1;
    if (operation === undefined) {
      return end(
        `Operation ${place}, ${quote(part)}, is none: there are n6 (admit a prompt of 6 tokens, 1 to ${MAX_PROMPT}), s10 (the same with the common start), aA (append a token to A), fA (fork A) and xA (end A). All before it stands.`,
      );
    }
    if (place > MAX_OPERATIONS) {
      return end(
        `Operation ${place}, ${quote(part)}, is one too many: ${MAX_OPERATIONS} can be kept.`,
      );
    }
    operations.push(operation);
  }
  return end();
}

/** Does one more operation; what had been undone is forgotten. */
export function addOperation({ operations, numDone }: Program, operation: Operation): Program {
  return { operations: [...operations.slice(0, numDone), operation], numDone: numDone + 1 };
}

/** The same history, looked at after `numDone` operations. */
export function moveTo({ operations }: Program, numDone: number): Program {
  return { operations, numDone: Math.max(0, Math.min(operations.length, numDone)) };
}

/** The operation in words, for a list. */
export function nameOperation(operation: Operation): string {
  if (operation.kind === "admit") {
    const tokens = `${operation.numTokens} token${operation.numTokens === 1 ? "" : "s"}`;
    return operation.start === "own" ? `Admit, ${tokens}` : `Admit, ${tokens}, common start`;
  }
  const verb = { append: "Append to", fork: "Fork", end: "End" }[operation.kind];
  return `${verb} ${operation.name}`;
}
