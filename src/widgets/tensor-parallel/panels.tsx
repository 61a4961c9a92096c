// Three panels, a row for each number of GPUs: memory of a GPU, time of a step, KV heads.
import type { ReactNode } from "react";
import { formatBytes, formatSeconds } from "../../ui/format.ts";
import { round } from "../../ui/marker.tsx";
import { Hatch, hatchFill, Picture, type DrawnPicture } from "../../ui/picture.tsx";
import {
  ownSeconds,
  writeGpus,
  type LinkedStep,
  type ParallelScene,
  type RankRow,
} from "./scene.ts";

const NAME_WIDTH = 56;
const LINK_WIDTH = 46;
const VALUE_WIDTH = 62;
/** "memory 80.0 GB". */
const LINE_LABEL = 105;
const ROW = 42;
const TITLE = 26;
const BAR = 14;
const PANEL_GAP = 28;
const TWO_COLUMNS_FROM = 620;

export const PARTS = {
  weights: { label: "weights", colour: "weights" },
  cache: { label: "KV cache", colour: "key" },
  memory: { label: "waiting for memory", colour: "memory-bound" },
  compute: { label: "waiting for arithmetic", colour: "compute-bound" },
  allReduce: { label: "all-reduces", colour: "series-4" },
} as const;

interface Brush {
  readonly id: string;
  /** Of the panel. */
  readonly width: number;
}

interface Piece {
  readonly key: string;
  readonly colour: string;
  readonly value: number;
}

interface CutPiece extends Piece {
  readonly from: number;
  readonly to: number;
  readonly isOver: boolean;
}

/** Pieces end to end, cut at the limit: what is below fits, what is above does not. */
function cutAt(limit: number, pieces: readonly Piece[]): CutPiece[] {
  let sum = 0;
  return pieces.flatMap((piece) => {
    const [from, to] = [sum, sum + piece.value];
    sum = to;
    return [
      { ...piece, from, to: Math.min(to, limit), isOver: false },
      { ...piece, from: Math.max(from, limit), to, isOver: true },
    ].filter((part) => part.to > part.from);
  });
}

interface StackProps {
  readonly pieces: readonly Piece[];
  /** Pixels a unit. */
  readonly scale: number;
  readonly height: number;
}

function Stack({ pieces, scale, height }: StackProps): ReactNode {
  let sum = 0;
  return pieces.map(({ key, colour, value }) => {
    const x = round(sum * scale);
    sum += value;
    return (
      <rect
        key={key}
        x={x}
        width={round(Math.max(0, sum * scale - x))}
        height={height}
        fill={`var(--${colour})`}
      />
    );
  });
}

function RowNames({ scene }: { readonly scene: ParallelScene }): ReactNode {
  return scene.rows.map((row, i) => (
    <text
      key={row.ranks}
      y={TITLE + i * ROW + 21}
      className={row.fits ? "tensor-parallel-strong" : ""}
    >
      {writeGpus(row.ranks)}
    </text>
  ));
}

function Problem({ row, y }: { readonly row: RankRow; readonly y: number }): ReactNode {
  return <text y={y + 21}>{row.problem === undefined ? "" : "cannot be split evenly"}</text>;
}

