// The output cut into tiles, coloured by the wave that makes them, and under it the SMs, once a wave.
import type { ReactNode } from "react";
import { formatCount } from "../../ui/format.ts";
import { round, seriesClass } from "../../ui/marker.tsx";
import { hatchFill, Picture, type DrawnPicture } from "../../ui/picture.tsx";
import { tilesOfWaves, type StaircaseScene } from "./scene.ts";

const TEXT_LINE = 18;
const MAX_TILE_WIDTH = 26;
const MAX_TILE_HEIGHT = 32;
/** Fixed, so that the slider moves nothing below: tiles get flatter as there are more. */
const MAP_HEIGHT = 64;
const SMS_PER_ROW = 12;
/** Grids in the one row that there is room for; of more waves the first ones and the last are drawn. */
const [GRIDS_WIDE, GRIDS_NARROW] = [6, 3];
const MAX_PITCH = 11;

interface TileMap {
  /** Of one tile, in pixels. */
  readonly width: number;
  readonly height: number;
}

function sizeTiles({ tileRows, tileColumns }: StaircaseScene, width: number): TileMap {
  return {
    width: Math.min(MAX_TILE_WIDTH, width / tileColumns),
    height: Math.min(MAX_TILE_HEIGHT, MAP_HEIGHT / tileRows),
  };
}

/** Tiles `from` to `to` (exclusive) in row-major order, as one path. */
function tilesPath(
  { tileColumns }: StaircaseScene,
  map: TileMap,
  from: number,
  to: number,
): string {
  let path = "";
  for (let first = from; first < to;) {
    const row = Math.floor(first / tileColumns);
    const end = Math.min(to, (row + 1) * tileColumns);
    const x = round((first - row * tileColumns) * map.width);
    path += `M${x} ${round(row * map.height)}h${round((end - first) * map.width)}v${round(map.height)}H${x}z`;
    first = end;
  }
  return path;
}

function gridLines({ tileRows, tileColumns }: StaircaseScene, map: TileMap): string {
  const [width, height] = [round(tileColumns * map.width), round(tileRows * map.height)];
  const lines: string[] = [];
  for (let row = 1; row < tileRows; row += 1) lines.push(`M0 ${round(row * map.height)}H${width}`);
  if (map.width >= 2.5) {
    for (let column = 1; column < tileColumns; column += 1) {
      lines.push(`M${round(column * map.width)} 0V${height}`);
    }
  }
  return lines.join("");
}

/** What lies in the last row and column of tiles outside of the output. */
function paddingPath(scene: StaircaseScene, map: TileMap): string {
  const { product, tile, tileRows, tileColumns } = scene;
  const [width, height] = [round(tileColumns * map.width), round(tileRows * map.height)];
  const usedWidth = round((product.n / tile.columns) * map.width);
  const usedHeight = round((product.m / tile.rows) * map.height);
  return `M${usedWidth} 0H${width}V${height}H0V${usedHeight}H${usedWidth}z`;
}

interface MapProps {
  readonly scene: StaircaseScene;
  readonly map: TileMap;
  readonly id: string;
}

function TileMapDrawing({ scene, map, id }: MapProps): ReactNode {
  const starts = tilesOfWaves(scene).map((_, wave) => wave * scene.gpu.numSms);
  return (
    <>
      <pattern
        id={id}
        width="5"
        height="5"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect width="3" height="5" fill="var(--paper)" />
      </pattern>
      {starts.map((start, wave) => (
        <path
          key={start}
          className={seriesClass(wave)}
          fill="var(--series)"
          d={tilesPath(scene, map, start, Math.min(scene.tiles, start + scene.gpu.numSms))}
        />
      ))}
      <path d={paddingPath(scene, map)} fill={hatchFill(id)} />
      <path d={gridLines(scene, map)} className="staircase-lines" />
    </>
  );
}

interface GridProps {
  readonly wave: number;
  readonly busy: number;
  readonly sms: number;
  /** Distance of two cells. */
  readonly pitch: number;
}

