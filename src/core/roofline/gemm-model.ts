// The time of one matrix product on a real GPU: a roofline with the losses put in. What is lost is derived from the
// product's sizes (tiles, waves, operands fetched once per tile); how much each loss weighs is fitted on measurements.
import type { MatmulSize } from "../cost/operator.ts";
import { bytes, type Bytes, type BytesPerSecond, type FlopsPerSecond } from "../units/units.ts";
import { requireCount, requirePositive } from "./require.ts";

/** What the model needs to know of a GPU; a `GpuEntry` is one. */
export interface GemmMachine {
  readonly numSms: number;
  /** Dense, in the format of the multiplication. */
  readonly peakFlops: FlopsPerSecond;
  readonly bandwidth: BytesPerSecond;
}

/** Bytes of an element of each operand. */
export interface GemmBytes {
  readonly input: number;
  readonly weight: number;
  readonly output: number;
}

export const GEMM_BYTES_16: GemmBytes = { input: 2, weight: 2, output: 2 };

/** Fitted on measured products of one architecture. */
export interface GemmCoefficients {
  /** Seconds that the smallest kernel takes. */
  readonly launchSeconds: number;
  /** Share of the memory bandwidth that a kernel which only streams reaches; below 1. */
  readonly memoryEfficiency: number;
  /** Share of the peak rate that the tensor cores reach inside a tile; below 1. */
  readonly mathEfficiency: number;
  /** Rate at which all SMs together fetch the operands of their tiles (mostly from L2), in memory bandwidths. */
  readonly operandRate: number;
  /** How well memory, operand fetches and arithmetic hide behind each other: 1 not at all, infinite fully. */
  readonly overlap: number;
}

/** How the model would run a product, and what it then takes. */
export interface GemmTime {
  readonly seconds: number;
  /** Rows and columns of the output that one thread block makes. */
  readonly tile: readonly [rows: number, columns: number];
  /** Parts that the k axis is cut into, each a block of its own; 1 is no cut. */
  readonly splits: number;
  /** Blocks in all: tiles of the output times splits. */
  readonly blocks: number;
  /** Rounds in which the SMs, one block each, get through the blocks. */
  readonly waves: number;
  /** Seconds that the bytes of the operands take at the fitted share of the bandwidth. */
  readonly memorySeconds: number;
  /** Seconds that the waves of whole tiles take at the fitted share of the peak. */
  readonly computeSeconds: number;
}

/** Output tiles that the model chooses among, as matrix libraries do. */
export const GEMM_TILES: readonly (readonly [rows: number, columns: number])[] = [
  [256, 128],
  [128, 256],
  [128, 128],
  [64, 256],
  [256, 64],
  [128, 64],
  [64, 128],
  [64, 64],
];

const SPLITS: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16];
/** A split keeps at least so much of the k axis: less would be all start-up. */
const SHORTEST_SPLIT = 256;
/** The k axis is worked through in steps of this length. */
const K_STEP = 64;
/** Partial sums are 32-bit; each split writes its own and they are read once to be added. */
const PARTIAL_BYTES = 8;

/** Operands read once and the result written once. */
export function gemmBytes({ m, n, k }: MatmulSize, per: GemmBytes = GEMM_BYTES_16): Bytes {
  return bytes(m * k * per.input + k * n * per.weight + m * n * per.output);
}

/**
 * The time of a product under the best of the model's tiles and splits.
 *
 * For each choice three times are worked out and joined by `(a^q + b^q + c^q)^(1/q)`, q being the fitted overlap:
 * - memory: bytes of the operands over the share of the bandwidth that streaming reaches;
 * - arithmetic: waves of whole tiles, padding included, at the share of the peak that a tile reaches;
 * - operands: what the tiles of all waves fetch, a row block and a column block each.
 *
 * To this come the launch and, where the k axis is split, the partial sums. The result is never below the roofline
 * time of the same product, since each share is below 1 and padding only adds.
 *
 * @throws RangeError if a size is not a positive whole number or a figure of the machine is not positive.
 */