function MemoryPanel({
  scene,
  brush,
}: {
  readonly scene: ParallelScene;
  readonly brush: Brush;
}): ReactNode {
  const { rows, gpu } = scene;
  const room = brush.width - NAME_WIDTH - VALUE_WIDTH;
  const most = Math.max(gpu.memory, ...rows.map(({ weights, cache }) => weights + cache));
  const scale = room / most;
  const line = round(gpu.memory * scale);
  const isAtEdge = line + 5 + LINE_LABEL > room + VALUE_WIDTH;
  return (
    <>
      <text y={12} className="tensor-parallel-strong">
        Memory of each GPU
      </text>
      <RowNames scene={scene} />
      <g transform={`translate(${NAME_WIDTH} 0)`}>
        {rows.map((row, i) => {
          const needed = row.weights + row.cache;
          const y = TITLE + i * ROW;
          if (row.problem !== undefined) return <Problem key={row.ranks} row={row} y={y} />;
          return (
            <g key={row.ranks} transform={`translate(0 ${y + 6})`}>
              {cutAt(gpu.memory, [
                { key: "weights", colour: PARTS.weights.colour, value: row.weights },
                { key: "cache", colour: PARTS.cache.colour, value: row.cache },
              ]).map(({ key, colour, from, to, isOver }) => (
                <rect
                  key={`${key} ${isOver}`}
                  x={round(from * scale)}
                  width={round((to - from) * scale)}
                  height={BAR + 6}
                  fill={isOver ? hatchFill(`${brush.id}-${key}`) : `var(--${colour})`}
                  stroke={isOver ? `var(--${colour})` : "none"}
                />
              ))}
              <text
                x={round(Math.max(needed * scale, line) + 6)}
                y={15}
                className="tensor-parallel-number"
              >
                {formatBytes(needed)}
              </text>
            </g>
          );
        })}
        <path className="chart-rule" d={`M${line} ${TITLE - 4}v${rows.length * ROW}`} />
        <text
          x={isAtEdge ? line - 5 : line + 5}
          y={TITLE + rows.length * ROW + 8}
          textAnchor={isAtEdge ? "end" : "start"}
          className="tensor-parallel-line"
        >
          memory {formatBytes(gpu.memory)}
        </text>
      </g>
    </>
  );
}

interface TimedBar {
  readonly name: string;
  readonly pieces: readonly Piece[];
  readonly seconds: number;
}

function toBar(name: string, row: RankRow, step: LinkedStep | undefined): TimedBar[] {
  const { own } = row;
  if (own === undefined || (step === undefined && row.ranks > 1)) return [];
  const allReduce = step?.allReduce ?? 0;
  return [
    {
      name,
      pieces: [
        { key: "memory", colour: PARTS.memory.colour, value: own.memory },
        { key: "compute", colour: PARTS.compute.colour, value: own.compute },
        { key: "allReduce", colour: PARTS.allReduce.colour, value: allReduce },
      ],
      seconds: (ownSeconds(row) ?? 0) + allReduce,
    },
  ];
}

function barsOf(row: RankRow): TimedBar[] {
  if (row.ranks === 1) return toBar("alone", row, undefined);
  return [...toBar("NVLink", row, row.nvlink), ...toBar("PCIe", row, row.pcie)];
}

/** Two bars share a row; one alone stands in its middle. */
function barTop(count: number, index: number): number {
  return count === 1 ? 9 : index * (BAR + 4);
}

function TimePanel({
  scene,
  brush,
  hasNames,
}: {
  readonly scene: ParallelScene;
  readonly brush: Brush;
  readonly hasNames: boolean;
}): ReactNode {
  const left = hasNames ? NAME_WIDTH : 0;
  const room = brush.width - left - LINK_WIDTH - VALUE_WIDTH;
  const bars = scene.rows.map(barsOf);
  const most = Math.max(...bars.flat().map(({ seconds }) => seconds), Number.MIN_VALUE);
  return (
    <>
      <text y={12} className="tensor-parallel-strong">
        Time of a decode step
      </text>
      {hasNames && <RowNames scene={scene} />}
      <g transform={`translate(${left} 0)`}>
        {scene.rows.map((row, i) => {
          const y = TITLE + i * ROW;
          if (row.problem !== undefined) return <Problem key={row.ranks} row={row} y={y} />;
          const ofRow = bars[i] ?? [];
          return ofRow.map((bar, j) => (
            <g
              key={`${row.ranks} ${bar.name}`}
              transform={`translate(0 ${y + barTop(ofRow.length, j)})`}
            >
              <text y={11} className="tensor-parallel-small">
                {bar.name}
              </text>
              <g transform={`translate(${LINK_WIDTH} 0)`} opacity={row.fits ? undefined : 0.4}>
                <Stack pieces={bar.pieces} scale={room / most} height={BAR} />
              </g>
              <text
                x={round(LINK_WIDTH + (bar.seconds / most) * room + 6)}
                y={11}
                className="tensor-parallel-number"
              >
                {formatSeconds(bar.seconds)}
              </text>
            </g>
          ));
        })}
      </g>
    </>
  );
}

