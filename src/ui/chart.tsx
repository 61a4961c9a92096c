// A line and scatter chart in plain SVG, the same at build time and live. Before scripts run it is drawn twice,
// for a phone and for a desktop, and CSS shows the one that fits; afterwards once, at the width of its box.
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";
import { formatNumber } from "./format.ts";
import { Marker, Markers, round, seriesClass, seriesDash } from "./marker.tsx";
import { createScale, type Scale, type ScaleOptions } from "./scale.ts";
import { useWidth } from "./width.ts";

export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Ends of the interval, drawn as a whisker. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

export interface ChartSeries {
  readonly id: string;
  readonly label: string;
  readonly points: readonly ChartPoint[];
  /** `line` joins the points without markers; default: markers joined by a line. */
  readonly mark?: "line" | "points" | "both" | undefined;
  /** Position in the palette, 0–5, kept by a series wherever it appears; default: its place in the list. */
  readonly style?: number | undefined;
}

export interface ChartAxis extends ScaleOptions {
  /** With its unit: "Context (tokens)". */
  readonly label: string;
  /** Of ticks and of the spoken points; default: three significant digits. */
  readonly format?: ((value: number) => string) | undefined;
}

/** A straight reference line with a word beside it: a limit, a ridge point, the reading speed. */
export interface ChartRule {
  readonly axis: "x" | "y";
  readonly value: number;
  readonly label: string;
}

export interface LineChartProps {
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly ChartSeries[];
  readonly rules?: readonly ChartRule[] | undefined;
  /** One sentence that says what the picture shows. */
  readonly description: string;
  /** Height of the drawing in CSS pixels; default 320. */
  readonly height?: number | undefined;
}

const WIDE = 860;
const NARROW = 330;
const MARGIN = { top: 18, right: 18, bottom: 44, left: 62 };

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly x: Scale;
  readonly y: Scale;
  toX(value: number): number;
  toY(value: number): number;
}

function createFrame(props: LineChartProps, width: number, height: number): Frame {
  const points = props.series.flatMap((series) => series.points);
  const ruleValues = (axis: "x" | "y") =>
    (props.rules ?? []).filter((rule) => rule.axis === axis).map((rule) => rule.value);
  const x = createScale([...points.map((point) => point.x), ...ruleValues("x")], {
    tickCount: Math.max(3, Math.round(width / 110)),
    ...props.x,
  });
  const heights = points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]);
  const y = createScale([...heights, ...ruleValues("y")], { tickCount: 5, ...props.y });
  const [plotWidth, plotHeight] = [
    width - MARGIN.left - MARGIN.right,
    height - MARGIN.top - MARGIN.bottom,
  ];
  return {
    width,
    height,
    x,
    y,
    toX: (value) => round(MARGIN.left + x.place(value) * plotWidth),
    toY: (value) => round(height - MARGIN.bottom - y.place(value) * plotHeight),
  };
}

/** Ticks are round numbers: "80.0 GB" reads 80 GB on an axis. */
function trimZeros(text: string): string {
  return text.replace(/(\.\d*?)0+(?=\D|$)/, "$1").replace(/\.(?=\D|$)/, "");
}

function Axes({ frame, x, y }: { frame: Frame; x: ChartAxis; y: ChartAxis }): ReactNode {
  const [left, right] = [MARGIN.left, frame.width - MARGIN.right];
  const bottom = frame.height - MARGIN.bottom;
  const [formatX, formatY] = [x.format ?? formatNumber, y.format ?? formatNumber];
  return (
    <g aria-hidden="true">
      <path
        className="chart-grid"
        d={frame.y.ticks.map((tick) => `M${left} ${frame.toY(tick)}H${right}`).join("")}
      />
      {frame.y.ticks.map((tick) => (
        <text
          key={tick}
          className="chart-tick"
          x={left - 8}
          y={frame.toY(tick) + 4}
          textAnchor="end"
        >
          {trimZeros(formatY(tick))}
        </text>
      ))}
      {frame.x.ticks.map((tick) => (
        <text
          key={tick}
          className="chart-tick"
          x={frame.toX(tick)}
          y={bottom + 18}
          textAnchor="middle"
        >
          {trimZeros(formatX(tick))}
        </text>
      ))}
      <path
        className="chart-axis"
        d={`M${left} ${bottom}H${right}${frame.x.ticks.map((tick) => `M${frame.toX(tick)} ${bottom}v5`).join("")}`}
      />
      <text className="chart-axis-label" x={left - 54} y={8}>
        {y.label}
      </text>
      <text className="chart-axis-label" x={right} y={frame.height - 6} textAnchor="end">
        {x.label}
      </text>
    </g>
  );
}

