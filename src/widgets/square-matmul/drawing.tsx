// The picture, the same on the poster and live: the cube of the product, and its intensity against the ridge.
import type { ReactNode } from "react";
import { formatCount, formatNumber } from "../../ui/format.ts";
import { Stats, Verdict } from "../../ui/parts.tsx";
import { createLogPlot, PlotAxes, powerTicks, SizedPicture, type Plot } from "../../ui/plot.tsx";
import { Cube } from "./cube.tsx";
import {
  createScene,
  describeScene,
  MAX_N,
  MIN_N,
  writeStats,
  type SquareScene,
  type SquareValues,
} from "./scene.ts";

const HEIGHT = 300;
/** From the least intensity to above the ridge of every GPU in the catalogue and the largest N. */
const INTENSITY = { min: 1, max: 10_000 };

function plotOf(size: { readonly width: number; readonly height: number }): Plot {
  return createLogPlot(
    size,
    {
      x: {
        min: MIN_N,
        max: MAX_N,
        ticks: powerTicks(size.width < 480 ? 8 : 4, MIN_N, MAX_N),
        label: "N (rows and columns)",
        format: formatCount,
      },
      y: {
        ...INTENSITY,
        ticks: powerTicks(10, INTENSITY.min, INTENSITY.max),
        label: "FLOP for each byte",
        format: formatCount,
      },
    },
    { top: 22, right: 18, bottom: 44, left: 52 },
  );
}

function Intensity({ plot, scene, n }: { plot: Plot; scene: SquareScene; n: number }): ReactNode {
  const { ridge, crossover, intensity, bytesPerElement, time } = scene;
  const { left, right, top, bottom } = plot;
  const at = (size: number) => (2 * size) / (3 * bytesPerElement);
  const edge = plot.toX(crossover);
  const ridgeY = plot.toY(ridge);
  const [x, y] = [plot.toX(n), plot.toY(intensity)];
  return (
    <g aria-hidden="true">
      <rect
        x={left}
        y={top}
        width={edge - left}
        height={bottom - top}
        fill="var(--memory-bound-wash)"
      />
      <rect
        x={edge}
        y={top}
        width={right - edge}
        height={bottom - top}
        fill="var(--compute-bound-wash)"
      />
      <PlotAxes plot={plot} />
      <line className="chart-cursor" x1={x} x2={x} y1={top} y2={bottom} />
      <text className="square-matmul-memory chart-halo" x={left + 8} y={top + 17}>
        memory bound
      </text>
      <text
        className="square-matmul-compute chart-halo"
        x={right - 8}
        y={top + 17}
        textAnchor="end"
      >
        compute bound
      </text>
      <line className="chart-rule" x1={left} x2={right} y1={ridgeY} y2={ridgeY} />
      <line className="chart-rule" x1={edge} x2={edge} y1={ridgeY} y2={bottom} />
      <text className="chart-annotation" x={left + 8} y={ridgeY - 7}>
        ridge: {formatNumber(ridge)}
      </text>
      <path
        className="square-matmul-line"
        d={`M${plot.toX(MIN_N)} ${plot.toY(at(MIN_N))}L${plot.toX(MAX_N)} ${plot.toY(at(MAX_N))}`}
      />
      <text
        className="square-matmul-crossing chart-halo"
        x={edge - 6}
        y={bottom - 10}
        textAnchor="end"
      >
        N = {formatCount(crossover)}
      </text>
      {time.bound === "memory" ? (
        <circle className="square-matmul-memory-dot" cx={x} cy={y} r={7} />
      ) : (
        <rect className="square-matmul-compute-dot" x={x - 6} y={y - 6} width={12} height={12} />
      )}
      <text
        className="square-matmul-value chart-halo"
        x={x > (left + right) / 2 ? x - 12 : x + 12}
        y={y < top + 48 ? y + 34 : y - 6}
        textAnchor={x > (left + right) / 2 ? "end" : "start"}
      >
        {formatNumber(intensity)}
      </text>
    </g>
  );
}

export interface DrawingProps {
  readonly values: SquareValues;
  /** A press or drag in the picture; absent on the poster. */
  readonly onSize?: ((n: number) => void) | undefined;
}

export function Drawing({ values, onSize }: DrawingProps): ReactNode {
  const scene = createScene(values);
  const { time, crossover } = scene;
  const pick = (pixel: number, width: number) => {
    const n = plotOf({ width, height: HEIGHT }).fromX(pixel);
    onSize?.(Math.max(MIN_N, Math.round(n / MIN_N) * MIN_N));
  };
  return (
    <>
      <div className="square-matmul">
        <div className="square-matmul-side">
          <Cube n={values.n} />
          <p>
            The work fills the cube: N³ multiply-adds. The bytes cover three of its faces: A, B and
            C, N² numbers each. It is drawn on a logarithmic scale.
          </p>
        </div>
        <SizedPicture
          description={describeScene(scene, values)}
          heightAt={() => HEIGHT}
          onPick={onSize === undefined ? undefined : pick}
          renderAt={(size) => <Intensity plot={plotOf(size)} scene={scene} n={values.n} />}
        />
      </div>
      <Verdict
        bound={time.bound === "memory" ? "memory-bound" : "compute-bound"}
        sentence={
          time.bound === "memory"
            ? `N = ${formatCount(values.n)} is memory bound: the tensor cores wait. They would be busy from ${formatCount(crossover)} on.`
            : `N = ${formatCount(values.n)} is compute bound: memory keeps up, as it does from ${formatCount(crossover)} on.`
        }
      />
      <div className="square-matmul-stats">
        <Stats stats={writeStats(scene, values)} />
      </div>
    </>
  );
}