export function gemmTime(
  size: MatmulSize,
  machine: GemmMachine,
  coefficients: GemmCoefficients,
  per: GemmBytes = GEMM_BYTES_16,
): GemmTime {
  requireCount("The rows m of a product", size.m);
  requireCount("The columns n of a product", size.n);
  requireCount("The inner size k of a product", size.k);
  requireCount("The number of SMs", machine.numSms);
  requirePositive("The peak rate", machine.peakFlops);
  requirePositive("The bandwidth", machine.bandwidth);
  return fastestChoice(size, machine, coefficients, per);
}

/** The same without checks, for callers that have made theirs: the fit calls this some millions of times. */
export function fastestChoice(
  size: MatmulSize,
  machine: GemmMachine,
  c: GemmCoefficients,
  per: GemmBytes,
): GemmTime {
  const { m, n, k } = size;
  const ratePerSm = (machine.peakFlops * c.mathEfficiency) / machine.numSms;
  const fetchPerSm = (machine.bandwidth * c.operandRate) / machine.numSms;
  const memorySeconds = gemmBytes(size, per) / (machine.bandwidth * c.memoryEfficiency);
  const partialSeconds = (m * n * PARTIAL_BYTES) / (machine.bandwidth * c.operandRate);
  let best: Choice | undefined;
  for (const tile of GEMM_TILES) {
    const [rows, columns] = tile;
    const tiles = Math.ceil(m / rows) * Math.ceil(n / columns);
    // Arithmetic and operand fetches of a tile both grow with its depth, so they are joined once for all splits.
    const mathPerDepth = (2 * rows * columns) / ratePerSm;
    const fetchPerDepth = (rows * per.input + columns * per.weight) / fetchPerSm;
    const tilePerDepth = join(mathPerDepth, fetchPerDepth, c.overlap);
    for (const splits of SPLITS) {
      if (splits > 1 && k / splits < SHORTEST_SPLIT) break;
      const depth = Math.ceil(k / splits / K_STEP) * K_STEP;
      const waves = Math.ceil((tiles * splits) / machine.numSms);
      const work = waves * depth * tilePerDepth;
      const fixed = splits > 1 ? partialSeconds * splits : 0;
      // The power below is the dear part: skip it where the choice cannot win.
      if (best && work >= best.work && fixed >= best.fixed) continue;
      if (best && fixed + Math.max(memorySeconds, work) >= best.total) continue;
      const total = fixed + join(memorySeconds, work, c.overlap);
      if (best && total >= best.total) continue;
      const computeSeconds = waves * depth * mathPerDepth;
      best = { total, work, fixed, tile, splits, blocks: tiles * splits, waves, computeSeconds };
    }
  }
  if (!best) throw new RangeError("A product needs at least one tile to choose from.");
  const { total, tile, splits, blocks, waves, computeSeconds } = best;
  const took = c.launchSeconds + total;
  return { seconds: took, tile, splits, blocks, waves, memorySeconds, computeSeconds };
}

/** What the search keeps of the best choice so far, in seconds without the launch. */
interface Choice {
  readonly total: number;
  /** Arithmetic and operand fetches of all waves, joined. */
  readonly work: number;
  /** Partial sums. */
  readonly fixed: number;
  readonly tile: readonly [rows: number, columns: number];
  readonly splits: number;
  readonly blocks: number;
  readonly waves: number;
  readonly computeSeconds: number;
}

/** The q-norm of two times, relative to the longer so that no power under- or overflows. */
function join(a: number, b: number, overlap: number): number {
  const longer = Math.max(a, b);
  return longer * (1 + (Math.min(a, b) / longer) ** overlap) ** (1 / overlap);
}

/** Useful FLOP/s of a product that took so long, over the peak. */
export function gemmUtilisation({ m, n, k }: MatmulSize, took: number, peak: number): number {
  return (2 * m * n * k) / took / peak;
}
