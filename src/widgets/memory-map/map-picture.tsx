// Both memories, slot by slot, in rows from the first address to the last, and a bar of their parts under each.
import type { ReactNode } from "react";
import { formatCount } from "../../ui/format.ts";
import { round } from "../../ui/marker.tsx";
import { hatchFill, Picture, type DrawnPicture } from "../../ui/picture.tsx";
import { PARTS, shareOf, type MapScene, type Panel } from "./scene.ts";
import type { Piece } from "./timeline.ts";

const SLOTS_PER_ROW = 64;
const HEAD = 22;
const BAR_TOP = 10;
const BAR = 16;
const GAP = 32;
/** From this width on the two stand side by side. */
const SIDE_BY_SIDE = 640;
const NUM_COLOURS = 8;
/** Pixels that a digit takes. */
const DIGIT = 5.5;

interface Map {
  /** Of a slot. */
  readonly slotWidth: number;
  readonly rowHeight: number;
  readonly numRows: number;
}

/** A part of a piece that lies in one row. */
interface Run extends Piece {
  readonly row: number;
  /** First slot within the row. */
  readonly column: number;
}

function runsOf(pieces: readonly Piece[]): Run[] {
  return pieces.flatMap((piece) => {
    const runs: Run[] = [];
    const end = piece.start + piece.size;
    for (let start = piece.start; start < end;) {
      const row = Math.floor(start / SLOTS_PER_ROW);
      const size = Math.min(end, (row + 1) * SLOTS_PER_ROW) - start;
      runs.push({ ...piece, start, size, row, column: start - row * SLOTS_PER_ROW });
      start += size;
    }
    return runs;
  });
}

function runPath(runs: readonly Run[], map: Map, inset = 0): string {
  return runs
    .map(({ row, column, size }) => {
      const [x, y] = [column * map.slotWidth + inset, row * map.rowHeight + inset];
      const [width, height] = [size * map.slotWidth - 2 * inset, map.rowHeight - 1 - 2 * inset];
      return `M${round(x)} ${round(y)}h${round(width)}v${round(height)}H${round(x)}z`;
    })
    .join("");
}

/** Lines between blocks, or between regions: cut out of the colour. */
function blockLines(blockSize: number, { slotWidth, rowHeight, numRows }: Map): string {
  const lines: string[] = [];
  for (let slot = blockSize; slot < SLOTS_PER_ROW; slot += blockSize) {
    lines.push(`M${round(slot * slotWidth)} 0V${round(numRows * rowHeight)}`);
  }
  return lines.join("");
}

/** The number stands in the first run of a request, and wherever there is room after another's. */
function NumberLabels({ runs, map }: { readonly runs: readonly Run[]; readonly map: Map }) {
  return runs.map(({ request, kind, row, column, size, start }) => {
    if (request === undefined || kind !== "stored") return null;
    const text = String(request);
    if (size * map.slotWidth < text.length * DIGIT + 5) return null;
    return (
      <text
        key={start}
        className="memory-map-number"
        x={round(column * map.slotWidth + 3)}
        y={round((row + 0.5) * map.rowHeight + 2.6)}
      >
        {text}
      </text>
    );
  });
}

interface MemoryProps {
  readonly panel: Panel;
  readonly map: Map;
  readonly id: string;
}

function Memory({ panel, map, id }: MemoryProps): ReactNode {
  const runs = runsOf(panel.frame.pieces());
  const ofKind = (kind: Piece["kind"]) => runs.filter((run) => run.kind === kind);
  const held = runs.filter(({ kind, request }) => request !== undefined && kind !== "external");
  const width = SLOTS_PER_ROW * map.slotWidth;
  return (
    <>
      <rect
        className="memory-map-free"
        width={round(width)}
        height={round(map.numRows * map.rowHeight - 1)}
      />
      {Array.from({ length: NUM_COLOURS }, (_, colour) => (
        <path
          key={colour}
          fill={`var(--request-${colour + 1})`}
          d={runPath(
            held.filter(({ request = 0 }) => (request - 1) % NUM_COLOURS === colour),
            map,
          )}
        />
      ))}
      <path fill={hatchFill(`${id}reserved`)} d={runPath(ofKind("reserved"), map)} />
      <path fill={hatchFill(`${id}internal`)} d={runPath(ofKind("internal"), map)} />
      <path className="memory-map-lost" d={runPath(ofKind("external"), map, 1)} />
      {panel.blockSize !== undefined && (
        <path className="memory-map-lines" d={blockLines(panel.blockSize, map)} />
      )}
      <NumberLabels runs={runs} map={map} />
    </>
  );
}

