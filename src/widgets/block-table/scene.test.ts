// What the stepper shows: hand-worked walks on both managers, and what holds in every state of random programs.
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { BLOCK_SIZE, NUM_BLOCKS, type Snapshot } from "./machine.ts";
import {
  addOperation,
  MAX_OPERATIONS,
  moveTo,
  parseProgram,
  writeProgram,
  type Operation,
} from "./program.ts";
import {
  createMachine,
  createScene,
  describeScene,
  makeTable,
  momentAt,
  readTokens,
  usageOf,
} from "./scene.ts";
import { findTour, TOURS, tourText, type MachineId } from "./tours.ts";

vi.setConfig({ testTimeout: 60_000 });

const at = (machine: MachineId, ops: string) => createScene({ machine, ops });
const tables = ({ sequences }: Snapshot) =>
  Object.fromEntries(sequences.map(({ name, blockTable }) => [name, blockTable]));
const block = ({ blocks }: Snapshot, id: number) => blocks.find((one) => one.id === id)!;

describe("the paper's manager", () => {
  test("hands out the block freed last first, a token's block when the one before is full", () => {
    // 6 tokens in blocks of 4 are two blocks: 7 and 6 from the top. Token 9 is the first that opens a third.
    expect(tables(at("v0", "n6").snapshot)).toEqual({ A: [7, 6] });
    expect(tables(at("v0", "n6.aA.aA").snapshot)).toEqual({ A: [7, 6] });
    expect(tables(at("v0", "n6.aA.aA.aA").snapshot)).toEqual({ A: [7, 6, 5] });
    // 7, then 6 go back: 6 is on top.
    expect(at("v0", "n6.xA").snapshot.free).toEqual([6, 7, 5, 4, 3, 2, 1, 0]);
  });

  test("copies a shared block before it is written, once", () => {
    const forked = at("v0", "n6.fA");
    expect(tables(forked.snapshot)).toEqual({ A: [7, 6], B: [7, 6] });
    expect([7, 6].map((id) => block(forked.snapshot, id).refCount)).toEqual([2, 2]);
    const copied = at("v0", "n6.fA.aA");
    expect(tables(copied.snapshot)).toEqual({ A: [7, 5], B: [7, 6] });
    expect(block(copied.snapshot, 5).tokens).toEqual(["A5", "A6", "A7"]);
    expect(block(copied.snapshot, 6).tokens).toEqual(["A5", "A6"]);
    expect(copied.outcome?.marks).toEqual({ 6: "copied", 5: "copy of 6" });
    expect(copied.outcome?.sentence).toContain("Block 6 is shared by A and B");
    const written = at("v0", "n6.fA.aA.aB");
    expect(tables(written.snapshot)).toEqual({ A: [7, 5], B: [7, 6] });
    expect(block(written.snapshot, 6).tokens).toEqual(["A5", "A6", "B7"]);
  });

  test("opens a block without a copy when the shared last block is full", () => {
    const { snapshot } = at("v0", "n8.fA.aB");
    expect(tables(snapshot)).toEqual({ A: [7, 6], B: [7, 6, 5] });
    expect(block(snapshot, 5).tokens).toEqual(["B9"]);
  });

  test("counts what sharing saves and what last blocks leave empty", () => {
    // Table entries 2 + 2, blocks 7, 6 and 5 in use; of their 12 slots 4 + 2 + 3 are filled.
    expect(usageOf(at("v0", "n6.fA.aA").snapshot)).toEqual({
      numFree: 5,
      numUsed: 3,
      numReferences: 4,
      numTokens: 13,
      numEmpty: 3,
    });
  });

  test("says why it refuses", () => {
    const { snapshot, outcome } = at("v0", "n16.n13.n1");
    expect(outcome?.sentence).toBe(
      "Refused: a prompt of 1 token needs 1 block and 0 of 8 are free; the request waits.",
    );
    expect(Object.keys(tables(snapshot))).toEqual(["A", "B"]);
    // 13 tokens leave three slots of B's last block.
    expect(at("v0", "n16.n13.aB").outcome?.isRefused).toBe(false);
    expect(at("v0", "n16.n13.aA").outcome?.sentence).toMatch(/opens a block, and none is free/);
    expect(at("v0", "n16.n14.fB.aB").outcome?.sentence).toMatch(/must copy block 0.*none is free/);
    expect(at("v0", "n4.aB").outcome?.sentence).toBe("Refused: there is no sequence B.");
    expect(at("v0", "n4.xA.aA").outcome?.sentence).toBe("Refused: A has ended.");
    expect(at("v0", "n1.fA.fA.fA.fA.fA.fA").outcome?.sentence).toMatch(/6 sequences/);
  });
});

