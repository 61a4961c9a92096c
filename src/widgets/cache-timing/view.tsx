// The live figure: times the curve on this device.
import { useEffect, useRef, type ReactNode } from "react";
import type { ExperimentRecord } from "../../experiments/record.ts";
import { siteUrl } from "../../figure/site-url.ts";
import { useTask } from "../../figure/task.ts";
import { leaseModel, type ReadyEngine } from "../../model/page-engine.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { KeepRun } from "../../notebook/keep-run.tsx";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import type { parameters } from "./parameters.ts";
import { CurveResult, Poster } from "./result.tsx";
import { runCurve } from "./run.ts";
import { describeRecord, makeTable } from "./scene.ts";

const leaseStoryModel = (onProgress: (fraction: number) => void) =>
  leaseModel(siteUrl("models/stories-1m"), onProgress);

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, shouldRun, announce, setTable, setProvenance } = props;
  const { state, start, stop } = useTask<ReadyEngine, ExperimentRecord>(leaseStoryModel);
  const run = () =>
    start(async (ready, { signal, onProgress }) => {
      const record = await runCurve(ready, values, {
        signal,
        onProgress: ({ fraction, stage }) => onProgress(fraction, stage),
      });
      setTable(makeTable(record));
      setProvenance({ kind: "measured", device: record.device.name });
      announce(describeRecord(record));
      return record;
    });
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    run();
  });
  const record = state.kind === "done" ? state.result : undefined;
  return (
    <>
      <div className="cache-timing-run">
        {state.kind === "running" ? (
          <Button onPress={stop}>Stop</Button>
        ) : (
          <Button kind="primary" onPress={run}>
            {record === undefined ? "Time it on this device" : "Run again"}
          </Button>
        )}
        {record !== undefined && <KeepRun key={record.startedAt} record={record} />}
      </div>
      {state.kind === "running" && <Progress label={state.stage} fraction={state.fraction} />}
      {state.kind === "failed" && (
        <div className="figure-error" role="alert">
          <p>{state.message}</p>
          <Button onPress={run}>Try again</Button>
        </div>
      )}
      {record === undefined ? (
        <Poster position={values.position} />
      ) : (
        <CurveResult record={record} />
      )}
    </>
  );
}
