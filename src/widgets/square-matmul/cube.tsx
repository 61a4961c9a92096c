// The cube of an N×N product: its cells are the multiply-adds, its three faces the matrices.
import type { ReactNode } from "react";
import { cubeShape } from "./scene.ts";

const SIZE = 200;
/** Half the width of the largest cube, in pixels. */
const LARGEST = 82;

type Vector = readonly [x: number, y: number];

const add = (a: Vector, b: Vector, share = 1): Vector => [a[0] + share * b[0], a[1] + share * b[1]];
const write = ([x, y]: Vector) => `${x.toFixed(1)} ${y.toFixed(1)}`;

interface FaceProps {
  readonly corner: Vector;
  readonly across: Vector;
  readonly down: Vector;
  readonly cells: number;
  readonly letter: string;
  readonly className: string;
}

function Face({ corner, across, down, cells, letter, className }: FaceProps): ReactNode {
  const [b, c, d] = [add(corner, across), add(add(corner, across), down), add(corner, down)];
  const cuts = Array.from({ length: cells - 1 }, (_, i) => (i + 1) / cells);
  const grid = cuts.map((share) => {
    const [top, side] = [add(corner, across, share), add(corner, down, share)];
    return `M${write(top)}L${write(add(top, down))}M${write(side)}L${write(add(side, across))}`;
  });
  const middle = add(add(corner, across, 0.5), down, 0.5);
  return (
    <g className={className}>
      <path
        className="square-matmul-face"
        d={`M${write(corner)}L${write(b)}L${write(c)}L${write(d)}z`}
      />
      <path className="square-matmul-cells" d={grid.join("")} />
      <text className="square-matmul-letter" x={middle[0]} y={middle[1] + 7} textAnchor="middle">
        {letter}
      </text>
    </g>
  );
}

export function Cube({ n }: { readonly n: number }): ReactNode {
  const { edge, cells } = cubeShape(n);
  const half = LARGEST * edge;
  const [right, left, down]: readonly Vector[] = [
    [half, half * 0.5],
    [-half, half * 0.5],
    [0, half * 1.15],
  ];
  if (right === undefined || left === undefined || down === undefined) return null;
  const height = half * (1 + 1.15);
  const top: Vector = [SIZE / 2, (SIZE - height) / 2];
  const middle = add(add(top, right), left);
  return (
    <svg className="square-matmul-cube chart" viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden="true">
      <Face
        corner={top}
        across={right}
        down={left}
        cells={cells}
        letter="C"
        className="square-matmul-c"
      />
      <Face
        corner={add(top, left)}
        across={right}
        down={down}
        cells={cells}
        letter="A"
        className="square-matmul-a"
      />
      <Face
        corner={middle}
        across={[half, -half * 0.5]}
        down={down}
        cells={cells}
        letter="B"
        className="square-matmul-b"
      />
    </svg>
  );
}