function Rule({ frame, rule }: { frame: Frame; rule: ChartRule }): ReactNode {
  const [left, right] = [MARGIN.left, frame.width - MARGIN.right];
  const bottom = frame.height - MARGIN.bottom;
  if (rule.axis === "y") {
    const y = frame.toY(rule.value);
    return (
      <g aria-hidden="true">
        <line className="chart-rule" x1={left} x2={right} y1={y} y2={y} />
        <text className="chart-annotation" x={left + 6} y={y - 6}>
          {rule.label}
        </text>
      </g>
    );
  }
  const x = frame.toX(rule.value);
  const isRightHalf = x > (left + right) / 2;
  return (
    <g aria-hidden="true">
      <line className="chart-rule" x1={x} x2={x} y1={MARGIN.top} y2={bottom} />
      <text
        className="chart-annotation"
        x={isRightHalf ? x - 6 : x + 6}
        y={MARGIN.top + 12}
        textAnchor={isRightHalf ? "end" : "start"}
      >
        {rule.label}
      </text>
    </g>
  );
}

function drawable(frame: Frame, points: readonly ChartPoint[]): readonly ChartPoint[] {
  return points.filter(
    ({ x, y }) =>
      Number.isFinite(x) &&
      Number.isFinite(y) &&
      (frame.x.kind === "linear" || x > 0) &&
      (frame.y.kind === "linear" || y > 0),
  );
}

/** From end to end of the interval; empty where the point has none. */
function drawWhisker(frame: Frame, { x, low, high }: ChartPoint): string {
  if (low === undefined || high === undefined) return "";
  return `M${frame.toX(x) - 4} ${frame.toY(low)}h8m-4 0V${frame.toY(high)}m-4 0h8`;
}

