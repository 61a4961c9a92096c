// The curves and the readings at one size, the same on the poster and live.
import type { ReactNode } from "react";
import { Table } from "../../figure/table.tsx";
import { LineChart, type ChartSeries } from "../../ui/chart.tsx";
import { formatCount, formatPercent } from "../../ui/format.ts";
import { ScrollBox, Stats } from "../../ui/parts.tsx";
import { openRate, openTraceRate } from "./opened.ts";
import { TRACE_SOURCE, type TracePoint } from "./mooncake.ts";
import { MAX_BLOCKS, MIN_BLOCKS } from "./parameters.ts";
import { hitRate } from "./replay.ts";
import {
  describeScene,
  describeTrace,
  makeTraceTable,
  writeCount,
  type PrefixCacheScene,
} from "./scene.ts";
import { BLOCK_SIZE, MAX_TURNS, NUM_REQUESTS } from "./workloads.ts";

const RATE_AXIS = {
  label: "Prompt tokens found in the cache",
  min: 0,
  max: 1,
  ticks: [0, 0.25, 0.5, 0.75, 1],
  format: (share: number) => formatPercent(share),
};

function toSeries({ curves }: PrefixCacheScene): ChartSeries[] {
  return curves.map(({ workload, points }) => ({
    id: workload.id,
    label: workload.label,
    style: workload.style,
    points: points.map((point) => ({ x: point.numBlocks, y: hitRate(point) })),
  }));
}

export function Drawing({ scene }: { readonly scene: PrefixCacheScene }): ReactNode {
  const { values, curves } = scene;
  return (
    <>
      <Stats
        stats={curves.map((curve) => {
          const opened = openRate(curve);
          return {
            label: curve.workload.label,
            value: opened.text,
            opened,
            detail: writeCount(curve.here),
          };
        })}
      />
      <LineChart
        description={describeScene(scene)}
        height={300}
        x={{
          label: `Cache (blocks of ${BLOCK_SIZE} tokens)`,
          kind: "log",
          min: MIN_BLOCKS,
          max: MAX_BLOCKS,
          ticks: [256, 512, 1024, 2048, 4096],
          format: formatCount,
        }}
        y={RATE_AXIS}
        series={toSeries(scene)}
        rules={[{ axis: "x", value: values.blocks, label: `${formatCount(values.blocks)} blocks` }]}
      />
      <p className="prefix-cache-note">
        {NUM_REQUESTS} requests each, drawn from a seed, through the block pool of vLLM V1. A
        conversation sends all of its past with each message, {MAX_TURNS} messages at most.
      </p>
    </>
  );
}

/** What the trace gave, a reading and a point a size. */
export function TraceDrawing({ points }: { readonly points: readonly TracePoint[] }): ReactNode {
  return (
    <div className="prefix-cache-trace">
      <p>{describeTrace(points)}</p>
      <Stats
        stats={points.map((point) => {
          const opened = openTraceRate(point);
          return {
            label: `${formatCount(point.numBlocks)} blocks`,
            value: opened.text,
            opened,
            detail: `${formatCount(point.numPreemptions)} preemptions`,
          };
        })}
      />
      <LineChart
        description={describeTrace(points)}
        height={260}
        x={{
          label: `Cache (blocks of ${BLOCK_SIZE} tokens)`,
          kind: "log",
          ticks: [8192, 32_768, 131_072, 524_288],
          format: formatCount,
        }}
        y={{ ...RATE_AXIS, max: 0.25, ticks: [0, 0.05, 0.1, 0.15, 0.2, 0.25] }}
        series={[
          {
            id: "mooncake",
            label: "Mooncake trace, first 1,000 requests",
            style: 3,
            points: points.map((point) => ({ x: point.numBlocks, y: hitRate(point) })),
          },
        ]}
      />
      <p className="prefix-cache-note">
        Simulated: one server of Llama 3.1 8B on an H100 under vLLM V1; arrivals, lengths and shared
        blocks are the trace’s, <a href={TRACE_SOURCE.url}>{TRACE_SOURCE.label}</a>, first 1,000 of
        12,031 requests, 330 seconds. The largest cache holds all that is ever stored: nothing more
        can be found.
      </p>
      <details>
        <summary>Data of the trace</summary>
        <ScrollBox label="Data of the trace">
          <Table table={makeTraceTable(points)} />
        </ScrollBox>
      </details>
    </div>
  );
}