/** Parts of the memory, side by side; `free` is what is left of the box. */
function PartsBar({
  panel,
  width,
  id,
}: {
  readonly panel: Panel;
  readonly width: number;
  readonly id: string;
}): ReactNode {
  const parts = PARTS.filter((part) => part.id !== "free");
  const sizes = parts.map((part) => shareOf(panel.frame, part.id) * width);
  return (
    <>
      <rect className="memory-map-free" width={round(width)} height={BAR} />
      {parts.map((part, index) => {
        const start = sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
        const size = sizes[index] ?? 0;
        if (size === 0) return null;
        const box = { x: round(start), width: round(size), height: BAR };
        if (part.id === "external") {
          const inner = { x: box.x + 1, y: 1, width: Math.max(0, box.width - 2), height: BAR - 2 };
          return <rect key={part.id} {...inner} className="memory-map-lost" />;
        }
        return (
          <g key={part.id}>
            <rect {...box} className="memory-map-part" />
            {part.id !== "stored" && <rect {...box} fill={hatchFill(`${id}${part.id}`)} />}
          </g>
        );
      })}
    </>
  );
}

/** Stripes of paper over a request's colour: thin ones for what will be used, broad ones for what never will. */
export function Stripes({ id }: { readonly id: string }): ReactNode {
  return (
    <>
      <pattern
        id={`${id}reserved`}
        width="5"
        height="5"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect width="2.5" height="5" fill="var(--paper)" />
      </pattern>
      <pattern
        id={`${id}internal`}
        width="5"
        height="5"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(-45)"
      >
        <rect width="4" height="5" fill="var(--paper)" />
      </pattern>
    </>
  );
}

function drawMap(scene: MapScene, width: number, id: string): DrawnPicture {
  const isWide = width >= SIDE_BY_SIDE;
  const panelWidth = isWide ? (width - GAP) / 2 : width;
  const map: Map = {
    slotWidth: panelWidth / SLOTS_PER_ROW,
    rowHeight: scene.slots > 1024 ? 11 : 14,
    numRows: Math.ceil(scene.slots / SLOTS_PER_ROW),
  };
  const mapHeight = map.numRows * map.rowHeight;
  const panelHeight = HEAD + mapHeight + BAR_TOP + BAR;
  const content = [scene.reserved, scene.paged].map((panel, index) => {
    const [x, y] = isWide ? [index * (panelWidth + GAP), 0] : [0, index * (panelHeight + GAP / 2)];
    return (
      <g key={panel.id} transform={`translate(${round(x)} ${round(y)})`} data-panel={panel.id}>
        <text y={13} className="memory-map-text">
          <tspan className="memory-map-strong">{panel.name}</tspan>
          {`: ${formatCount(panel.frame.numRunning)} running, ${formatCount(panel.frame.numWaiting)} waiting`}
        </text>
        <g transform={`translate(0 ${HEAD})`}>
          <Memory panel={panel} map={map} id={id} />
        </g>
        <g transform={`translate(0 ${HEAD + mapHeight + BAR_TOP})`}>
          <PartsBar panel={panel} width={panelWidth} id={id} />
        </g>
      </g>
    );
  });
  return {
    height: isWide ? panelHeight : 2 * panelHeight + GAP / 2,
    content: (
      <>
        <Stripes id={id} />
        {content}
      </>
    ),
  };
}

export function MapPicture({
  scene,
  description,
}: {
  readonly scene: MapScene;
  readonly description: string;
}): ReactNode {
  return <Picture description={description} draw={(width, id) => drawMap(scene, width, id)} />;
}
