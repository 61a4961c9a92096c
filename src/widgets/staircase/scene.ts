// What the picture shows: the output of a product cut into tiles, the tiles dealt to the SMs wave by wave, and the
// time that follows, beside what was measured. Pure.
import { findGpu, type GpuEntry } from "../../core/catalog/gpus/gpus.ts";
import { linearLayerCost, timeOfCost } from "../../core/roofline/roofline.ts";
import { waveEfficiency } from "../../core/shapes/tiles.ts";
import { counted } from "../../core/units/grouped.ts";
import { seconds, type Seconds } from "../../core/units/units.ts";
import type { DataTable } from "../../figure/widget.ts";
import { formatCount, formatPercent, formatSeconds } from "../../ui/format.ts";
import { findLayer, measurementsOf, type Layer } from "./layers.ts";
import { MAX_ROWS, OWN_SIZE } from "./parameters.ts";

export interface StaircaseValues {
  readonly layer: string;
  readonly hardware: string;
  readonly tile: string;
  /** M, N and K of the product. */
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
}

export interface Tile {
  readonly rows: number;
  readonly columns: number;
}

export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** How one number of rows falls on the SMs. */
export interface Step {
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly tiles: number;
  readonly waves: number;
  /** Tiles of the last wave. */
  readonly lastWave: number;
  /** Outputs that are asked for, over the outputs that the waves have room for. */
  readonly efficiency: number;
  /** All waves at the peak rate, padding and idle SMs included. */
  readonly waveSeconds: Seconds;
  /** Operands read and results written once, at the full bandwidth. */
  readonly memorySeconds: Seconds;
  /** The longer of the two: no kernel with these tiles is faster. */
  readonly floor: Seconds;
}

export interface CurvePoint {
  readonly rows: number;
  readonly seconds: Seconds;
}

export interface StaircaseScene extends Step {
  readonly gpu: GpuEntry;
  readonly product: Product;
  readonly tile: Tile;
  /** The chart ends here. */
  readonly lastRow: number;
  /** The modelled floor at the first and the last row of every tile. */
  readonly curve: readonly CurvePoint[];
  /** Empty where this size was not measured. */
  readonly measured: readonly CurvePoint[];
  /** The measurement at most this many rows, nearest to them. */
  readonly nearest: CurvePoint | undefined;
}

/** The chart ends here until the slider passes it. */
const FIRST_ROWS = 1024;
const BYTES = 2;

export function parseTile(text: string): Tile {
  const [rows = 0, columns = 0] = text.split("x").map(Number);
  return { rows, columns };
}

function productOf(layer: Layer | undefined, { rows, columns, inner }: StaircaseValues): Product {
  if (layer === undefined) return { m: rows, n: columns, k: inner };
  return { m: rows, n: layer.outputs, k: layer.inputs };
}

export function stepOf({ m, n, k }: Product, tile: Tile, gpu: GpuEntry): Step {
  const { tiles, waves, lastWave, efficiency } = waveEfficiency({
    m,
    n,
    tile: [tile.rows, tile.columns],
    sms: gpu.numSms,
  });
  const flopsPerWave = 2 * gpu.numSms * tile.rows * tile.columns * k;
  const waveSeconds = seconds((waves * flopsPerWave) / gpu.peakFlops);
  const cost = linearLayerCost({ inputs: k, outputs: n, batch: m, bytesPerElement: BYTES });
  const { memory } = timeOfCost(cost, gpu);
  return {
    tileRows: Math.ceil(m / tile.rows),
    tileColumns: Math.ceil(n / tile.columns),
    tiles,
    waves,
    lastWave,
    efficiency,
    waveSeconds,
    memorySeconds: memory,
    floor: seconds(Math.max(waveSeconds, memory)),
  };
}

/** A tread a row of tiles: the time is level inside it but for the bytes. */
function makeCurve(product: Product, tile: Tile, gpu: GpuEntry, lastRow: number): CurvePoint[] {
  const points: CurvePoint[] = [];
  for (let start = 0; start < lastRow; start += tile.rows) {
    for (const rows of [start + 1, start + tile.rows]) {
      points.push({ rows, seconds: stepOf({ ...product, m: rows }, tile, gpu).floor });
    }
  }
  return points;
}

export function createScene(values: StaircaseValues): StaircaseScene {
  const gpu = findGpu(values.hardware);
  if (gpu === undefined) throw new Error(`The catalogue holds no GPU "${values.hardware}".`);
  const layer = values.layer === OWN_SIZE ? undefined : findLayer(values.layer);
  const [product, tile] = [productOf(layer, values), parseTile(values.tile)];
  const lastRow = values.rows <= FIRST_ROWS ? FIRST_ROWS : MAX_ROWS;
  const measured = (layer === undefined ? [] : measurementsOf(layer, gpu.id))
    .filter(({ tokens }) => tokens <= lastRow)
    .map(({ tokens, seconds: time }) => ({ rows: tokens, seconds: time }));
  return {
    ...stepOf(product, tile, gpu),
    gpu,
    product,
    tile,
    lastRow,
    curve: makeCurve(product, tile, gpu, lastRow),
    measured,
    nearest: measured.findLast(({ rows }) => rows <= product.m),
  };
}

/** Tiles that each wave has, first wave first. */
export function tilesOfWaves({ waves, lastWave, gpu }: StaircaseScene): number[] {
  return Array.from({ length: waves }, (_, i) => (i === waves - 1 ? lastWave : gpu.numSms));
}

export function describeScene({ product, tiles, waves, gpu, ...scene }: StaircaseScene): string {
  const { m, n, k } = product;
  const size = `${counted(m, "token")} times ${formatCount(k)} × ${formatCount(n)} weights`;
  const idle = gpu.numSms - scene.lastWave;
  const tail =
    idle === 0 ? "every SM busy to the end" : `${formatCount(idle)} SMs idle in the last`;
  return `On an ${gpu.name}, ${size} make ${formatCount(tiles)} tiles: ${countOf(waves, "wave")} with ${tail}, ${formatPercent(scene.efficiency, 3)} of the work asked for, at least ${formatSeconds(scene.floor)}${writeNearest(scene.nearest)}.`;
}

function writeNearest(nearest: CurvePoint | undefined): string {
  if (nearest === undefined) return "";
  return `; measured at ${countOf(nearest.rows, "token")}: ${formatSeconds(nearest.seconds)}`;
}

function countOf(count: number, thing: string): string {
  return `${formatCount(count)} ${thing}${count === 1 ? "" : "s"}`;
}

/** Every measured number of tokens; without measurements, the last row of every tile. */
export function makeTable({ product, tile, gpu, measured, curve }: StaircaseScene): DataTable {
  const times = new Map(measured.map(({ rows, seconds: time }) => [rows, time]));
  const rows = times.size > 0 ? [...times.keys()] : curve.map((point) => point.rows);
  return {
    caption: `${formatCount(product.k)} × ${formatCount(product.n)} weights on an ${gpu.name}, tiles of ${tile.rows} × ${tile.columns}; measured: microsoft/vidur, MIT, commit 7d47513`,
    columns: ["Tokens", "Tiles", "Waves", "Efficiency", "Modelled floor", "Measured"],
    rows: rows.map((m) => {
      const step = stepOf({ ...product, m }, tile, gpu);
      return [
        m,
        step.tiles,
        step.waves,
        formatPercent(step.efficiency, 3),
        formatSeconds(step.floor),
        formatSeconds(times.get(m)),
      ];
    }),
  };
}