describe("the pool of V1", () => {
  test("shares the full blocks of a prefix and never the block of the last token", () => {
    expect(tables(at("v1", "s10.s11").snapshot)).toEqual({ A: [1, 2, 3], B: [1, 2, 4] });
    const { snapshot, outcome } = at("v1", "s8.s8");
    expect(tables(snapshot)).toEqual({ A: [1, 2], B: [1, 3] });
    expect(outcome?.sentence).toContain("block 2 is not shared");
    expect(block(snapshot, 3).tokens).toEqual(["s5", "s6", "s7", "s8"]);
  });

  test("keeps the tokens of a freed block until it is handed out, the end of a prefix first", () => {
    // Free at first 1 … 8; A takes 1, 2, 3 and gives back 3, 2, 1.
    const freed = at("v1", "s12.xA");
    expect(freed.snapshot.free).toEqual([4, 5, 6, 7, 8, 3, 2, 1]);
    expect([1, 2, 3].map((id) => block(freed.snapshot, id).role)).toEqual(
      Array.from({ length: 3 }, () => "cached"),
    );
    const evicted = at("v1", "s12.xA.n16.n5");
    expect(tables(evicted.snapshot)).toEqual({ B: [4, 5, 6, 7], C: [8, 3] });
    expect(evicted.outcome?.marks).toEqual({ 8: "taken", 3: "evicted, taken" });
    const hit = at("v1", "s12.xA.n16.n5.xB.s9");
    expect(tables(hit.snapshot)).toEqual({ C: [8, 3], D: [1, 2, 7] });
    expect(hit.outcome?.marks).toEqual({ 1: "hit", 2: "hit", 7: "evicted, taken" });
  });

  test("shares nothing of a block that is not full, and has no fork", () => {
    expect(at("v1", "n3.xA").snapshot.blocks.filter(({ role }) => role === "cached")).toEqual([]);
    expect(at("v1", "n3.fA").outcome?.sentence).toMatch(/^Refused: vLLM V1 has no fork/);
  });

  test("a refused token leaves the sequence as it was, and is taken once there is room", () => {
    const refused = at("v1", "n16.n16.aA");
    expect(refused.outcome?.isRefused).toBe(true);
    expect(tables(at("v1", "n16.n16.aA.xB.aA").snapshot)).toEqual({ A: [1, 2, 3, 4, 8] });
  });
});

describe("the text of a program", () => {
  test("says what was done and what comes next", () => {
    const program = parseProgram("n6.fA*aA.xB");
    expect(program.numDone).toBe(2);
    expect(program.operations).toHaveLength(4);
    expect(writeProgram(program)).toBe("n6.fA*aA.xB");
    expect(writeProgram(moveTo(program, 4))).toBe("n6.fA.aA.xB");
    expect(writeProgram(moveTo(program, 0))).toBe("*n6.fA.aA.xB");
    expect(writeProgram(addOperation(program, { kind: "end", name: "A" }))).toBe("n6.fA.xA");
  });

  test("names the operation that is none, and keeps those before it", () => {
    const wrong = parseProgram("n6.q7.aA");
    expect(wrong.operations).toHaveLength(1);
    expect(wrong.problem).toMatch(/^Operation 2, “q7”, is none: there are n6/);
    for (const text of ["n0", "n17", "s99", "aa", "A", "n6..aA", "n6.", "n6*aA*xA", ".", "n-1"]) {
      expect(parseProgram(text).problem, text).toBeDefined();
    }
    expect(parseProgram("").problem).toBeUndefined();
    expect(parseProgram(`n1${".aA".repeat(MAX_OPERATIONS)}`).problem).toMatch(/60 can be kept/);
  });

  test("any text whatever gives a program that reads itself back", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[nsafx0-9A-C.*q]{0,40}$/), (text) => {
        const { operations, numDone } = parseProgram(text);
        const again = parseProgram(writeProgram({ operations, numDone }));
        expect(again).toEqual({ operations, numDone });
      }),
      { numRuns: 1000 },
    );
  });
});

test("every tour does what its machine allows, is found by its operations and can be stepped through", () => {
  for (const tour of TOURS) {
    const { operations, numDone, problem } = parseProgram(tourText(tour));
    expect([numDone, problem]).toEqual([0, undefined]);
    expect(
      findTour(
        tour.machine,
        tour.steps.map(({ operation }) => operation),
      ),
    ).toBe(tour);
    const refused = operations.filter(
      (_, step) => momentAt(tour.machine, operations, step + 1).outcome?.isRefused === true,
    );
    expect(refused, tour.id).toHaveLength(tour.id === "no-block" ? 1 : 0);
  }
});

