// Sampling with temperature, top-k and top-p, as Hugging Face defines them, but for one thing: tokens whose
// logits tie at a threshold are all kept, where a sort would keep some of them by accident.
import { bytes, flops } from "../../src/core/units/units.ts";
import { READ_F32, READ_U32, WRITE_U32, rowStride, type Kernel } from "../../src/gpu/kernel.ts";
import source from "./top-k-top-p.wgsl?raw";

export interface SamplingParameters {
  /** Divides the logits; 0 means the most likely token, always. */
  readonly temperature: number;
  /** How many of the most likely tokens are kept; 0 keeps all. */
  readonly topK: number;
  /** Of those, the fewest most likely that hold this share of their mass are kept; 1 keeps all. */
  readonly topP: number;
  /** Any u32; the same seed draws the same tokens. */
  readonly seed: number;
}

/** The four words of the `sampling` binding. */
export function encodeSampling(parameters: SamplingParameters): Uint32Array<ArrayBuffer> {
  const { temperature, topK, topP, seed } = parameters;
  const words = new Uint32Array([0, topK, 0, seed]);
  const floats = new Float32Array(words.buffer);
  floats[0] = temperature;
  floats[2] = topP;
  return words;
}

function decodeSampling(words: Uint32Array): SamplingParameters {
  const [first = 0, topK = 0, third = 0, seed = 0] = words;
  const [temperature = 0, topP = 1] = new Float32Array(new Uint32Array([first, third]).buffer);
  return { temperature, topK, topP, seed };
}

const bindings = {
  logits: READ_F32,
  lengths: READ_U32,
  sampling: READ_U32,
  nextTokens: WRITE_U32,
} as const;

/**
 * nextTokens[b] = a token drawn from logits_BV[b − firstRow]. `vocabulary` is V; b is a sequence, and the rows of a pass
 * are the sequences from firstRow on. The draw depends on (seed, b, lengths[b]) alone. A row whose mass is not a number draws nothing.
 */
export const sampleTopKTopP: Kernel<{ readonly vocabulary: number }, typeof bindings> = {
  id: "sample/top-k-top-p",
  source,
  bindings,
  constants: ({ vocabulary }) => ({ VOCABULARY: vocabulary, STRIDE: rowStride(vocabulary) }),
  workgroups: (_sizes, { numRows }) => [numRows, 1, 1],
  // Each token's mass once: a subtraction, a division, an exponential and an addition. The searches repeat
  // them, which is the method's cost and not the problem's.
  cost: ({ vocabulary }, { numRows }) => ({
    flops: flops(4 * numRows * vocabulary),
    bytesRead: bytes(4 * numRows * vocabulary + 4 * numRows + 16),
    bytesWritten: bytes(4 * numRows),
  }),
  twin({ logits, lengths, sampling, nextTokens }, { vocabulary }, { numRows, firstRow }) {
    const parameters = decodeSampling(sampling);
    const stride = rowStride(vocabulary);
    for (let row = 0; row < numRows; row++) {
      const random = randomUnit(parameters.seed, firstRow + row, lengths[firstRow + row] ?? 0);
      const start = row * stride;
      const token = drawToken(logits.subarray(start, start + vocabulary), parameters, random);
      if (token !== undefined) nextTokens[firstRow + row] = token;
    }
  },
};

/** The first token, in index order, whose cumulative kept mass exceeds `random` of the whole. */
function drawToken(
  logits: Float32Array,
  { temperature, topK, topP }: SamplingParameters,
  random: number,
): number | undefined {
  const isGreedy = temperature === 0;
  const keys = Uint32Array.from(logits, keyOf);
  const maximum = logits.reduce((highest, logit) => Math.max(highest, logit), -Infinity);
  const masses = Float64Array.from(logits, (logit) =>
    Math.exp((logit - maximum) / (isGreedy ? 1 : temperature)),
  );

  const highest = keyOf(maximum);
  let threshold = isGreedy ? highest : 0;
  if (topK > 0 && topK < logits.length) {
    const countKept = (candidate: number) => sumKept(keys, undefined, candidate);
    threshold = findThreshold(threshold, highest, topK, countKept);
  }
  if (topP < 1) {
    const massKept = (candidate: number) => sumKept(keys, masses, candidate);
    threshold = findThreshold(threshold, highest, topP * massKept(threshold), massKept);
  }

  const drawn = (isGreedy ? 0 : random) * sumKept(keys, masses, threshold);
  let cumulative = 0;
  for (let token = 0; token < keys.length; token++) {
    if ((keys[token] ?? 0) < threshold) continue;
    cumulative += masses[token] ?? 0;
    if (cumulative > drawn) return token;
  }
  return undefined;
}

/** Highest key, of those from `lowest` to `highest`, that keeps `needed` or more; `lowest` must. */
function findThreshold(
  lowest: number,
  highest: number,
  needed: number,
  kept: (threshold: number) => number,
): number {
  let low = lowest;
  let high = highest;
  while (low < high) {
    const middle = high - Math.floor((high - low) / 2);
    if (kept(middle) >= needed) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Sum of the masses (1 each if none are given) of the tokens whose key reaches the threshold. */
function sumKept(keys: Uint32Array, masses: Float64Array | undefined, threshold: number): number {
  let sum = 0;
  for (let token = 0; token < keys.length; token++) {
    if ((keys[token] ?? 0) >= threshold) sum += masses ? (masses[token] ?? 0) : 1;
  }
  return sum;
}

const floatOfBits = new Float32Array(1);
const bitsOfFloat = new Uint32Array(floatOfBits.buffer);

/** A u32 that sorts as the logit does; −0 counts as 0. */
function keyOf(logit: number): number {
  floatOfBits[0] = logit === 0 ? 0 : logit;
  const bits = bitsOfFloat[0] ?? 0;
  return (bits >= 0x80000000 ? ~bits : bits | 0x80000000) >>> 0;
}

/** The draw of a sequence at a length: in [0, 1), in steps of 2⁻²⁴. */
export function randomUnit(seed: number, sequence: number, length: number): number {
  return (pcg(seed + pcg(sequence + pcg(length))) >>> 8) / 2 ** 24;
}

/**
 * A counter-based hash: one step of a linear congruential generator, then PCG's output permutation.
 *
 * @see O'Neill 2014, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random
 * Number Generation", RXS-M-XS with 32 bits.
 */
function pcg(counter: number): number {
  const state = (Math.imul(counter, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}
