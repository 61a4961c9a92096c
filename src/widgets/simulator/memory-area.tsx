// What the KV cache holds over time: four layers on one another, the rest is free.
import type { ReactNode } from "react";
import type { SimulationReport } from "../../core/simulation/statistics.ts";
import { grouped } from "../../core/units/grouped.ts";
import { formatPercent, formatSeconds } from "../../ui/format.ts";
import { Hatch, hatchFill, Picture } from "../../ui/picture.tsx";
import { createScale } from "../../ui/scale.ts";

type Point = SimulationReport["memory"]["timeline"][number];

interface Layer {
  readonly part: "stored" | "reserved" | "internal" | "external";
  readonly label: string;
}

/** From the axis up. */
export const LAYERS: readonly Layer[] = [
  { part: "stored", label: "tokens" },
  { part: "reserved", label: "reserved for tokens to come" },
  { part: "internal", label: "internal: will never be used" },
  { part: "external", label: "external: lost between regions" },
];

const HEIGHT = 200;
const MARGIN = { top: 12, right: 10, bottom: 40, left: 50 };
const SHARES = [0, 0.25, 0.5, 0.75, 1];

export interface MemoryAreaProps {
  readonly report: SimulationReport;
  /** Seconds at the right edge, so that two pictures have one scale. */
  readonly until: number;
  readonly name: string;
}

export function MemoryArea({ report, until, name }: MemoryAreaProps): ReactNode {
  const { mean } = report.memory;
  const parts = LAYERS.map(({ part, label }) => `${formatPercent(mean[part])} ${label}`).join(", ");
  return (
    <Picture
      description={`The KV cache over time under ${name}. On average ${parts}, the rest free.`}
      draw={(width, id) => ({
        height: HEIGHT,
        content: <Areas report={report} until={until} width={width} id={id} />,
      })}
    />
  );
}

interface AreasProps {
  readonly report: SimulationReport;
  readonly until: number;
  readonly width: number;
  readonly id: string;
}

function Areas({ report, until, width, id }: AreasProps): ReactNode {
  const [right, bottom] = [width - MARGIN.right, HEIGHT - MARGIN.bottom];
  const times = createScale([], {
    min: 0,
    max: until,
    tickCount: Math.max(3, Math.round(width / 110)),
  });
  const toX = (time: number) => MARGIN.left + times.place(time) * (right - MARGIN.left);
  const toY = (share: number) => bottom - Math.min(1, share) * (bottom - MARGIN.top);
  return (
    <>
      <defs>
        <Hatch id={`${id}-internal`} colour="memory-bound" />
        <Hatch id={`${id}-external`} colour="muted" />
      </defs>
      <g aria-hidden="true">
        {SHARES.map((share) => (
          <g key={share}>
            <line
              className="chart-grid"
              x1={MARGIN.left}
              x2={right}
              y1={toY(share)}
              y2={toY(share)}
            />
            <text className="chart-tick" x={MARGIN.left - 8} y={toY(share) + 4} textAnchor="end">
              {formatPercent(share)}
            </text>
          </g>
        ))}
      </g>
      {LAYERS.map(({ part }, index) => (
        <path
          key={part}
          className={`simulator-${part}`}
          d={areaPath(report, index, { toX, toY })}
          {...(part === "internal" || part === "external"
            ? { fill: hatchFill(`${id}-${part}`) }
            : {})}
        />
      ))}
      <g aria-hidden="true">
        {times.ticks
          .filter((tick) => tick <= until)
          .map((tick) => (
            <text
              key={tick}
              className="chart-tick"
              x={toX(tick)}
              y={bottom + 16}
              textAnchor="middle"
            >
              {grouped(tick)}
            </text>
          ))}
        <line className="chart-axis" x1={MARGIN.left} x2={right} y1={bottom} y2={bottom} />
        <text className="chart-axis-label" x={right} y={HEIGHT - 6} textAnchor="end">
          Simulated time (s), {formatSeconds(report.duration)} in all
        </text>
      </g>
    </>
  );
}

interface Places {
  readonly toX: (time: number) => number;
  readonly toY: (share: number) => number;
}

/** Steps: each interval has its mean. No path where every request was refused and no step ran. */
function areaPath(report: SimulationReport, layer: number, { toX, toY }: Places): string {
  const { timeline } = report.memory;
  if (timeline.length === 0) return "";
  const edge = (last: number) =>
    timeline.flatMap((point, index) => {
      const end = timeline[index + 1]?.time ?? report.duration;
      const y = toY(upTo(point, last)).toFixed(1);
      return [`${toX(point.time).toFixed(1)},${y}`, `${toX(end).toFixed(1)},${y}`];
    });
  return `M${edge(layer).join("L")}L${edge(layer - 1)
    .toReversed()
    .join("L")}Z`;
}

/** Shares of the layers up to one, that one included. */
function upTo(point: Point, last: number): number {
  return LAYERS.slice(0, last + 1).reduce((sum, { part }) => sum + point[part], 0);
}
