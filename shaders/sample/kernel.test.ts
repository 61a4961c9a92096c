import { expect, test } from "vitest";
import { rowStride } from "../../src/gpu/kernel.ts";
import { runOnGpu, runTwin } from "../../tools/gpu-testing/kernel-harness.ts";
import { randomInteger, randomMatrix, seededRandom } from "../../tools/gpu-testing/random.ts";
import {
  expectSeveralWorkgroups,
  expectTwinOverShapes,
  NUM_SHAPES,
  randomSize,
} from "../../tools/gpu-testing/shape-sweep.ts";
import { encodeSampling, randomUnit, sampleTopKTopP, type SamplingParameters } from "./kernel.ts";

const NEUTRAL: SamplingParameters = { temperature: 1, topK: 0, topP: 1, seed: 1 };

interface Rows {
  readonly logits: Float32Array;
  readonly lengths: Uint32Array;
  readonly vocabulary: number;
  readonly parameters: SamplingParameters;
}

function sampleArguments({ logits, lengths, vocabulary, parameters }: Rows) {
  const numRows = lengths.length;
  const sampling = encodeSampling(parameters);
  return {
    sizes: { vocabulary },
    pass: { numRows, firstRow: 0, numContextTokens: numRows },
    // 2^32 - 1 is no token: it shows a row that drew none.
    arrays: { logits, lengths, sampling, nextTokens: new Uint32Array(numRows).fill(0xffffffff) },
  };
}

function drawTwin(rows: Rows): Uint32Array {
  const { sizes, pass, arrays } = sampleArguments(rows);
  return runTwin(sampleTopKTopP, sizes, pass, arrays).nextTokens;
}

async function drawGpu(rows: Rows): Promise<Uint32Array> {
  const { sizes, pass, arrays } = sampleArguments(rows);
  return (await runOnGpu(sampleTopKTopP, sizes, pass, arrays)).nextTokens;
}

/** Draws of one sequence at `numDraws` different lengths. */
function drawMany(
  logits: readonly number[],
  numDraws: number,
  changes: Partial<SamplingParameters>,
): Uint32Array {
  const padded = new Float32Array(rowStride(logits.length));
  padded.set(logits);
  const rows = {
    logits: padded,
    vocabulary: logits.length,
    parameters: { ...NEUTRAL, ...changes },
  };
  return Uint32Array.from({ length: numDraws }, (_, length) => {
    return drawTwin({ ...rows, lengths: Uint32Array.from([length]) })[0]!;
  });
}

/** The tokens that 400 draws meet: all that are kept, if none is rarer than 1 in 50 or so. */
function tokensMet(logits: readonly number[], changes: Partial<SamplingParameters>): number[] {
  return [...new Set(drawMany(logits, 400, changes))].toSorted((a, b) => a - b);
}

/** Logits of tokens with these probabilities. */
const logitsOf = (...probabilities: number[]) => probabilities.map(Math.log);

// ---- What the twin draws

test("a temperature of zero is the argmax: the lowest index of the highest logit", () => {
  expect([...drawMany([1, 3, 2, 3], 20, { temperature: 0 })]).toEqual(Array(20).fill(1));
  // Minus zero and zero are the same logit, though their bits differ.
  expect([...drawMany([-1, -0, 0], 20, { temperature: 0 })]).toEqual(Array(20).fill(1));
});

test("keeping one token is the argmax, whatever the temperature", () => {
  const random = seededRandom(22);
  const vocabulary = 101;
  const logits = randomMatrix(random, 50, vocabulary, rowStride(vocabulary));
  const lengths = Uint32Array.from({ length: 50 }, (_, row) => row);
  const parameters = { ...NEUTRAL, topK: 1, temperature: 5 };
  const tokens = drawTwin({ logits, lengths, vocabulary, parameters });
  tokens.forEach((token, row) => {
    const start = row * rowStride(vocabulary);
    const rowLogits = logits.subarray(start, start + vocabulary);
    expect(token).toBe(rowLogits.indexOf(Math.max(...rowLogits)));
  });
});

