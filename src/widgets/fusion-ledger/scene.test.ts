import { expect, test } from "vitest";
import { createScene, describeScene, makeTable, writeSaving } from "./scene.ts";

const VALUES = { chain: "linear-relu", batch: 512, inputs: 1024, outputs: 4096 };
const plain = (text: string) => text.replaceAll("\u00a0", " ");

test("the output of the linear layer is written and read again for nothing", () => {
  // 512 · 4096 · 2 B = 4,194,304 B each way.
  const { unfused } = createScene(VALUES);
  const removed = unfused.flatMap(({ name, moves }) =>
    moves.filter(({ isRemoved }) => isRemoved).map((move) => [name, move.kind, move.bytes]),
  );
  expect(removed).toEqual([
    ["Linear", "written", 4_194_304],
    ["ReLU", "read", 4_194_304],
  ]);
});

test("nothing of the fused kernel is marked as removed", () => {
  for (const chain of ["linear-relu", "swiglu", "norm-residual"]) {
    const { fused, unfused, savedBytes } = createScene({ ...VALUES, chain });
    const moves = (rows: typeof fused) => rows.flatMap((row) => row.moves);
    expect(moves(fused).some(({ isRemoved }) => isRemoved)).toBe(false);
    // What is marked above adds up to what is saved.
    const removed = moves(unfused).filter(({ isRemoved }) => isRemoved);
    expect(removed.reduce((sum, move) => sum + move.bytes, 0)).toBe(savedBytes);
  }
});

test("a fused SwiGLU reads its input once: the second read is removed", () => {
  const { unfused } = createScene({ ...VALUES, chain: "swiglu" });
  const inputs = unfused.flatMap(({ moves }) => moves.filter(({ name }) => name === "input"));
  expect(inputs.map(({ isRemoved }) => isRemoved)).toEqual([false, true]);
});

test("38.1 % of the bytes at batch 512, 0.19 % at batch 1", () => {
  expect(plain(writeSaving(createScene(VALUES).ledger))).toBe("38.1 %");
  expect(plain(writeSaving(createScene({ ...VALUES, batch: 1 }).ledger))).toBe("0.19 %");
});

test("at batch 512 the product is compute bound, so less time is saved than bytes", () => {
  // Linear: 2·512·1024·4096 / 312e12 = 13.77 µs. ReLU: 8,388,608 B / 2.039e12 = 4.11 µs.
  const { unfusedSeconds, fusedSeconds } = createScene(VALUES);
  expect(fusedSeconds * 1e6).toBeCloseTo(13.766, 3);
  expect(unfusedSeconds * 1e6).toBeCloseTo(13.766 + 4.114, 3);
});

test("the sentence names both sums and the saving", () => {
  const values = { ...VALUES, batch: 1 };
  expect(plain(describeScene(createScene(values), values))).toBe(
    "For one row, a linear layer and its ReLU (1,024 to 4,096, 16 bits) move 8.42 MB as 2 kernels and 8.40 MB as one: 0.19 % less.",
  );
});

test("the table has a row for each array that moves", () => {
  const { rows, columns } = makeTable(createScene(VALUES));
  expect(rows).toHaveLength(3 + 2 + 3);
  expect(rows.every((row) => row.length === columns.length)).toBe(true);
});
