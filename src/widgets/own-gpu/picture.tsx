// The roofline: the published roof, the roof of each machine that has one, and the points of the linear layer.
import type { ReactNode } from "react";
import { formatNumber, formatSi } from "../../ui/format.ts";
import { Marker, seriesClass, seriesDash } from "../../ui/marker.tsx";
import { createLogPlot, PlotAxes, powerTicks, type Plot } from "../../ui/plot.tsx";
import { A100 } from "./published.ts";
import {
  INTENSITY,
  publishedPoints,
  rateRange,
  type LayerPoint,
  type MachineScene,
} from "./scene.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

function plotOf(size: Size, scenes: readonly MachineScene[]): Plot {
  const range = rateRange(scenes);
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
        ...range,
        ticks: powerTicks(10, range.min, range.max),
        label: "FLOP/s",
        format: (value) => formatSi(value, "", 1),
      },
    },
    { top: 24, right: 24, bottom: 44, left: 48 },
  );
}

/** Up along the bandwidth from the left or the bottom edge, then level at the rate. */
function roofPath(plot: Plot, bandwidth: number, rate: number): string {
  const start = Math.max(INTENSITY.min, plot.y.min / bandwidth);
  return `M${plot.toX(start)} ${plot.toY(start * bandwidth)}L${plot.toX(rate / bandwidth)} ${plot.toY(rate)}H${plot.right}`;
}

function Published({ plot }: { readonly plot: Plot }): ReactNode {
  const { gpu, floatRate } = A100;
  return (
    <>
      <path className="own-gpu-published" d={roofPath(plot, gpu.bandwidth, floatRate)} />
      <path
        className="own-gpu-published own-gpu-faint"
        d={`M${plot.toX(floatRate / gpu.bandwidth)} ${plot.toY(floatRate)}L${plot.toX(gpu.peakFlops / gpu.bandwidth)} ${plot.toY(gpu.peakFlops)}H${plot.right}`}
      />
      <text
        className="own-gpu-published-label"
        x={plot.right - 4}
        y={plot.toY(floatRate) - 6}
        textAnchor="end"
      >
        A100, f32
      </text>
      <text
        className="own-gpu-published-label"
        x={plot.right - 4}
        y={plot.toY(gpu.peakFlops) - 6}
        textAnchor="end"
      >
        A100, 16-bit tensor cores
      </text>
      {publishedPoints().map(({ batch, intensity, rate }, index) => (
        <g key={batch}>
          <path
            className="own-gpu-at-best"
            d={`M${plot.toX(intensity)} ${plot.toY(rate) - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`}
          />
          {index % 3 === 0 && (
            <text
              className="own-gpu-published-label"
              x={plot.toX(intensity)}
              y={plot.toY(rate) + 20}
              textAnchor="middle"
            >
              {batch}
            </text>
          )}
        </g>
      ))}
    </>
  );
}

function Roof({ plot, scene }: { readonly plot: Plot; readonly scene: MachineScene }): ReactNode {
  const { roof, style } = scene;
  if (roof === undefined) return null;
  return (
    <path
      className={`own-gpu-roof ${seriesClass(style)}`}
      strokeDasharray={seriesDash(style) || undefined}
      d={roofPath(plot, roof.bandwidth.median, roof.rate.median)}
    />
  );
}

/** Every fourth batch and the last have their number beside them. */
function isLabelled(index: number, points: readonly LayerPoint[]): boolean {
  return index % 3 === 0 || index === points.length - 1;
}

function Points({ plot, scene }: { readonly plot: Plot; readonly scene: MachineScene }): ReactNode {
  const { points, style } = scene;
  return points.map(({ batch, intensity, rate, verdict }, index) => {
    const [x, y] = [plot.toX(intensity), plot.toY(rate.median)];
    return (
      <g key={batch} className={seriesClass(style)}>
        <path
          className="chart-whisker"
          stroke="var(--series)"
          fill="none"
          d={`M${x - 4} ${plot.toY(rate.low)}h8m-4 0V${plot.toY(rate.high)}m-4 0h8`}
        />
        <circle className={`own-gpu-bound own-gpu-${verdict.kind}`} cx={x} cy={y} r={7} />
        <Marker index={style} x={x} y={y} />
        {isLabelled(index, points) && (
          <text className="own-gpu-batch" x={x} y={y + 22} textAnchor="middle">
            {batch}
          </text>
        )}
      </g>
    );
  });
}

export function RooflinePicture(props: {
  readonly scenes: readonly MachineScene[];
  readonly size: Size;
}): ReactNode {
  const { scenes, size } = props;
  const plot = plotOf(size, scenes);
  return (
    <g aria-hidden="true">
      <PlotAxes plot={plot} />
      <Published plot={plot} />
      {scenes.map((scene) => (
        <Roof key={scene.machine.id} plot={plot} scene={scene} />
      ))}
      {scenes.map((scene) => (
        <Points key={scene.machine.id} plot={plot} scene={scene} />
      ))}
    </g>
  );
}
