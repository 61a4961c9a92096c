// The picture, the same on the poster and live: key figures, the chart, and what was simulated.
import type { ReactNode } from "react";
import { LineChart } from "../../ui/chart.tsx";
import { formatNumber, formatSeconds } from "../../ui/format.ts";
import { Stats, type Stat } from "../../ui/parts.tsx";
import { openGoodput, openKnee } from "./opened.ts";
import {
  describeServer,
  describeSweep,
  findBest,
  findKnee,
  latencyOf,
  makeRules,
  makeSeries,
  nameOf,
  roofOf,
  type LatencyKind,
} from "./scene.ts";
import type { Sweep, SweepCurve } from "./sweep.ts";

function writeStats(sweep: Sweep, curve: SweepCurve, latency: LatencyKind): Stat[] {
  const [knee, best] = [findKnee(curve.points, latency), findBest(curve.points)];
  const name = nameOf(curve.policy);
  const stats: Stat[] = [];
  if (knee !== undefined) {
    const opened = openKnee(curve, knee, latency);
    const detail = `${latency.label}: ${formatSeconds(latency.of(knee))}`;
    stats.push({ label: `Knee, ${name}`, value: opened.text, opened, detail });
  }
  if (best !== undefined) {
    const opened = openGoodput(curve, best, sweep.values);
    const detail = `where ${formatNumber(best.rate, 2)} arrive a second`;
    stats.push({ label: `Best goodput, ${name}`, value: opened.text, opened, detail });
  }
  return stats;
}

export interface DrawingProps {
  readonly sweep: Sweep;
  /** Which latency is drawn. */
  readonly latency: string;
}

export function Drawing({ sweep, latency: id }: DrawingProps): ReactNode {
  const latency = latencyOf(id);
  return (
    <>
      <div className="throughput-latency-stats">
        <Stats stats={sweep.curves.flatMap((curve) => writeStats(sweep, curve, latency))} />
      </div>
      <LineChart
        description={describeSweep(sweep, latency)}
        height={340}
        x={{
          label: "Throughput (output tokens/s)",
          min: 0,
          format: (value) => formatNumber(value),
        }}
        y={{
          label: latency.label,
          kind: "log",
          tickCount: 9,
          max: roofOf(sweep, latency),
          format: (value) => formatSeconds(value),
        }}
        series={makeSeries(sweep, latency)}
        rules={makeRules(latency, sweep.values)}
      />
      <p className="throughput-latency-note">
        Simulated: {describeServer(sweep.values)}. Each point is one run; from left to right more
        requests arrive a second. Step times are fitted to measured kernels, without the time of the
        host; lengths vary from request to request.
      </p>
    </>
  );
}