test("top-k keeps the k likeliest, and every token that ties with the last of them", () => {
  expect(tokensMet([0, 2, 1, 2.5], { topK: 2 })).toEqual([1, 3]);
  expect(tokensMet([2, 1, 1, 0], { topK: 2 })).toEqual([0, 1, 2]);
  expect(tokensMet([0, 1, 0.5], { topK: 3 })).toEqual([0, 1, 2]);
  expect(tokensMet([0, 1, 0.5], { topK: 50 })).toEqual([0, 1, 2]);
});

test("top-p keeps the fewest likeliest tokens that together reach it, and always one", () => {
  const logits = logitsOf(0.3, 0.5, 0.05, 0.15);
  expect(tokensMet(logits, { topP: 0 })).toEqual([1]);
  expect(tokensMet(logits, { topP: 0.49 })).toEqual([1]); // 0.5 reaches it
  expect(tokensMet(logits, { topP: 0.51 })).toEqual([0, 1]); // 0.5 does not, 0.8 does
  expect(tokensMet(logits, { topP: 0.79 })).toEqual([0, 1]);
  expect(tokensMet(logits, { topP: 0.81 })).toEqual([0, 1, 3]); // 0.95
  expect(tokensMet(logits, { topP: 0.96 })).toEqual([0, 1, 2, 3]);
  expect(tokensMet(logits, { topP: 1 })).toEqual([0, 1, 2, 3]);
});

test("top-p counts the mass of what top-k kept, after the temperature", () => {
  const logits = logitsOf(0.5, 0.3, 0.15, 0.05);
  // Of 0.5 and 0.3, the first holds 5/8 = 0.625.
  expect(tokensMet(logits, { topK: 2, topP: 0.6 })).toEqual([0]);
  expect(tokensMet(logits, { topK: 2, topP: 0.65 })).toEqual([0, 1]);
  expect(tokensMet(logits, { topP: 0.6 })).toEqual([0, 1]);
  // At a temperature of 1/2 masses are squared: 0.25, 0.09, 0.0225, 0.0025; the first holds 0.685.
  expect(tokensMet(logits, { temperature: 0.5, topP: 0.65 })).toEqual([0]);
  expect(tokensMet(logits, { temperature: 0.5, topP: 0.7 })).toEqual([0, 1]);
});

/** Σ (observed − expected)² / expected. */
function chiSquare(draws: Uint32Array, probabilities: readonly number[]): number {
  return probabilities.reduce((sum, probability, token) => {
    const expected = probability * draws.length;
    const observed = draws.filter((drawn) => drawn === token).length;
    return sum + (observed - expected) ** 2 / expected;
  }, 0);
}

test("10,000 draws over lengths, sequences or seeds follow the probabilities", () => {
  const probabilities = [0.02, 0.3, 0.08, 0.1, 0.05, 0.2, 0.15, 0.1];
  const logits = logitsOf(...probabilities);
  const overLengths = drawMany(logits, 10_000, {});
  const overSequences = drawTwin({
    logits: Float32Array.from({ length: 80_000 }, (_, index) => logits[index % 8]!),
    lengths: new Uint32Array(10_000).fill(5),
    vocabulary: 8,
    parameters: NEUTRAL,
  });
  const overSeeds = Uint32Array.from({ length: 10_000 }, (_, seed) => {
    return drawMany(logits, 1, { seed })[0]!;
  });
  // Eight tokens leave seven degrees of freedom: 24.32 is exceeded by chance once in a thousand.
  for (const draws of [overLengths, overSequences, overSeeds]) {
    expect(chiSquare(draws, probabilities)).toBeLessThan(24.32);
  }
});

test("temperature 1/2 squares the odds, and top-k shares the rest out in proportion", () => {
  // Squares of 0.5, 0.3, 0.2 are 25, 9, 4 parts of 38.
  const cooled = drawMany(logitsOf(0.5, 0.3, 0.2), 10_000, { temperature: 0.5 });
  expect(chiSquare(cooled, [25 / 38, 9 / 38, 4 / 38])).toBeLessThan(13.82); // two degrees, 1 in 1000
  const kept = drawMany(logitsOf(0.5, 0.2, 0.3), 10_000, { topK: 2 });
  expect(kept.includes(1)).toBe(false);
  expect(
    chiSquare(
      kept.map((token) => token / 2),
      [5 / 8, 3 / 8],
    ),
  ).toBeLessThan(10.83); // one degree
});

