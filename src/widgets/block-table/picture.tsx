// One SVG: each sequence with its logical blocks and its block table, physical memory, and the free queue.
import type { ReactNode } from "react";
import { Hatch, hatchFill, Picture, type DrawnPicture } from "../../ui/picture.tsx";
import {
  BLOCK_SIZE,
  countOf,
  type BlockMarks,
  type BlockState,
  type SequenceState,
} from "./machine.ts";
import { describeScene, type BlockTableScene } from "./scene.ts";

/** Two columns from here on. */
const MIN_WIDE = 640;
const COLUMN = 330;
/** Half of the widest line, which would be cut off. */
const EDGE = 1.5;
const GAP = 14;
const HEADING = 22;
const ENTRY = { width: 38, slots: 10, height: 20, gap: 3 };
const ROW = 66;
const CARD = { height: 48, gap: 8, columns: 2 };
const CHIP = { width: 26, height: 22, gap: 5 };
const NUM_COLOURS = 8;

/** A sequence keeps the colour of its letter. */
function colourOf(name: string): string {
  const index = Math.max(0, name.charCodeAt(0) - "A".charCodeAt(0));
  return `var(--request-${(index % NUM_COLOURS) + 1})`;
}

/** Of who wrote it; the common start belongs to nobody. */
function colourOfToken(token: string): string {
  return token.startsWith("s") ? "var(--muted)" : colourOf(token);
}

interface PlaceProps {
  readonly x: number;
  readonly y: number;
}

function Entry({
  x,
  y,
  block,
  numTokens,
  colour,
  isMarked,
}: PlaceProps & {
  readonly block: number;
  /** In this block. */
  readonly numTokens: number;
  readonly colour: string;
  readonly isMarked: boolean;
}): ReactNode {
  const slot = ENTRY.width / BLOCK_SIZE;
  return (
    <g>
      {Array.from({ length: BLOCK_SIZE }, (_, index) => (
        <rect
          key={index}
          className="block-table-slot"
          x={x + index * slot}
          y={y}
          width={slot}
          height={ENTRY.slots}
          fill={index < numTokens ? colour : "none"}
        />
      ))}
      <rect
        className={isMarked ? "block-table-entry block-table-marked" : "block-table-entry"}
        x={x}
        y={y + ENTRY.slots + 2}
        width={ENTRY.width}
        height={ENTRY.height}
      />
      <text x={x + ENTRY.width / 2} y={y + ENTRY.slots + 17} textAnchor="middle">
        {block}
      </text>
    </g>
  );
}

function Sequence({
  x,
  y,
  sequence,
  marks,
}: PlaceProps & { readonly sequence: SequenceState; readonly marks: BlockMarks }): ReactNode {
  const { name, numTokens, blockTable } = sequence;
  const colour = colourOf(name);
  return (
    <g>
      <rect x={x} y={y + 1} width={12} height={12} rx={2} fill={colour} />
      <text className="block-table-name" x={x + 18} y={y + 12}>
        {name}
      </text>
      <text className="block-table-note" x={x + 34} y={y + 12}>
        {`${countOf(numTokens, "token")} in ${countOf(blockTable.length, "block")}`}
      </text>
      {blockTable.map((block, index) => (
        <Entry
          key={index}
          x={x + index * (ENTRY.width + ENTRY.gap)}
          y={y + 20}
          block={block}
          numTokens={Math.min(BLOCK_SIZE, numTokens - index * BLOCK_SIZE)}
          colour={colour}
          isMarked={marks[block] !== undefined}
        />
      ))}
    </g>
  );
}

function writeState({ role, refCount }: BlockState): string {
  if (role === "used") return countOf(refCount, "reference");
  if (role === "null") return "null block, never used";
  return role === "cached" ? "free, cached" : "free";
}

