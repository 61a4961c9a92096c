// Ground for drawings that a line chart cannot make: axes, scales and a picture whose height follows from its width.
import { memo, type ReactNode } from "react";
import { round } from "./marker.tsx";
import { Picture, type DrawnPicture, type PictureProps } from "./picture.tsx";
import { createScale, type Scale } from "./scale.ts";

export interface PlotAxis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  /** With its unit: "Batch (rows)". */
  readonly label: string;
  readonly format: (value: number) => string;
}

export interface PlotMargin {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** A drawing with two logarithmic axes: where values lie in it, in CSS pixels. */
export interface Plot {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  /** Clamped to the plot's left and right edges. */
  toX(value: number): number;
  /** Clamped to the plot's bottom and top edges. */
  toY(value: number): number;
  /** The value of the x axis under a pixel. */
  fromX(pixel: number): number;
}

const MARGIN: PlotMargin = { top: 22, right: 24, bottom: 44, left: 66 };

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** @param size - of the whole picture in CSS pixels. */
export function createLogPlot(
  size: { readonly width: number; readonly height: number },
  axes: { readonly x: PlotAxis; readonly y: PlotAxis },
  margin: PlotMargin = MARGIN,
): Plot {
  const scaleOf = ({ min, max }: PlotAxis): Scale => createScale([], { kind: "log", min, max });
  const [x, y] = [scaleOf(axes.x), scaleOf(axes.y)];
  const [left, right] = [margin.left, size.width - margin.right];
  const [top, bottom] = [margin.top, size.height - margin.bottom];
  const { min, max } = axes.x;
  return {
    ...size,
    ...axes,
    left,
    right,
    top,
    bottom,
    toX: (value) => round(left + clamp(x.place(value)) * (right - left)),
    toY: (value) => round(bottom - clamp(y.place(value)) * (bottom - top)),
    fromX: (pixel) => min * (max / min) ** clamp((pixel - left) / (right - left)),
  };
}

function isSameAxis(a: PlotAxis, b: PlotAxis): boolean {
  return (
    a.min === b.min &&
    a.max === b.max &&
    a.label === b.label &&
    a.ticks.length === b.ticks.length &&
    a.ticks.every((tick, i) => tick === b.ticks[i] && a.format(tick) === b.format(tick))
  );
}

function areSameAxes({ plot: a }: PlotAxesProps, { plot: b }: PlotAxesProps): boolean {
  return (
    a.left === b.left &&
    a.right === b.right &&
    a.top === b.top &&
    a.bottom === b.bottom &&
    a.height === b.height &&
    isSameAxis(a.x, b.x) &&
    isSameAxis(a.y, b.y)
  );
}

export interface PlotAxesProps {
  readonly plot: Plot;
}

/** Grid, ticks and the names of both axes; drawn again only where one of them has changed. */
export const PlotAxes = memo(function PlotAxes({ plot }: PlotAxesProps): ReactNode {
  const { left, right, bottom, x, y } = plot;
  return (
    <g aria-hidden="true">
      <path
        className="chart-grid"
        d={y.ticks.map((tick) => `M${left} ${plot.toY(tick)}H${right}`).join("")}
      />
      {y.ticks.map((tick) => (
        <text
          key={tick}
          className="chart-tick"
          x={left - 8}
          y={plot.toY(tick) + 4}
          textAnchor="end"
        >
          {y.format(tick)}
        </text>
      ))}
      {x.ticks.map((tick) => (
        <text
          key={tick}
          className="chart-tick"
          x={plot.toX(tick)}
          y={bottom + 18}
          textAnchor="middle"
        >
          {x.format(tick)}
        </text>
      ))}
      <path
        className="chart-axis"
        d={`M${left} ${bottom}H${right}${x.ticks.map((tick) => `M${plot.toX(tick)} ${bottom}v5`).join("")}`}
      />
      <text className="chart-axis-label" x={0} y={10}>
        {y.label}
      </text>
      <text className="chart-axis-label" x={right} y={plot.height - 6} textAnchor="end">
        {x.label}
      </text>
    </g>
  );
}, areSameAxes);

/** The powers of `base` within the ends, both included. */
export function powerTicks(base: number, min: number, max: number): number[] {
  const exponent = (value: number) => Math.log(value) / Math.log(base);
  const first = Math.ceil(exponent(min) - 1e-9);
  const last = Math.floor(exponent(max) + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => base ** (first + i));
}

export interface SizedPictureProps extends Omit<PictureProps, "draw"> {
  readonly heightAt: (width: number) => number;
  /** The inside of the picture. */
  readonly renderAt: (size: { readonly width: number; readonly height: number }) => ReactNode;
}

/** A picture at the width of its box, whose height follows from its width alone. */
export function SizedPicture({ heightAt, renderAt, ...props }: SizedPictureProps): ReactNode {
  const draw = (width: number): DrawnPicture => {
    const height = heightAt(width);
    return { height, content: renderAt({ width, height }) };
  };
  return <Picture {...props} draw={draw} />;
}
