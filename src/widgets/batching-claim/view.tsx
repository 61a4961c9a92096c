// The live card: runs the experiment and shows its record.
import { useEffect, useRef, type ReactNode } from "react";
import type { ExperimentRecord } from "../../experiments/record.ts";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import { siteUrl } from "../../figure/site-url.ts";
import { useTask } from "../../figure/task.ts";
import { leaseModel, type ReadyEngine } from "../../model/page-engine.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { ClaimRoofline } from "../../live/claim-roofline.tsx";
import { addBounds, createScene, sayScene, type Run } from "../../live/scene.ts";
import { KeepRun } from "../../notebook/keep-run.tsx";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import type { parameters } from "./parameters.ts";
import { Poster, RecordedResult } from "./poster.tsx";
import { writePrediction } from "./prediction.ts";
import { RECORDED } from "./recorded.ts";
import { Result } from "./result.tsx";
import { subjectOf, WORDS } from "./roofline.ts";
import { runBatch } from "./run.ts";
import { makeTable } from "./scene.ts";

const leaseStoryModel = (onProgress: (fraction: number) => void) =>
  leaseModel(siteUrl("models/stories-1m"), onProgress);

/** Beside a run on software, one on hardware says what to expect of a GPU. */
function Elsewhere({ record }: { readonly record: ExperimentRecord }): ReactNode {
  if (!record.device.isSoftware || RECORDED === undefined) return null;
  return (
    <section className="batching-claim-elsewhere" aria-label="A run recorded elsewhere">
      <p>For comparison, a run recorded elsewhere:</p>
      <RecordedResult />
    </section>
  );
}

function Found(props: {
  readonly run: Run<ExperimentRecord>;
  readonly answer: string | undefined;
}): ReactNode {
  const { run, answer } = props;
  const { record } = run;
  const subject = subjectOf(record);
  return (
    <>
      <Result
        record={record}
        answer={answer}
        origin={<ProvenanceLabel provenance={{ kind: "measured", device: record.device.name }} />}
      >
        <div className="batching-claim-actions">
          <KeepRun key={record.startedAt} record={record} />
        </div>
      </Result>
      <ClaimRoofline subject={subject} scene={createScene(subject, run)} words={WORDS} />
      <Elsewhere record={record} />
    </>
  );
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, prediction, shouldRun, announce, setTable, setProvenance } = props;
  const { state, start, stop } = useTask<ReadyEngine, Run<ExperimentRecord>>(leaseStoryModel);
  // The first render after hydration may hold the defaults, and values of the address come right after it.
  const latest = useRef(values);
  useEffect(() => {
    latest.current = values;
  });
  const run = () =>
    start(async (ready, context) => {
      const found = await runBatch(ready, latest.current, context);
      const { record } = found;
      const scene = createScene(subjectOf(record), found);
      setTable(addBounds(makeTable(record), scene.arms[0]?.points ?? []));
      setProvenance({ kind: "measured", device: record.device.name });
      announce(`${record.verdict.sentence} ${sayScene(subjectOf(record), scene)}`);
      return found;
    });
  const hasStarted = useRef(false);
  useEffect(() => {
    if (!shouldRun || hasStarted.current) return;
    hasStarted.current = true;
    run();
  });
  const found = state.kind === "done" ? state.result : undefined;
  return (
    <>
      <div className="batching-claim-run">
        {state.kind === "running" ? (
          <Button onPress={stop}>Stop</Button>
        ) : (
          <Button kind="primary" onPress={run}>
            {found === undefined ? "Run on this device" : "Run again"}
          </Button>
        )}
      </div>
      {state.kind === "running" && <Progress label={state.stage} fraction={state.fraction} />}
      {state.kind === "failed" && (
        <div className="figure-error" role="alert">
          <p>{state.message}</p>
          <Button onPress={run}>Try again</Button>
        </div>
      )}
      {found === undefined ? (
        <Poster batch={values.batch} position={values.position} isOpen />
      ) : (
        <Found run={found} answer={writePrediction(prediction, found.record.comparison.ratio)} />
      )}
    </>
  );
}