test("the hash is PCG's, and each of seed, sequence and length changes the draw", () => {
  // Numerators over 2^24, from whole-number arithmetic in Python: pcg(seed + pcg(sequence + pcg(length))) >> 8.
  expect(randomUnit(0, 0, 0) * 2 ** 24).toBe(8_379_828);
  expect(randomUnit(42, 3, 17) * 2 ** 24).toBe(8_048_491);
  expect(randomUnit(2 ** 32 - 1, 1, 2) * 2 ** 24).toBe(11_084_866);
});

test("a sequence draws the same alone and in a batch", () => {
  const vocabulary = 64;
  const logits = randomMatrix(seededRandom(23), 3, vocabulary, vocabulary);
  const lengths = Uint32Array.from([4, 9, 2]);
  const rows = { vocabulary, parameters: NEUTRAL };
  const alone = drawTwin({
    ...rows,
    logits: logits.subarray(0, 64),
    lengths: lengths.subarray(0, 1),
  });
  expect(alone[0]).toBe(drawTwin({ ...rows, logits, lengths })[0]);
});

// ---- The twin and the GPU against sorting, as Hugging Face does it

interface SortedDraw {
  readonly token: number;
  /** Distance, as a share of the mass, between the draw (or the top-p cut) and the nearest change of outcome. */
  readonly margin: number;
}

/** Sorts, cuts, draws. Correct only where no two logits are equal. */
function drawBySorting(
  logits: Float32Array,
  { temperature, topK, topP }: SamplingParameters,
  random: number,
): SortedDraw {
  const sorted = [...logits.keys()].toSorted((a, b) => logits[b]! - logits[a]!);
  const likeliest = sorted.slice(0, topK > 0 ? topK : sorted.length);
  const mass = (token: number) => Math.exp((logits[token]! - logits[sorted[0]!]!) / temperature);
  const massBeforeCut = likeliest.reduce((sum, token) => sum + mass(token), 0);
  const kept: number[] = [];
  let keptMass = 0;
  let margin = Infinity;
  for (const token of likeliest) {
    if (topP < 1) margin = Math.min(margin, Math.abs(keptMass / massBeforeCut - topP));
    if (topP < 1 && kept.length > 0 && keptMass >= topP * massBeforeCut) break;
    kept.push(token);
    keptMass += mass(token);
  }
  let cumulative = 0;
  let drawn: number | undefined;
  for (const token of kept.toSorted((a, b) => a - b)) {
    cumulative += mass(token) / keptMass;
    margin = Math.min(margin, Math.abs(cumulative - random));
    if (drawn === undefined && cumulative > random) drawn = token;
  }
  return { token: drawn!, margin };
}

const CASES: readonly SamplingParameters[] = [
  { temperature: 1, topK: 0, topP: 1, seed: 7 },
  { temperature: 0.7, topK: 40, topP: 0.9, seed: 8 },
  { temperature: 2, topK: 0, topP: 0.5, seed: 0xfffffff0 },
  { temperature: 0.3, topK: 5, topP: 1, seed: 10 },
];

test("400 rows of 499 tokens: the GPU, the twin and a sort draw the same tokens", async () => {
  const random = seededRandom(24);
  const vocabulary = 499;
  const stride = rowStride(vocabulary);
  let numTies = 0;
  for (const parameters of CASES) {
    const logits = randomMatrix(random, 100, vocabulary, stride).map((x) => 6 * x);
    const lengths = Uint32Array.from({ length: 100 }, (_, row) => 3 * row);
    const rows = { logits, lengths, vocabulary, parameters };
    const twin = drawTwin(rows);
    const gpu = await drawGpu(rows);
    for (let row = 0; row < 100; row++) {
      const { token, margin } = drawBySorting(
        logits.subarray(row * stride, row * stride + vocabulary),
        parameters,
        randomUnit(parameters.seed, row, lengths[row]!),
      );
      // f32 masses are good to a few parts in 10^6, so nearer than 1e-5 either side is right.
      if (margin < 1e-5) numTies += 1;
      else
        expect([twin[row], gpu[row]], JSON.stringify({ parameters, row })).toEqual([token, token]);
    }
  }
  // A draw lies this near to one of n boundaries with a chance of n · 2e-5: 1% at 499, so some 4 of 400.
  expect(numTies).toBeLessThan(12);
});

