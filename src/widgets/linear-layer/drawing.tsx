// The picture, the same on the poster and live: both times against the batch, and which of them is the longer.
import type { ReactNode } from "react";
import { MEASURED_SOURCE } from "../../core/roofline/measured/measured-gemm.ts";
import { formatCount, formatNumber, formatSeconds } from "../../ui/format.ts";
import { Stats, Verdict } from "../../ui/parts.tsx";
import { createLogPlot, PlotAxes, powerTicks, SizedPicture, type Plot } from "../../ui/plot.tsx";
import { writeStats } from "./opened.ts";
import {
  createScene,
  describeScene,
  MAX_BATCH,
  sayBound,
  type LayerPoint,
  type LinearScene,
  type LinearValues,
} from "./scene.ts";

/** Ticks are round: "10.0 µs" reads 10 µs. */
const formatTick = (value: number) => formatSeconds(value, 1);

function plotOf(scene: LinearScene, size: { width: number; height: number }): Plot {
  const times = [
    ...scene.curve.flatMap(({ time }) => [time.memory, time.compute]),
    ...scene.measured.map(({ seconds }) => seconds),
  ];
  const [min, max] = [
    10 ** Math.floor(Math.log10(Math.min(...times))),
    10 ** Math.ceil(Math.log10(Math.max(...times))),
  ];
  return createLogPlot(size, {
    x: {
      min: 1,
      max: MAX_BATCH,
      ticks: powerTicks(4, 1, MAX_BATCH),
      label: "Batch (rows)",
      format: formatCount,
    },
    y: { min, max, ticks: powerTicks(10, min, max), label: "Time", format: formatTick },
  });
}

function path(
  plot: Plot,
  curve: readonly LayerPoint[],
  time: (point: LayerPoint) => number,
): string {
  return curve
    .map((point, i) => `${i === 0 ? "M" : "L"}${plot.toX(point.batch)} ${plot.toY(time(point))}`)
    .join("");
}

/** The two halves of the picture, named: which of the two waits for the other. */
function Regions({ plot, crossover }: { plot: Plot; crossover: number | undefined }): ReactNode {
  const { left, right, top, bottom } = plot;
  const edge = crossover === undefined ? right : plot.toX(crossover);
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
      {edge - left > 90 && (
        <text className="linear-layer-memory chart-halo" x={left + 8} y={top + 17}>
          memory bound
        </text>
      )}
      {right - edge > 95 && (
        <text
          className="linear-layer-compute chart-halo"
          x={right - 8}
          y={top + 17}
          textAnchor="end"
        >
          compute bound
        </text>
      )}
    </>
  );
}

/** In 16 bits the batch at which the weights alone would cross is the ridge itself. */
function sayNaive({ bytesPerElement }: LinearScene, naive: number, isNarrow: boolean): string {
  const what = bytesPerElement === 2 ? "ridge" : "weights alone";
  const why = bytesPerElement === 2 && !isNarrow ? ": if only the weights had bytes" : "";
  return `${what} ${formatNumber(naive)}${why}`;
}

/** The crossover, and the ridge that it is often taken for. */
function Crossings({ plot, scene }: { plot: Plot; scene: LinearScene }): ReactNode {
  const { crossover, ridge, bytesPerElement } = scene;
  const { left, right, top, bottom } = plot;
  const naive = (ridge * bytesPerElement) / 2;
  const isCrossed = crossover !== undefined && crossover <= MAX_BATCH;
  const hasRoom = isCrossed && right - plot.toX(crossover) > 95;
  const isNaiveShown = naive >= 1 && naive <= MAX_BATCH;
  return (
    <>
      {isNaiveShown && (
        <>
          <line
            className="linear-layer-ridge"
            x1={plot.toX(naive)}
            x2={plot.toX(naive)}
            y1={top}
            y2={bottom}
          />
          <text
            className="chart-annotation"
            x={plot.toX(naive) - 6}
            y={bottom - 10}
            textAnchor="end"
          >
            {sayNaive(scene, naive, right - left < 400)}
          </text>
        </>
      )}
      {isCrossed && (
        <>
          <line
            className="linear-layer-crossing"
            x1={plot.toX(crossover)}
            x2={plot.toX(crossover)}
            y1={top}
            y2={bottom}
          />
          <text
            className="linear-layer-crossing-label chart-halo"
            x={plot.toX(crossover) + (hasRoom ? 6 : -6)}
            y={bottom - (hasRoom ? 10 : 28)}
            textAnchor={hasRoom ? "start" : "end"}
          >
            crossover {formatCount(crossover)}
          </text>
        </>
      )}
    </>
  );
}

function Lines({ plot, scene }: { plot: Plot; scene: LinearScene }): ReactNode {
  const { curve } = scene;
  const first = curve[0];
  if (first === undefined) return null;
  const labelAt = curve.find(({ batch }) => batch >= 3) ?? first;
  return (
    <>
      <path
        className="linear-layer-memory-line"
        d={path(plot, curve, ({ time }) => time.memory)}
        fill="none"
      />
      <path
        className="linear-layer-compute-line"
        d={path(plot, curve, ({ time }) => time.compute)}
        fill="none"
      />
      <text
        className="linear-layer-memory chart-halo"
        x={plot.left + 8}
        y={plot.toY(first.time.memory) - 8}
      >
        memory
      </text>
      <text
        className="linear-layer-compute chart-halo"
        x={plot.toX(labelAt.batch) + 12}
        y={plot.toY(labelAt.time.compute) + 10}
      >
        arithmetic
      </text>
    </>
  );
}