test("the table has a row a step, and the description says step, event and blocks", () => {
  const scene = at("v0", "n6.fA*aA");
  const { rows } = makeTable(scene);
  expect(rows).toHaveLength(4);
  expect(rows[2]!.slice(3)).toEqual(["A: 7 6; B: 7 6", "6: 2; 7: 2", "5 4 3 2 1 0", "—"]);
  expect(describeScene(scene)).toMatch(
    /^Step 2 of 3 on vLLM v0\. B is forked from A.* In use: 2 of 8 blocks; free: 6; 2 sequences\.$/,
  );
});

/** Letters beyond those given occur too: they are refused. */
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constant("admit" as const),
    numTokens: fc.integer({ min: 1, max: 16 }),
    start: fc.constantFrom("own" as const, "common" as const),
  }),
  fc.record({
    kind: fc.constantFrom(
      "append" as const,
      "append" as const,
      "append" as const,
      "fork" as const,
      "end" as const,
    ),
    name: fc.constantFrom("A", "B", "C", "D", "E", "F", "G", "H"),
  }),
);

/** As expect, cheaper: these are checked many thousand times. */
function must(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`Not so: ${what}.`);
}

function checkSnapshot(snapshot: Snapshot): void {
  const { blocks, free, sequences } = snapshot;
  const used = blocks.filter(({ role }) => role === "used");
  must(free.length + used.length === NUM_BLOCKS, "free and used make up the memory");
  must(new Set(free).size === free.length, "no block is free twice");
  const entries = sequences.flatMap(({ blockTable }) => blockTable);
  for (const { id, role, refCount } of blocks) {
    const numEntries = entries.filter((entry) => entry === id).length;
    must(refCount === numEntries, "references are table entries");
    must((role === "used") === numEntries > 0, "used is what a table points at");
    must((role === "free" || role === "cached") === free.includes(id), "a block has one role");
  }
  for (const { numTokens, blockTable } of sequences) {
    must(blockTable.length === Math.ceil(numTokens / BLOCK_SIZE), "no block more than needed");
  }
}

/** The tokens that each sequence should read, kept beside the machine by the operations alone. */
class Readers {
  readonly #tokens = new Map<string, string[]>();
  #numNamed = 0;

  apply(done: Operation): void {
    if (done.kind === "end") {
      this.#tokens.delete(done.name);
    } else if (done.kind === "append") {
      const own = this.#tokens.get(done.name)!;
      own.push(`${done.name}${own.length + 1}`);
    } else if (done.kind === "fork") {
      this.#tokens.set(this.#nextName(), [...this.#tokens.get(done.name)!]);
    } else if (done.kind === "admit") {
      const name = this.#nextName();
      const nameOf = (position: number) =>
        done.start === "common" && position <= 8 ? `s${position}` : `${name}${position}`;
      this.#tokens.set(
        name,
        Array.from({ length: done.numTokens }, (_, index) => nameOf(index + 1)),
      );
    }
  }

  #nextName(): string {
    this.#numNamed += 1;
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[this.#numNamed - 1]!;
  }

  check(snapshot: Snapshot): void {
    must(snapshot.sequences.length === this.#tokens.size, "who runs is drawn");
    for (const sequence of snapshot.sequences) {
      const read = readTokens(snapshot, sequence).join(" ");
      must(read === this.#tokens.get(sequence.name)?.join(" "), "a table leads to its own tokens");
    }
  }
}

test.each(["v0", "v1"] as const)(
  "on %s, no block is lost or lent twice, every table reads its own tokens, and back is replay",
  (machineId) => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 24 }), fc.nat(24), (operations, back) => {
        const machine = createMachine(machineId);
        const readers = new Readers();
        const moments = [JSON.stringify(machine.snapshot())];
        for (const one of operations) {
          const before = moments.at(-1);
          const { isRefused, sentence } = machine.apply(one);
          const snapshot = machine.snapshot();
          if (!isRefused) readers.apply(one);
          must(sentence.endsWith("."), "what happened is a sentence");
          must(!isRefused || JSON.stringify(snapshot) === before, "a refusal changes nothing");
          checkSnapshot(snapshot);
          readers.check(snapshot);
          moments.push(JSON.stringify(snapshot));
        }
        const step = Math.min(back, operations.length);
        const replayed = momentAt(machineId, operations, step).snapshot;
        must(JSON.stringify(replayed) === moments[step], "a step back is a replay");
        for (const { name } of machine.snapshot().sequences) machine.apply({ kind: "end", name });
        must(machine.snapshot().free.length === NUM_BLOCKS, "nothing leaks");
      }),
      { numRuns: 1500 },
    );
  },
);
