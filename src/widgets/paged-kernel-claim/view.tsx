// The live card: runs the experiment and shows its record.
import { useEffect, useRef, type ReactNode } from "react";
import type { ExperimentRecord } from "../../experiments/record.ts";
import { ProvenanceLabel } from "../../figure/provenance.tsx";
import { siteUrl } from "../../figure/site-url.ts";
import { useTask } from "../../figure/task.ts";
import type { ViewProps } from "../../figure/widget.ts";
import { leaseModel, type ReadyEngine } from "../../model/page-engine.ts";
import { ClaimRoofline } from "../../live/claim-roofline.tsx";
import { addBounds, createScene, sayScene, type Run } from "../../live/scene.ts";
import { STEP_WORDS } from "../../live/story-steps.ts";
import { KeepRun } from "../../notebook/keep-run.tsx";
import { Button } from "../../ui/controls.tsx";
import { Progress } from "../../ui/parts.tsx";
import type { parameters } from "./parameters.ts";
import { Poster, RecordedResult } from "./poster.tsx";
import { writePrediction } from "./prediction.ts";
import { RECORDED } from "./recorded.ts";
import { Result } from "./result.tsx";
import { subjectOf } from "./roofline.ts";
import { runPaging } from "./run.ts";
import { makeTable } from "./scene.ts";

const leaseStoryModel = (onProgress: (fraction: number) => void) =>
  leaseModel(siteUrl("models/stories-1m"), onProgress);

interface FoundProps {
  readonly run: Run<ExperimentRecord>;
  readonly prediction: string | undefined;
}

/** The reader's own run; beside one on software, one on hardware says what to expect of a GPU. */
function Found({ run, prediction }: FoundProps): ReactNode {
  const { record } = run;
  const subject = subjectOf(record);
  const { device, comparison, startedAt } = record;
  const hasBetter = device.isSoftware && RECORDED?.device.isSoftware === false;
  return (
    <>
      <Result
        record={record}
        answer={writePrediction(prediction, comparison.ratio)}
        origin={<ProvenanceLabel provenance={{ kind: "measured", device: device.name }} />}
      >
        <div className="paged-kernel-claim-actions">
          <KeepRun key={startedAt} record={record} />
        </div>
      </Result>
      <ClaimRoofline subject={subject} scene={createScene(subject, run)} words={STEP_WORDS} />
      {hasBetter && (
        <section
          className="paged-kernel-claim-elsewhere"
          aria-label="A run recorded on hardware elsewhere"
        >
          <p>For comparison, a run recorded on hardware elsewhere:</p>
          <RecordedResult />
        </section>
      )}
    </>
  );
}

export default function View(props: ViewProps<typeof parameters>): ReactNode {
  const { values, prediction, shouldRun, announce, setTable, setProvenance } = props;
  const { state, start, stop } = useTask<ReadyEngine, Run<ExperimentRecord>>(leaseStoryModel);
  const run = () =>
    start(async (ready, context) => {
      const found = await runPaging(ready, values, context);
      const { record } = found;
      const scene = createScene(subjectOf(record), found);
      setTable(
        addBounds(
          makeTable(record),
          scene.arms.map(({ points }) => points[0]),
        ),
      );
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
      <div className="paged-kernel-claim-run">
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
        <Poster position={values.position} batch={values.batch} isOpen />
      ) : (
        <Found run={found} prediction={prediction} />
      )}
    </>
  );
}
