// One layer's matrices to scale, and how full the waves of each product are, beside the plain choice.
import type { ReactNode } from "react";
import type { TiledProduct } from "../../core/shapes/products.ts";
import { formatCount, formatPercent } from "../../ui/format.ts";
import { round } from "../../ui/marker.tsx";
import { Hatch, hatchFill, Picture, type DrawnPicture } from "../../ui/picture.tsx";
import type { Design } from "./scene.ts";

const HEADING = 24;
const STRIP_GAP = 26;
const ROW = 52;
const BAR = 12;
const VALUE_WIDTH = 50;
/** Of the small labels. */
const LETTER_WIDTH = 6.4;

interface Matrix {
  readonly id: string;
  readonly label: string;
  /** Where there is no room for the label. */
  readonly short: string;
  readonly columns: number;
}

/** Every matrix as D rows and so many columns; down is drawn on its side. */
function matricesOf({ shape }: Design["shape"]): Matrix[] {
  const { numHeads, numKvHeads, headWidth, hiddenWidth } = shape;
  const queries = numHeads * headWidth;
  return [
    { id: "qkv", label: "Q, K, V", short: "QKV", columns: queries + 2 * numKvHeads * headWidth },
    { id: "out", label: "output", short: "out", columns: queries },
    { id: "gate-up", label: "gate and up", short: "gate, up", columns: 2 * hiddenWidth },
    { id: "down", label: "down", short: "down", columns: hiddenWidth },
  ];
}

function Strip({ design, width }: { readonly design: Design; readonly width: number }): ReactNode {
  const matrices = matricesOf(design.shape);
  const scale = width / matrices.reduce((sum, { columns }) => sum + columns, 0);
  const height = round(design.shape.shape.width * scale);
  let left = 0;
  return matrices.map(({ id, label, short, columns }) => {
    const x = round(left * scale);
    left += columns;
    const size = columns * scale;
    return (
      <g key={id} transform={`translate(${x} 0)`}>
        <rect width={round(size - 2)} height={height} fill="var(--weights)" />
        <text y={height + 13} className="shape-designer-small">
          {[label, short].find((text) => text.length * LETTER_WIDTH < size)}
        </text>
      </g>
    );
  });
}

function stripHeight(design: Design, width: number): number {
  const columns = matricesOf(design.shape).reduce((sum, matrix) => sum + matrix.columns, 0);
  return (design.shape.shape.width / columns) * width;
}

interface FillProps {
  readonly product: TiledProduct;
  readonly colour: string;
  readonly room: number;
  readonly id: string;
}

/** Solid: work that was asked for. Hatched: idle SMs and parts of tiles outside. */
function Fill({ product, colour, room, id }: FillProps): ReactNode {
  const used = round(product.efficiency * room);
  return (
    <>
      <rect width={used} height={BAR} fill={`var(--${colour})`} />
      <rect
        x={used}
        width={round(room - used)}
        height={BAR}
        fill={hatchFill(`${id}-${colour}`)}
        stroke={`var(--${colour})`}
      />
      <text x={round(room + 6)} y={10} className="shape-designer-number">
        {formatPercent(product.efficiency, 3)}
      </text>
    </>
  );
}

function writeTiles({ blocks, tile, splits, waves }: TiledProduct): string {
  const cut = splits > 1 ? ` × ${splits} parts` : "";
  const tiles = `${formatCount(blocks / splits)} tiles of ${tile.join(" × ")}${cut}`;
  return `${tiles}, ${formatCount(waves)} ${waves === 1 ? "wave" : "waves"}`;
}

export const COLOURS = { proposed: "series-1", plain: "series-2" } as const;

interface RowProps {
  readonly product: TiledProduct;
  readonly plain: TiledProduct | undefined;
  readonly width: number;
  readonly id: string;
}

function ProductRow({ product, plain, width, id }: RowProps): ReactNode {
  const room = width - VALUE_WIDTH;
  return (
    <>
      <text y={11}>
        <tspan className="shape-designer-strong">{product.name}</tspan>
        <tspan className="shape-designer-small" dx="8">
          {writeTiles(product)}
        </tspan>
      </text>
      <g transform="translate(0 17)">
        <Fill product={product} colour={COLOURS.proposed} room={room} id={id} />
      </g>
      {plain !== undefined && (
        <g transform={`translate(0 ${17 + BAR + 2})`}>
          <Fill product={plain} colour={COLOURS.plain} room={room} id={id} />
        </g>
      )}
    </>
  );
}

function drawLayer(design: Design, width: number, id: string): DrawnPicture {
  const { shape } = design;
  const rowsTop = HEADING + stripHeight(design, width) + STRIP_GAP + HEADING;
  return {
    height: rowsTop + shape.products.length * ROW,
    content: (
      <g className="shape-designer-text">
        {Object.values(COLOURS).map((colour) => (
          <Hatch key={colour} id={`${id}-${colour}`} colour={colour} />
        ))}
        <text y={13} className="shape-designer-strong">
          One of {formatCount(shape.shape.numLayers)} layers, to scale:{" "}
          {formatCount(shape.shape.width)} high
        </text>
        <g transform={`translate(0 ${HEADING - 2})`}>
          <Strip design={design} width={width} />
        </g>
        <text y={round(rowsTop - HEADING + 13)} className="shape-designer-strong">
          How full the waves are
        </text>
        {shape.products.map((product, i) => (
          <g key={product.id} transform={`translate(0 ${round(rowsTop + i * ROW)})`}>
            <ProductRow
              product={product}
              plain={shape.naive.products.find((one) => one.id === product.id)}
              width={width}
              id={id}
            />
          </g>
        ))}
      </g>
    ),
  };
}

export function LayerPicture({
  design,
  description,
}: {
  readonly design: Design;
  readonly description: string;
}): ReactNode {
  return <Picture description={description} draw={(width, id) => drawLayer(design, width, id)} />;
}