/** A square an SM; those without a tile are outlined. */
function SmGrid({ wave, busy, sms, pitch }: GridProps): ReactNode {
  const side = round(pitch - Math.max(1, pitch * 0.15));
  const cells = (from: number, to: number, inset: number) => {
    let path = "";
    for (let i = from; i < to; i += 1) {
      const x = round((i % SMS_PER_ROW) * pitch + inset);
      const y = round(Math.floor(i / SMS_PER_ROW) * pitch + inset);
      path += `M${x} ${y}h${side - 2 * inset}v${side - 2 * inset}H${x}z`;
    }
    return path;
  };
  return (
    <g className={seriesClass(wave)}>
      <path fill="var(--series)" d={cells(0, busy, 0)} />
      <path className="staircase-idle" d={cells(busy, sms, 0.5)} />
    </g>
  );
}

/** All waves, or the first ones and the last. */
function shownWaves(waves: number, room: number): number[] {
  if (waves <= room) return Array.from({ length: waves }, (_, i) => i);
  return [...Array.from({ length: room - 1 }, (_, i) => i), waves - 1];
}

function writeWave(wave: number, busy: number, sms: number): [string, string] {
  const name = `Wave ${formatCount(wave + 1)}`;
  if (busy === sms) return [name, `all ${formatCount(sms)} busy`];
  return [name, `${formatCount(busy)} busy, ${formatCount(sms - busy)} idle`];
}

function drawGrids(scene: StaircaseScene, width: number): DrawnPicture {
  const counts = tilesOfWaves(scene);
  const sms = scene.gpu.numSms;
  const room = width < 560 ? GRIDS_NARROW : GRIDS_WIDE;
  const cellWidth = width / room;
  const pitch = Math.min(MAX_PITCH, (cellWidth - 10) / SMS_PER_ROW);
  const shown = shownWaves(scene.waves, room);
  return {
    height: 2 * TEXT_LINE + Math.ceil(sms / SMS_PER_ROW) * pitch + 4,
    content: shown.map((wave, i) => {
      const [name, count] = writeWave(wave, counts[wave] ?? 0, sms);
      const isAfterGap = i > 0 && wave !== (shown[i - 1] ?? 0) + 1;
      return (
        <g key={wave} transform={`translate(${round(i * cellWidth)} 0)`}>
          <text y={12} className="staircase-strong">
            {isAfterGap ? `… ${name}` : name}
          </text>
          <text y={12 + TEXT_LINE * 0.85}>{count}</text>
          <g transform={`translate(0 ${2 * TEXT_LINE - 2})`}>
            <SmGrid wave={wave} busy={counts[wave] ?? 0} sms={sms} pitch={pitch} />
          </g>
        </g>
      );
    }),
  };
}

function drawWaves(scene: StaircaseScene, width: number, id: string): DrawnPicture {
  const map = sizeTiles(scene, width);
  const { product, tileRows, tileColumns } = scene;
  const mapTop = TEXT_LINE + 4;
  const gridsTop = mapTop + MAP_HEIGHT + 20;
  const grids = drawGrids(scene, width);
  return {
    height: gridsTop + grids.height,
    content: (
      <g className="staircase-text">
        <text y={12}>
          <tspan className="staircase-strong">
            Output, {formatCount(product.m)} × {formatCount(product.n)}
          </tspan>
          {`: ${formatCount(tileRows)} × ${formatCount(tileColumns)} tiles`}
        </text>
        <g transform={`translate(0 ${mapTop})`}>
          <TileMapDrawing scene={scene} map={map} id={id} />
        </g>
        <g transform={`translate(0 ${gridsTop})`}>{grids.content}</g>
      </g>
    ),
  };
}

export function WavesPicture({
  scene,
  description,
}: {
  readonly scene: StaircaseScene;
  readonly description: string;
}): ReactNode {
  return <Picture description={description} draw={(width, id) => drawWaves(scene, width, id)} />;
}
