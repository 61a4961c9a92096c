// Tile and wave quantisation: a product's output is cut into tiles, and the SMs work through them in whole rounds.
import { requireCount, requirePositive } from "../roofline/require.ts";

/** Rows and columns of the output that one thread block makes. */
export type Tile = readonly [rows: number, columns: number];

export interface TiledOutput {
  /** Rows of the output. */
  readonly m: number;
  /** Columns of the output. */
  readonly n: number;
  readonly tile: Tile;
}

export interface WaveEfficiency {
  readonly tiles: number;
  readonly waves: number;
  /** Useful share of all tile places in all waves: `m·n / (waves·sms·rows·columns)`; the product of the next two. */
  readonly efficiency: number;
  /** Useful share of the tiles: below 1 where the last row or column of tiles is cut by the edge. */
  readonly tileEfficiency: number;
  /** Share of the places in all waves that hold a tile: below 1 where the last wave is not full. */
  readonly waveOccupancy: number;
  /** Tiles of the last wave. */
  readonly lastWave: number;
}

/**
 * Tiles that cover an output, those at the edges cut: `⌈m / rows⌉·⌈n / columns⌉`.
 *
 * @throws RangeError if a size is not a positive whole number.
 */
export function tileCount({ m, n, tile }: TiledOutput): number {
  const [rows, columns] = tile;
  requireCount("The rows of an output", m);
  requireCount("The columns of an output", n);
  requireCount("The rows of a tile", rows);
  requireCount("The columns of a tile", columns);
  return Math.ceil(m / rows) * Math.ceil(n / columns);
}

/** Rounds in which `sms` SMs, one tile each, get through the tiles. */
export function waveCount(tiles: number, sms: number): number {
  requireCount("The number of tiles", tiles);
  requireCount("The number of SMs", sms);
  return Math.ceil(tiles / sms);
}

/**
 * How much of the machine an output fills.
 *
 * @throws RangeError if a size is not a positive whole number.
 * @see NVIDIA, "Matrix Multiplication Background User's Guide", tile and wave quantization
 */
export function waveEfficiency(output: TiledOutput & { readonly sms: number }): WaveEfficiency {
  const { m, n, tile, sms } = output;
  const tiles = tileCount(output);
  const waves = waveCount(tiles, sms);
  const tileEfficiency = (m * n) / (tiles * tile[0] * tile[1]);
  const waveOccupancy = tiles / (waves * sms);
  return {
    tiles,
    waves,
    efficiency: (m * n) / (waves * sms * tile[0] * tile[1]),
    tileEfficiency,
    waveOccupancy,
    lastWave: tiles - (waves - 1) * sms,
  };
}

/** What tensor cores of the A100 and later want the leading dimensions to be a multiple of. */
export const TENSOR_CORE_BYTES = 128;

export interface Alignment {
  readonly isAligned: boolean;
  /** Elements that make 128 bytes: 64 in 16 bits. */
  readonly multiple: number;
  /** The aligned sizes around it; `below` is 0 for a size smaller than one multiple. */
  readonly below: number;
  readonly above: number;
  /** Bytes of the largest power of two that divides a row: kernels load so many at once, 16 at most. */
  readonly loadBytes: number;
}

/**
 * Whether rows of so many elements begin on 128-byte boundaries.
 *
 * @param elementBytes - bytes of one element: 2 for fp16 and bf16; 0.5 for 4 bits.
 * @throws RangeError if the size is not a positive whole number, or the bytes are not a power of two from 0.5 to 8.
 */
export function alignment(size: number, elementBytes: number): Alignment {
  requireCount("A size", size);
  requirePositive("The bytes of an element", elementBytes);
  const multiple = TENSOR_CORE_BYTES / elementBytes;
  if (![0.5, 1, 2, 4, 8].includes(elementBytes)) {
    throw new RangeError(`An element takes 0.5, 1, 2, 4 or 8 bytes; got ${elementBytes}.`);
  }
  const below = Math.floor(size / multiple) * multiple;
  const isAligned = below === size;
  let loadElements = 1;
  while (size % (loadElements * 2) === 0 && loadElements * 2 * elementBytes <= WIDEST_LOAD) {
    loadElements *= 2;
  }
  return {
    isAligned,
    multiple,
    below,
    above: isAligned ? size : below + multiple,
    loadBytes: loadElements * elementBytes,
  };
}

/** Bytes that one thread loads at most with one instruction. */
const WIDEST_LOAD = 16;
