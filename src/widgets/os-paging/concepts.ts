// The pairs of the analogy: what is alike, where it ends, and which parts of the drawing each pair is.

/** What can light up on both sides. */
export type Part =
  | "owner"
  | "logical"
  | "slot"
  | "table"
  | "physical"
  | "free"
  | "growth"
  | "shared"
  | "copied"
  | "swap";

export interface Concept {
  readonly id: string;
  /** In an operating system. */
  readonly os: string;
  /** In a paged KV cache. */
  readonly kv: string;
  readonly parts: readonly Part[];
  readonly alike: string;
  readonly ends: string;
}

export const CONCEPTS: readonly [Concept, ...Concept[]] = [
  {
    id: "owner",
    os: "Process",
    kv: "Request, or one sequence of it",
    parts: ["owner"],
    alike:
      "Each has an address space of its own that begins at 0 and knows nothing of where it is stored.",
    ends: "Nothing protects one sequence from another: no hardware checks who reads which block, only the program’s own care.",
  },
  {
    id: "page",
    os: "Virtual page",
    kv: "Logical block",
    parts: ["logical"],
    alike: "The address space is cut into pieces of one size, numbered in order.",
    ends: "A page is a number of bytes, often 4 KiB; a block is a number of tokens, 16 by default in vLLM, and its bytes follow from the model.",
  },
  {
    id: "offset",
    os: "Offset in the page",
    kv: "Slot in the block",
    parts: ["slot"],
    alike:
      "An address is divided by the size: the quotient picks the piece, the rest the place in it.",
    ends: "A program writes any byte at any time; a sequence only appends, so all blocks but the last are full and never change.",
  },
  {
    id: "table",
    os: "Page table",
    kv: "Block table",
    parts: ["table"],
    alike: "Entry i says where piece i is stored, so neighbours may lie anywhere.",
    ends: "No MMU walks it and no TLB caches it: the table is a plain array, and the attention kernel itself loads the entry before it loads the keys.",
  },
  {
    id: "frame",
    os: "Physical frame",
    kv: "Physical block",
    parts: ["physical"],
    alike: "All pieces are of one size, so any free one will do and nothing is lost between them.",
    ends: "One block stands for a place in every layer’s cache at once: one table serves all layers.",
  },
  {
    id: "free",
    os: "Free frames",
    kv: "Free blocks",
    parts: ["free"],
    alike: "What is free stands in one list, and taking and giving back are a few writes.",
    ends: "The pool is reserved when the server starts and never grows; there is nobody to take memory from but other requests.",
  },
  {
    id: "demand",
    os: "Page fault, demand paging",
    kv: "A block taken when a token needs it",
    parts: ["growth", "table"],
    alike: "Memory is given at the first use, not for the most that might ever be used.",
    ends: "Nothing faults in the middle of a kernel: the scheduler knows before each step which sequences open a block, and gives it then.",
  },
  {
    id: "fork",
    os: "fork()",
    kv: "Several answers to one prompt",
    parts: ["owner", "shared"],
    alike:
      "The table is copied, the memory is not; a count on each piece says how many tables point at it.",
    ends: "A forked process goes its own way; the answers of one prompt stay one request, and are scheduled and preempted together (vLLM v0).",
  },
  {
    id: "copy-on-write",
    os: "Copy-on-write",
    kv: "Copy-on-write of the last block",
    parts: ["copied"],
    alike: "Who writes into a shared piece first gets a copy of it; the others keep the old one.",
    ends: "No write is trapped: the manager looks at the count before the step, and only a last block that is partly filled can ever need it.",
  },
  {
    id: "swap",
    os: "Swap to disk",
    kv: "Swap to CPU memory, or computing again",
    parts: ["swap"],
    alike: "When memory runs out, someone’s contents move out and the table is changed.",
    ends: "Attention reads every block at every step, so a sequence goes whole or not at all; and unlike a page, keys and values can be dropped and computed again from the tokens.",
  },
];

export const FIRST_CONCEPT = "table";

export function findConcept(id: string): Concept {
  return CONCEPTS.find((concept) => concept.id === id) ?? CONCEPTS[0];
}
