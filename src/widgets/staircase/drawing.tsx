// The picture, the same on the poster and live: tiles and waves above, times below.
import type { ReactNode } from "react";
import { MEASURED_SOURCE } from "../../core/roofline/measured/measured-gemm.ts";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import { LineChart, type ChartSeries } from "../../ui/chart.tsx";
import { formatCount, formatSeconds } from "../../ui/format.ts";
import { Stats } from "../../ui/parts.tsx";
import { openEfficiency, openFloor, openMeasured, openTiles, openWaves } from "./opened.ts";
import { createScene, describeScene, type StaircaseScene, type StaircaseValues } from "./scene.ts";
import { WavesPicture } from "./waves-picture.tsx";

function writeStats(scene: StaircaseScene) {
  const { tileRows, tileColumns, lastWave, gpu, nearest } = scene;
  const [tiles, waves] = [openTiles(scene), openWaves(scene)];
  const [efficiency, floor] = [openEfficiency(scene), openFloor(scene)];
  const stats = [
    {
      label: "Tiles",
      value: tiles.text,
      opened: tiles,
      detail: `${formatCount(tileRows)} × ${formatCount(tileColumns)}`,
    },
    {
      label: "Waves",
      value: waves.text,
      opened: waves,
      detail: `${formatCount(lastWave)} of ${formatCount(gpu.numSms)} SMs in the last`,
    },
    { label: "Work that was asked for", value: efficiency.text, opened: efficiency },
    { label: "Modelled, at least", value: floor.text, opened: floor },
  ];
  if (nearest === undefined) return stats;
  const measured = openMeasured(scene, nearest);
  return [
    ...stats,
    {
      label: "Measured",
      value: measured.text,
      opened: measured,
      detail: `at ${formatCount(nearest.rows)} tokens`,
    },
  ];
}

function makeSeries({ curve, measured, gpu }: StaircaseScene): ChartSeries[] {
  const modelled: ChartSeries = {
    id: "modelled",
    label: "modelled floor: whole waves at the peak rate, or all bytes at the full bandwidth",
    style: 3,
    mark: "line",
    points: curve.map(({ rows, seconds }) => ({ x: rows, y: seconds })),
  };
  if (measured.length === 0) return [modelled];
  return [
    {
      id: "measured",
      label: `measured on an ${gpu.name}`,
      style: 0,
      mark: "points",
      points: measured.map(({ rows, seconds }) => ({ x: rows, y: seconds })),
    },
    modelled,
  ];
}

/** Whose figures the points are, or that there are none. */
function Origin({ scene }: { readonly scene: StaircaseScene }): ReactNode {
  if (scene.measured.length === 0) {
    return (
      <p className="staircase-note">
        No measurements of this size: the line alone is drawn, from the formula.
      </p>
    );
  }
  const { url } = MEASURED_SOURCE;
  return (
    <p className="staircase-note">
      <span className="staircase-origin">
        <ProvenanceLabel
          provenance={{ kind: "published", source: "microsoft/vidur, MIT, commit 7d47513" }}
        />
      </span>
      The points: medians of one 16-bit kernel, <a href={url}>profiling data</a>. Which tile the
      library chose for them is not recorded; the line is modelled with the tile above.
    </p>
  );
}

export function Drawing({ values }: { readonly values: StaircaseValues }): ReactNode {
  const scene = createScene(values);
  const description = describeScene(scene);
  return (
    <>
      <Stats stats={writeStats(scene)} />
      <div className="staircase-waves">
        <WavesPicture scene={scene} description={description} />
        <ul className="staircase-key">
          <li>
            <svg viewBox="0 0 14 14" aria-hidden="true">
              <path className="staircase-idle" d="M1 1h12v12H1z" />
            </svg>
            SM without a tile in this wave
          </li>
          <li>
            <svg viewBox="0 0 14 14" aria-hidden="true" className="series-1">
              <path fill="var(--series)" d="M0 0h14v14H0z" />
              <path stroke="var(--paper)" strokeWidth="3" d="M-2 10 10-2M4 16 16 4" />
            </svg>
            striped: part of a tile outside the output
          </li>
        </ul>
      </div>
      <LineChart
        description={`Time of the product against its rows. ${description}`}
        height={280}
        x={{
          label: "Tokens, M",
          min: 0,
          max: scene.lastRow,
          format: formatCount,
          ticks: ticksOf(scene),
        }}
        y={{ label: "Time", min: 0, format: formatSeconds }}
        series={makeSeries(scene)}
        rules={[{ axis: "x", value: scene.product.m, label: formatCount(scene.product.m) }]}
      />
      <Origin scene={scene} />
    </>
  );
}

function ticksOf({ lastRow }: StaircaseScene): number[] {
  return lastRow <= 1024 ? [0, 128, 256, 512, 768, 1024] : [0, 512, 1024, 1536, 2048];
}
