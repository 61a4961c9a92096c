// The bytes as bars laid end to end: each kernel goes on where the last one ended, so the length is the total.
import type { ReactNode } from "react";
import { formatBytes } from "../../ui/format.ts";
import { round } from "../../ui/marker.tsx";
import { Hatch, hatchFill, Picture, type DrawnPicture } from "../../ui/picture.tsx";
import { writeSaving, type FusionScene, type LedgerRow, type Move } from "./scene.ts";

const BAR = 20;
const NAME_LINE = 18;
const LABEL_LINE = 15;
const ROW_GAP = 8;
const HEADING = 24;
/** Of the small labels. */
const LETTER_WIDTH = 6.1;

export const KINDS = [
  { id: "weights", label: "weights read", colour: "weights" },
  { id: "read", label: "activations read", colour: "series-1" },
  { id: "written", label: "written", colour: "series-2" },
] as const;

function kindOf({ kind, isWeight }: Move): (typeof KINDS)[number]["id"] {
  if (kind === "written") return "written";
  return isWeight ? "weights" : "read";
}

function colourOf(move: Move): string {
  return KINDS.find(({ id }) => id === kindOf(move))?.colour ?? "series-1";
}

interface Brush {
  readonly id: string;
  /** Pixels for a byte. */
  readonly scale: number;
  readonly width: number;
}

interface SegmentProps {
  readonly move: Move;
  readonly x: number;
  readonly brush: Brush;
}

function Segment({ move, x, brush }: SegmentProps): ReactNode {
  const width = Math.max(1, move.bytes * brush.scale);
  const label = `${move.name} ${formatBytes(move.bytes)}`;
  const short = formatBytes(move.bytes);
  const fits = [label, short].find((text) => text.length * LETTER_WIDTH <= width - 4);
  return (
    <>
      <rect
        x={round(x)}
        width={round(Math.max(1, width - 1))}
        height={BAR}
        fill={
          move.isRemoved ? hatchFill(`${brush.id}-${kindOf(move)}`) : `var(--${colourOf(move)})`
        }
        stroke={move.isRemoved ? `var(--${colourOf(move)})` : "none"}
      />
      {fits !== undefined && (
        <text x={round(x)} y={BAR + 12} className="fusion-ledger-small">
          {fits}
        </text>
      )}
    </>
  );
}

interface PlacedMove {
  readonly move: Move;
  /** Bytes moved before it. */
  readonly from: number;
}

function placeMoves(moves: readonly Move[], before: number): PlacedMove[] {
  let from = before;
  return moves.map((move) => {
    const placed = { move, from };
    from += move.bytes;
    return placed;
  });
}

interface RowProps {
  readonly row: LedgerRow;
  /** Bytes moved by the kernels before. */
  readonly before: number;
  readonly isOneOfSeveral: boolean;
  readonly brush: Brush;
}

function Row({ row, before, isOneOfSeveral, brush }: RowProps): ReactNode {
  const segments = placeMoves(row.moves, before).map(({ move, from }) => (
    <Segment key={`${move.kind} ${move.name}`} move={move} x={from * brush.scale} brush={brush} />
  ));
  return (
    <>
      <text y={12}>{row.name}</text>
      {isOneOfSeveral && (
        <text x={brush.width} y={12} textAnchor="end" className="fusion-ledger-number">
          {formatBytes(row.bytes)}
        </text>
      )}
      <g transform={`translate(0 ${NAME_LINE})`}>{segments}</g>
    </>
  );
}

const ROW_HEIGHT = NAME_LINE + BAR + LABEL_LINE + ROW_GAP;

interface VersionProps {
  readonly title: string;
  readonly rows: readonly LedgerRow[];
  readonly brush: Brush;
}

function heightOf({ rows }: Pick<VersionProps, "rows">): number {
  return HEADING + rows.length * ROW_HEIGHT;
}

function Version({ title, rows, brush }: VersionProps): ReactNode {
  const before = rows.map((_, i) => rows.slice(0, i).reduce((sum, row) => sum + row.bytes, 0));
  return (
    <>
      <text y={13} className="fusion-ledger-strong">
        {title}
      </text>
      <text
        x={brush.width}
        y={13}
        textAnchor="end"
        className="fusion-ledger-number fusion-ledger-strong"
      >
        {formatBytes(
          rows.reduce((sum, row) => sum + row.bytes, 0),
          4,
        )}
      </text>
      {rows.map((row, i) => (
        <g key={row.name} transform={`translate(0 ${HEADING + i * ROW_HEIGHT})`}>
          <Row row={row} before={before[i] ?? 0} isOneOfSeveral={rows.length > 1} brush={brush} />
        </g>
      ))}
    </>
  );
}

/** The gap between the end of the fused bar and where the bars above ended. */
function Saved({
  scene,
  brush,
}: {
  readonly scene: FusionScene;
  readonly brush: Brush;
}): ReactNode {
  const { ledger } = scene;
  const [from, to] = [ledger.fusedBytes * brush.scale, ledger.unfusedBytes * brush.scale];
  const text = `${writeSaving(ledger)} less`;
  const isWide = to - from > text.length * 7 + 12;
  return (
    <>
      <path
        className="fusion-ledger-saved"
        d={`M${round(from + 1)} ${BAR / 2}H${round(to)}M${round(to)} 0v${BAR}`}
      />
      <text
        x={round(isWide ? (from + to) / 2 : to)}
        y={BAR + 14}
        textAnchor={isWide ? "middle" : "end"}
        className="fusion-ledger-strong"
      >
        {text}
      </text>
    </>
  );
}

function drawLedger(scene: FusionScene, width: number, id: string): DrawnPicture {
  const { unfused, fused, ledger } = scene;
  const brush: Brush = { id, width, scale: (width - 1) / ledger.unfusedBytes };
  const top = heightOf({ rows: unfused }) + 8;
  return {
    height: top + heightOf({ rows: fused }),
    content: (
      <g className="fusion-ledger-text">
        {KINDS.map((kind) => (
          <Hatch key={kind.id} id={`${id}-${kind.id}`} colour={kind.colour} />
        ))}
        <Version title="One kernel an operation" rows={unfused} brush={brush} />
        <g transform={`translate(0 ${top})`}>
          <Version title="Fused into one kernel" rows={fused} brush={brush} />
          <g transform={`translate(0 ${HEADING + NAME_LINE})`}>
            <Saved scene={scene} brush={brush} />
          </g>
        </g>
      </g>
    ),
  };
}

export function LedgerPicture({
  scene,
  description,
}: {
  readonly scene: FusionScene;
  readonly description: string;
}): ReactNode {
  return <Picture description={description} draw={(width, id) => drawLedger(scene, width, id)} />;
}
