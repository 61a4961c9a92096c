// The work that the benchmark gives to every contestant, with the answer: computed by the CPU twins, which sum in
// double precision, from seeded numbers or from the weights of a model.
import { linearNaive } from "../../shaders/linear/kernel.ts";
import { createRandom } from "../../src/core/statistics/random.ts";
import { CpuBackend } from "../../src/gpu/cpu-backend.ts";
import { rowStride } from "../../src/gpu/kernel.ts";
import { parseConfig, type ModelConfig } from "../../src/model/config.ts";
import { uploadModel } from "../../src/model/device-model.ts";
import { getFile, type ModelFolder } from "../../src/model/folder.ts";
import { DEFAULT_CHOICE } from "../../src/model/kernel-choice.ts";
import { Pace } from "../../src/model/pace.ts";
import { RunSession } from "../../src/model/run-session.ts";
import { openWeights, type Weights } from "../../src/model/weights.ts";

/** What every work has. */
interface AnyWork {
  readonly id: string;
  /** What one repeat is, as a sentence names it: "a product of …". */
  readonly title: string;
  readonly flops: number;
  /** Compulsory bytes of a repeat, each operand once; absent where they depend on how it is done. */
  readonly bytes?: number;
  /** What a repeat computes. */
  readonly expected: Float32Array<ArrayBuffer>;
}

/** input_RI · weightsᵀ_IO */
export interface MatmulWork extends AnyWork {
  readonly kind: "matmul";
  readonly numRows: number;
  readonly inputWidth: number;
  readonly outputWidth: number;
  readonly input: Float32Array<ArrayBuffer>;
  /** f32[O, I] */
  readonly weights: Float32Array<ArrayBuffer>;
}

/** One token through a whole model, against a KV cache: from its id to the logits, and the id of the largest. */
export interface DecodeWork extends AnyWork {
  readonly kind: "decode";
  readonly config: ModelConfig;
  readonly weights: Weights;
  /** The sequence, ending in the token that the step reads. Its last position is the step's. */
  readonly tokens: readonly number[];
  /** Of each layer, f32[2, capacity, K·H]: keys, then values. */
  readonly caches: readonly Float32Array<ArrayBuffer>[];
  readonly capacity: number;
  /** Of the token that the step reads. */
  readonly position: number;
}

export type Work = MatmulWork | DecodeWork;

/** Numbers in [-1, 1). */
function randomFloats(length: number, seed: number): Float32Array<ArrayBuffer> {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => random() * 2 - 1);
}

/** @throws RangeError unless the widths are multiples of four: no contestant is to pay for our padding. */
export function matmulWork(numRows: number, inputWidth: number, outputWidth: number): MatmulWork {
  if (inputWidth !== rowStride(inputWidth) || outputWidth !== rowStride(outputWidth)) {
    throw new RangeError(`Widths are multiples of 4; got ${inputWidth} and ${outputWidth}.`);
  }
  const input = randomFloats(numRows * inputWidth, 1);
  const weights = randomFloats(outputWidth * inputWidth, 2);
  const expected = new Float32Array(numRows * outputWidth);
  const sizes = { inputWidth, outputWidth, firstWeightRow: 0 };
  const pass = { numRows, firstRow: 0, numContextTokens: 0 };
  linearNaive.twin({ input, weights, output: expected }, sizes, pass);
  return {
    kind: "matmul",
    id: `matmul-${numRows}x${inputWidth}x${outputWidth}`,
    title: `${numRows}×${inputWidth} times ${inputWidth}×${outputWidth}`,
    flops: 2 * numRows * inputWidth * outputWidth,
    bytes: 4 * (input.length + weights.length + expected.length),
    numRows,
    inputWidth,
    outputWidth,
    input,
    weights,
    expected,
  };
}

/**
 * A decode step in the middle of a story that the model itself tells on the CPU.
 *
 * @param position - of the token that the step reads.
 */
export async function decodeWork(folder: ModelFolder, position: number): Promise<DecodeWork> {
  const config = parseConfig(await (await getFile(folder, "config.json")).text());
  const weights = await openWeights(folder);
  const backend = new CpuBackend();
  const model = await uploadModel(backend, config, weights, () => undefined);
  const capacity = position + 2; // a session keeps room for the token that a step makes
  const host = { backend, model, choose: () => DEFAULT_CHOICE, pace: new Pace(true) };
  const session = new RunSession(host, {
    sequences: [[config.stopTokens[0] ?? 0]],
    isFinished: [false],
    path: { cache: true, fusion: true, kvLayout: "contiguous" },
    sampling: { kind: "greedy" },
    stopTokens: [],
    capacity,
    maxRows: 1,
  });
  await session.advance(position, []);
  const program = await backend.prepare(session.decodeOperations());
  const whole = (array: (typeof session.arrays.caches)[number]) => ({
    array,
    offset: 0,
    length: array.length,
  });
  const { data } = await backend.run({
    passes: [{ label: "decode step", parts: [{ program, pass: session.decodePass() }] }],
    readbacks: [session.arrays.logits, ...session.arrays.caches].map(whole),
  });
  const [expected, ...caches] = data.map((array) => Float32Array.from(array));
  if (expected === undefined) throw new Error("The CPU gave no logits.");
  return {
    kind: "decode",
    id: `decode-${folder.name}`,
    title: `a decode step of ${folder.name} at position ${position}`,
    flops: session.stepPlan(session.longest).flops,
    config,
    weights,
    tokens: [...(session.tokens[0] ?? [])],
    caches,
    capacity,
    position,
    expected,
  };
}

/** The cache without the step's own row, as other engines hold it: f32[K, position, H], keys or values. */
export function pastOf(
  { config, caches, capacity, position }: DecodeWork,
  layer: number,
  which: "keys" | "values",
): Float32Array<ArrayBuffer> {
  const { numKvHeads, headWidth } = config.shape;
  const cache = caches[layer] ?? new Float32Array();
  const start = which === "keys" ? 0 : capacity * numKvHeads * headWidth;
  const past = new Float32Array(numKvHeads * position * headWidth);
  for (let head = 0; head < numKvHeads; head++) {
    for (let token = 0; token < position; token++) {
      const from = start + (token * numKvHeads + head) * headWidth;
      past.set(cache.subarray(from, from + headWidth), (head * position + token) * headWidth);
    }
  }
  return past;
}

/** f32[I, O] from f32[O, I]: other engines hold a layer's weights so. */
export function transposed(
  weights: Float32Array,
  numRows: number,
  numColumns: number,
): Float32Array<ArrayBuffer> {
  const turned = new Float32Array(weights.length);
  for (let row = 0; row < numRows; row++) {
    for (let column = 0; column < numColumns; column++) {
      turned[column * numRows + row] = weights[row * numColumns + column] ?? 0;
    }
  }
  return turned;
}
