// The picture, the same on the poster and live: the frontier, then why it bends.
import type { ReactNode } from "react";
import { Bars } from "../../ui/bars.tsx";
import { LineChart } from "../../ui/chart.tsx";
import { formatBytes, formatCount, formatNumber, formatSeconds } from "../../ui/format.ts";
import { Stats } from "../../ui/parts.tsx";
import { openAll, openEach, openIntensity, openPace } from "./opened.ts";
import {
  createScene,
  describeScene,
  describeServer,
  frontierSeries,
  intensitySeries,
  readingRule,
  type ParetoScene,
  type ParetoValues,
} from "./scene.ts";

function KeyFigures({ scene }: { readonly scene: ParetoScene }): ReactNode {
  const { chosen } = scene;
  if (chosen === undefined) return null;
  const [all, each] = [openAll(scene, chosen), openEach(scene, chosen)];
  const [pace, intensity] = [openPace(chosen), openIntensity(scene)];
  const perToken = formatSeconds(chosen.load.timePerOutputTokenUnderLoad);
  return (
    <Stats
      stats={[
        { label: "All readers", value: all.text, opened: all },
        { label: "Each reader", value: each.text, opened: each, detail: `${perToken} a token` },
        { label: "Of the reading speed", value: pace.text, opened: pace },
        { label: "Intensity of a step", value: intensity.text, opened: intensity },
      ]}
    />
  );
}

/** What became of the asked batch where the memory holds fewer. */
function Limit({ scene, asked }: { readonly scene: ParetoScene; readonly asked: number }) {
  const { most, deployment } = scene;
  if (most < 1) {
    return (
      <p className="batch-pareto-limit">
        {deployment.model.name} in 16 bits leaves no room on this GPU for one such request. Choose a
        larger GPU, a smaller model or a shorter request.
      </p>
    );
  }
  const text =
    asked > most
      ? `The memory holds ${formatCount(most)} such requests, not ${formatCount(asked)}: the figures are of ${formatCount(most)}.`
      : `The memory holds ${formatCount(most)}${most === 512 ? " or more" : ""} such requests at once.`;
  return <p className="batch-pareto-limit">{text}</p>;
}

/** Left end of the chart, tokens a second: some room beside the reading speed. */
const LEAST_PACE = 3;

function Frontier({ scene }: { readonly scene: ParetoScene }): ReactNode {
  return (
    <LineChart
      description={`Throughput against the pace of each reader. ${describeScene(scene)}`}
      height={320}
      x={{
        label: "Each reader (tokens/s)",
        kind: "log",
        min: LEAST_PACE,
        tickCount: 9,
        format: (value) => formatNumber(value),
      }}
      y={{
        label: "All readers (tokens/s)",
        min: 0,
        format: (value) => formatNumber(value),
      }}
      series={frontierSeries(scene)}
      rules={[readingRule()]}
    />
  );
}

function Why({ scene }: { readonly scene: ParetoScene }): ReactNode {
  const { work, works, ridge } = scene;
  const caches = `${formatCount(work.batch)} KV ${work.batch === 1 ? "cache" : "caches"}`;
  return (
    <>
      <h3 className="batch-pareto-heading">What a step reads</h3>
      <Bars
        bars={[
          {
            id: "weights",
            label: "weights, once",
            value: work.weights,
            text: formatBytes(work.weights),
            colour: "weights",
          },
          {
            id: "caches",
            label: caches,
            value: work.caches,
            text: formatBytes(work.caches),
            colour: "key",
          },
        ]}
        description={`A step of ${formatCount(work.batch)} reads ${formatBytes(work.weights)} of weights and ${formatBytes(work.caches)} of caches.`}
      />
      <h3 className="batch-pareto-heading">Arithmetic for each byte</h3>
      <LineChart
        description={`Arithmetic intensity of a decode step against the batch, ${describeServer(scene)}. That of the matrices grows with the batch; that of attention stays at ${formatNumber(work.attentionIntensity)} FLOP a byte.`}
        height={280}
        x={{
          label: "Batch",
          kind: "log",
          ticks: works.map(({ batch }) => batch),
          format: formatCount,
        }}
        y={{ label: "FLOP per byte", kind: "log", format: (value) => formatNumber(value) }}
        series={intensitySeries(scene)}
        rules={[
          { axis: "y", value: ridge, label: `ridge point, ${formatNumber(ridge)} FLOP/B` },
          { axis: "x", value: work.batch, label: `batch ${formatCount(work.batch)}` },
        ]}
      />
    </>
  );
}

export function Drawing({ values }: { readonly values: ParetoValues }): ReactNode {
  const scene = createScene(values);
  return (
    <>
      <KeyFigures scene={scene} />
      <Limit scene={scene} asked={values.batch} />
      {scene.points.length > 0 && <Frontier scene={scene} />}
      <Why scene={scene} />
      <p className="batch-pareto-note">
        {scene.estimate === "fitted"
          ? "Times are fitted to measured kernels, without the time of the host."
          : "Times are the roofline’s, a bound: real kernels take longer."}
        {scene.extrapolation !== undefined && ` Extrapolated here: ${scene.extrapolation}`}
      </p>
    </>
  );
}