function Series({
  frame,
  series,
  index,
}: {
  frame: Frame;
  series: ChartSeries;
  index: number;
}): ReactNode {
  const points = drawable(frame, series.points);
  const style = series.style ?? index;
  const mark = series.mark ?? "both";
  const line = points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${frame.toX(x)} ${frame.toY(y)}`);
  const whiskers = points.map((point) => drawWhisker(frame, point)).join("");
  return (
    <g className={seriesClass(style)} aria-hidden="true">
      {mark !== "points" && (
        <path
          className="chart-line"
          stroke="var(--series)"
          strokeDasharray={seriesDash(style) || undefined}
          d={line.join("")}
        />
      )}
      {whiskers !== "" && (
        <path className="chart-whisker" stroke="var(--series)" fill="none" d={whiskers} />
      )}
      {mark !== "line" && (
        <Markers
          index={style}
          places={points.map(({ x, y }) => ({ x: frame.toX(x), y: frame.toY(y) }))}
        />
      )}
    </g>
  );
}

interface Cursor {
  readonly series: number;
  readonly point: number;
}

function CursorMark({ frame, point }: { frame: Frame; point: ChartPoint }): ReactNode {
  return (
    <g aria-hidden="true">
      <line
        className="chart-cursor"
        x1={frame.toX(point.x)}
        x2={frame.toX(point.x)}
        y1={MARGIN.top}
        y2={frame.height - MARGIN.bottom}
      />
      <circle
        cx={frame.toX(point.x)}
        cy={frame.toY(point.y)}
        r={7}
        fill="none"
        stroke="var(--ink)"
        strokeWidth={2}
      />
    </g>
  );
}

/** What a point says aloud and in the line under the chart. */
/** What an axis counts, as its label says at the end: " rows" of "Batch (rows)". */
function unitIn(label: string): string {
  const unit = /\(([^()]+)\)$/.exec(label)?.[1];
  return unit === undefined ? "" : ` ${unit}`;
}

function sayPoint(props: LineChartProps, series: ChartSeries, point: ChartPoint): string {
  const [sayX, sayY] = [props.x.format ?? formatNumber, props.y.format ?? formatNumber];
  const interval =
    point.low === undefined || point.high === undefined
      ? ""
      : ` (${sayY(point.low)} to ${sayY(point.high)})`;
  return `${series.label}: ${sayY(point.y)}${interval}${unitIn(props.y.label)} at ${sayX(point.x)}${unitIn(props.x.label)}`;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

function moveCursor(
  series: readonly ChartSeries[],
  cursor: Cursor | undefined,
  key: string,
): Cursor | undefined {
  if (key === "Escape") return undefined;
  const step = STEPS[key];
  if (step === undefined || series.length === 0) return cursor;
  if (cursor === undefined) return { series: 0, point: 0 };
  const nextSeries = (cursor.series + step[0] + series.length) % series.length;
  const count = series[nextSeries]?.points.length ?? 0;
  const point = Math.min(Math.max(0, cursor.point + step[1]), Math.max(0, count - 1));
  return { series: nextSeries, point };
}

function nearestPoint(
  frame: Frame,
  series: readonly ChartSeries[],
  x: number,
  y: number,
): Cursor | undefined {
  let best: Cursor | undefined;
  let bestDistance = 40;
  for (const [s, one] of series.entries()) {
    for (const [p, point] of one.points.entries()) {
      const distance = Math.hypot(frame.toX(point.x) - x, frame.toY(point.y) - y);
      if (distance < bestDistance) [best, bestDistance] = [{ series: s, point: p }, distance];
    }
  }
  return best;
}

interface DrawingProps extends LineChartProps {
  readonly width: number;
  readonly className: string;
  readonly point: ChartPoint | undefined;
  /** The box round it carries the description. */
  readonly isNamedByBox?: boolean;
}

function Drawing(props: DrawingProps): ReactNode {
  const {
    series,
    rules = [],
    description,
    height = 320,
    width,
    className,
    point,
    isNamedByBox,
  } = props;
  const frame = createFrame(props, width, height);
  return (
    <svg
      className={className}
      viewBox={`0 0 ${width} ${height}`}
      // As high before it is live, when it is scaled to its box.
      style={{ height }}
      role="img"
      aria-label={description}
      aria-hidden={isNamedByBox}
    >
      <Axes frame={frame} x={props.x} y={props.y} />
      {rules.map((rule) => (
        <Rule key={rule.label} frame={frame} rule={rule} />
      ))}
      {series.map((one, index) => (
        <Series key={one.id} frame={frame} series={one} index={index} />
      ))}
      {point && <CursorMark frame={frame} point={point} />}
    </svg>
  );
}

/** The names of the series, each with its line and marker. */
export function Legend({ series }: { readonly series: readonly ChartSeries[] }): ReactNode {
  return (
    <ul className="legend">
      {series.map(({ id, label, mark = "both", style }, index) => (
        <li key={id} className={seriesClass(style ?? index)}>
          <svg className="legend-key" viewBox="0 0 28 12" height="12" aria-hidden="true">
            {mark !== "points" && (
              <path
                className="chart-line"
                d="M0 6H28"
                stroke="var(--series)"
                strokeDasharray={seriesDash(style ?? index) || undefined}
              />
            )}
            {mark !== "line" && <Marker index={style ?? index} x={14} y={6} />}
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}

/** Left and right arrows walk the points, up and down the series; the line below says where one is. */
export function LineChart(props: LineChartProps): ReactNode {
  const { series, height = 320 } = props;
  const [box, width] = useWidth<HTMLDivElement>();
  const [cursor, setCursor] = useState<Cursor>();
  const [isByKeys, setIsByKeys] = useState(true);
  const readout = useId();
  const chosen = cursor === undefined ? undefined : series[cursor.series];
  const point = cursor === undefined ? undefined : chosen?.points[cursor.point];
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.key in STEPS) && event.key !== "Escape") return;
    event.preventDefault();
    setIsByKeys(true);
    setCursor(moveCursor(series, cursor, event.key));
  };
  const legend = series.length > 1 && <Legend series={series} />;
  if (width === undefined) {
    return (
      <div ref={box} className="chart">
        {legend}
        <Drawing {...props} width={WIDE} className="chart-wide" point={undefined} />
        <Drawing {...props} width={NARROW} className="chart-narrow" point={undefined} />
        <p className="chart-readout" />
      </div>
    );
  }
  return (
    <div ref={box} className="chart">
      {legend}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys walk the points */}
      <div
        role="application"
        aria-roledescription="chart"
        aria-label={props.description}
        aria-describedby={readout}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the points are walked with the arrow keys
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => setCursor(undefined)}
        onPointerMove={(event) => {
          const { left, top } = event.currentTarget.getBoundingClientRect();
          const frame = createFrame(props, width, height);
          setIsByKeys(false);
          setCursor(nearestPoint(frame, series, event.clientX - left, event.clientY - top));
        }}
        onPointerLeave={() => setCursor(undefined)}
      >
        <Drawing {...props} width={width} className="" point={point} isNamedByBox />
      </div>
      {/* What a mouse passes over is not spoken. */}
      <p id={readout} className="chart-readout" aria-live={isByKeys ? "polite" : "off"}>
        {chosen && point ? sayPoint(props, chosen, point) : ""}
      </p>
    </div>
  );
}
