// The roofline itself: the roof of a GPU on two logarithmic axes, and points under it.
import type { ReactNode } from "react";
import { formatNumber, formatSi } from "../../ui/format.ts";
import { round } from "../../ui/marker.tsx";
import { createLogPlot, PlotAxes, powerTicks, type Plot } from "../../ui/plot.tsx";
import { clusterLetters, type PointSet, type RooflineScene, type ScenePoint } from "./scene.ts";

/** The same for every GPU, so that changing it moves the roof and not the axes. */
const INTENSITY = { min: 0.25, max: 30_000 };
const RATE = { min: 1e11, max: 1e16 };

export function plotOf(size: { readonly width: number; readonly height: number }): Plot {
  return createLogPlot(
    size,
    {
      x: {
        ...INTENSITY,
        ticks: powerTicks(10, INTENSITY.min, INTENSITY.max),
        label: "Arithmetic intensity (FLOP/B)",
        format: (value) => formatNumber(value, 1),
      },
      y: {
        ...RATE,
        ticks: powerTicks(10, RATE.min, RATE.max),
        label: "FLOP/s",
        format: (value) => formatSi(value, "", 1),
      },
    },
    { top: 24, right: 12, bottom: 44, left: 48 },
  );
}

function Roof({ plot, scene }: { plot: Plot; scene: RooflineScene }): ReactNode {
  const { gpu, ridge } = scene;
  const { left, right, top, bottom } = plot;
  const edge = plot.toX(ridge);
  const roof = plot.toY(gpu.peakFlops);
  const low = Math.max(INTENSITY.min, RATE.min / gpu.bandwidth);
  return (
    <>
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
      <text className="roofline-memory" x={left + 8} y={top + 17}>
        memory bound
      </text>
      <text className="roofline-compute" x={right - 8} y={top + 17} textAnchor="end">
        compute bound
      </text>
      <line className="chart-rule" x1={edge} x2={edge} y1={top + 24} y2={bottom} />
      <text className="roofline-ridge chart-halo" x={edge + 7} y={bottom - 10}>
        ridge {formatNumber(ridge)}
      </text>
      <path
        className="roofline-roof"
        d={`M${plot.toX(low)} ${plot.toY(low * gpu.bandwidth)}L${edge} ${roof}H${right}`}
      />
    </>
  );
}

/** Area grows with the share of the step's time. */
function radiusOf(share: number): number {
  return 4.5 + 11 * Math.sqrt(share);
}

function ModelledPoint({
  plot,
  set,
  point,
}: {
  plot: Plot;
  set: PointSet;
  point: ScenePoint;
}): ReactNode {
  const [x, y] = [plot.toX(point.intensity), plot.toY(point.rate)];
  const radius = radiusOf(point.share ?? 0);
  const className = `roofline-point roofline-${point.bound ?? "memory"}-point`;
  if (set.phase === "prefill") {
    const half = round(radius * 0.886);
    return (
      <rect
        className={className}
        x={round(x - half)}
        y={round(y - half)}
        width={round(2 * half)}
        height={round(2 * half)}
      />
    );
  }
  return <circle className={className} cx={x} cy={y} r={round(radius)} />;
}

/** Letters stand off the roof: those of prefill above it, those of decode below and to its right. */
function Letters({ plot, set }: { plot: Plot; set: PointSet }): ReactNode {
  const points = set.points.map(({ intensity, rate, letter = "" }) => ({
    x: plot.toX(intensity),
    y: plot.toY(rate),
    letters: letter,
  }));
  const largest = Math.max(...set.points.map(({ share = 0 }) => radiusOf(share)));
  const isAbove = set.phase === "prefill";
  return clusterLetters(points).map(({ x, y, letters }) => (
    <text
      key={letters.charAt(0)}
      className="roofline-letters chart-halo"
      x={round(isAbove ? x : x + largest + 2)}
      y={round(isAbove ? y - largest - 5 : y + 16)}
      textAnchor={isAbove ? "middle" : "start"}
    >
      {letters}
    </text>
  ));
}

/** One path for all of them: there are many, and none has a name. */
function Measured({ plot, set }: { plot: Plot; set: PointSet }): ReactNode {
  const diamonds = set.points.map(
    ({ intensity, rate }) =>
      `M${plot.toX(intensity)} ${plot.toY(rate) - 3.5}l3.5 3.5l-3.5 3.5l-3.5 -3.5z`,
  );
  return <path className="roofline-measured" d={diamonds.join("")} />;
}

export interface RooflinePictureProps {
  readonly scene: RooflineScene;
  readonly size: { readonly width: number; readonly height: number };
}

export function RooflinePicture({ scene, size }: RooflinePictureProps): ReactNode {
  const plot = plotOf(size);
  return (
    <g aria-hidden="true">
      <Roof plot={plot} scene={scene} />
      {scene.sets.map((set) => (
        <g key={set.id}>
          {set.kind === "published" ? (
            <Measured plot={plot} set={set} />
          ) : (
            set.points.map((point) => (
              <ModelledPoint key={point.id} plot={plot} set={set} point={point} />
            ))
          )}
        </g>
      ))}
      {scene.sets.map(
        (set) => set.kind === "modelled" && <Letters key={set.id} plot={plot} set={set} />,
      )}
    </g>
  );
}