/** Under the labels that it may cross. */
function Cursor({ plot, chosen }: { plot: Plot; chosen: LayerPoint }): ReactNode {
  const x = plot.toX(chosen.batch);
  return <line className="chart-cursor" x1={x} x2={x} y1={plot.top} y2={plot.bottom} />;
}

function Chosen({ plot, chosen }: { plot: Plot; chosen: LayerPoint }): ReactNode {
  const x = plot.toX(chosen.batch);
  const [memory, compute] = [plot.toY(chosen.time.memory), plot.toY(chosen.time.compute)];
  return (
    <>
      <circle className="linear-layer-memory-dot" cx={x} cy={memory} r={6} />
      <rect
        className="linear-layer-compute-dot"
        x={x - 5.5}
        y={compute - 5.5}
        width={11}
        height={11}
      />
    </>
  );
}

function Measured({ plot, scene }: { plot: Plot; scene: LinearScene }): ReactNode {
  const diamonds = scene.measured.map(
    ({ batch, seconds }) => `M${plot.toX(batch)} ${plot.toY(seconds) - 5}l5 5l-5 5l-5 -5z`,
  );
  return <path className="linear-layer-measured" d={diamonds.join("")} />;
}

function MeasuredNote({ scene, values }: { scene: LinearScene; values: LinearValues }): ReactNode {
  if (!values.measured) return null;
  if (scene.measured.length === 0) {
    return (
      <p className="linear-layer-note">
        No measured points of this layer, format and GPU. There are some of nn.Linear(1024, 4096)
        and of the layers of Llama 2, in 16 bits, on the A100 80GB SXM and the H100 SXM.
      </p>
    );
  }
  return (
    <p className="linear-layer-note">
      <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true" className="chart">
        <path className="linear-layer-measured" d="M0 -5l5 5l-5 5l-5 -5z" />
      </svg>{" "}
      Measured on a real {scene.gpu.name.replace("NVIDIA ", "")}, published by{" "}
      <a href={MEASURED_SOURCE.url}>{MEASURED_SOURCE.label}</a>. All lie above both lines, the least
      that the bytes and the arithmetic take.
    </p>
  );
}

/** The batches that the chapters speak of, a row each. */
function Examples({ scene }: { scene: LinearScene }): ReactNode {
  return (
    <table className="linear-layer-examples">
      <caption className="visually-hidden">The verdict at four batches</caption>
      <thead>
        <tr>
          <th scope="col">Batch</th>
          <th scope="col">FLOP/B</th>
          <th scope="col">Memory</th>
          <th scope="col">Arithmetic</th>
          <th scope="col">Bound by</th>
        </tr>
      </thead>
      <tbody>
        {scene.examples.map((point) => (
          <tr key={point.batch} aria-current={point.batch === scene.chosen.batch || undefined}>
            <th scope="row">{formatCount(point.batch)}</th>
            <td>{formatNumber(point.intensity)}</td>
            <td>{formatSeconds(point.time.memory)}</td>
            <td>{formatSeconds(point.time.compute)}</td>
            <td className={`linear-layer-verdict ${point.time.bound}-bound`}>{point.time.bound}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const heightAt = (width: number) => (width < 480 ? 300 : 340);

export interface DrawingProps {
  readonly values: LinearValues;
  /** A press or drag in the picture; absent on the poster. */
  readonly onBatch?: ((batch: number) => void) | undefined;
}

export function Drawing({ values, onBatch }: DrawingProps): ReactNode {
  const full = createScene(values);
  const scene = values.measured ? full : { ...full, measured: [] };
  const { chosen } = scene;
  const pick = (pixel: number, width: number) => {
    const plot = plotOf(scene, { width, height: heightAt(width) });
    onBatch?.(Math.round(plot.fromX(pixel)));
  };
  const longer = Math.max(chosen.time.memory, chosen.time.compute);
  const shorter = Math.min(chosen.time.memory, chosen.time.compute);
  return (
    <>
      <SizedPicture
        description={describeScene(scene, values)}
        heightAt={heightAt}
        onPick={onBatch === undefined ? undefined : pick}
        renderAt={(size) => {
          const plot = plotOf(scene, size);
          return (
            <g aria-hidden="true">
              <Regions plot={plot} crossover={scene.crossover} />
              <PlotAxes plot={plot} />
              <Cursor plot={plot} chosen={chosen} />
              <Measured plot={plot} scene={scene} />
              <Crossings plot={plot} scene={scene} />
              <Lines plot={plot} scene={scene} />
              <Chosen plot={plot} chosen={chosen} />
            </g>
          );
        }}
      />
      <MeasuredNote scene={full} values={values} />
      <Verdict
        bound={chosen.time.bound === "memory" ? "memory-bound" : "compute-bound"}
        sentence={`Batch ${formatCount(chosen.batch)}: ${sayBound(chosen)}. ${
          chosen.time.bound === "memory" ? "Memory" : "Arithmetic"
        } takes ${formatNumber(longer / shorter, 2)} times as long as ${chosen.time.bound === "memory" ? "arithmetic" : "memory"}.`}
      />
      <div className="linear-layer-stats">
        <Stats stats={writeStats(scene, values)} />
      </div>
      <Examples scene={scene} />
    </>
  );
}
