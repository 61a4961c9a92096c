// The same state twice in one SVG: an operating system's memory, and a KV cache.
import type { ReactNode } from "react";
import { Picture, type DrawnPicture } from "../../ui/picture.tsx";
import type { Part } from "./concepts.ts";
import {
  BLOCK_SIZE,
  describeScene,
  isLit,
  type OsPagingScene,
  type Owner,
  type PhysicalBlock,
} from "./scene.ts";

interface Words {
  readonly title: string;
  readonly owners: readonly string[];
  readonly logical: string;
  readonly physical: string;
  readonly swapped: string;
  /** Before the number of a piece that is swapped out. */
  readonly away: string;
}

const OS: Words = {
  title: "Operating system",
  owners: ["Process 1", "its fork", "Process 3"],
  logical: "page",
  physical: "Physical frames in RAM",
  swapped: "Swap on disk",
  away: "disk",
};
const KV: Words = {
  title: "KV cache",
  owners: ["Request A", "its fork B", "Request C"],
  logical: "block",
  physical: "Physical blocks in GPU memory",
  swapped: "Swap in CPU memory",
  away: "CPU",
};

const MIN_WIDE = 640;
const MAX_SIDE = 420;
/** Half of the widest line, which would be cut off. */
const EDGE = 1.5;
const GAP = 36;
const ROW = 23;
const LINE = 20;
const OWNERS_TOP = 24;
const MEMORY_TOP = OWNERS_TOP + LINE + 2 * ROW + 18;
const BLOCK = { height: 20, label: 15 };
const SWAP_TOP = MEMORY_TOP + LINE + BLOCK.label + BLOCK.height + 20;
const SIDE_HEIGHT = SWAP_TOP + LINE + BLOCK.label + BLOCK.height + 6;

interface SideProps {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly words: Words;
  readonly scene: OsPagingScene;
}

function lit(isOn: boolean, base: string): string {
  return isOn ? `${base} os-paging-lit` : base;
}

function OwnerDrawing({
  x,
  y,
  width,
  name,
  owner,
  words,
  parts,
}: Omit<SideProps, "scene"> & {
  readonly name: string;
  readonly owner: Owner;
  readonly parts: ReadonlySet<Part>;
}): ReactNode {
  const logicalWidth = Math.round(width * 0.5);
  const entryWidth = width - logicalWidth;
  return (
    <g>
      <rect
        className={lit(parts.has("owner"), "os-paging-tag")}
        x={x}
        y={y}
        width={width}
        height={LINE - 2}
      />
      <text className="os-paging-strong" x={x + 4} y={y + 13}>
        {name}
      </text>
      {owner.table.map(({ block, isSwapped }, index) => {
        const top = y + LINE + index * ROW;
        const isSwapLit = parts.has("swap") && isSwapped;
        return (
          <g key={index}>
            <rect
              className={lit(parts.has("logical"), "os-paging-box")}
              x={x}
              y={top}
              width={logicalWidth}
              height={ROW - 4}
            />
            <text x={x + 4} y={top + 14}>{`${words.logical} ${index}`}</text>
            <rect
              className={lit(parts.has("table") || isSwapLit, "os-paging-box")}
              x={x + logicalWidth}
              y={top}
              width={entryWidth}
              height={ROW - 4}
            />
            <text className="os-paging-strong" x={x + width - 5} y={top + 14} textAnchor="end">
              {isSwapped ? `${words.away} ${block}` : block}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function writeNote({ refCount }: PhysicalBlock): string {
  if (refCount === 0) return "free";
  return refCount > 1 ? `×${refCount}` : "";
}

function Physical({
  x,
  y,
  width,
  block,
  isOn,
  isSlotOn,
}: {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly block: PhysicalBlock;
  readonly isOn: boolean;
  readonly isSlotOn: boolean;
}): ReactNode {
  const slot = width / BLOCK_SIZE;
  const top = y + BLOCK.label;
  return (
    <g>
      <text className="os-paging-strong" x={x + 1} y={y + 11}>
        {block.id}
      </text>
      <text className="os-paging-note" x={x + width} y={y + 11} textAnchor="end">
        {writeNote(block)}
      </text>
      {Array.from({ length: BLOCK_SIZE }, (_, index) => (
        <rect
          key={index}
          className={index < block.numFilled ? "os-paging-filled" : "os-paging-slot"}
          x={x + index * slot}
          y={top}
          width={slot}
          height={BLOCK.height}
        />
      ))}
      <rect
        className={lit(isOn, "os-paging-box")}
        x={x}
        y={top}
        width={width}
        height={BLOCK.height}
      />
      {isSlotOn && (
        <rect
          className="os-paging-box os-paging-lit"
          x={x + (block.numFilled - 1) * slot}
          y={top}
          width={slot}
          height={BLOCK.height}
        />
      )}
    </g>
  );
}

function Side({ x, y, width, words, scene }: SideProps): ReactNode {
  const { concept, state } = scene;
  const parts = new Set<Part>(concept.parts);
  const ownerGap = 10;
  const ownerWidth = (width - 2 * ownerGap) / 3;
  const blockGap = 8;
  const blockWidth = (width - 5 * blockGap) / 6;
  const blockAt = (block: PhysicalBlock, top: number, isOn: boolean) => (
    <Physical
      key={block.id}
      x={x + block.id * (blockWidth + blockGap)}
      y={top}
      width={blockWidth}
      block={block}
      isOn={isOn}
      isSlotOn={parts.has("slot") && block.numFilled > 0 && top === y + MEMORY_TOP + LINE}
    />
  );
  return (
    <g>
      <text className="os-paging-title" x={x} y={y + 13}>
        {words.title}
      </text>
      {state.owners.map((owner, index) => (
        <OwnerDrawing
          key={index}
          x={x + index * (ownerWidth + ownerGap)}
          y={y + OWNERS_TOP}
          width={ownerWidth}
          name={words.owners[index] ?? ""}
          owner={owner}
          words={words}
          parts={parts}
        />
      ))}
      <text className="os-paging-note" x={x} y={y + MEMORY_TOP + 12}>
        {words.physical}
      </text>
      {state.blocks.map((block) =>
        blockAt(
          block,
          y + MEMORY_TOP + LINE,
          concept.parts.some((part) => isLit(part, block, state)),
        ),
      )}
      <text className="os-paging-note" x={x} y={y + SWAP_TOP + 12}>
        {words.swapped}
      </text>
      {state.swapped.map((block) =>
        blockAt(block, y + SWAP_TOP + LINE, parts.has("swap") && block.refCount > 0),
      )}
    </g>
  );
}

function draw(scene: OsPagingScene, width: number): DrawnPicture {
  const isWide = width >= MIN_WIDE;
  const inner = width - 2 * EDGE;
  const side = Math.min(MAX_SIDE, isWide ? (inner - GAP) / 2 : inner);
  const [x, y] = isWide ? [side + GAP, 0] : [0, SIDE_HEIGHT + 18];
  const content = (
    <g className="os-paging-text" transform={`translate(${EDGE} 0)`}>
      <Side x={0} y={0} width={side} words={OS} scene={scene} />
      <Side x={x} y={y} width={side} words={KV} scene={scene} />
    </g>
  );
  return { height: y + SIDE_HEIGHT, content };
}

export function AnalogyPicture({ scene }: { readonly scene: OsPagingScene }): ReactNode {
  return <Picture description={describeScene(scene)} draw={(width) => draw(scene, width)} />;
}
