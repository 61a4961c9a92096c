// Everything that is drawn, the same on the poster and live: the roofline, the ladder, and each machine in numbers.
import type { ReactNode } from "react";
import type { KernelRecord } from "../../experiments/kernel-record.ts";
import { Legend, LineChart, type ChartSeries } from "../../ui/chart.tsx";
import { formatBandwidth, formatCount, formatNumber, formatSi } from "../../ui/format.ts";
import { Stats, Verdict } from "../../ui/parts.tsx";
import { SizedPicture } from "../../ui/plot.tsx";
import { RooflinePicture } from "./picture.tsx";
import { sayMeasured } from "../../live/measured.tsx";
import { KeyMark } from "../../live/point-marks.tsx";
import { A100 } from "../../live/published.ts";
import { sayBound, sayTimes } from "../../live/scene.ts";
import {
  A100_STATS,
  describeMethod,
  describeScenes,
  formatSet,
  ladderAxes,
  ladderSeries,
  ladderStats,
  sayLayer,
  type LayerPoint,
  type MachineScene,
} from "./scene.ts";

function Layer({ points }: { readonly points: readonly LayerPoint[] }): ReactNode {
  return (
    <details className="own-gpu-layer">
      <summary>Each batch of the linear layer, and why</summary>
      <ul>
        {points.map(({ batch, duration, wallDuration, rate, intensity, kernel, verdict }) => (
          <li key={batch}>
            <b>
              Batch {batch}: {sayBound(verdict)}.
            </b>{" "}
            <span className="number">
              {sayTimes({ duration, wallDuration })}, {formatSi(rate.median, "FLOP/s")} at{" "}
              {formatNumber(intensity)} FLOP/B
            </span>
            , {kernel}. {verdict.sentence}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** A slow device may have measured a single row only, and then nothing is compared. */
function hasTwoBatches(linear: KernelRecord | undefined): linear is KernelRecord {
  return linear !== undefined && linear.comparison.baseline !== linear.comparison.contender;
}

/** One machine in numbers and words. */
export function MachinePart({ scene }: { readonly scene: MachineScene }): ReactNode {
  const { machine, points } = scene;
  const { ladder, linear } = machine;
  const kinds = new Set(points.map(({ verdict }) => verdict.kind));
  const [only] = kinds.size === 1 ? kinds : [];
  const notes = new Set([
    describeMethod(ladder),
    ...ladder.notes,
    ...(linear?.notes ?? []),
    ladder.verdict.sentence,
    ...(hasTwoBatches(linear) ? [linear.verdict.sentence] : []),
  ]);
  return (
    <section className="own-gpu-machine" aria-label={machine.label}>
      <h3>{machine.label}</h3>
      <Stats stats={ladderStats(scene)} />
      <Verdict
        bound={only === undefined || only === "unknown" ? undefined : `${only}-bound`}
        sentence={sayLayer(points)}
        details={[...notes]}
      >
        {points.length > 0 && <Layer points={points} />}
      </Verdict>
    </section>
  );
}

/** The A100 in the same numbers, none of them measured here. */
function PublishedPart(): ReactNode {
  return (
    <section className="own-gpu-machine" aria-label={`${A100.gpu.name}, published`}>
      <h3>{A100.gpu.name}, published</h3>
      <Stats stats={A100_STATS} />
      <p className="own-gpu-note">
        Peaks that no kernel quite reaches: <a href={A100.gpu.source.url}>datasheet</a>,{" "}
        <a href={A100.floatSource.url}>white paper</a>, and for the cache{" "}
        <a href={A100.l2.source.url}>{formatCount(A100.l2.bytesPerClock)} bytes a clock</a> at{" "}
        {formatSi(A100.l2.clock, "Hz")}. The launch is what its smallest measured kernels took, one
        after the other, as this site fitted them.
      </p>
    </section>
  );
}

/** The roofs of some machines and their points of the linear layer, beside the published roof. */
export function Rooflines({ scenes }: { readonly scenes: readonly MachineScene[] }): ReactNode {
  return (
    <>
      {scenes.length > 0 && <Legend series={ladderSeries(scenes)} />}
      <SizedPicture
        description={describeScenes(scenes)}
        heightAt={(width) => (width < 480 ? 320 : 420)}
        renderAt={(size) => <RooflinePicture scenes={scenes} size={size} />}
      />
      <p className="own-gpu-note">
        {scenes.length > 0 &&
          "Points with whiskers: the linear layer 1024 → 4096 (on a software adapter 256 → 1024) as measured, by its batch. A ring says what binds it: solid, memory; dashed, arithmetic; dotted, overhead; none, it cannot be told. "}
        <KeyMark kind="modelled" /> Hollow diamonds:{" "}
        {scenes.length > 0
          ? "the layer 1024 → 4096"
          : "the linear layer 1024 → 4096, by its batch,"}{" "}
        at best on the {A100.gpu.name} in f32, modelled from its published figures:{" "}
        <a href={A100.gpu.source.url}>datasheet</a>, <a href={A100.floatSource.url}>white paper</a>.{" "}
        {sayMeasured("times of that layer in 16 bits")}
      </p>
    </>
  );
}

/** How far each machine's rate falls from its fastest set to its largest. */
function describeLadder(curves: readonly ChartSeries[]): string {
  const falls = curves.flatMap(({ label, points }) => {
    const largest = points.at(-1);
    const fastest = points.toSorted((one, other) => other.y - one.y)[0];
    if (largest === undefined || fastest === undefined) return [];
    return [
      `${label}: ${formatBandwidth(fastest.y)} at ${formatSet(fastest.x)}, ${formatBandwidth(largest.y)} at ${formatSet(largest.x)}`,
    ];
  });
  return `Reading rate against the size of the working set, at its fastest and of the largest set. ${falls.join("; ")}.`;
}

export function Result({ scenes }: { readonly scenes: readonly MachineScene[] }): ReactNode {
  const curves = ladderSeries(scenes);
  const axes = ladderAxes(scenes);
  return (
    <>
      <Rooflines scenes={scenes} />
      {curves.some(({ points }) => points.length > 0) && (
        <LineChart
          description={describeLadder(curves)}
          height={260}
          x={{
            label: "Working set",
            kind: "log",
            max: axes.maxSet,
            ticks: axes.ticks,
            format: formatSet,
          }}
          y={{
            label: "Bytes read a second",
            kind: "log",
            min: axes.min,
            max: axes.max,
            format: formatBandwidth,
          }}
          series={curves}
          rules={[
            { axis: "y", value: A100.gpu.bandwidth, label: "A100, memory (published)" },
            { axis: "y", value: A100.l2.rate, label: "A100, its L2 (published)" },
          ]}
        />
      )}
      {scenes.map((scene) => (
        <MachinePart key={scene.machine.id} scene={scene} />
      ))}
      {scenes.length > 0 && <PublishedPart />}
    </>
  );
}
