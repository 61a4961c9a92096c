// Kernels in 65,535 workgroups of rows, which is as many as every device allows: up to 8.4 million rows, whose arrays fill
// the 128 MiB that every device binds. All of them take a software adapter a quarter of an hour: LIMITS_FULL=1 npm run
// test:kernels. Else only those that are quick and whose own tests stay below the limit.
import { expect, test } from "vitest";
import {
  rowStride,
  type Bindings,
  type Kernel,
  type Pass,
  type Sizes,
  type TwinArrays,
} from "../src/gpu/kernel.ts";
import { seededRandom } from "../tools/gpu-testing/random.ts";
import {
  MAX_WORKGROUPS,
  expectTwinOverShapes,
  inSinglePrecision,
  tileOf,
} from "../tools/gpu-testing/shape-sweep.ts";
import { encodeSampling } from "./sample/kernel.ts";

type AnyKernel = Kernel<Sizes, Bindings>;

const modules = import.meta.glob<Readonly<Record<string, unknown>>>(
  "./{linear,linear-residual,norm-gate-up,norm-linear,norm-qkv-rope-append,attention,attention-scores,attention-values,flash-decode,softmax,rms-norm,argmax,sample}/kernel.ts",
  { eager: true },
);

function isKernel(value: unknown): value is AnyKernel {
  return typeof value === "object" && value !== null && "twin" in value && "source" in value;
}

const isFull = process.env["LIMITS_FULL"] === "1";
const QUICK = /^attention-(scores|values)\//;

const kernels = Object.values(modules)
  .flatMap(Object.values)
  .filter(isKernel)
  .filter(({ id }) => isFull || QUICK.test(id))
  .map((kernel) => (kernel.features?.includes("shader-f16") ? inSinglePrecision(kernel) : kernel));

const BLOCK_SIZE = 16;
const VOCABULARY = 3;

/** As little as there may be of everything but rows. An appended row needs a slot of its own. */
function sizesFor(capacity: number): Sizes {
  return {
    inputWidth: 1,
    outputWidth: 1,
    firstWeightRow: 0,
    width: 1,
    hiddenWidth: 1,
    epsilon: 1e-5,
    numHeads: 1,
    numKvHeads: 1,
    headWidth: 2,
    capacity,
    numSlots: BLOCK_SIZE * Math.ceil(capacity / BLOCK_SIZE),
    blockSize: BLOCK_SIZE,
    splitLength: 1,
    vocabulary: VOCABULARY,
  };
}

const passOf = (numRows: number): Pass => ({ numRows, firstRow: 0, numContextTokens: numRows });

/** The axis of the grid along which rows are laid, and the rows of a workgroup. */
function findRowAxis(kernel: AnyKernel) {
  const sizes = sizesFor(1);
  const [one, many] = [1, 1024].map((numRows) => kernel.workgroups(sizes, passOf(numRows)));
  const axis = many!.findIndex((count, at) => count > one![at]!);
  return { axis, tile: tileOf((numRows) => kernel.workgroups(sizes, passOf(numRows))[axis]!) };
}

/** Random numbers, and zeros where a row of `width` is padded. */
function rowsOf(numRows: number, width: number): Float32Array {
  const random = seededRandom(1);
  const stride = rowStride(width);
  const values = new Float32Array(numRows * stride);
  for (let row = 0; row < numRows; row++) {
    for (let at = 0; at < width; at++) values[row * stride + at] = 2 * random() - 1;
  }
  return values;
}

/** Every binding of these kernels, by its name. */
function arraysFor(numRows: number, { capacity = 1, numSlots = 1 }: Sizes, isAppended: boolean) {
  const narrow = () => rowsOf(numRows, 1);
  return {
    input: narrow,
    hidden: narrow,
    queries: () => rowsOf(numRows, 2),
    logits: () => rowsOf(numRows, VOCABULARY),
    scores: () => rowsOf(Math.ceil(numRows / 4), 4),
    // A maximum, a sum of weights and two sums of values: sums of weights are at least 1.
    partials: () => rowsOf(numRows, 4).map((value) => 2 + value),
    weight: () => rowsOf(1, 1),
    normWeight: () => rowsOf(1, 1),
    weights: () => rowsOf(6, 1),
    rope: () => rowsOf(Math.ceil(capacity / 2), 4),
    cache: () => rowsOf(numSlots, 4),
    output: () => new Float32Array(4 * numRows),
    normed: () => new Float32Array(4 * numRows),
    activated: () => new Float32Array(4 * numRows),
    attended: () => new Float32Array(4 * numRows),
    nextTokens: () => new Uint32Array(numRows),
    lengths: () => Uint32Array.from({ length: numRows }, (_, row) => row),
    sampling: () => encodeSampling({ temperature: 1, topK: 0, topP: 1, seed: 1 }),
    rows: () =>
      Uint32Array.from({ length: 2 * numRows }, (_, index) =>
        isAppended && index % 2 === 1 ? (index - 1) / 2 : 0,
      ),
    blockTable: () => Uint32Array.from({ length: numSlots / BLOCK_SIZE }, (_, index) => index),
  };
}

test.each(kernels)("$id equals its twin in 65,535 workgroups of rows", async (kernel) => {
  const { axis, tile } = findRowAxis(kernel);
  const numRows = tile * MAX_WORKGROUPS;
  const isAppended = kernel.id.startsWith("norm-qkv");
  const sizes = sizesFor(isAppended ? numRows : 1);
  const pass = passOf(numRows);
  expect(kernel.workgroups(sizes, pass)[axis]).toBe(MAX_WORKGROUPS);
  const makers: Record<string, () => Float32Array | Uint32Array> = arraysFor(
    numRows,
    sizes,
    isAppended,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each maker gives the element of its binding
  const arrays = Object.fromEntries(
    Object.keys(kernel.bindings).map((name) => [name, makers[name]!()]),
  ) as TwinArrays<Bindings>;
  await expectTwinOverShapes(kernel, [{ sizes, pass, arrays }], 5e-5);
});
