// What a family says of its work at one size, and the words and formulas that several families share.
import type { Sizes } from "../../gpu/kernel.ts";

/** A letter of a formula. */
export interface Letter {
  readonly meaning: string;
  readonly value: number;
}

/** A sum of products of numbers and letters: `[[2, "R", "I", "O"], ["R", "O"]]` is 2·R·I·O + R·O. */
export type Formula = readonly (readonly (number | string)[])[];

export interface StageWork {
  readonly sizes: Sizes;
  /** Arrays whose names differ from the kernel's own; a step's first kernel has none such. */
  readonly arrays?: Readonly<Record<string, string>>;
  readonly flops: Formula;
  readonly read: Formula;
  readonly written: Formula;
}

export interface Work {
  /** "[1,024 × 1,024] · [1,024 × 1,024], f32". */
  readonly shape: string;
  readonly numRows: number;
  /** Elements by array. */
  readonly lengths: Readonly<Record<string, number>>;
  readonly letters: Readonly<Record<string, Letter>>;
  /** Of the kernel at a place in a step's list; `kernel` is its id. */
  stage(kernel: string, place: number): StageWork;
  /** Said where the bytes or FLOPs are opened. */
  readonly note?: string;
}

export const count = (value: number) => value.toLocaleString("en-US");

/** Any epsilon takes as long as any other, and sizes are whole numbers. */
export const EPSILON = 1;

/** An RMSNorm by itself, of rows R of width D. */
export function normStage(width: number): StageWork {
  const hidden = [4, "R", "D"] as const;
  return {
    sizes: { width, epsilon: EPSILON },
    flops: [hidden],
    read: [hidden, [4, "D"]],
    written: [hidden],
  };
}

export interface Heads {
  readonly numHeads: number;
  readonly numKvHeads: number;
  readonly headWidth: number;
}

export function sayHeads({ numHeads, numKvHeads, headWidth }: Heads): string {
  return `${numHeads} heads on ${numKvHeads} KV heads of ${headWidth}`;
}

export function headLetters({ numHeads, numKvHeads, headWidth }: Heads) {
  return {
    N: { meaning: "query heads", value: numHeads },
    K: { meaning: "KV heads", value: numKvHeads },
    H: { meaning: "width of a head", value: headWidth },
  } as const;
}
