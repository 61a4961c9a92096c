// The dispatches of one step, each timed in a pass of its own. Arrow keys walk them; a line says where one is.
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";
import { arithmeticIntensity } from "../../core/cost/cost.ts";
import type { KernelTiming } from "../../model/engine.ts";
import { formatBytes, formatCount, formatSeconds, formatSi } from "../../ui/format.ts";
import { seriesClass } from "../../ui/marker.tsx";
import { ScrollBox } from "../../ui/parts.tsx";
import { useWidth } from "../../ui/width.ts";
import {
  formatIntensity,
  layTimeline,
  sumBytes,
  totalFamilies,
  type TimelineBar,
  type TimelineRow,
} from "./scene.ts";

const ROW = 26;
const LABELS = 128;
/** A bar at least this wide, in CSS pixels, holds its letter. */
const LETTER = 14;

function sayDispatch(timing: KernelTiming): string {
  return [
    timing.label,
    timing.kernel,
    formatSeconds(timing.duration),
    formatBytes(sumBytes(timing)),
    formatSi(timing.flops, "FLOP"),
    formatIntensity(arithmeticIntensity(timing)),
  ].join(" · ");
}

interface RowsProps {
  readonly rows: readonly TimelineRow[];
  readonly width: number;
  readonly chosen: number | undefined;
  readonly onPoint: (index: number | undefined) => void;
}

function Rows({ rows, width, chosen, onPoint }: RowsProps): ReactNode {
  const room = Math.max(80, width - LABELS);
  const drawBar = (bar: TimelineBar, y: number) => {
    const [x, barWidth] = [LABELS + bar.start * room, Math.max(1.5, bar.width * room)];
    return (
      <g
        key={bar.index}
        className={seriesClass(bar.family.style)}
        onPointerEnter={() => onPoint(bar.index)}
      >
        <rect
          x={x}
          y={y + 3}
          width={barWidth}
          height={ROW - 6}
          fill="var(--series)"
          stroke={bar.index === chosen ? "var(--ink)" : "none"}
          strokeWidth={3}
        />
        {barWidth >= LETTER && (
          <text className="lab-letter" x={x + barWidth / 2} y={y + ROW / 2 + 4} textAnchor="middle">
            {bar.family.letter}
          </text>
        )}
      </g>
    );
  };
  return rows.map(({ label, bars }, index) => (
    <g key={label}>
      <text className="lab-row-label" x={LABELS - 8} y={index * ROW + ROW / 2 + 4} textAnchor="end">
        {label}
      </text>
      {bars.map((bar) => drawBar(bar, index * ROW))}
    </g>
  ));
}

const KEYS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

export interface TimelineProps {
  readonly timings: readonly KernelTiming[];
  readonly grouping: "layer" | "kernel";
  /** "A: cache on, …, at position 127". */
  readonly title: string;
  /** Controls of the timeline. */
  readonly children: ReactNode;
}

export function Timeline({ timings, grouping, title, children }: TimelineProps): ReactNode {
  const [box, width = 640] = useWidth<HTMLDivElement>();
  const [chosen, setChosen] = useState<number>();
  const readout = useId();
  const rows = layTimeline(timings, grouping);
  const bars = rows.flatMap((row) => row.bars);
  const bar = chosen === undefined ? undefined : bars[chosen];
  const description = `${formatCount(timings.length)} dispatches of one step, each in a pass of its own, by ${grouping}.`;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = KEYS[event.key];
    if (event.key === "Escape") setChosen(undefined);
    if (step === undefined) return;
    event.preventDefault();
    setChosen(Math.min(bars.length - 1, Math.max(0, (chosen ?? -1) + step)));
  };
  return (
    <section className="lab-timeline">
      <h4>
        Kernels of one step <small>{title}</small>
      </h4>
      <p className="lab-note">
        Profiled: each dispatch has a pass of its own, which slows the whole. Good for comparing
        kernels; never to be added up to the time of a token.
      </p>
      {children}
      <div ref={box}>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys walk the dispatches */}
        <div
          role="application"
          aria-roledescription="timeline"
          aria-label={`${description} Left and right arrows walk them.`}
          aria-describedby={readout}
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- walked with the arrow keys
          tabIndex={0}
          onKeyDown={onKeyDown}
          onBlur={() => setChosen(undefined)}
          onPointerLeave={() => setChosen(undefined)}
        >
          <svg
            role="img"
            aria-label={description}
            width={width}
            height={rows.length * ROW}
            viewBox={`0 0 ${width} ${rows.length * ROW}`}
          >
            <Rows rows={rows} width={width} chosen={chosen} onPoint={setChosen} />
          </svg>
        </div>
        <p id={readout} className="chart-readout lab-readout" aria-live="polite">
          {bar ? sayDispatch(bar.timing) : ""}
        </p>
      </div>
      <Families timings={timings} />
    </section>
  );
}

function Families({ timings }: { readonly timings: readonly KernelTiming[] }): ReactNode {
  return (
    <ScrollBox label="Kernel families">
      <table className="lab-table">
        <caption>By kernel family; times as profiled</caption>
        <thead>
          <tr>
            <th scope="col">Kernel</th>
            <th scope="col">Dispatches</th>
            <th scope="col">Profiled time</th>
            <th scope="col">Bytes</th>
            <th scope="col">Arithmetic</th>
            <th scope="col">Intensity</th>
          </tr>
        </thead>
        <tbody>
          {totalFamilies(timings).map(
            ({ family, letter, style, numDispatches, seconds, bytes, flops }) => (
              <tr key={family}>
                <th scope="row">
                  <span className={`lab-key ${seriesClass(style)}`} aria-hidden="true">
                    {letter}
                  </span>{" "}
                  {family}
                </th>
                <td>{formatCount(numDispatches)}</td>
                <td>{formatSeconds(seconds)}</td>
                <td>{formatBytes(bytes)}</td>
                <td>{formatSi(flops, "FLOP")}</td>
                <td>{formatIntensity(bytes > 0 ? flops / bytes : 0)}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </ScrollBox>
  );
}