function Card({
  x,
  y,
  width,
  block,
  word,
  hatch,
}: PlaceProps & {
  readonly width: number;
  readonly block: BlockState;
  readonly word: string | undefined;
  readonly hatch: string;
}): ReactNode {
  const { id, role, tokens } = block;
  const slot = width / BLOCK_SIZE;
  const top = y + 18;
  return (
    <g className={`block-table-card block-table-${role}`}>
      <text className="block-table-name" x={x + 1} y={y + 12}>
        {id}
      </text>
      <text className="block-table-note" x={x + 18} y={y + 12}>
        {writeState(block)}
      </text>
      {word !== undefined && (
        <text className="block-table-word" x={x + width} y={y + 12} textAnchor="end">
          {word}
        </text>
      )}
      {role !== "null" &&
        Array.from({ length: BLOCK_SIZE }, (_, index) => {
          const token = tokens[index];
          return (
            <g key={index}>
              <rect
                className="block-table-slot"
                x={x + index * slot}
                y={top}
                width={slot}
                height={24}
                fill={token === undefined ? "none" : colourOfToken(token)}
                fillOpacity={role === "cached" ? 0.08 : 0.22}
              />
              {token !== undefined && (
                <text
                  className="block-table-token"
                  x={x + (index + 0.5) * slot}
                  y={top + 16}
                  textAnchor="middle"
                >
                  {token}
                </text>
              )}
            </g>
          );
        })}
      {role === "null" && (
        <rect x={x} y={top} width={width} height={24} fill={hatchFill(hatch)} opacity={0.5} />
      )}
      <rect
        className={
          word === undefined ? "block-table-frame" : "block-table-frame block-table-marked"
        }
        x={x}
        y={top}
        width={width}
        height={24}
      />
    </g>
  );
}

function FreeQueue({ x, y, scene }: PlaceProps & { readonly scene: BlockTableScene }): ReactNode {
  const { snapshot, machineId } = scene;
  const cached = new Set(
    snapshot.blocks.filter(({ role }) => role === "cached").map(({ id }) => id),
  );
  return (
    <g>
      <Heading x={x} y={y}>
        {machineId === "v0" ? "Free list: a stack, the top first" : "Free queue, the head first"}
      </Heading>
      {snapshot.free.length === 0 && (
        <text className="block-table-note" x={x} y={y + HEADING + 15}>
          empty: no block can be handed out
        </text>
      )}
      {snapshot.free.map((block, index) => {
        const left = x + index * (CHIP.width + CHIP.gap);
        const kind = cached.has(block) ? "block-table-chip block-table-kept" : "block-table-chip";
        return (
          <g key={block}>
            <rect
              className={kind}
              x={left}
              y={y + HEADING}
              width={CHIP.width}
              height={CHIP.height}
            />
            <text x={left + CHIP.width / 2} y={y + HEADING + 15} textAnchor="middle">
              {block}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Heading({ x, y, children }: PlaceProps & { readonly children: string }): ReactNode {
  return (
    <text className="block-table-heading" x={x} y={y + 12}>
      {children}
    </text>
  );
}

/** Room for as many sequences, so that the figure keeps its height while few come and go. */
const MIN_ROWS = 3;

function draw(scene: BlockTableScene, width: number, id: string): DrawnPicture {
  const { snapshot, outcome } = scene;
  const { sequences, blocks } = snapshot;
  const marks = outcome?.marks ?? {};
  const isWide = width >= MIN_WIDE;
  const inner = width - 2 * EDGE;
  const sequencesHeight = HEADING + Math.max(MIN_ROWS, sequences.length) * ROW;
  const [left, top] = isWide ? [COLUMN + 3 * GAP, 0] : [0, sequencesHeight + GAP];
  const cardsWidth = inner - left;
  const cardWidth = (cardsWidth - GAP) / CARD.columns;
  const numRows = Math.ceil(blocks.length / CARD.columns);
  const queueTop = top + HEADING + numRows * (CARD.height + CARD.gap) + 4;
  const end = queueTop + HEADING + CHIP.height + 4;
  const content = (
    <g className="block-table-text" transform={`translate(${EDGE} 0)`}>
      <Hatch id={id} colour="strong-rule" />
      <Heading x={0} y={0}>
        Sequences: logical blocks, and the block table under them
      </Heading>
      {sequences.length === 0 && (
        <text className="block-table-note" x={0} y={HEADING + 14}>
          no sequence
        </text>
      )}
      {sequences.map((sequence, row) => (
        <Sequence
          key={sequence.name}
          x={0}
          y={HEADING + row * ROW}
          sequence={sequence}
          marks={marks}
        />
      ))}
      <Heading x={left} y={top}>
        {`Physical blocks of ${BLOCK_SIZE} tokens`}
      </Heading>
      {blocks.map((block, index) => (
        <Card
          key={block.id}
          x={left + (index % CARD.columns) * (cardWidth + GAP)}
          y={top + HEADING + Math.floor(index / CARD.columns) * (CARD.height + CARD.gap)}
          width={cardWidth}
          block={block}
          word={marks[block.id]}
          hatch={id}
        />
      ))}
      <FreeQueue x={left} y={queueTop} scene={scene} />
    </g>
  );
  return { height: Math.max(sequencesHeight, end), content };
}

export function BlocksPicture({ scene }: { readonly scene: BlockTableScene }): ReactNode {
  return (
    <Picture description={describeScene(scene)} draw={(width, id) => draw(scene, width, id)} />
  );
}
