// One byte, and beside it every FLOP of the same time as a square.
import type { ReactNode } from "react";
import { formatNumber } from "../../ui/format.ts";
import { SizedPicture } from "../../ui/plot.tsx";
import { gridOf } from "./scene.ts";

const HEAD = 26;
const GAP = 3;
/** 9 rows of 17 are the 153 of an A100; a phone takes more rows. */
const columnsAt = (width: number) => (width < 480 ? 17 : 34);
const cellAt = (width: number) => Math.min(20, (width - 96) / columnsAt(width));

export function Picture({ flopsPerByte }: { readonly flopsPerByte: number }): ReactNode {
  const rowsAt = (width: number) => Math.ceil(Math.round(flopsPerByte) / columnsAt(width));
  return (
    <SizedPicture
      description={`One byte from memory beside the ${formatNumber(flopsPerByte)} FLOP that the tensor cores do in the same time.`}
      heightAt={(width) => Math.ceil(HEAD + rowsAt(width) * cellAt(width) + 6)}
      renderAt={({ width }) => {
        const cell = cellAt(width);
        return (
          <g aria-hidden="true">
            <text className="hierarchy-claim-memory" x={0} y={14}>
              1 byte
            </text>
            <rect
              className="hierarchy-claim-byte"
              x={0}
              y={HEAD}
              width={cell - GAP}
              height={cell - GAP}
            />
            <text className="hierarchy-claim-compute" x={88} y={14}>
              {formatNumber(flopsPerByte)} FLOP in the same time
            </text>
            {gridOf(flopsPerByte, columnsAt(width)).map(({ row, column }) => (
              <rect
                key={`${row}-${column}`}
                className="hierarchy-claim-flop"
                x={Math.round((88 + column * cell) * 10) / 10}
                y={Math.round((HEAD + row * cell) * 10) / 10}
                width={Math.round((cell - GAP) * 10) / 10}
                height={Math.round((cell - GAP) * 10) / 10}
              />
            ))}
          </g>
        );
      }}
    />
  );
}
