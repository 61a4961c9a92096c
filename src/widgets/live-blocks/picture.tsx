// One SVG: each request with its logical blocks and its block table, and the pool, block by block.
import type { ReactNode } from "react";
import { Picture, type DrawnPicture } from "../../ui/picture.tsx";
import { PROMPTS } from "./prompts.ts";
import { count, describeScene, type HeldBlock, type RequestScene, type Scene } from "./scene.ts";

/** Two columns from here on. */
const MIN_WIDE = 640;
const COLUMN = 322;
const COLUMN_GAP = 36;
/** Half of the widest line, which would be cut off. */
const EDGE = 1;
const HEADING = 24;
const ENTRY = { width: 48, slots: 11, height: 20, gap: 6 };
const ROW = 66;
const CELL = { columns: 8, slots: 13, height: 46, gap: 6 };
const STACKED_GAP = 12;

/** By the request's place: its letter goes with it. */
export function colourOf(sequence: number): string {
  return `var(--request-${(sequence % 8) + 1})`;
}

interface PlaceProps {
  readonly x: number;
  readonly y: number;
}

/** The slots of one block: stored, awaited and empty ones, from the left. */
function Slots({
  x,
  y,
  width,
  height,
  block,
  blockSize,
}: PlaceProps & {
  readonly width: number;
  readonly height: number;
  readonly block: HeldBlock | undefined;
  readonly blockSize: number;
}): ReactNode {
  const slot = width / blockSize;
  const { numFilled, numAwaited, sequence } = block ?? {
    numFilled: 0,
    numAwaited: 0,
    sequence: 0,
  };
  return (
    <g>
      <rect x={x} y={y} width={numFilled * slot} height={height} fill={colourOf(sequence)} />
      <rect
        className="live-blocks-awaited"
        x={x + numFilled * slot}
        y={y}
        width={numAwaited * slot}
        height={height}
        fill={colourOf(sequence)}
      />
      <rect
        className={block === undefined ? "live-blocks-free" : "live-blocks-frame"}
        x={x}
        y={y}
        width={width}
        height={height}
      />
    </g>
  );
}

function Request({
  x,
  y,
  request,
  row,
  blockSize,
}: PlaceProps & {
  readonly request: RequestScene;
  readonly row: number;
  readonly blockSize: number;
}): ReactNode {
  const { name, numTokens, blocks } = request;
  return (
    <g>
      <rect x={x} y={y + 1} width={12} height={12} rx={2} fill={colourOf(row)} />
      <text className="live-blocks-name" x={x + 18} y={y + 12}>
        {name}
      </text>
      <text className="live-blocks-note" x={x + 34} y={y + 12}>
        {`${count(numTokens, "token")} in ${count(blocks.length, "block")}`}
      </text>
      {blocks.map((block, index) => {
        const left = x + index * (ENTRY.width + ENTRY.gap);
        return (
          <g key={block.id}>
            <Slots
              x={left}
              y={y + 20}
              width={ENTRY.width}
              height={ENTRY.slots}
              block={block}
              blockSize={blockSize}
            />
            <rect
              className="live-blocks-frame"
              x={left}
              y={y + 20 + ENTRY.slots + 2}
              width={ENTRY.width}
              height={ENTRY.height}
            />
            <text x={left + ENTRY.width / 2} y={y + 48} textAnchor="middle">
              {block.id}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Cell({
  x,
  y,
  width,
  id,
  block,
  scene,
}: PlaceProps & {
  readonly width: number;
  readonly id: number;
  readonly block: HeldBlock | undefined;
  readonly scene: Scene;
}): ReactNode {
  return (
    <g>
      <text className="live-blocks-note" x={x} y={y + 12}>
        {id}
      </text>
      {block !== undefined && (
        <text className="live-blocks-name" x={x + (id < 10 ? 11 : 18)} y={y + 12}>
          {scene.requests[block.sequence]?.name}
        </text>
      )}
      <Slots
        x={x}
        y={y + 17}
        width={width}
        height={CELL.slots}
        block={block}
        blockSize={scene.blockSize}
      />
    </g>
  );
}

function Heading({ x, y, children }: PlaceProps & { readonly children: string }): ReactNode {
  return (
    <text className="live-blocks-note" x={x} y={y + 12}>
      {children}
    </text>
  );
}

function draw(scene: Scene, width: number): DrawnPicture {
  const { requests, pool, blockSize, numFree } = scene;
  const isWide = width >= MIN_WIDE;
  const requestsHeight = HEADING + PROMPTS.length * ROW;
  const [left, top] = isWide ? [COLUMN + COLUMN_GAP, 0] : [0, requestsHeight + STACKED_GAP];
  const cellWidth = (width - 2 * EDGE - left - (CELL.columns - 1) * CELL.gap) / CELL.columns;
  const numRows = Math.ceil(pool.length / CELL.columns);
  const poolHeight = HEADING + numRows * CELL.height;
  const content = (
    <g className="live-blocks-text" transform={`translate(${EDGE} 0)`}>
      <Heading x={0} y={0}>
        Requests: slots of each block, and the block table
      </Heading>
      {requests.length === 0 && (
        <text className="live-blocks-note" x={0} y={HEADING + 14}>
          none yet: press Run
        </text>
      )}
      {requests.map((request, row) => (
        <Request
          key={request.name}
          x={0}
          y={HEADING + row * ROW}
          request={request}
          row={row}
          blockSize={blockSize}
        />
      ))}
      <Heading x={left} y={top}>
        {`Pool of ${pool.length} blocks of ${blockSize} tokens, ${numFree} free`}
      </Heading>
      {pool.map((block, id) => (
        <Cell
          key={id}
          x={left + (id % CELL.columns) * (cellWidth + CELL.gap)}
          y={top + HEADING + Math.floor(id / CELL.columns) * CELL.height}
          width={cellWidth}
          id={id}
          block={block}
          scene={scene}
        />
      ))}
    </g>
  );
  return { height: Math.max(requestsHeight, top + poolHeight), content };
}

export function BlocksPicture({ scene }: { readonly scene: Scene }): ReactNode {
  return <Picture description={describeScene(scene)} draw={(width) => draw(scene, width)} />;
}
