// Markers and dashes that tell the series of a chart apart without their colours.
import type { ReactNode } from "react";

const DASHES = ["", "6 3", "2 3", "9 3 2 3", "12 4", "4 2 1 2"];

/** Dash of series `index` (0-based). */
export function seriesDash(index: number): string {
  return DASHES[index % DASHES.length] ?? "";
}

/** CSS class that sets `--series` to the colour of series `index` (0-based). */
export function seriesClass(index: number): string {
  return `series-${(index % 6) + 1}`;
}

/** Drawn from the middle of the marker, so that one path may hold many. */
const SHAPES: readonly ((r: number) => string)[] = [
  (r) => `m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
  (r) => `m${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (r) => `m0 ${-1.3 * r}l${1.2 * r} ${2.2 * r}h${-2.4 * r}z`,
  (r) =>
    `m0 ${-1.35 * r}l${1.35 * r} ${1.35 * r}l${-1.35 * r} ${1.35 * r}l${-1.35 * r} ${-1.35 * r}z`,
  (r) => `m0 ${1.3 * r}l${1.2 * r} ${-2.2 * r}h${-2.4 * r}z`,
  (r) => `m${-r} ${-r}l${2 * r} ${2 * r}m${-2 * r} 0l${2 * r} ${-2 * r}`,
];

/** The one shape that is all lines. */
const CROSS = 5;

const RADIUS = 3.5;

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface MarkersProps {
  /** Of the series, whose shape they have. */
  readonly index: number;
  readonly places: readonly Place[];
  readonly radius?: number;
}

/** Markers of one series: a single path, however many there are. */
export function Markers({ index, places, radius = RADIUS }: MarkersProps): ReactNode {
  const shape = SHAPES[index % SHAPES.length]?.(radius) ?? "";
  return (
    <path
      d={places.map(({ x, y }) => `M${round(x)} ${round(y)}${shape}`).join("")}
      fill="var(--series)"
      stroke="var(--series)"
      strokeWidth={index % SHAPES.length === CROSS ? 2 : 0}
    />
  );
}

export interface MarkerProps extends Place {
  readonly index: number;
  readonly radius?: number;
}

export function Marker({ x, y, ...props }: MarkerProps): ReactNode {
  return <Markers places={[{ x, y }]} {...props} />;
}

/** Two decimals are enough for a screen and keep the page small. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