const HEAD_ROW = 20;
const WIDEST_HEAD = 10;

/** A box a GPU, a square a KV head; copies are hatched. */
function HeadsPanel({
  scene,
  brush,
}: {
  readonly scene: ParallelScene;
  readonly brush: Brush;
}): ReactNode {
  const room = brush.width - NAME_WIDTH;
  const most = Math.max(...scene.rows.map((row) => row.ranks * (row.headsPerRank + 0.8)));
  const side = Math.min(WIDEST_HEAD, room / most - 0.5);
  return (
    <>
      <text y={12} className="tensor-parallel-strong">
        {scene.model.shape.latent === undefined ? "KV heads of each GPU" : "The latent on each GPU"}
      </text>
      {scene.rows.map((row, i) => {
        const boxWidth = row.headsPerRank * side + side * 0.3;
        const squares = (rank: number) => {
          const isCopy = rank % row.copies !== 0;
          return (
            <rect
              x={round(side * 0.15)}
              y={2}
              width={round(row.headsPerRank * side)}
              height={round(side)}
              fill={isCopy ? hatchFill(`${brush.id}-cache`) : "var(--key)"}
            />
          );
        };
        const cuts = Array.from(
          { length: Math.ceil(row.headsPerRank) - 1 },
          (_, head) => `M${round(side * (head + 1.15))} 2v${round(side)}`,
        ).join("");
        return (
          <g key={row.ranks} transform={`translate(0 ${TITLE + i * HEAD_ROW - 4})`}>
            <text y={side / 2 + 6}>{writeGpus(row.ranks)}</text>
            <g transform={`translate(${NAME_WIDTH} 0)`}>
              {row.problem === undefined ? (
                Array.from({ length: row.ranks }, (_, rank) => (
                  <g key={rank} transform={`translate(${round(rank * (boxWidth + side * 0.5))} 0)`}>
                    {squares(rank)}
                    <path className="tensor-parallel-cut" d={cuts} />
                    <rect
                      className="tensor-parallel-box"
                      width={round(boxWidth)}
                      height={round(side + 4)}
                    />
                  </g>
                ))
              ) : (
                <text y={side / 2 + 6}>cannot be split evenly</text>
              )}
            </g>
          </g>
        );
      })}
    </>
  );
}

function drawPanels(scene: ParallelScene, width: number, id: string): DrawnPicture {
  const isTwo = width >= TWO_COLUMNS_FROM;
  const column = isTwo ? (width - PANEL_GAP) / 2 : width;
  const panel = TITLE + scene.rows.length * ROW + 20;
  const headsTop = (isTwo ? panel : 2 * panel) + 6;
  return {
    height: headsTop + TITLE + scene.rows.length * HEAD_ROW,
    content: (
      <g className="tensor-parallel-text">
        <Hatch id={`${id}-weights`} colour={PARTS.weights.colour} />
        <Hatch id={`${id}-cache`} colour={PARTS.cache.colour} />
        <MemoryPanel scene={scene} brush={{ id, width: column }} />
        <g transform={isTwo ? `translate(${column + PANEL_GAP} 0)` : `translate(0 ${panel})`}>
          <TimePanel scene={scene} brush={{ id, width: column }} hasNames={!isTwo} />
        </g>
        <g transform={`translate(0 ${headsTop})`}>
          <HeadsPanel scene={scene} brush={{ id, width }} />
        </g>
      </g>
    ),
  };
}

export function Panels({
  scene,
  description,
}: {
  readonly scene: ParallelScene;
  readonly description: string;
}): ReactNode {
  return <Picture description={description} draw={(width, id) => drawPanels(scene, width, id)} />;
}
