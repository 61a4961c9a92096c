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
import { findReserved, runCache } from "./run.ts";
import { cacheMemory, makeTable, type Memory } from "./scene.ts";

const leaseStoryModel = (onProgress: (fraction: number) => void) =>
  leaseModel(siteUrl("models/stories-1m"), onProgress);

type Props = ViewProps<typeof parameters>;

interface Found {
  readonly run: Run<ExperimentRecord>;
  readonly memory: Memory;
}

/** Beside a run on software, one on hardware says what to expect of a GPU. */
function Elsewhere({ record }: { readonly record: ExperimentRecord }): ReactNode {
  if (!record.device.isSoftware || RECORDED === undefined) return null;
  return (
    <section className="cache-claim-elsewhere" aria-label="A run recorded elsewhere">
      <p>For comparison, a run recorded elsewhere:</p>
      <RecordedResult />
    </section>
  );
}

function FoundResult(props: Found & { readonly prediction: string | undefined }): ReactNode {
  const { run, memory, prediction } = props;
  const { record } = run;
  const subject = subjectOf(record);
  return (
    <>
      <Result
        record={record}
        memory={memory}
        answer={writePrediction(prediction, record.comparison.ratio)}
        origin={<ProvenanceLabel provenance={{ kind: "measured", device: record.device.name }} />}
      >
        <div className="cache-claim-actions">
          <KeepRun key={record.startedAt} record={record} />
        </div>
      </Result>
      <ClaimRoofline subject={subject} scene={createScene(subject, run)} words={STEP_WORDS} />
      <Elsewhere record={record} />
    </>
  );
}

export default function View(props: Props): ReactNode {
  const { values, prediction, shouldRun, announce, setTable, setProvenance } = props;
  const { state, start, stop } = useTask<ReadyEngine, Found>(leaseStoryModel);
  const run = () =>
    start(async (ready, context) => {
      const found = await runCache(ready, values, context);
      const { record } = found;
      const { position } = record.comparison.contender.step;
      const reserved = await findReserved(ready.engine, position, values);
      const scene = createScene(subjectOf(record), found);
      setTable(
        addBounds(
          makeTable(record),
          scene.arms.map(({ points }) => points[0]),
        ),
      );
      setProvenance({ kind: "measured", device: record.device.name });
      announce(`${record.verdict.sentence} ${sayScene(subjectOf(record), scene)}`);
      return { run: found, memory: cacheMemory(position, reserved) };
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
      <div className="cache-claim-run">
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
        <Poster position={values.position} isOpen />
      ) : (
        <FoundResult {...found} prediction={prediction} />
      )}
    </>
  );
}
