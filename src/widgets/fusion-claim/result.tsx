// What a run of all kernels of the story model found, apart and fused, live or recorded.
import type { ReactNode } from "react";
import type { ExperimentRecord, Series } from "../../experiments/record.ts";
import { Bars, type Bar } from "../../ui/bars.tsx";
import { formatSeconds } from "../../ui/format.ts";
import { Verdict } from "../../ui/parts.tsx";
import { describeRun, writeArms, writeMethod } from "./scene.ts";

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
  /** Says where the record comes from. */
  readonly origin: ReactNode;
  /** Buttons. */
  readonly children?: ReactNode;
}

export function Result({ record, origin, children }: ResultProps): ReactNode {
  const { verdict, comparison, notes } = record;
  return (
    <>
      <Bars
        bars={[toBar(comparison.baseline), toBar(comparison.contender)]}
        description={describeRun(record)}
      />
      <Verdict
        sentence={verdict.sentence}
        details={[...writeArms(record), writeMethod(record), ...notes]}
      >
        {origin}
        {children}
      </Verdict>
    </>
  );
}
