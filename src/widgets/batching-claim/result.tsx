// What a run found, live or recorded: the frontier over the batch, with the reading speed across it.
import type { ReactNode } from "react";
import type { ExperimentRecord } from "../../experiments/record.ts";
import { LineChart } from "../../ui/chart.tsx";
import { formatNumber } from "../../ui/format.ts";
import { Stats, Verdict } from "../../ui/parts.tsx";
import {
  describeFrontier,
  describeMethod,
  describeOrigin,
  judgeClaim,
  makeSeries,
  pointsOf,
  readingRule,
  writeStats,
  writeTimes,
} from "./scene.ts";

export interface ResultProps {
  readonly record: ExperimentRecord;
  /** The prediction beside it, where one was made. */
  readonly answer: string | undefined;
  /** Says where the record comes from. */
  readonly origin: ReactNode;
  /** Buttons. */
  readonly children?: ReactNode;
}

export function Result({ record, answer, origin, children }: ResultProps): ReactNode {
  const { verdict, comparison, notes } = record;
  const points = pointsOf(record);
  const details = [
    judgeClaim(record),
    ...(answer === undefined ? [] : [answer]),
    writeTimes(record),
    describeOrigin(record),
    describeMethod(comparison.method),
    ...notes,
  ];
  return (
    <>
      <div className="batching-claim-stats">
        <Stats stats={writeStats(record)} />
      </div>
      {points.length > 0 && (
        <LineChart
          description={describeFrontier(record)}
          height={300}
          x={{
            label: "Each reader (tokens/s)",
            kind: "log",
            tickCount: 7,
            format: (value) => formatNumber(value),
          }}
          y={{
            label: "All readers (tokens/s)",
            min: 0,
            format: (value) => formatNumber(value),
          }}
          series={makeSeries(points)}
          rules={[readingRule()]}
        />
      )}
      <Verdict sentence={verdict.sentence} details={details}>
        {origin}
        {children}
      </Verdict>
    </>
  );
}
