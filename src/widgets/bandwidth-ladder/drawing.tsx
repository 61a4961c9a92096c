// The picture, the same on the poster and live: one bar for each level, and its FLOP a byte, which opens.
import type { ReactNode } from "react";
import { formatBandwidth, formatSi } from "../../ui/format.ts";
import { OpenNumber } from "../../ui/opened.tsx";
import { powerTicks, SizedPicture } from "../../ui/plot.tsx";
import { createScale } from "../../ui/scale.ts";
import {
  createScene,
  describeScene,
  sayDuration,
  type LadderScene,
  type LadderValues,
} from "./scene.ts";

const HEAD = 34;
/** Also the height of the rows of numbers beside it, in style.css. */
const ROW = 50;
const BAR = 14;
const AXIS = 40;

interface Row {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  readonly text: string;
  readonly value: number;
  readonly isCompute: boolean;
}

interface Ground {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  readonly axisLabel: string;
}

const RATES: Ground = {
  min: 1e9,
  max: 1e16,
  ticks: powerTicks(1000, 1e9, 1e16),
  format: (value) => formatSi(value, "B/s", 1),
  axisLabel: "The tensor cores’ bar is in FLOP/s on the same scale",
};

const HUMAN: Ground = {
  min: 0.5,
  max: 1e7,
  ticks: [1, 60, 3600, 86_400, 2_592_000],
  format: (value) =>
    new Map([
      [1, "1 s"],
      [60, "1 min"],
      [3600, "1 h"],
      [86_400, "1 day"],
      [2_592_000, "30 days"],
    ]).get(value) ?? "",
  axisLabel: "Time between two bytes",
};

function writeRows({ gpu, rungs }: LadderScene, isHuman: boolean): Row[] {
  const compute: Row = {
    id: "tensor-cores",
    label: gpu.name.startsWith("NVIDIA") ? "Tensor cores" : "Matrix units",
    note: "16 bits, dense",
    text: isHuman ? sayDuration(1) : formatSi(gpu.peakFlops, "FLOP/s"),
    value: isHuman ? 1 : gpu.peakFlops,
    isCompute: true,
  };
  return [
    compute,
    ...rungs.map(({ id, label, note, rate, flopsPerByte }) => ({
      id,
      label,
      note,
      text: isHuman ? sayDuration(flopsPerByte) : formatBandwidth(rate),
      value: isHuman ? flopsPerByte : rate,
      isCompute: false,
    })),
  ];
}

interface BarsProps {
  readonly rows: readonly Row[];
  readonly ground: Ground;
  readonly width: number;
}

function Bars({ rows, ground, width }: BarsProps): ReactNode {
  const scale = createScale([], { kind: "log", min: ground.min, max: ground.max });
  const toX = (value: number) => Math.round(scale.place(value) * width * 100) / 100;
  const bottom = HEAD + rows.length * ROW;
  const isNarrow = width < 420;
  return (
    <g aria-hidden="true">
      {ground.ticks.map((tick, i) => (
        <g key={tick}>
          <line className="chart-grid" x1={toX(tick)} x2={toX(tick)} y1={HEAD} y2={bottom} />
          <text
            className="chart-tick"
            x={toX(tick)}
            y={bottom + 14}
            textAnchor={i === 0 && toX(tick) < 10 ? "start" : "middle"}
          >
            {ground.format(tick)}
          </text>
        </g>
      ))}
      {rows.map(({ id, label, note, text, value, isCompute }, i) => (
        <g key={id} transform={`translate(0 ${HEAD + i * ROW})`}>
          <text className="bandwidth-ladder-label" x={0} y={20}>
            {label}
            {!isNarrow && (
              <tspan className="bandwidth-ladder-note" dx={10}>
                {note}
              </tspan>
            )}
          </text>
          <text className="bandwidth-ladder-value" x={width} y={20} textAnchor="end">
            {text}
          </text>
          <rect
            x={0}
            y={27}
            width={Math.max(2, toX(value))}
            height={BAR}
            fill={isCompute ? "var(--compute-bound)" : "var(--memory-bound)"}
          />
        </g>
      ))}
      <text className="chart-axis-label" x={0} y={bottom + 33}>
        {ground.axisLabel}
      </text>
    </g>
  );
}

export function Drawing({ values }: { readonly values: LadderValues }): ReactNode {
  const scene = createScene(values);
  const isHuman = values.show === "human";
  const rows = writeRows(scene, isHuman);
  const height = HEAD + rows.length * ROW + AXIS;
  return (
    <>
      <div className="bandwidth-ladder">
        <SizedPicture
          description={describeScene(scene, values)}
          heightAt={() => height}
          renderAt={({ width }) => (
            <Bars rows={rows} ground={isHuman ? HUMAN : RATES} width={width} />
          )}
        />
        <div className="bandwidth-ladder-numbers">
          <p aria-hidden="true">FLOP a byte</p>
          <dl>
            <div>
              <dt className="visually-hidden">Tensor cores, FLOP a FLOP</dt>
              <dd>1</dd>
            </div>
            {scene.rungs.map(({ id, label, opened }) => (
              <div key={id}>
                <dt className="visually-hidden">{label}, FLOP in the time of one byte</dt>
                <dd>
                  <OpenNumber value={opened} />
                </dd>
              </div>
            ))}
          </dl>
        </div>
      </div>
      <p className="bandwidth-ladder-missing">{writeNote(scene, isHuman)}</p>
    </>
  );
}

function writeNote({ gpu, missing }: LadderScene, isHuman: boolean): string {
  const scale = isHuman
    ? `Everything slowed down alike, until the tensor cores of the ${gpu.name} do one FLOP a second.`
    : "Each line across is a factor of 1,000.";
  const base = `${scale} These are rates with many bytes under way at once; how long a single access waits is another question.`;
  const unchecked = gpu.isUnchecked === undefined ? "" : ` ${gpu.isUnchecked}`;
  if (missing.length === 0) return base + unchecked;
  const last = missing.at(-1) ?? "";
  const list = missing.length === 1 ? last : `${missing.slice(0, -1).join(", ")} and ${last}`;
  return `${base} Left out for the ${gpu.name}, for want of a figure with a source: ${list}.${unchecked}`;
}