/** Rows whose draws no rounding can change. */
function decidedCase(random: () => number) {
  for (;;) {
    const [vocabulary, numRows] = [randomSize(random, 200), randomInteger(random, 1, 3)];
    const stride = rowStride(vocabulary);
    const parameters = {
      temperature: 0.2 + 2 * random(),
      topK: random() < 0.5 ? 0 : randomSize(random, vocabulary),
      topP: random() < 0.5 ? 1 : random(),
      seed: Math.floor(random() * 2 ** 32),
    };
    const logits = randomMatrix(random, numRows, vocabulary, stride).map((x) => 6 * x);
    const lengths = Uint32Array.from({ length: numRows }, () => randomSize(random, 5000));
    const isDecided = [...lengths].every((length, row) => {
      const own = logits.subarray(row * stride, row * stride + vocabulary);
      return drawBySorting(own, parameters, randomUnit(parameters.seed, row, length)).margin > 1e-5;
    });
    if (isDecided) return sampleArguments({ logits, lengths, vocabulary, parameters });
  }
}

test("the draw equals its twin over random vocabularies, rows and parameters", async () => {
  const random = seededRandom(27);
  const cases = Array.from({ length: NUM_SHAPES }, () => decidedCase(random));
  expectSeveralWorkgroups(sampleTopKTopP, cases, "x");
  await expectTwinOverShapes(sampleTopKTopP, cases, 0);
});

test("the GPU ends alike at a vocabulary of 1, with ties, at temperature 0 and at 152,064 tokens", async () => {
  const random = seededRandom(25);
  const one = { logits: Float32Array.from([-3, 0, 0, 0]), lengths: Uint32Array.from([4]) };
  expect([...(await drawGpu({ ...one, vocabulary: 1, parameters: CASES[1]! }))]).toEqual([0]);

  const vocabulary = 152_064;
  const lengths = Uint32Array.from([8]);
  const logits = randomMatrix(random, 1, vocabulary, vocabulary).map((x) => 12 * x);
  const coarse = logits.map((x) => Math.round(x)); // ties by the thousand
  const greedy = { ...NEUTRAL, temperature: 0 };
  for (const [row, parameters] of [
    [logits, CASES[1]!],
    [coarse, CASES[1]!],
    [coarse, greedy],
  ] as const) {
    const rows = { logits: row, lengths, vocabulary, parameters };
    expect(await drawGpu(rows)).toEqual(drawTwin(rows));
  }
});

test("sampling reads every logit once, at four FLOPs", () => {
  const pass = { numRows: 3, firstRow: 0, numContextTokens: 3 };
  const cost = sampleTopKTopP.cost({ vocabulary: 1000 }, pass);
  // 3 · 4 · 1000 FLOPs; 3 · (4 · 1000 + 4) + 16 bytes; 3 tokens.
  expect(cost).toEqual({ flops: 12_000, bytesRead: 12_028, bytesWritten: 12 });
});

test("a pass over some sequences of a batch draws what the whole batch draws for them", async () => {
  const random = seededRandom(28);
  const vocabulary = 40;
  const logits = randomMatrix(random, 3, vocabulary, vocabulary);
  const lengths = Uint32Array.from([7, 9, 7]);
  const { arrays, sizes, pass } = sampleArguments({
    logits,
    lengths,
    vocabulary,
    parameters: NEUTRAL,
  });
  const whole = runTwin(sampleTopKTopP, sizes, pass, arrays).nextTokens;
  const last = { numRows: 1, firstRow: 2, numContextTokens: 1 };
  const onlyLast = { ...arrays, logits: logits.slice(2 * vocabulary) };
  const expected = [0xffffffff, 0xffffffff, whole[2]];
  expect([...runTwin(sampleTopKTopP, sizes, last, onlyLast).nextTokens]).toEqual(expected);
  expect([...(await runOnGpu(sampleTopKTopP, sizes, last, onlyLast)).nextTokens]).toEqual(expected);
});
