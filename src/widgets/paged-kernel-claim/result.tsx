// What a run found, live or recorded.
import type { ReactNode } from "react";
import type { ExperimentRecord, Series } from "../../experiments/record.ts";
import { Bars, type Bar } from "../../ui/bars.tsx";
import { formatSeconds } from "../../ui/format.ts";
import { Stats, Verdict } from "../../ui/parts.tsx";
import { describeMethod, describeOrigin, writeStats, writeTimes } from "./scene.ts";

function toBar({ id, label, duration }: Series): Bar {
  return {
    id,
    label,
    value: duration?.median ?? 0,
    text: formatSeconds(duration?.median),
    low: duration?.low,
    high: duration?.high,
  };
}

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
  const details = [
    ...(answer === undefined ? [] : [answer]),
    writeTimes(record),
    describeOrigin(record),
    describeMethod(comparison.method),
    ...notes,
  ];
  return (
    <>
      <Bars
        bars={[toBar(comparison.baseline), toBar(comparison.contender)]}
        description={writeTimes(record)}
      />
      <div className="paged-kernel-claim-stats">
        <Stats stats={writeStats(record)} />
      </div>
      <Verdict sentence={verdict.sentence} details={details}>
        {origin}
        {children}
      </Verdict>
    </>
  );
}
