// Walks a teacher can take: a program for one of the two managers, with a question before each step.
export type MachineId = "v0" | "v1";

export interface TourStep {
  /** Of program.ts. */
  readonly operation: string;
  /** Asked before it is done. */
  readonly ask: string;
}

export interface Tour {
  readonly id: string;
  readonly label: string;
  readonly machine: MachineId;
  readonly steps: readonly TourStep[];
}

export const TOURS: readonly Tour[] = [
  {
    id: "on-demand",
    label: "Blocks on demand, in six steps",
    machine: "v0",
    steps: [
      { operation: "n6", ask: "A prompt of 6 tokens, blocks of 4: how many blocks does it get?" },
      { operation: "n3", ask: "A second request comes. Must its blocks lie beside those of A?" },
      { operation: "aA", ask: "The next token of A: does it need a block?" },
      { operation: "aA", ask: "And the one after it?" },
      { operation: "aA", ask: "Both blocks of A are full now. Where does token 9 go?" },
      { operation: "xA", ask: "A ends. What is lost, and what comes free?" },
    ],
  },
  {
    id: "copy-on-write",
    label: "Copy-on-write, in six steps",
    machine: "v0",
    steps: [
      { operation: "n6", ask: "A prompt of 6 tokens, blocks of 4: how many blocks does it get?" },
      { operation: "fA", ask: "A second answer to the same prompt: how many blocks are copied?" },
      { operation: "aA", ask: "A writes token 7. May it write into the block that B reads?" },
      { operation: "aB", ask: "B writes its own token 7. Is there anything left to copy?" },
      { operation: "aB", ask: "And token 8 of B?" },
      { operation: "xA", ask: "A ends. Which of its blocks come free?" },
    ],
  },
  {
    id: "prefix-hit",
    label: "A prefix hit, in five steps",
    machine: "v1",
    steps: [
      { operation: "s10", ask: "The first prompt with the common start: what can it share?" },
      { operation: "s11", ask: "The same 8 tokens again, then others: what must be computed?" },
      { operation: "xA", ask: "A ends. Which of its blocks come free, and which are forgotten?" },
      { operation: "xB", ask: "B ends too. Nobody uses the common start now: is it lost?" },
      { operation: "s9", ask: "The common start once more: found, or computed again?" },
    ],
  },
  {
    id: "last-token",
    label: "The last-token rule, in two steps",
    machine: "v1",
    steps: [
      { operation: "s8", ask: "A prompt that is the common start and nothing else." },
      { operation: "s8", ask: "The very same prompt: can all of it be shared?" },
    ],
  },
  {
    id: "eviction",
    label: "An eviction, in six steps",
    machine: "v1",
    steps: [
      { operation: "s12", ask: "Three full blocks: how many of them can be hit later?" },
      { operation: "xA", ask: "A ends. In which order do its blocks join the free queue?" },
      { operation: "n16", ask: "Four blocks are wanted. Must anything cached be given up?" },
      { operation: "n5", ask: "Two more. Whose tokens are lost, and which of them first?" },
      { operation: "xB", ask: "B ends: where in the queue do its blocks stand?" },
      { operation: "s9", ask: "The common start again: is it still there?" },
    ],
  },
  {
    id: "no-block",
    label: "No free block, in five steps",
    machine: "v1",
    steps: [
      { operation: "n16", ask: "Four of the eight blocks." },
      { operation: "n16", ask: "And the other four. What happens at the next token?" },
      { operation: "aA", ask: "Token 17 of A opens a block. From where?" },
      {
        operation: "xB",
        ask: "vLLM would preempt B, the last to come. Which blocks does that free?",
      },
      { operation: "aA", ask: "And now?" },
    ],
  },
];

/** The text of a tour that has not begun. */
export function tourText({ steps }: Tour): string {
  return `*${steps.map(({ operation }) => operation).join(".")}`;
}

/** The tour that these operations are. */
export function findTour(machine: MachineId, operations: readonly string[]): Tour | undefined {
  const text = operations.join(".");
  return TOURS.find(
    (tour) =>
      tour.machine === machine && tour.steps.map(({ operation }) => operation).join(".") === text,
  );
}
